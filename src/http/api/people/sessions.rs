//! `/api/sessions`: signing in and out, and the list of browsers in which one is signed in.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    admit,
    answer::{SessionBegun, signed_in},
};
use crate::{
    http::{
        auth::{browser, caller, forget_session},
        read::Json,
        server::{ApiError, Problems, Services, private},
    },
    work::people::sign_in::{self, SignIn},
};

/// Address, password, and the code of a second factor.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateSession {
    #[schema(example = "ada@example.com")]
    email: String,
    password: String,
    /// Code of the app, or a recovery code, if the account has a second factor.
    #[schema(example = "482915", nullable = false)]
    totp: Option<String>,
}

/// Signs in.
///
/// The answer and its time are the same for an unknown address and a wrong password. Without the code of an account that
/// has a second factor: 401 `second_factor_needed`. After five wrong tries, each further one has to wait longer: 429.
#[utoipa::path(post, path = "/api/sessions", tag = "Accounts", operation_id = "createSession",
    request_body = CreateSession,
    responses((status = 201, description = "A session has begun", body = SessionBegun, headers(
        ("Location" = String, description = "The session"), ("Set-Cookie" = String, description = "The session"))),
        Problems))]
pub async fn create(
    request: HttpRequest,
    services: web::Data<Services>,
    body: Json<CreateSession>,
) -> Result<HttpResponse, ApiError> {
    admit(&services, &request)?;
    let CreateSession { email, password, totp } = body.0;
    let command = SignIn { email, password, code: totp };
    let session = sign_in::sign_in(&services.tools, command, browser(&request)).await?;
    Ok(signed_in(&request, StatusCode::CREATED, session))
}

/// A browser in which the person is signed in.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SessionAnswer {
    id: Uuid,
    created_at: Timestamp,
    last_seen_at: Timestamp,
    #[schema(example = "Firefox, Linux")]
    device: String,
    /// Address of its network.
    #[schema(required)]
    network: Option<String>,
    /// True for the session of this request.
    current: bool,
}

/// A list.
#[derive(Debug, Serialize, ToSchema)]
pub struct Sessions {
    items: Vec<SessionAnswer>,
}

/// Lists the sessions of the person who is signed in, the one used last first.
#[utoipa::path(get, path = "/api/sessions", tag = "Accounts", operation_id = "sessions",
    security(("session" = [])),
    responses((status = 200, description = "The sessions", body = Sessions), Problems))]
pub async fn list(request: HttpRequest, services: web::Data<Services>) -> Result<HttpResponse, ApiError> {
    let (current, rows) = sign_in::sessions(&services.tools.records, &caller(&request)).await?;
    let items = rows.into_iter().map(|row| SessionAnswer {
        current: row.id == current,
        id: row.id,
        created_at: row.created_at,
        last_seen_at: row.seen_at,
        device: row.device,
        network: row.network,
    });
    Ok(private(StatusCode::OK).json(Sessions { items: items.collect() }))
}

/// Ends a session: by its id, the present one (`current`), or all others (`others`).
#[utoipa::path(delete, path = "/api/sessions/{id}", tag = "Accounts", operation_id = "endSession",
    params(("id" = String, Path, description = "An id, `current` or `others`", example = "current")),
    security(("session" = [])),
    responses((status = 204, description = "The session has ended"), Problems))]
pub async fn end(
    request: HttpRequest,
    services: web::Data<Services>,
    id: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let (records, caller) = (&services.tools.records, caller(&request));
    let mut response = private(StatusCode::NO_CONTENT).finish();
    match id.as_str() {
        "current" => {
            sign_in::sign_out(records, &caller).await?;
            forget_session(&services, &mut response);
        }
        "others" => sign_in::end_other_sessions(records, &caller).await?,
        id => sign_in::end_session(records, &caller, id).await?,
    }
    Ok(response)
}
