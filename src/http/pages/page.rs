//! Frame of every page: its one style, and the policy that allows nothing else.

use actix_web::{HttpResponse, http::header};

/// A page loads nothing, runs nothing, and sends forms to this server only. Its style is named by its hash.
const POLICY: &str = "default-src 'none'; style-src 'sha256-xrXzXzU+cnPvAEf6tVdDP/yRR8KTRpoRUlewoSUI+9A='; form-action 'self'; \
    frame-ancestors 'none'; base-uri 'none'";

const STYLE: &str = include_str!("page.css");

/// Returns a page that no cache keeps. The title is plain text; the body is HTML.
pub fn page(language: &str, title: &str, body: &str) -> HttpResponse {
    let (language, title) = (escape(language), escape(title));
    let html = format!(
        "<!doctype html><html lang=\"{language}\"><head><meta charset=\"utf-8\"><title>{title}</title>\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta name=\"color-scheme\" content=\"light dark\"><style>{STYLE}</style></head><body>{body}</body></html>"
    );
    HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .insert_header((header::CONTENT_SECURITY_POLICY, POLICY))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(html)
}

/// Returns a text as it is written in HTML.
pub fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use base64::{Engine, engine::general_purpose::STANDARD};
    use sha2::{Digest, Sha256};

    use super::*;

    #[test]
    fn the_policy_allows_the_style() {
        let hash = STANDARD.encode(Sha256::digest(STYLE));
        assert!(POLICY.contains(&hash), "{hash}");
    }
}
