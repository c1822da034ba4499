//! Middleware of every request: its id, a log span, metrics, headers, the rate limit, and answers after panics.

use std::{cell::RefCell, collections::HashMap, panic::AssertUnwindSafe, sync::LazyLock, time::Instant};

use actix_web::{
    Error, HttpMessage, HttpResponse, ResponseError,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    error::InternalError,
    http::{
        ConnectionType,
        header::{self, HeaderMap, HeaderName, HeaderValue},
    },
    middleware::Next,
    web,
};
use futures_util::FutureExt;
use metrics::{Counter, Gauge, Histogram};
use tracing::Instrument;
use uuid::Uuid;

use super::{
    ApiError, Services,
    chunked::{ChunkedBody, keep_until_sent},
    cors::is_preflight,
    request_id,
};
use crate::{
    metrics::{HTTP_IN_FLIGHT, HTTP_PANICS, HTTP_REQUESTS, HTTP_SECONDS},
    work::Refusal,
};

/// The header that carries the id, in requests and in answers.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Longest id that is taken over from a client, in characters; it is logged.
const MAX_ID: usize = 100;

/// The outermost middleware: assigns the id of a request, records metrics, and completes the head of its answer.
pub async fn observe(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let id = given_id(&request).unwrap_or_else(|| Uuid::new_v4().to_string());
    let method = known_method(request.method().as_str());
    let span = tracing::info_span!("request", id, method, path = logged_path(request.path()));
    let header = HeaderValue::from_str(&id).expect("`given_id` and UUIDs have only letters, digits and -_.:");
    let answering = answer(request, next, method, header);
    request_id::scope(id, answering).instrument(span).await
}

/// Returns a path as it is logged: without the token that follows in the address of a new password or an invitation.
fn logged_path(path: &str) -> &str {
    const BEFORE_TOKENS: [&str; 2] = ["/api/password-resets/", "/api/invitations/"];
    BEFORE_TOKENS.into_iter().find(|before| path.starts_with(before)).unwrap_or(path)
}

async fn answer(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
    method: &'static str,
    id: HeaderValue,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let start = Instant::now();
    let _in_flight = InFlight::enter();
    let has_body = has_body(request.headers());
    let services = request.app_data::<web::Data<Services>>().cloned();
    let is_https = services.as_ref().is_some_and(|services| services.settings.is_https());
    let origin = request.headers().get(header::ORIGIN).cloned();
    let mark = |headers: &mut HeaderMap| {
        if let Some(services) = &services {
            services.settings.cors_origins.mark(headers, origin.as_ref());
        }
    };
    let chunked = ChunkedBody::of(&mut request);
    match next.call(request).await {
        Ok(mut response) => {
            let route = response.request().extensions().get::<Route>().map_or("-", |route| route.0);
            complete(response.response_mut(), route, method, start, has_body);
            add_headers(response.headers_mut(), id, is_https);
            mark(response.headers_mut());
            Ok(response.map_body(|_, body| keep_until_sent(body, chunked)))
        }
        Err(error) => {
            // An error of the framework, which refused the request before a handler was found, or a panic.
            let mut response = map_error(&error).error_response();
            complete(&mut response, "-", method, start, has_body);
            add_headers(response.headers_mut(), id, is_https);
            mark(response.headers_mut());
            let response = response.map_body(|_, body| keep_until_sent(body, chunked)).map_into_boxed_body();
            Err(InternalError::from_response("answered", response).into())
        }
    }
}

fn map_error(error: &Error) -> ApiError {
    match error.as_response_error().status_code().is_server_error() {
        true => Refusal::Internal.into(),
        false => ApiError::malformed("the request cannot be parsed"),
    }
}

/// The middle one: applies the rate limit of the client, and turns a panic into an error. A preflight request counts, and is
/// answered in any case: a page can read that it sends too much only in the answer to the request that follows.
pub async fn guard(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    if let Err(refused) = admit(&request)
        && !is_preflight(request.head())
    {
        return Ok(request.into_response(refused.error_response()).map_into_right_body());
    }
    match AssertUnwindSafe(next.call(request)).catch_unwind().await {
        Ok(outcome) => outcome.map(ServiceResponse::map_into_left_body),
        Err(_) => {
            metrics::counter!(HTTP_PANICS).increment(1);
            tracing::error!("a handler panicked");
            Err(ApiError::from(Refusal::Internal).into())
        }
    }
}

/// True if the head of a request announces a body.
pub fn has_body(headers: &HeaderMap) -> bool {
    headers.get(header::CONTENT_LENGTH).is_some_and(|length| length != "0")
        || headers.contains_key(header::TRANSFER_ENCODING)
}

/// Applies the rate limit of the client. Health checks are not limited.
fn admit(request: &ServiceRequest) -> Result<(), ApiError> {
    let Some(services) = request.app_data::<web::Data<Services>>() else { return Ok(()) };
    if !services.clients.are_limited() || matches!(request.path(), "/healthz" | "/readyz") {
        return Ok(());
    }
    match services.client_address(request.request()) {
        Some(address) => services.clients.admit(address).map_err(ApiError::RateLimited),
        None => Ok(()),
    }
}

/// Records an answer. Announces that the connection is closed if the body of the request was not read.
fn complete<B>(
    response: &mut HttpResponse<B>,
    route: &'static str,
    method: &'static str,
    start: Instant,
    has_body: bool,
) {
    let status = response.status().as_u16();
    measure(route, method, status, start);
    if has_body && (route == "-" || matches!(status, 405 | 413 | 415 | 429)) {
        response.head_mut().set_connection_type(ConnectionType::Close);
    }
}

/// Adds the headers that every answer has. An answer that says nothing else may not be stored by caches.
fn add_headers(headers: &mut HeaderMap, id: HeaderValue, is_https: bool) {
    headers.insert(REQUEST_ID, id);
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    if is_https {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
    }
    let defaults = [
        (header::CACHE_CONTROL, "no-store"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
    ];
    for (name, value) in defaults {
        if !headers.contains_key(&name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
}

/// Path of the route that a request matches, as in the route table.
#[derive(Debug, Clone, Copy)]
pub struct Route(pub &'static str);

/// Metrics of one route, method and status.
struct Meters {
    requests: Counter,
    seconds: Histogram,
}

thread_local! {
    /// Each thread looks a metric up once; the number of routes, methods and statuses bounds the map.
    static METERS: RefCell<HashMap<(&'static str, &'static str, u16), Meters>> = RefCell::default();
}

impl Meters {
    fn of(route: &'static str, method: &'static str, status: u16) -> Self {
        let status = status.to_string();
        Self {
            requests: metrics::counter!(HTTP_REQUESTS, "route" => route, "method" => method, "status" => status),
            seconds: metrics::histogram!(HTTP_SECONDS, "route" => route, "method" => method),
        }
    }
}

fn measure(route: &'static str, method: &'static str, status: u16, start: Instant) {
    let elapsed = start.elapsed();
    METERS.with_borrow_mut(|meters| {
        let meters = meters.entry((route, method, status)).or_insert_with(|| Meters::of(route, method, status));
        meters.requests.increment(1);
        meters.seconds.record(elapsed);
    });
    let milliseconds = elapsed.as_micros() as f64 / 1000.0;
    // 503 is counted and not logged: a log line per refusal would add to the overload.
    match status {
        500..=502 | 504.. => tracing::warn!(status, milliseconds, "answered"),
        _ => tracing::debug!(status, milliseconds, "answered"),
    }
}

/// Counts a request as in flight until it is dropped.
struct InFlight;

static IN_FLIGHT: LazyLock<Gauge> = LazyLock::new(|| metrics::gauge!(HTTP_IN_FLIGHT));

impl InFlight {
    fn enter() -> Self {
        IN_FLIGHT.increment(1.0);
        Self
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        IN_FLIGHT.decrement(1.0);
    }
}

/// Returns the id that the client sent. `None` if there is none, or it is too long or not plain.
fn given_id(request: &ServiceRequest) -> Option<String> {
    let id = request.headers().get(REQUEST_ID)?.to_str().ok()?;
    let plain =
        (1..=MAX_ID).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.:".contains(&b));
    plain.then(|| id.to_owned())
}

/// Returns the method as a label of metrics: unknown methods share one, so that clients cannot create labels.
fn known_method(method: &str) -> &'static str {
    const KNOWN: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
    KNOWN.into_iter().find(|known| *known == method).unwrap_or("other")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_in_paths_are_not_logged() {
        assert_eq!(logged_path("/api/password-resets/abc"), "/api/password-resets/");
        assert_eq!(logged_path("/api/invitations/abc/accept"), "/api/invitations/");
        assert_eq!(logged_path("/api/events/summer"), "/api/events/summer");
    }
}
