//! Credentials of a request: a bearer token, the cookie of a session, or the access token of a registration. `work` checks
//! their rights.

mod browser;
mod cookies;
mod origin;

use actix_web::{HttpRequest, http::header};

pub use browser::browser;
pub use cookies::{
    Visit, forget_session, has_session, keep_access, keep_intent, keep_session, kept_access, kept_intent,
};
pub use origin::is_from_this_site;

use crate::{
    domain::OrganizerToken,
    http::server::Services,
    work::{Caller, Credentials},
};

/// Header with the slug of the organizer whom a person acts for.
const ORGANIZER: &str = "onsale-organizer";

/// Returns the caller of a request, with its credentials if there are any.
pub fn caller(request: &HttpRequest) -> Caller {
    Caller::Request { access_token: None, credentials: credentials(request, named_organizer(request)) }
}

/// Returns the caller of a request for a registration, with its credentials and the registration's access token if there
/// are any.
pub fn holder(request: &HttpRequest, access_token: Option<String>) -> Caller {
    Caller::Request { access_token, credentials: credentials(request, named_organizer(request)) }
}

/// Returns the caller of a request for pages of an organizer, which the address names.
pub fn member(request: &HttpRequest, organizer: Option<String>) -> Caller {
    Caller::Request { access_token: None, credentials: credentials(request, organizer) }
}

fn named_organizer(request: &HttpRequest) -> Option<String> {
    request.headers().get(ORGANIZER).and_then(|slug| slug.to_str().ok()).map(str::to_owned)
}

fn credentials(request: &HttpRequest, organizer: Option<String>) -> Credentials {
    let Some(value) = request.headers().get(header::AUTHORIZATION) else {
        return match cookies::session(request) {
            None => Credentials::Missing,
            Some(_) if !request.method().is_safe() && !is_from_this_site(request, Services::of(request)) => {
                Credentials::ForeignPage
            }
            Some(token) => Credentials::Session { token, organizer },
        };
    };
    let token = value.to_str().ok().and_then(|text| {
        let (scheme, token) = text.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
    });
    token.map_or(Credentials::Malformed, |token| Credentials::Token(OrganizerToken::from_text(token)))
}
