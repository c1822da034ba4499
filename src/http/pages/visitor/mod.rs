//! Pages for people who are not signed in: signing up and in, forgotten passwords, lost tickets, invitations.

pub mod invitation;
pub mod reset;
pub mod sign_in;
pub mod sign_up;
pub mod tickets;

use actix_web::{HttpRequest, http::StatusCode};

use super::form::FieldNames;
use crate::{
    http::server::{ApiError, Services},
    work::Refusal,
};

/// Fields of an account.
const ACCOUNT: FieldNames =
    &[("/name", "name", "sign-up-name"), ("/email", "email", "email"), ("/password", "password", "password")];

/// Status of a page that shows a refused form.
const REFUSED: StatusCode = StatusCode::UNPROCESSABLE_ENTITY;

/// Refuses a try of a network that has had too many: passwords, and requests for messages.
pub(super) fn admit(request: &HttpRequest) -> Result<(), ApiError> {
    let services = Services::of(request);
    match services.client_address(request) {
        Some(address) => services.tries.admit(address).map_err(ApiError::RateLimited),
        None => Ok(()),
    }
}

/// Returns the refusal of an error. Another error is returned: it has a page of its own.
pub(super) fn refusal(error: ApiError) -> Result<Refusal, ApiError> {
    match error {
        ApiError::Refused(refusal) => Ok(refusal),
        other => Err(other),
    }
}
