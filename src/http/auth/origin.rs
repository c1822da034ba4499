//! Origin of a request: a browser says if a page of this site sent it. Pages of other sites can send a browser's cookies
//! along, and must not change anything with them.

use actix_web::{HttpRequest, http::header};

use crate::http::server::Services;

/// True if a page of this site sent the request: the browser says so, or names the origin of this server.
pub fn is_from_this_site(request: &HttpRequest, services: &Services) -> bool {
    let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    match header("sec-fetch-site") {
        Some(site) => site == "same-origin",
        None => header(header::ORIGIN.as_str()).is_some_and(|origin| origin == services.settings.origin()),
    }
}
