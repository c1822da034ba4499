//! `GET /api/storage/signed-url`: a pre-signed URL of an object of the organizer.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::time::whole_seconds;
use crate::{
    http::{
        auth::caller,
        read::Query,
        server::{ApiError, Problems, Services, private},
    },
    store::Disposition,
    work::storage,
};

/// Shortest validity of a URL, in seconds.
const MIN_SECONDS: u64 = 60;
/// Longest validity of a URL, in seconds: the limit of S3.
const MAX_SECONDS: u64 = 604_800;

/// An object, and the validity of its URL.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SignedUrlQuery {
    /// The object's key.
    #[param(example = "tickets/GDN2025-0001.pdf")]
    key: String,
    /// Validity in seconds; default: `storage.url_life_seconds`.
    #[param(minimum = 60, maximum = 604_800)]
    expires_in: Option<u64>,
    /// `inline`: browsers show the file. `attachment`: browsers save it.
    #[param(default = "inline")]
    disposition: Option<String>,
}

/// A pre-signed URL.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SignedUrlAnswer {
    pub key: String,
    pub url: String,
    /// Earlier than requested if the server's credentials expire before.
    pub expires_at: Timestamp,
}

/// Signs a URL of an object of the organizer: a ticket, confirmation, code, invoice or archive. Refused for stale and
/// withdrawn files.
#[utoipa::path(get, path = "/api/storage/signed-url", tag = "Organizing", operation_id = "signedUrl",
    params(SignedUrlQuery), security(("organizer" = ["storage:read"])),
    responses((status = 200, description = "A URL that needs no token", body = SignedUrlAnswer), Problems))]
pub async fn signed_url(
    request: HttpRequest,
    services: web::Data<Services>,
    query: Query<SignedUrlQuery>,
) -> Result<HttpResponse, ApiError> {
    let SignedUrlQuery { key, expires_in, disposition } = query.0;
    if expires_in.is_some_and(|seconds| !(MIN_SECONDS..=MAX_SECONDS).contains(&seconds)) {
        let bounds = format!("must lie between {MIN_SECONDS} and {MAX_SECONDS} seconds");
        return Err(ApiError::invalid("/expiresIn", bounds));
    }
    let disposition = match disposition.as_deref() {
        None | Some("inline") => Disposition::Inline,
        Some("attachment") => Disposition::Attachment,
        Some(_) => return Err(ApiError::invalid("/disposition", "must be inline or attachment")),
    };
    let signed = storage::signed_url(&services.tools, &caller(&request), &key, expires_in, disposition).await?;
    let answer = SignedUrlAnswer { key, url: signed.url, expires_at: whole_seconds(signed.expires_at) };
    Ok(private(StatusCode::OK).json(answer))
}
