//! Credentials of a request: a bearer token, or the access token of a registration. `work` checks their rights.

use actix_web::{HttpRequest, http::header};

use crate::{
    domain::OrganizerToken,
    work::{Bearer, Caller},
};

/// Returns the caller of a request, with its bearer token if there is one.
pub fn caller(request: &HttpRequest) -> Caller {
    Caller::Request { access_token: None, bearer: bearer(request) }
}

/// Returns the caller of a request for a registration, with its bearer token and the registration's access token if
/// there are any.
pub fn holder(request: &HttpRequest, access_token: Option<String>) -> Caller {
    Caller::Request { access_token, bearer: bearer(request) }
}

fn bearer(request: &HttpRequest) -> Bearer {
    let Some(value) = request.headers().get(header::AUTHORIZATION) else { return Bearer::Missing };
    let token = value.to_str().ok().and_then(|text| {
        let (scheme, token) = text.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
    });
    token.map_or(Bearer::Malformed, |token| Bearer::Token(OrganizerToken::from_text(token)))
}
