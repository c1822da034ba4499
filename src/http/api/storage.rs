//! `GET /api/storage/signed-url`: a pre-signed URL for an object of one's own events.

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

/// How long a URL may live, in seconds. Seven days is the limit of S3.
const MIN_LIFE: u64 = 60;
const MAX_LIFE: u64 = 604_800;

/// The object, and how long its URL lives.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SignedUrlQuery {
    /// The object's key.
    #[param(example = "tickets/GDN2025-0001.pdf")]
    key: String,
    /// Seconds; `storage.url_life_seconds` if left out.
    #[param(minimum = 60, maximum = 604_800)]
    expires_in: Option<u64>,
    /// `inline` shows it, `attachment` saves it.
    #[param(default = "inline")]
    disposition: Option<String>,
}

/// A pre-signed URL.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SignedUrlAnswer {
    pub key: String,
    pub url: String,
    /// Earlier than asked for if the server's own credentials expire before.
    pub expires_at: Timestamp,
}

/// Signs a URL for an object of one's own events. A stale or withdrawn file has none.
#[utoipa::path(get, path = "/api/storage/signed-url", tag = "Organizing", operation_id = "signedUrl",
    params(SignedUrlQuery), security(("organizer" = ["storage:read"])),
    responses((status = 200, description = "Opens the object to everyone who has it", body = SignedUrlAnswer), Problems))]
pub async fn signed_url(
    request: HttpRequest,
    services: web::Data<Services>,
    query: Query<SignedUrlQuery>,
) -> Result<HttpResponse, ApiError> {
    let SignedUrlQuery { key, expires_in, disposition } = query.0;
    if expires_in.is_some_and(|seconds| !(MIN_LIFE..=MAX_LIFE).contains(&seconds)) {
        let bounds = format!("must lie between {MIN_LIFE} and {MAX_LIFE} seconds");
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
