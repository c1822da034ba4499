//! Answers about accounts.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    db::AccountRow,
    http::{
        auth::keep_session,
        server::{Services, private},
    },
    work::people::sign_in::SignedIn,
};

/// An account.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AccountAnswer {
    pub id: Uuid,
    #[schema(example = "ada@example.com")]
    pub email: String,
    #[schema(example = "Ada Lovelace")]
    pub name: String,
    /// Language of pages and messages.
    #[schema(example = "en")]
    pub locale: String,
    /// True if signing in needs a code as well.
    pub second_factor: bool,
    pub created_at: Timestamp,
}

impl AccountAnswer {
    pub fn new(account: AccountRow) -> Self {
        Self {
            id: account.id,
            email: account.email,
            name: account.name,
            locale: account.language,
            second_factor: account.second_factor.is_some(),
            created_at: account.created_at,
        }
    }
}

/// A session that has begun. Its token is in the cookie only.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SessionBegun {
    pub session_id: Uuid,
    pub account: AccountAnswer,
}

/// Answers with a session that has begun, and its cookie.
pub fn signed_in(request: &HttpRequest, status: StatusCode, signed_in: SignedIn) -> HttpResponse {
    let services = Services::of(request);
    let mut response = private(status);
    let mut response = match status {
        StatusCode::CREATED => {
            let location = services.link(&format!("/api/sessions/{}", signed_in.session));
            response.insert_header(("Location", location));
            response
        }
        _ => response,
    }
    .json(SessionBegun { session_id: signed_in.session, account: AccountAnswer::new(signed_in.account.clone()) });
    keep_session(services, &mut response, &signed_in);
    response
}
