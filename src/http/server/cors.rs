//! Cross-origin requests: which web pages of other origins may call this API from a browser.

use actix_cors::Cors;
use actix_web::{
    http::header::{self, HeaderMap, HeaderName, HeaderValue},
    middleware::Condition,
};

/// Time that a browser may remember the permission, in seconds.
const MAX_AGE: usize = 3600;
const METHODS: [&str; 5] = ["GET", "POST", "PUT", "PATCH", "DELETE"];
/// Headers that a page may read, besides those that are always readable.
const EXPOSED: [HeaderName; 4] = [
    header::LOCATION,
    header::RETRY_AFTER,
    HeaderName::from_static("x-request-id"),
    HeaderName::from_static("idempotent-replayed"),
];

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

    /// Marks an answer as readable for a page of this origin, unless the middleware has done it: refusals of the rate
    /// limit and answers after panics do not pass the middleware.
    pub(super) fn mark(&self, headers: &mut HeaderMap, origin: &HeaderValue) {
        let allowed = origin.to_str().is_ok_and(|origin| self.allow(origin));
        if !allowed || headers.contains_key(header::ACCESS_CONTROL_ALLOW_ORIGIN) {
            return;
        }
        let value = if *self == Self::Any { HeaderValue::from_static("*") } else { origin.clone() };
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, value);
        headers.append(header::VARY, HeaderValue::from_static("Origin"));
        for exposed in EXPOSED {
            headers.append(header::ACCESS_CONTROL_EXPOSE_HEADERS, exposed.into());
        }
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

/// Returns the middleware that answers preflight requests and marks answers as readable. Cookies are never allowed.
pub fn cors(origins: &CorsOrigins) -> Condition<Cors> {
    let enabled = *origins != CorsOrigins::Listed(Vec::new());
    let base = Cors::default().allowed_methods(METHODS).allow_any_header().expose_headers(EXPOSED).max_age(MAX_AGE);
    // A request from another origin is answered without permission, so that the browser hides the answer from the page.
    let base = base.block_on_origin_mismatch(false);
    let middleware = match origins {
        CorsOrigins::Any => base.allow_any_origin().send_wildcard(),
        listed => {
            let listed = listed.clone();
            base.allowed_origin_fn(move |origin: &HeaderValue, _| {
                origin.to_str().is_ok_and(|origin| listed.allow(origin))
            })
        }
    };
    Condition::new(enabled, middleware)
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
