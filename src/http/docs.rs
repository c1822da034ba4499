//! `/docs`: the OpenAPI document as an HTML page that loads nothing from other hosts.

use actix_web::{HttpResponse, http::header};

/// Returns the HTML page.
pub async fn page() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .insert_header((
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'unsafe-inline'; script-src 'self'; connect-src 'self'; frame-ancestors 'none'",
        ))
        .body(include_str!("docs/index.html"))
}

/// Returns the script that fills the page with the document.
pub async fn script() -> HttpResponse {
    HttpResponse::Ok().content_type("text/javascript; charset=utf-8").body(include_str!("docs/docs.js"))
}
