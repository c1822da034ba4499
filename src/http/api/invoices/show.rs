//! `GET /api/invoices/…`: fetches an invoice.

use actix_web::{HttpRequest, HttpResponse, web};

use crate::{
    http::{
        auth::caller,
        server::{ApiError, Problems, Services, redirect},
    },
    work::invoices,
};

/// Redirects to the file of an invoice.
#[utoipa::path(get, path = "/api/invoices/{shopId}/{orderId}/{packageId}/{sequenceNumber}", tag = "Invoices",
    operation_id = "invoice",
    params(("shopId" = String, Path), ("orderId" = String, Path), ("packageId" = String, Path),
        ("sequenceNumber" = String, Path)),
    security(("organizer" = ["invoices:read"])),
    responses(
        (status = 302, description = "The file is in storage", headers(("Location" = String, description = "A pre-signed URL"))),
        Problems))]
pub async fn show(
    request: HttpRequest,
    services: web::Data<Services>,
    path: web::Path<[String; 4]>,
) -> Result<HttpResponse, ApiError> {
    let id = path.each_ref().map(String::as_str);
    let signed = invoices::find(&services.tools, &caller(&request), id).await?;
    Ok(redirect(&signed.url))
}
