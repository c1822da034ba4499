//! `/unsubscribe/{messageId}`: a page that asks, and the request that ends announcements (RFC 8058).

use actix_web::{HttpResponse, http::header, web};

use crate::{
    http::server::{ApiError, Problems, Services},
    work::messages,
};

/// The page loads nothing and sends its form to this server only.
const POLICY: &str = "default-src 'none'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// Returns a page with a button that ends announcements. Opening it changes nothing.
#[utoipa::path(get, path = "/unsubscribe/{messageId}", tag = "Mail", operation_id = "unsubscribePage",
    params(("messageId" = String, Path)),
    responses((status = 200, description = "The page", content_type = "text/html", body = String), Problems))]
pub async fn page(services: web::Data<Services>, id: web::Path<String>) -> Result<HttpResponse, ApiError> {
    let (setup, _) = messages::announcement(&services.tools.records, &id).await?;
    let organizer = escape(&setup.event.organizer_name);
    Ok(html(&format!(
        "<h1>No more announcements?</h1><p>You will get no more announcements from <b dir=\"auto\">{organizer}</b>. Messages \
         about your own tickets still reach you.</p><form method=\"post\"><input type=\"hidden\" name=\"List-Unsubscribe\" \
         value=\"One-Click\"><button>No more announcements</button></form>"
    )))
}

/// Ends announcements of the organizer to the recipient of a message. Repeating it is harmless.
#[utoipa::path(post, path = "/unsubscribe/{messageId}", tag = "Mail", operation_id = "unsubscribe",
    params(("messageId" = String, Path)),
    responses((status = 200, description = "A page that says so", content_type = "text/html", body = String), Problems))]
pub async fn unsubscribe(services: web::Data<Services>, id: web::Path<String>) -> Result<HttpResponse, ApiError> {
    let setup = messages::unsubscribe(&services.tools.records, &id).await?;
    let organizer = escape(&setup.event.organizer_name);
    Ok(html(&format!(
        "<h1>Done</h1><p>You get no more announcements from <b dir=\"auto\">{organizer}</b>. Messages about your own tickets \
         still reach you.</p>"
    )))
}

fn html(body: &str) -> HttpResponse {
    let page = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Announcements</title>\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta name=\"color-scheme\" content=\"light dark\"></head><body>{body}</body></html>"
    );
    HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .insert_header((header::CONTENT_SECURITY_POLICY, POLICY))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(page)
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
