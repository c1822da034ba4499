//! Middleware of every request: its id, a log span, metrics, the rate limit, and answers after panics.

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

use super::{ApiError, Services, request_id};
use crate::{
    metrics::{HTTP_IN_FLIGHT, HTTP_PANICS, HTTP_REQUESTS, HTTP_SECONDS},
    work::Refusal,
};

/// The header that carries the id, in requests and in answers.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Longest id that is taken over from a client, in characters; it is logged.
const MAX_ID: usize = 100;

/// Answers a request: assigns its id, applies the rate limit, calls the handler, and records metrics.
pub async fn observe(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let id = given_id(&request).unwrap_or_else(|| Uuid::new_v4().to_string());
    let method = known_method(request.method().as_str());
    let span = tracing::info_span!("request", id, method, path = request.path());
    let header = HeaderValue::from_str(&id).expect("`given_id` and UUIDs have only letters, digits and -_.:");
    let answering = answer(request, next, method, header);
    request_id::scope(id, answering).instrument(span).await
}

async fn answer(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
    method: &'static str,
    id: HeaderValue,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let start = Instant::now();
    let _in_flight = InFlight::enter();
    let has_body = has_body(request.headers());
    if let Err(refused) = admit(&request) {
        return Err(finish(&refused, method, id, start, has_body));
    }
    let outcome = AssertUnwindSafe(next.call(request)).catch_unwind().await;
    match outcome {
        Ok(Ok(response)) => Ok(complete(response, method, id, start, has_body)),
        Ok(Err(error)) => {
            // An error of the framework: it refused the request before a handler was found.
            let status = error.as_response_error().status_code();
            let error = if status.is_server_error() {
                Refusal::Internal.into()
            } else {
                ApiError::malformed("the request cannot be parsed")
            };
            Err(finish(&error, method, id, start, has_body))
        }
        Err(_) => {
            metrics::counter!(HTTP_PANICS).increment(1);
            tracing::error!("a handler panicked");
            Err(finish(&Refusal::Internal.into(), method, id, start, has_body))
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

/// Records the answer of a handler, and completes its head.
fn complete<B>(
    mut response: ServiceResponse<B>,
    method: &'static str,
    id: HeaderValue,
    start: Instant,
    has_body: bool,
) -> ServiceResponse<B> {
    let route = response.request().extensions().get::<Route>().map_or("-", |route| route.0);
    let status = response.status().as_u16();
    measure(route, method, status, start);
    response.headers_mut().insert(REQUEST_ID, id);
    // Refused before the body was read: the framework closes the connection, so the answer must say so.
    if has_body && (matches!(status, 405 | 413 | 415) || (status == 404 && route == "-")) {
        response.response_mut().head_mut().set_connection_type(ConnectionType::Close);
    }
    response
}

/// Records and builds the answer to a request that no handler has answered.
fn finish(error: &ApiError, method: &'static str, id: HeaderValue, start: Instant, has_body: bool) -> Error {
    let mut response: HttpResponse = error.error_response();
    measure("-", method, response.status().as_u16(), start);
    response.headers_mut().insert(REQUEST_ID, id);
    if has_body {
        response.head_mut().set_connection_type(ConnectionType::Close);
    }
    InternalError::from_response("answered", response).into()
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
