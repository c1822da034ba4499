//! The bytes of a JSON body, within limits of size and time.

use std::pin::pin;

use actix_web::{HttpMessage, HttpRequest, dev::Payload, http::header, web};
use futures_util::{StreamExt, future::poll_immediate};

use crate::http::server::{ApiError, HttpSettings, Services};

/// Reads the bytes of a JSON body within the limits of size and time. Does not parse them.
pub fn read_body(
    request: &HttpRequest,
    payload: &mut Payload,
) -> impl Future<Output = Result<web::BytesMut, ApiError>> + use<> {
    let limit = settings(request).body_limit_bytes;
    read_up_to(request, payload, limit)
}

/// Reads a JSON body with a limit of its own. Handlers call this after the check of the caller's rights.
pub fn read_large(
    request: &HttpRequest,
    payload: web::Payload,
    limit: usize,
) -> impl Future<Output = Result<web::BytesMut, ApiError>> + use<> {
    let mut payload = payload.into_inner();
    read_up_to(request, &mut payload, limit)
}

/// Reads the bytes of a form.
pub fn read_form(
    request: &HttpRequest,
    payload: web::Payload,
    limit: usize,
) -> impl Future<Output = Result<web::BytesMut, ApiError>> + use<> {
    let kind = request.content_type();
    let checked = match kind == "application/x-www-form-urlencoded" {
        true => Ok(()),
        false => Err(ApiError::UnsupportedMediaType("application/x-www-form-urlencoded")),
    };
    let timeout = settings(request).body_timeout;
    let mut payload = payload.into_inner();
    async move {
        checked?;
        tokio::time::timeout(timeout, read(&mut payload, limit)).await.map_err(|_| ApiError::BodyTimeout)?
    }
}

fn settings(request: &HttpRequest) -> &HttpSettings {
    &Services::of(request).settings
}

fn read_up_to(
    request: &HttpRequest,
    payload: &mut Payload,
    limit: usize,
) -> impl Future<Output = Result<web::BytesMut, ApiError>> + use<> {
    let timeout = settings(request).body_timeout;
    let checked = check_head(request, limit);
    let mut payload = payload.take();
    async move {
        checked?;
        let mut reading = pin!(read(&mut payload, limit));
        match poll_immediate(&mut reading).await {
            Some(body) => body, // most bodies arrive with the head: no timer is needed
            None => tokio::time::timeout(timeout, reading).await.map_err(|_| ApiError::BodyTimeout)?,
        }
    }
}

async fn read(payload: &mut Payload, limit: usize) -> Result<web::BytesMut, ApiError> {
    let mut body = web::BytesMut::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|_| ApiError::malformed("the body ended early or its framing is wrong"))?;
        if body.len() + chunk.len() > limit {
            return Err(ApiError::TooLarge(limit));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn check_head(request: &HttpRequest, limit: usize) -> Result<(), ApiError> {
    let kind = request.content_type();
    if kind != "application/json" && !(kind.starts_with("application/") && kind.ends_with("+json")) {
        return Err(ApiError::UnsupportedMediaType("application/json"));
    }
    if request.headers().get(header::CONTENT_ENCODING).is_some_and(|encoding| encoding != "identity") {
        return Err(ApiError::UnsupportedMediaType("the body without a content encoding"));
    }
    let length: Option<usize> =
        request.headers().get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    match length {
        Some(length) if limit < length => Err(ApiError::TooLarge(limit)),
        _ => Ok(()),
    }
}
