//! `/unsubscribe/{messageId}`: a page that asks, and the request that ends announcements (RFC 8058).

use actix_web::{HttpRequest, HttpResponse, web};

use crate::{
    http::{
        pages::unsubscribe_page,
        server::{ApiError, Problems, Services},
    },
    work::messages,
};

/// Returns a page with a button that ends announcements. Opening it changes nothing.
#[utoipa::path(get, path = "/unsubscribe/{messageId}", tag = "Mail", operation_id = "unsubscribePage",
    params(("messageId" = String, Path)),
    responses((status = 200, description = "The page", content_type = "text/html", body = String), Problems))]
pub async fn show(
    request: HttpRequest,
    services: web::Data<Services>,
    id: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let (setup, _) = messages::announcement(&services.tools.records, &id).await?;
    Ok(unsubscribe_page(&request, &setup.event.organizer_name, false))
}

/// Ends announcements of the organizer to the recipient of a message. Repeating it is harmless.
#[utoipa::path(post, path = "/unsubscribe/{messageId}", tag = "Mail", operation_id = "unsubscribe",
    params(("messageId" = String, Path)),
    responses((status = 200, description = "A page that says so", content_type = "text/html", body = String), Problems))]
pub async fn unsubscribe(
    request: HttpRequest,
    services: web::Data<Services>,
    id: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let setup = messages::unsubscribe(&services.tools.records, &id).await?;
    Ok(unsubscribe_page(&request, &setup.event.organizer_name, true))
}
