//! `/api/organizers/{slug}/tokens`: tokens with which programs act for an organizer.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    db::TokenRow,
    http::{
        auth::caller,
        read::Json,
        server::{ApiError, Problems, Services, private},
    },
    work::people::teams::{self, TokenDraft},
};

/// A token, without its secret.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TokenAnswer {
    id: Uuid,
    name: String,
    /// First characters, to recognize it by.
    #[schema(example = "onsale_7Q2m")]
    beginning: String,
    scopes: Vec<String>,
    created_at: Timestamp,
    /// To within an hour.
    #[schema(required)]
    last_used_at: Option<Timestamp>,
    /// Null: it never expires.
    #[schema(required)]
    expires_at: Option<Timestamp>,
    #[schema(required)]
    revoked_at: Option<Timestamp>,
}

impl TokenAnswer {
    fn new(row: TokenRow) -> Self {
        Self {
            id: row.id,
            name: row.name,
            beginning: row.beginning,
            scopes: row.scopes,
            created_at: row.created_at,
            last_used_at: row.used_at,
            expires_at: row.expires_at,
            revoked_at: row.revoked_at,
        }
    }
}

/// A list.
#[derive(Debug, Serialize, ToSchema)]
pub struct Tokens {
    items: Vec<TokenAnswer>,
}

/// Lists the tokens of an organizer, revoked ones too.
#[utoipa::path(get, path = "/api/organizers/{slug}/tokens", tag = "Teams", operation_id = "tokens",
    params(("slug" = String, Path, example = "gardenia-collective")),
    security(("session" = ["team:read"]), ("organizer" = ["team:read"])),
    responses((status = 200, description = "The tokens", body = Tokens), Problems))]
pub async fn list(
    request: HttpRequest,
    services: web::Data<Services>,
    slug: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let rows = teams::tokens(&services.tools.records, &caller(&request), &slug).await?;
    let items = rows.into_iter().map(TokenAnswer::new).collect();
    Ok(private(StatusCode::OK).json(Tokens { items }))
}

/// A token to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MakeToken {
    /// Name of the program that uses it.
    #[schema(example = "Box office")]
    name: String,
    /// Scopes that the caller has.
    #[schema(example = json!(["registrations:read"]))]
    scopes: Vec<String>,
    /// Days until it expires; never, if it is missing.
    #[schema(example = 90, nullable = false)]
    expires_in_days: Option<i32>,
}

/// A new token, with its secret.
#[derive(Debug, Serialize, ToSchema)]
pub struct NewTokenAnswer {
    /// It is shown this once; only its hash is stored.
    token: String,
    #[serde(flatten)]
    row: TokenAnswer,
}

/// Makes a token.
#[utoipa::path(post, path = "/api/organizers/{slug}/tokens", tag = "Teams", operation_id = "makeToken",
    params(("slug" = String, Path, example = "gardenia-collective")),
    security(("session" = ["team:write"]), ("organizer" = ["team:write"])), request_body = MakeToken,
    responses((status = 201, description = "The token, this once", body = NewTokenAnswer,
        headers(("Location" = String, description = "URL of the token"))), Problems))]
pub async fn make(
    request: HttpRequest,
    services: web::Data<Services>,
    slug: web::Path<String>,
    body: Json<MakeToken>,
) -> Result<HttpResponse, ApiError> {
    let MakeToken { name, scopes, expires_in_days: days } = body.0;
    let draft = TokenDraft { name, scopes, days };
    let (token, row) = teams::make_token(&services.tools.records, &caller(&request), &slug, draft).await?;
    let location = services.link(&format!("/api/organizers/{slug}/tokens/{}", row.id));
    let answer = NewTokenAnswer { token: token.reveal().to_owned(), row: TokenAnswer::new(row) };
    Ok(private(StatusCode::CREATED).insert_header(("Location", location)).json(answer))
}

/// Revokes a token, with immediate effect.
#[utoipa::path(delete, path = "/api/organizers/{slug}/tokens/{id}", tag = "Teams", operation_id = "revokeToken",
    params(("slug" = String, Path, example = "gardenia-collective"), ("id" = String, Path)),
    security(("session" = ["team:write"]), ("organizer" = ["team:write"])),
    responses((status = 204, description = "The token is not valid any more"), Problems))]
pub async fn revoke(
    request: HttpRequest,
    services: web::Data<Services>,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, ApiError> {
    let (slug, id) = path.into_inner();
    teams::revoke_token(&services.tools.records, &caller(&request), &slug, &id).await?;
    Ok(private(StatusCode::NO_CONTENT).finish())
}
