//! Cross-origin requests: which web pages of other origins may call this API from a browser.

use actix_cors::Cors;
use actix_web::{
    dev::RequestHead,
    guard,
    http::{
        Method,
        header::{self, HeaderMap, HeaderValue},
    },
    web,
};

/// Time that a browser may remember the permission, in seconds.
const MAX_AGE: usize = 3600;
const METHODS: [&str; 5] = ["GET", "POST", "PUT", "PATCH", "DELETE"];
/// Headers that a page may read, besides those that are always readable.
const EXPOSED: HeaderValue = HeaderValue::from_static("location, retry-after, x-request-id, idempotent-replayed");

/// The origins whose pages may call this API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CorsOrigins {
    /// Every origin.
    Any,
    /// Origins on this machine, for development.
    Loopback,
    /// These, such as `https://shop.example.com`. None at all if the list is empty.
    Listed(Vec<String>),
}

impl CorsOrigins {
    fn allow(&self, origin: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Loopback => is_loopback(origin),
            Self::Listed(origins) => origins.iter().any(|allowed| allowed == origin),
        }
    }

    /// True if no page may call this API.
    fn is_none(&self) -> bool {
        *self == Self::Listed(Vec::new())
    }

    /// Marks the answer to a page as readable if its origin is allowed. An answer that caches may keep differs by origin.
    pub(super) fn mark(&self, headers: &mut HeaderMap, origin: Option<&HeaderValue>) {
        if self.is_none() {
            return;
        }
        if headers.get(header::CACHE_CONTROL).is_some_and(|kept| !kept.as_bytes().ends_with(b"no-store")) {
            headers.append(header::VARY, HeaderValue::from_static("Origin"));
        }
        let Some(origin) = origin.filter(|origin| origin.to_str().is_ok_and(|origin| self.allow(origin))) else {
            return;
        };
        let allowed = if *self == Self::Any { HeaderValue::from_static("*") } else { origin.clone() };
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, allowed);
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
    }
}

fn is_loopback(origin: &str) -> bool {
    let Some((_, authority)) = origin.split_once("://") else { return false };
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) => host,
        _ => authority,
    };
    matches!(host, "localhost" | "127.0.0.1" | "[::1]")
}

/// True for a request in which a browser asks if a page may send another one.
pub fn is_preflight(request: &RequestHead) -> bool {
    request.method == Method::OPTIONS && request.headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
}

/// Answers preflight requests, if pages of some origin may call this API. Cookies are never allowed.
pub fn preflights(origins: &CorsOrigins, config: &mut web::ServiceConfig) {
    if origins.is_none() {
        return;
    }
    let base = Cors::default().allowed_methods(METHODS).allow_any_header().max_age(MAX_AGE);
    // A request from another origin is answered without permission, so that the browser hides the answer from the page.
    let base = base.block_on_origin_mismatch(false);
    let cors = match origins.clone() {
        CorsOrigins::Any => base.allow_any_origin().send_wildcard(),
        listed => base.allowed_origin_fn(move |origin, _| origin.to_str().is_ok_and(|origin| listed.allow(origin))),
    };
    config.service(web::scope("").guard(guard::fn_guard(|context| is_preflight(context.head()))).wrap(cors));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_compared_as_a_whole() {
        let listed = CorsOrigins::Listed(vec!["https://shop.example.com".into()]);
        assert!(listed.allow("https://shop.example.com"));
        for other in ["https://shop.example.com.evil.net", "http://shop.example.com", "https://example.com", "null"] {
            assert!(!listed.allow(other), "{other}");
        }
        for local in ["http://localhost:3000", "http://127.0.0.1", "https://[::1]:8443"] {
            assert!(CorsOrigins::Loopback.allow(local), "{local}");
        }
        for other in ["http://localhost.evil.net", "http://127.0.0.1.evil.net:80", "http://evil.net:127", "localhost"] {
            assert!(!CorsOrigins::Loopback.allow(other), "{other}");
        }
    }
}
