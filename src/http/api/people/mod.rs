//! `/api/accounts`, `/api/sessions`, `/api/me` and `/api/organizers`: people and their teams.

pub mod accounts;
pub mod me;
pub mod organizers;
pub mod second_factor;
pub mod sessions;
pub mod team;
pub mod tokens;

mod answer;

pub use answer::AccountAnswer;

use actix_web::HttpRequest;

use crate::http::server::{ApiError, Services};

/// Refuses a try of a network that has had too many: passwords, and requests for messages.
fn admit(services: &Services, request: &HttpRequest) -> Result<(), ApiError> {
    match services.client_address(request) {
        Some(address) => services.tries.admit(address).map_err(ApiError::RateLimited),
        None => Ok(()),
    }
}
