//! `/api/mail/events`: reports of mail providers about messages.

use actix_web::{HttpRequest, HttpResponse, http::header, web};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{
    http::server::{ApiError, Problems, Services},
    work::mail_events,
};

/// Providers send fields that are not documented, and SNS sends JSON as text/plain: these bodies are read leniently.
fn parse<T: DeserializeOwned>(body: &web::Bytes) -> Result<T, ApiError> {
    serde_json::from_slice(body).map_err(|_| ApiError::malformed("the body is no event of this provider"))
}

/// Receives notifications of Amazon SES, by way of SNS.
///
/// Only signed messages of the configured topic are accepted. A request to confirm the subscription is confirmed.
#[utoipa::path(post, path = "/api/mail/events/ses", tag = "Mail", operation_id = "sesEvent",
    request_body(content = String, content_type = "text/plain", description = "A message of SNS, as JSON"),
    responses((status = 204, description = "The event was received"), Problems))]
pub async fn ses(services: web::Data<Services>, body: web::Bytes) -> Result<HttpResponse, ApiError> {
    mail_events::ses(&services.tools.records, &services.providers, &parse(&body)?).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Receives events of Postmark, with the configured password as basic authentication.
#[utoipa::path(post, path = "/api/mail/events/postmark", tag = "Mail", operation_id = "postmarkEvent",
    request_body(content = Object, content_type = "application/json", description = "An event of Postmark"),
    responses((status = 204, description = "The event was received"), Problems))]
pub async fn postmark(
    request: HttpRequest,
    services: web::Data<Services>,
    body: web::Bytes,
) -> Result<HttpResponse, ApiError> {
    let event: Value = parse(&body)?;
    let password = basic_password(&request);
    mail_events::postmark(&services.tools.records, &services.providers, password.as_deref(), &event).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Receives events of Mailgun, which are signed. Each event is accepted once.
#[utoipa::path(post, path = "/api/mail/events/mailgun", tag = "Mail", operation_id = "mailgunEvent",
    request_body(content = Object, content_type = "application/json", description = "An event of Mailgun"),
    responses((status = 204, description = "The event was received"), Problems))]
pub async fn mailgun(services: web::Data<Services>, body: web::Bytes) -> Result<HttpResponse, ApiError> {
    mail_events::mailgun(&services.tools.records, &services.providers, &parse(&body)?).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Returns the password of a request with basic authentication.
fn basic_password(request: &HttpRequest) -> Option<String> {
    let value = request.headers().get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, encoded) = value.split_once(' ')?;
    let pair = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    scheme.eq_ignore_ascii_case("basic").then(|| pair.split_once(':').map(|(_, password)| password.to_owned()))?
}
