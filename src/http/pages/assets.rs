//! `/assets/{version}/{file}`: styles, scripts, icons and fonts.

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{self, HeaderValue},
    web,
};
use onsale_assets::{asset, version};

use crate::{http::server::ApiError, work::Refusal};

/// A file never changes under its address.
const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
/// An address of another version: during an update, servers of both versions answer.
const BRIEFLY: HeaderValue = HeaderValue::from_static("public, max-age=60");

/// Returns a file, compressed if the browser accepts that.
pub async fn show(request: HttpRequest, path: web::Path<(String, String)>) -> Result<HttpResponse, ApiError> {
    let (requested, name) = path.into_inner();
    answer(&request, &name, if requested == version() { FOR_EVER } else { BRIEFLY })
}

/// Returns the script that puts the sale of an event into another site, under an address that never changes.
pub async fn widget(request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let mut response = answer(&request, "widget.js", BRIEFLY)?;
    // Other sites load it.
    let policy = HeaderValue::from_static("cross-origin");
    response.headers_mut().insert(header::HeaderName::from_static("cross-origin-resource-policy"), policy);
    Ok(response)
}

fn answer(request: &HttpRequest, name: &str, caching: HeaderValue) -> Result<HttpResponse, ApiError> {
    let asset = asset(name).ok_or(Refusal::NotFound)?;
    let accepted = request.headers().get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok());
    let takes_gzip = accepted.is_some_and(|accepted| accepted.split(',').any(|part| part.trim().starts_with("gzip")));
    let mut response = HttpResponse::Ok();
    response
        .content_type(asset.media_type)
        .insert_header((header::CACHE_CONTROL, caching))
        .insert_header((header::VARY, HeaderValue::from_static("Accept-Encoding")));
    Ok(match &asset.gzip {
        Some(gzip) if takes_gzip => {
            response.insert_header((header::CONTENT_ENCODING, "gzip")).body(web::Bytes::from_static(gzip))
        }
        _ => response.body(asset.bytes.to_vec()),
    })
}
