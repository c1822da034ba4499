//! Every error a client can see, in one table: status, code, title and detail.

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

/// Why a request was not answered as the client wanted.
#[derive(Debug)]
pub enum ApiError {
    /// The work was refused.
    Refused(Refusal),
    /// The body or the query cannot be read.
    Unreadable {
        detail: Cow<'static, str>,
        faults: Faults,
    },
    MethodNotAllowed(&'static str),
    NotAcceptable(&'static str),
    BodyTimeout,
    TooLarge(usize),
    UnsupportedMediaType(&'static str),
    /// The client may come back after this.
    RateLimited(Duration),
}

/// Seconds until a client should try again: not the same for all, or all would come back together.
fn retry_after_seconds() -> u64 {
    1 + u64::from(Uuid::new_v4().as_bytes()[0] % 3)
}

impl ApiError {
    /// A request with a form that cannot be understood.
    pub fn malformed(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::Refused(Refusal::Malformed(detail.into()))
    }

    /// A single fault at `pointer`.
    pub fn invalid(pointer: &str, detail: impl Into<String>) -> Self {
        Self::Refused(Refusal::invalid(pointer, detail))
    }

    /// An error after a write was done: the answer must not say that nothing was done.
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
            Self::MethodNotAllowed(_) => {
                (S::METHOD_NOT_ALLOWED, "method_not_allowed", "The method is not allowed here")
            }
            Self::NotAcceptable(_) => (S::NOT_ACCEPTABLE, "not_acceptable", "Not available in that form"),
            Self::BodyTimeout => (S::REQUEST_TIMEOUT, "timeout", "The body took too long"),
            Self::TooLarge(_) => (S::PAYLOAD_TOO_LARGE, "too_large", "The body is too large"),
            Self::UnsupportedMediaType(_) => {
                (S::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", "The body's media type is not supported")
            }
            Self::RateLimited(_) => (S::TOO_MANY_REQUESTS, "rate_limited", "Too many requests from you"),
            Self::Refused(refusal) => refused_row(refusal),
        }
    }

    fn detail(&self) -> Cow<'static, str> {
        match self {
            Self::Unreadable { detail, .. } => detail.clone(),
            Self::MethodNotAllowed(allowed) => format!("allowed here: {allowed}").into(),
            Self::NotAcceptable(offered) => format!("offered here: {offered}").into(),
            Self::BodyTimeout => "send the whole body within the time allowed".into(),
            Self::TooLarge(limit) => format!("at most {limit} bytes are read").into(),
            Self::UnsupportedMediaType(wanted) => format!("send {wanted}").into(),
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
        serde_json::to_string(&problem).expect("strings and numbers serialize")
    }
}

const TRY_AGAIN: &str = "nothing was done; try again after the time in Retry-After";

fn refused_row(refusal: &Refusal) -> (StatusCode, &'static str, &'static str) {
    use StatusCode as S;
    match refusal {
        Refusal::Malformed(_) => (S::BAD_REQUEST, "malformed", "The request is malformed"),
        Refusal::Unauthenticated => (S::UNAUTHORIZED, "unauthenticated", "A valid token is needed"),
        Refusal::Forbidden(_) => (S::FORBIDDEN, "forbidden", "The token does not allow this"),
        Refusal::SalesNotOpen => (S::FORBIDDEN, "sales_not_open", "Sales have not opened yet"),
        Refusal::SalesClosed => (S::FORBIDDEN, "sales_closed", "Sales are closed"),
        Refusal::NotFound => (S::NOT_FOUND, "not_found", "There is nothing here"),
        Refusal::SoldOut => (S::CONFLICT, "sold_out", "Sold out"),
        Refusal::Conflict(_) => (S::CONFLICT, "conflict", "The request conflicts with the present state"),
        Refusal::Invalid(_) => (S::UNPROCESSABLE_ENTITY, "invalid", "The request is not acceptable"),
        Refusal::KeyReused => {
            (S::UNPROCESSABLE_ENTITY, "idempotency_key_reused", "The idempotency key belongs to another request")
        }
        Refusal::Overloaded => (S::SERVICE_UNAVAILABLE, "overloaded", "Too much is going on right now"),
        Refusal::Unavailable => (S::SERVICE_UNAVAILABLE, "unavailable", "The service is not available right now"),
        Refusal::Unknown | Refusal::Internal => (S::INTERNAL_SERVER_ERROR, "internal", "Something went wrong here"),
    }
}

fn refused_detail(refusal: &Refusal) -> Cow<'static, str> {
    match refusal {
        Refusal::Malformed(detail) | Refusal::Conflict(detail) => detail.clone(),
        Refusal::Unauthenticated => "send an organizer's token as `Authorization: Bearer …`".into(),
        Refusal::Forbidden(scope) => format!("the token lacks the scope {scope}").into(),
        Refusal::SalesNotOpen => "come back when the sale has opened".into(),
        Refusal::SalesClosed => "nothing is sold for this event any more".into(),
        Refusal::NotFound => "it does not exist, or it is not yours to see".into(),
        Refusal::SoldOut => "there are not enough seats left for this request".into(),
        Refusal::Invalid(_) => "see errors for each place that has to change".into(),
        Refusal::KeyReused => "an earlier request with this key had another body".into(),
        Refusal::Overloaded | Refusal::Unavailable => TRY_AGAIN.into(),
        Refusal::Unknown => "it is not known whether the change was made; repeat the request to find out".into(),
        Refusal::Internal => "nothing you did wrong; the request id helps us to find it".into(),
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
            Self::RateLimited(wait) => drop(response.insert_header((header::RETRY_AFTER, wait.as_secs() + 1))),
            _ => {}
        }
        let id = request_id::current().unwrap_or_default();
        if matches!(self, Self::Refused(Refusal::Overloaded)) {
            return response.body(OVERLOADED.with(&id));
        }
        response.body(self.problem(id))
    }
}

/// The body that is sent most when there is the least time for it: ready but for the request's id.
static OVERLOADED: LazyLock<OverloadedBody> = LazyLock::new(|| {
    const PLACEHOLDER: &str = "{id}";
    let problem = ApiError::Refused(Refusal::Overloaded).problem(PLACEHOLDER.to_owned());
    let (before, after) = problem.split_once(PLACEHOLDER).expect("the placeholder stands in the body");
    OverloadedBody { before: before.to_owned(), after: after.to_owned() }
});

struct OverloadedBody {
    before: String,
    after: String,
}

impl OverloadedBody {
    /// `id` has only characters that need no escaping.
    fn with(&self, id: &str) -> String {
        [&self.before, id, &self.after].concat()
    }
}
