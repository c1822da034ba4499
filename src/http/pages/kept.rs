//! Pages that are the same for everybody: written once per change, kept in memory, and answered from there. They depend on
//! nothing of a request but the language, the colours, and whether somebody is signed in.

use std::sync::Arc;

use actix_web::{
    HttpRequest, HttpResponse,
    http::{
        StatusCode,
        header::{self, HeaderValue},
    },
};
use moka::future::Cache;

use super::frame::{Frame, Reader, page_headers};
use crate::{
    http::server::{ApiError, KeptPage, Services},
    metrics::CACHE_REQUESTS,
};

/// Browsers without cookies, and caches between, may show a page for some seconds without asking.
const SHARED: HeaderValue = HeaderValue::from_static("public, max-age=2, s-maxage=5, stale-while-revalidate=10");
/// The language, the colours and the links of others are not shown to this browser.
const OWN: HeaderValue = HeaderValue::from_static("private, no-cache");
const VARY: HeaderValue = HeaderValue::from_static("Accept-Encoding, Accept-Language, Cookie");

/// Answers with a page; 304 if the browser has it.
fn answer(page: &KeptPage, request: &HttpRequest, reader: &Reader) -> HttpResponse {
    let header = |name| request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let is_known = page.tag.to_str().is_ok_and(|tag| header(header::IF_NONE_MATCH).contains(tag));
    let mut response = HttpResponse::build(if is_known { StatusCode::NOT_MODIFIED } else { StatusCode::OK });
    response
        .insert_header((header::CACHE_CONTROL, if reader.has_wishes { OWN } else { SHARED }))
        .insert_header((header::VARY, VARY))
        .insert_header((header::ETAG, page.tag.clone()));
    // Also without a body: caches copy the headers of this answer to the page that they have.
    page_headers(&mut response, reader.language);
    if is_known {
        return response.finish();
    }
    let takes_gzip = header(header::ACCEPT_ENCODING).split(',').any(|part| part.trim().starts_with("gzip"));
    match takes_gzip {
        true => response.insert_header((header::CONTENT_ENCODING, "gzip")).body(page.gzip.clone()),
        false => response.body(page.html.clone()),
    }
}

/// A page that was written, or the reason why not.
type Written = Result<String, ApiError>;

/// Returns a page whose key names everything that it shows.
pub async fn of_content(
    request: &HttpRequest,
    key: &str,
    write: impl AsyncFnOnce(&Frame) -> Written,
) -> Result<HttpResponse, ApiError> {
    let pages = &Services::of(request).pages;
    // Requests with other queries share the page.
    kept(&pages.by_content, request, key, request.path(), write).await
}

/// Returns a page by its address; it may be some seconds old.
pub async fn of_address(
    request: &HttpRequest,
    write: impl AsyncFnOnce(&Frame) -> Written,
) -> Result<HttpResponse, ApiError> {
    let pages = &Services::of(request).pages;
    let address = request.uri().path_and_query().map_or_else(String::new, ToString::to_string);
    kept(&pages.by_address, request, &address, &address, write).await
}

async fn kept(
    pages: &Cache<String, Arc<KeptPage>>,
    request: &HttpRequest,
    key: &str,
    address: &str,
    write: impl AsyncFnOnce(&Frame) -> Written,
) -> Result<HttpResponse, ApiError> {
    let reader = Reader::of(request);
    let of_person = if reader.is_signed_in { " person " } else { " " };
    let key = [key, " ", reader.language, of_person, reader.theme.unwrap_or_default()].concat();
    let known = pages.get(&key).await;
    let outcome = if known.is_some() { "hit" } else { "miss" };
    metrics::counter!(CACHE_REQUESTS, "cache" => "pages", "outcome" => outcome).increment(1);
    if let Some(page) = known {
        return Ok(answer(&page, request, &reader));
    }
    // One request writes the page; others that come meanwhile wait for it.
    let mut refused = None;
    let frame = Frame::shared(request, address);
    let written = pages.try_get_with(key, async {
        write(&frame).await.map(|html| Arc::new(KeptPage::new(html))).map_err(|error| refused = Some(error))
    });
    match Box::pin(written).await {
        Ok(page) => Ok(answer(&page, request, &reader)),
        Err(_) => Err(refused.unwrap_or_else(|| crate::work::Refusal::Unavailable.into())),
    }
}

/// Writes a page.
pub fn written(page: &impl askama::Template) -> Written {
    page.render().map_err(|error| {
        tracing::error!(%error, "a page was not rendered");
        crate::work::Refusal::Internal.into()
    })
}
