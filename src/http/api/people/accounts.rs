//! `/api/accounts`: new accounts. `/api/password-resets`: forgotten passwords.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{
    admit,
    answer::{AccountAnswer, SessionBegun, signed_in},
};
use crate::{
    domain::{LANGUAGES, SignUp, page_language},
    http::{
        auth::{browser, caller},
        read::Json,
        server::{ApiError, Problems, Services, private},
    },
    work::people::{
        sign_in,
        sign_up::{self, Confirmed, Proof},
    },
};

/// A new account.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateAccount {
    #[schema(example = "ada@example.com")]
    email: String,
    /// At least 15 characters, or 8 with an upper-case letter, a digit and a symbol; not a known one, and not made of the
    /// name or address.
    #[schema(example = "correct horse battery staple")]
    password: String,
    #[schema(example = "Ada Lovelace")]
    name: String,
    /// Language of pages and messages: a BCP 47 tag. English if it is missing or unknown.
    #[schema(example = "en", nullable = false)]
    locale: Option<String>,
}

/// Asks for a new account.
///
/// The answer is the same whether the address has an account or not: its owner gets a message with a link and a code of six
/// digits, which are valid for 30 minutes, or the notice that there is an account already.
#[utoipa::path(post, path = "/api/accounts", tag = "Accounts", operation_id = "createAccount",
    request_body = CreateAccount,
    responses((status = 202, description = "A message is on its way to the address"), Problems))]
pub async fn create(
    request: HttpRequest,
    services: web::Data<Services>,
    body: Json<CreateAccount>,
) -> Result<HttpResponse, ApiError> {
    admit(&services, &request)?;
    let CreateAccount { email, password, name, locale } = body.0;
    let language = locale.as_deref().and_then(page_language).unwrap_or(LANGUAGES[0]);
    sign_up::request(&services.tools, SignUp { email, password, name, language }).await?;
    Ok(private(StatusCode::ACCEPTED).finish())
}

/// Proof that a person reads the messages to an address: the token of the link, or address and code.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VerifyAccount {
    #[schema(nullable = false)]
    token: Option<String>,
    #[schema(nullable = false)]
    email: Option<String>,
    #[schema(example = "482915", nullable = false)]
    code: Option<String>,
}

/// Confirms an address: the one of a new account, whose owner is signed in, or a new one of the account that is signed in.
///
/// A code can be tried five times.
#[utoipa::path(post, path = "/api/accounts/verify", tag = "Accounts", operation_id = "verifyAccount",
    request_body = VerifyAccount,
    responses((status = 200, description = "The account exists, and a session has begun", body = SessionBegun,
        headers(("Set-Cookie" = String, description = "The session"))), Problems))]
pub async fn verify(
    request: HttpRequest,
    services: web::Data<Services>,
    body: Json<VerifyAccount>,
) -> Result<HttpResponse, ApiError> {
    admit(&services, &request)?;
    let proof = match body.0 {
        VerifyAccount { token: Some(token), email: None, code: None } => Proof::Token { token, password: None },
        VerifyAccount { token: None, email: Some(email), code: Some(code) } => Proof::Code { email, code },
        _ => return Err(ApiError::invalid("", "must have either `token`, or `email` and `code`")),
    };
    Ok(match sign_up::confirm(&services.tools, &caller(&request), proof, browser(&request)).await? {
        Confirmed::SignUp(session) => signed_in(&request, StatusCode::OK, session),
        Confirmed::Address { session, account } => {
            private(StatusCode::OK).json(SessionBegun { session_id: session, account: AccountAnswer::new(account) })
        }
    })
}

/// An address whose password is forgotten.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RequestReset {
    #[schema(example = "ada@example.com")]
    email: String,
}

/// Sends the link to a new password, which is valid for 30 minutes.
///
/// The answer is the same whether the address has an account or not.
#[utoipa::path(post, path = "/api/password-resets", tag = "Accounts", operation_id = "requestPasswordReset",
    request_body = RequestReset,
    responses((status = 202, description = "If the address has an account, a message is on its way"), Problems))]
pub async fn request_reset(
    request: HttpRequest,
    services: web::Data<Services>,
    body: Json<RequestReset>,
) -> Result<HttpResponse, ApiError> {
    admit(&services, &request)?;
    sign_in::request_reset(&services.tools.records, &body.0.email).await?;
    Ok(private(StatusCode::ACCEPTED).finish())
}

/// A new password.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResetPassword {
    password: String,
}

/// Sets a forgotten password, which ends all sessions. Begins a session, unless the account has a second factor.
#[utoipa::path(put, path = "/api/password-resets/{token}", tag = "Accounts", operation_id = "resetPassword",
    params(("token" = String, Path, description = "From the link of the message")),
    request_body = ResetPassword,
    responses(
        (status = 200, description = "The password is set, and a session has begun", body = SessionBegun,
            headers(("Set-Cookie" = String, description = "The session"))),
        (status = 204, description = "The password is set; sign in with it and a code"),
        Problems))]
pub async fn reset(
    request: HttpRequest,
    services: web::Data<Services>,
    token: web::Path<String>,
    body: Json<ResetPassword>,
) -> Result<HttpResponse, ApiError> {
    admit(&services, &request)?;
    let session = sign_in::reset(&services.tools, &token, body.0.password, browser(&request)).await?;
    Ok(match session {
        Some(session) => signed_in(&request, StatusCode::OK, session),
        None => private(StatusCode::NO_CONTENT).finish(),
    })
}
