//! `/unsubscribe/{messageId}`: a page that asks, and the request that ends announcements (RFC 8058).

use actix_web::{HttpResponse, web};

use crate::{
    http::{
        pages::{escape, page},
        server::{ApiError, Problems, Services},
    },
    work::messages,
};

/// Returns a page with a button that ends announcements. Opening it changes nothing.
#[utoipa::path(get, path = "/unsubscribe/{messageId}", tag = "Mail", operation_id = "unsubscribePage",
    params(("messageId" = String, Path)),
    responses((status = 200, description = "The page", content_type = "text/html", body = String), Problems))]
pub async fn show(services: web::Data<Services>, id: web::Path<String>) -> Result<HttpResponse, ApiError> {
    let (setup, _) = messages::announcement(&services.tools.records, &id).await?;
    let organizer = escape(&setup.event.organizer_name);
    Ok(page(
        "en",
        "Announcements",
        &format!(
            "<h1>No more announcements?</h1><p>You will get no more announcements from <b dir=\"auto\">{organizer}</b>. Messages \
         about your own tickets still reach you.</p><form method=\"post\"><input type=\"hidden\" name=\"List-Unsubscribe\" \
         value=\"One-Click\"><button>No more announcements</button></form>"
        ),
    ))
}

/// Ends announcements of the organizer to the recipient of a message. Repeating it is harmless.
#[utoipa::path(post, path = "/unsubscribe/{messageId}", tag = "Mail", operation_id = "unsubscribe",
    params(("messageId" = String, Path)),
    responses((status = 200, description = "A page that says so", content_type = "text/html", body = String), Problems))]
pub async fn unsubscribe(services: web::Data<Services>, id: web::Path<String>) -> Result<HttpResponse, ApiError> {
    let setup = messages::unsubscribe(&services.tools.records, &id).await?;
    let organizer = escape(&setup.event.organizer_name);
    Ok(page(
        "en",
        "Announcements",
        &format!(
            "<h1>Done</h1><p>You get no more announcements from <b dir=\"auto\">{organizer}</b>. Messages about your own tickets \
         still reach you.</p>"
        ),
    ))
}
