//! The OpenAPI document as JSON, and `/docs`, the same document as an HTML page that loads nothing from other hosts.

use std::sync::LazyLock;

use actix_web::{HttpResponse, http::header};

use super::routes::document;

static DOCUMENT: LazyLock<String> =
    LazyLock::new(|| document().to_json().expect("the document is built from constants"));

/// Returns the OpenAPI document as JSON.
pub async fn openapi() -> HttpResponse {
    HttpResponse::Ok().content_type("application/json").body(DOCUMENT.as_str())
}

/// Returns the HTML page.
pub async fn page() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .insert_header((
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'unsafe-inline'; script-src 'self'; connect-src 'self'",
        ))
        .body(include_str!("docs/index.html"))
}

/// Returns the script that fills the page with the document.
pub async fn script() -> HttpResponse {
    HttpResponse::Ok().content_type("text/javascript; charset=utf-8").body(include_str!("docs/docs.js"))
}
