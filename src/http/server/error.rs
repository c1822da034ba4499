//! All errors of the API: status, code, title and detail of each.

use std::{borrow::Cow, fmt, sync::LazyLock, time::Duration};

use actix_web::{
    HttpResponse, HttpResponseBuilder, ResponseError,
    http::{StatusCode, header},
};
use uuid::Uuid;

use super::{problem::Problem, request_id};
use crate::{
    domain::{Fault, Faults},
    work::Refusal,
};

/// The reason why a request failed.
#[derive(Debug)]
pub enum ApiError {
    /// `work` refused the command.
    Refused(Refusal),
    /// The body cannot be parsed.
    Unreadable {
        detail: Cow<'static, str>,
        faults: Faults,
    },
    /// With the allowed methods.
    MethodNotAllowed(&'static str),
    /// With the media types that are offered.
    NotAcceptable(&'static str),
    BodyTimeout,
    /// The body exceeds this many bytes.
    TooLarge(usize),
    /// With the form of the body that is accepted.
    UnsupportedMediaType(&'static str),
    /// The client sent too many requests; it may retry after this time.
    RateLimited(Duration),
}

/// Facts that the page of an error shows.
#[derive(Debug, Clone)]
pub struct ProblemFacts {
    pub status: StatusCode,
    pub detail: Cow<'static, str>,
    /// Seconds.
    pub retry_after: Option<u64>,
    pub request_id: String,
}

/// Returns the seconds until a client should retry. They are random, so that clients do not all retry at once.
fn retry_after_seconds() -> u64 {
    1 + u64::from(Uuid::new_v4().as_bytes()[0] % 3)
}

impl ApiError {
    /// Returns the error for a request that cannot be parsed.
    pub fn malformed(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::Refused(Refusal::Malformed(detail.into()))
    }

    /// Returns the error for a single fault at `pointer`.
    pub fn invalid(pointer: &str, detail: impl Into<String>) -> Self {
        Self::Refused(Refusal::invalid(pointer, detail))
    }

    /// Turns an error that follows a committed write into one that does not claim that nothing was done.
    #[must_use]
    pub fn after_write(self) -> Self {
        match self {
            Self::Refused(refusal) => Self::Refused(refusal.after_write()),
            other => other,
        }
    }

    fn row(&self) -> (StatusCode, &'static str, &'static str) {
        use StatusCode as S;
        match self {
            Self::Unreadable { .. } => (S::BAD_REQUEST, "malformed", "The request is malformed"),
            Self::MethodNotAllowed(_) => (S::METHOD_NOT_ALLOWED, "method_not_allowed", "The method is not allowed"),
            Self::NotAcceptable(_) => (S::NOT_ACCEPTABLE, "not_acceptable", "Not available in the requested format"),
            Self::BodyTimeout => (S::REQUEST_TIMEOUT, "timeout", "The body took too long"),
            Self::TooLarge(_) => (S::PAYLOAD_TOO_LARGE, "too_large", "The body is too large"),
            Self::UnsupportedMediaType(_) => {
                (S::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", "The body's media type is not supported")
            }
            Self::RateLimited(_) => (S::TOO_MANY_REQUESTS, "rate_limited", "Too many requests"),
            Self::Refused(refusal) => refused_row(refusal),
        }
    }

    fn detail(&self) -> Cow<'static, str> {
        match self {
            Self::Unreadable { detail, .. } => detail.clone(),
            Self::MethodNotAllowed(allowed) => format!("allowed methods: {allowed}").into(),
            Self::NotAcceptable(offered) => format!("available media types: {offered}").into(),
            Self::BodyTimeout => "the body was not received within the time allowed".into(),
            Self::TooLarge(limit) => format!("a body has at most {limit} bytes").into(),
            Self::UnsupportedMediaType(accepted) => format!("send {accepted}").into(),
            Self::RateLimited(_) => TRY_AGAIN.into(),
            Self::Refused(refusal) => refused_detail(refusal),
        }
    }

    fn faults(&self) -> &[Fault] {
        match self {
            Self::Unreadable { faults, .. } | Self::Refused(Refusal::Invalid(faults)) => &faults.0,
            _ => &[],
        }
    }

    fn problem(&self, request_id: String) -> String {
        let (status, code, title) = self.row();
        let problem = Problem {
            r#type: "about:blank",
            title,
            status: status.as_u16(),
            detail: self.detail(),
            code,
            request_id,
            errors: self.faults(),
        };
        serde_json::to_string(&problem).expect("a struct of strings and numbers serializes")
    }
}

const TRY_AGAIN: &str = "nothing was done; try again after the time in Retry-After";

fn refused_row(refusal: &Refusal) -> (StatusCode, &'static str, &'static str) {
    use StatusCode as S;
    match refusal {
        Refusal::Malformed(_) => (S::BAD_REQUEST, "malformed", "The request is malformed"),
        Refusal::Unauthenticated => (S::UNAUTHORIZED, "unauthenticated", "A valid token is required"),
        Refusal::NotSignedIn => (S::UNAUTHORIZED, "unauthenticated", "Nobody is signed in"),
        Refusal::WrongPassword => (S::UNAUTHORIZED, "unauthenticated", "Address, password or code do not fit"),
        Refusal::SecondFactorNeeded => (S::UNAUTHORIZED, "second_factor_needed", "A code is needed as well"),
        Refusal::Forbidden(_) => (S::FORBIDDEN, "forbidden", "You may not do this"),
        Refusal::ForeignPage => (S::FORBIDDEN, "forbidden", "A page of another site sent the request"),
        Refusal::UnnamedOrganizer => (S::BAD_REQUEST, "malformed", "The organizer is not named"),
        Refusal::TooManyTries(_) => (S::TOO_MANY_REQUESTS, "rate_limited", "Too many tries"),
        Refusal::SalesNotOpen => (S::FORBIDDEN, "sales_not_open", "Sales have not opened yet"),
        Refusal::SalesClosed => (S::FORBIDDEN, "sales_closed", "Sales are closed"),
        Refusal::NotFound => (S::NOT_FOUND, "not_found", "Not found"),
        Refusal::SoldOut => (S::CONFLICT, "sold_out", "Sold out"),
        Refusal::Conflict(_) => (S::CONFLICT, "conflict", "The request conflicts with the present state"),
        Refusal::Invalid(_) => (S::UNPROCESSABLE_ENTITY, "invalid", "The request is invalid"),
        Refusal::KeyReused => {
            (S::UNPROCESSABLE_ENTITY, "idempotency_key_reused", "The idempotency key belongs to another request")
        }
        Refusal::Overloaded => (S::SERVICE_UNAVAILABLE, "overloaded", "The server is overloaded"),
        Refusal::Unavailable => (S::SERVICE_UNAVAILABLE, "unavailable", "The service is not available right now"),
        Refusal::Unknown | Refusal::Internal => (S::INTERNAL_SERVER_ERROR, "internal", "The server failed"),
    }
}

fn refused_detail(refusal: &Refusal) -> Cow<'static, str> {
    match refusal {
        Refusal::Malformed(detail) | Refusal::Conflict(detail) => detail.clone(),
        Refusal::Unauthenticated => "send an organizer's token as `Authorization: Bearer …`, or sign in".into(),
        Refusal::NotSignedIn => "sign in with POST /api/sessions".into(),
        Refusal::WrongPassword => "check the address, the password and the code".into(),
        Refusal::SecondFactorNeeded => "send the code of your app, or a recovery code, as `totp`".into(),
        Refusal::Forbidden(scope) => format!("the token or the role lacks the scope {scope}").into(),
        Refusal::ForeignPage => {
            "a change with a session needs `Sec-Fetch-Site: same-origin`, or `Origin` of this server".into()
        }
        Refusal::UnnamedOrganizer => {
            "you work for several organizers: name one by its slug in the header Onsale-Organizer".into()
        }
        Refusal::SalesNotOpen => "sales for this event have not opened yet".into(),
        Refusal::SalesClosed => "sales for this event are closed".into(),
        Refusal::NotFound => "it does not exist, or you have no access to it".into(),
        Refusal::SoldOut => "there are not enough seats left for this request".into(),
        Refusal::Invalid(_) => "`errors` lists every fault with its place in the request".into(),
        Refusal::KeyReused => "an earlier request with this key had another body".into(),
        Refusal::Overloaded | Refusal::Unavailable | Refusal::TooManyTries(_) => TRY_AGAIN.into(),
        Refusal::Unknown => "it is not known whether the change was made; repeat the request to find out".into(),
        Refusal::Internal => "an error of the server; its operator finds it in the log by the request id".into(),
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.row().1)
    }
}

impl std::error::Error for ApiError {}

impl<T: Into<Refusal>> From<T> for ApiError {
    fn from(refusal: T) -> Self {
        Self::Refused(refusal.into())
    }
}

impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        self.row().0
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponseBuilder::new(self.status_code());
        response.content_type("application/problem+json").insert_header((header::CACHE_CONTROL, "no-store"));
        match self {
            Self::Refused(Refusal::Unauthenticated) => {
                response.insert_header((header::WWW_AUTHENTICATE, "Bearer"));
            }
            Self::Refused(Refusal::Overloaded | Refusal::Unavailable) => {
                response.insert_header((header::RETRY_AFTER, retry_after_seconds()));
            }
            Self::MethodNotAllowed(allowed) => drop(response.insert_header((header::ALLOW, *allowed))),
            Self::BodyTimeout => drop(response.force_close()),
            Self::RateLimited(wait) | Self::Refused(Refusal::TooManyTries(wait)) => {
                response.insert_header((header::RETRY_AFTER, wait.as_secs() + 1));
            }
            _ => {}
        }
        let id = request_id::current().unwrap_or_default();
        let body = match self {
            Self::Refused(Refusal::Overloaded) => OVERLOADED.with(&id),
            _ => self.problem(id.clone()),
        };
        let mut response = response.body(body);
        let retry_after = response.headers().get(header::RETRY_AFTER);
        let retry_after = retry_after.and_then(|seconds| seconds.to_str().ok()?.parse().ok());
        let facts = ProblemFacts { status: self.status_code(), detail: self.detail(), retry_after, request_id: id };
        response.extensions_mut().insert(facts);
        response
    }
}

/// The body of `overloaded`, complete except for the request id: overload is no time to serialize.
static OVERLOADED: LazyLock<OverloadedBody> = LazyLock::new(|| {
    const PLACEHOLDER: &str = "{id}";
    let problem = ApiError::Refused(Refusal::Overloaded).problem(PLACEHOLDER.to_owned());
    let (before, after) = problem.split_once(PLACEHOLDER).expect("the id was set to the placeholder in the line above");
    OverloadedBody { before: before.to_owned(), after: after.to_owned() }
});

struct OverloadedBody {
    before: String,
    after: String,
}

impl OverloadedBody {
    /// Returns the body with an id, which has only characters that need no escaping in JSON.
    fn with(&self, id: &str) -> String {
        [&self.before, id, &self.after].concat()
    }
}
