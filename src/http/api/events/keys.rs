//! `/api/events/{event}/keys`: the public keys with which gates verify codes.

use actix_web::{HttpRequest, HttpResponse, http::header, web};
use base64::{Engine, engine::general_purpose::STANDARD};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    db::PublicKey,
    domain::EventSetup,
    http::{
        auth::caller,
        read::ReadPermit,
        server::{ApiError, Problems, Services},
    },
    work::keys,
};

/// The data with which a gate verifies codes offline.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct KeysAnswer {
    /// The signature of every code covers these 16 bytes.
    event_id: Uuid,
    #[schema(example = "Ed25519")]
    algorithm: &'static str,
    keys: Vec<KeyAnswer>,
}

/// A public key.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct KeyAnswer {
    key_id: u8,
    /// 32 bytes in base64.
    public_key: String,
    created_at: Timestamp,
}

impl KeysAnswer {
    fn new(setup: &EventSetup, keys: Vec<PublicKey>) -> Self {
        let answer = |key: PublicKey| KeyAnswer {
            key_id: key.id,
            public_key: STANDARD.encode(key.bytes),
            created_at: key.created_at,
        };
        let keys = keys.into_iter().map(answer).collect();
        Self { event_id: setup.event.id.0, algorithm: "Ed25519", keys }
    }
}

/// Lists the event's public keys.
#[utoipa::path(get, path = "/api/events/{event}/keys", tag = "Events", operation_id = "keys",
    params(("event" = String, Path, description = "Slug or id", example = "gardenia-2025")),
    responses((status = 200, description = "The keys, ordered by id", body = KeysAnswer), Problems))]
pub async fn list(
    _permit: ReadPermit,
    services: web::Data<Services>,
    event: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let (setup, keys) = keys::list(&services.tools.records, &event).await?;
    let mut response = HttpResponse::Ok();
    response.insert_header((header::CACHE_CONTROL, "public, max-age=60"));
    Ok(response.json(KeysAnswer::new(&setup, keys)))
}

/// Gives the event a new signing key, which signs all codes from now on. Earlier codes stay valid; files are made
/// again.
#[utoipa::path(post, path = "/api/events/{event}/keys", tag = "Organizing", operation_id = "rotateKey",
    params(("event" = String, Path, description = "Slug or id", example = "gardenia-2025")),
    security(("organizer" = ["events:write"])),
    responses((status = 201, description = "All keys, the new one last", body = KeysAnswer), Problems))]
pub async fn rotate(
    request: HttpRequest,
    services: web::Data<Services>,
    event: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let (setup, keys) = keys::rotate(&services.tools.records, &caller(&request), &event).await?;
    Ok(HttpResponse::Created().json(KeysAnswer::new(&setup, keys)))
}
