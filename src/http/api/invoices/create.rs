//! `POST /api/invoices`: makes an invoice.

use actix_web::{HttpRequest, HttpResponse, web};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::body::InvoiceBody;
use crate::{
    domain::Scope,
    http::{
        api::time::whole_seconds,
        auth::caller,
        read::{parse, read_large},
        server::{ApiError, Problems, Services, created},
    },
    work::invoices::{self, StoredInvoice},
};

/// Largest body, in bytes: room for 500 lines and long texts.
const MAX_BYTES: usize = 512 * 1024;

/// An invoice in storage.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct InvoiceAnswer {
    #[schema(example = "invoices/tiktok/shop-1/order-1/package-1/1.pdf")]
    key: String,
    /// URL to fetch it with an organizer's token.
    url: String,
    /// Pre-signed URL: needs no token, works until `expiresAt`.
    signed_url: String,
    expires_at: Timestamp,
    bytes: i32,
}

/// Makes an invoice. It is recorded only after its file is in storage. Repeating the request is harmless; a different
/// invoice with the same key is refused.
#[utoipa::path(post, path = "/api/invoices", tag = "Invoices", operation_id = "createInvoice",
    request_body = InvoiceBody, security(("organizer" = ["invoices:write"])),
    responses(
        (status = 201, description = "The new invoice", body = InvoiceAnswer,
            headers(("Location" = String, description = "URL to fetch it"))),
        (status = 200, description = "The same invoice, made before", body = InvoiceAnswer),
        Problems))]
pub async fn create(
    request: HttpRequest,
    services: web::Data<Services>,
    payload: web::Payload,
) -> Result<HttpResponse, ApiError> {
    let caller = caller(&request);
    // Rights are checked before a large body is read.
    services.tools.records.authorize(&caller, Scope::InvoicesWrite).await?;
    let body: InvoiceBody = parse(&read_large(&request, payload, MAX_BYTES).await?)?;
    let made = invoices::create(&services.tools, &caller, body.into()).await?;
    let answer = InvoiceAnswer::new(&services, &made);
    Ok(match made.created {
        true => created(answer.url.clone()).json(answer),
        false => HttpResponse::Ok().json(answer),
    })
}

impl InvoiceAnswer {
    fn new(services: &Services, made: &StoredInvoice) -> Self {
        let StoredInvoice { invoice, signed, .. } = made;
        let path = invoice.key.trim_start_matches("invoices/tiktok/").trim_end_matches(".pdf");
        Self {
            url: services.link(&format!("/api/invoices/{path}")),
            signed_url: signed.url.clone(),
            expires_at: whole_seconds(signed.expires_at),
            bytes: invoice.bytes,
            key: invoice.key.clone(),
        }
    }
}
