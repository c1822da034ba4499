//! Every error a client can see, in one table: status, code, title. The cause goes to the log, here and once.

use std::{
    borrow::Cow,
    fmt,
    sync::{Arc, LazyLock},
    time::Duration,
};

use super::{problem::Problem, request_id};
use crate::{
    actors::Refusal,
    db::{DbError, NotOnSale},
    domain::{Faults, Scope},
};
use actix_web::{
    HttpResponse, HttpResponseBuilder, ResponseError,
    http::{StatusCode, header},
};
use uuid::Uuid;

/// Something that was not done, as the client is told.
#[derive(Debug)]
pub enum ApiError {
    Malformed {
        detail: Cow<'static, str>,
        faults: Faults,
    },
    Unauthenticated,
    Forbidden(Scope),
    SalesNotOpen,
    SalesClosed,
    NotFound,
    MethodNotAllowed(&'static str),
    NotAcceptable(&'static str),
    BodyTimeout,
    SoldOut,
    Conflict(Cow<'static, str>),
    TooLarge(usize),
    UnsupportedMediaType(&'static str),
    Invalid(Faults),
    KeyReused,
    /// For how long.
    RateLimited(Duration),
    Overloaded,
    Unavailable,
    /// The outcome is not known; the same key will tell.
    Unknown,
    Internal,
}

/// How long a client had better wait after a refusal that is not its fault: not all of them equally long, or they would all
/// come back together.
fn retry_after_seconds() -> u64 {
    1 + u64::from(Uuid::new_v4().as_bytes()[0] % 3)
}

impl ApiError {
    /// A request that is not what it should be in form.
    pub fn malformed(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::Malformed { detail: detail.into(), faults: Faults::default() }
    }

    /// A single fault at `pointer`.
    pub fn invalid(pointer: &str, detail: impl Into<String>) -> Self {
        let mut faults = Faults::default();
        faults.add(pointer, detail);
        Self::Invalid(faults)
    }

    /// A failed write: unlike a failed read, it may have been done.
    pub fn from_write(error: DbError) -> Self {
        if !error.outcome_unknown() {
            return error.into();
        }
        tracing::error!(%error, "it is not known whether a change was made");
        Self::Unknown
    }

    /// An error that came after a write was made: nobody may be told that nothing was done.
    pub fn after_write(self) -> Self {
        if matches!(self, Self::Unavailable | Self::Overloaded) { Self::Unknown } else { self }
    }

    fn row(&self) -> (StatusCode, &'static str, &'static str) {
        use StatusCode as S;
        match self {
            Self::Malformed { .. } => (S::BAD_REQUEST, "malformed", "The request is malformed"),
            Self::Unauthenticated => (S::UNAUTHORIZED, "unauthenticated", "A valid token is needed"),
            Self::Forbidden(_) => (S::FORBIDDEN, "forbidden", "The token does not allow this"),
            Self::SalesNotOpen => (S::FORBIDDEN, "sales_not_open", "Sales have not opened yet"),
            Self::SalesClosed => (S::FORBIDDEN, "sales_closed", "Sales are closed"),
            Self::NotFound => (S::NOT_FOUND, "not_found", "There is nothing here"),
            Self::MethodNotAllowed(_) => {
                (S::METHOD_NOT_ALLOWED, "method_not_allowed", "The method is not allowed here")
            }
            Self::NotAcceptable(_) => (S::NOT_ACCEPTABLE, "not_acceptable", "Not available in that form"),
            Self::BodyTimeout => (S::REQUEST_TIMEOUT, "timeout", "The body took too long"),
            Self::SoldOut => (S::CONFLICT, "sold_out", "Sold out"),
            Self::Conflict(_) => (S::CONFLICT, "conflict", "The request conflicts with the present state"),
            Self::TooLarge(_) => (S::PAYLOAD_TOO_LARGE, "too_large", "The body is too large"),
            Self::UnsupportedMediaType(_) => {
                (S::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", "The body's media type is not supported")
            }
            Self::Invalid(_) => (S::UNPROCESSABLE_ENTITY, "invalid", "The request is not acceptable"),
            Self::KeyReused => {
                (S::UNPROCESSABLE_ENTITY, "idempotency_key_reused", "The idempotency key belongs to another request")
            }
            Self::RateLimited(_) => (S::TOO_MANY_REQUESTS, "rate_limited", "Too many requests from you"),
            Self::Overloaded => (S::SERVICE_UNAVAILABLE, "overloaded", "Too much is going on right now"),
            Self::Unavailable => (S::SERVICE_UNAVAILABLE, "unavailable", "The service is not available right now"),
            Self::Unknown | Self::Internal => (S::INTERNAL_SERVER_ERROR, "internal", "Something went wrong here"),
        }
    }

    fn detail(&self) -> Cow<'static, str> {
        match self {
            Self::Malformed { detail, .. } | Self::Conflict(detail) => detail.clone(),
            Self::Unauthenticated => "send an organizer's token as `Authorization: Bearer …`".into(),
            Self::Forbidden(scope) => format!("the token lacks the scope {scope}").into(),
            Self::SalesNotOpen => "come back when the sale has opened".into(),
            Self::SalesClosed => "nothing is sold for this event any more".into(),
            Self::NotFound => "it does not exist, or it is not yours to see".into(),
            Self::MethodNotAllowed(allowed) => format!("allowed here: {allowed}").into(),
            Self::NotAcceptable(offered) => format!("offered here: {offered}").into(),
            Self::BodyTimeout => "send the whole body within the time allowed".into(),
            Self::SoldOut => "there are not enough seats left for this request".into(),
            Self::TooLarge(limit) => format!("at most {limit} bytes are read").into(),
            Self::UnsupportedMediaType(wanted) => format!("send {wanted}").into(),
            Self::Invalid(_) => "see errors for each place that has to change".into(),
            Self::KeyReused => "an earlier request with this key had another body".into(),
            Self::RateLimited(_) | Self::Overloaded | Self::Unavailable => {
                "nothing was done; try again after the time in Retry-After".into()
            }
            Self::Unknown => "it is not known whether the change was made; repeat the request to find out".into(),
            Self::Internal => "nothing you did wrong; the request id helps us to find it".into(),
        }
    }

    fn faults(self: &ApiError) -> &[crate::domain::Fault] {
        match self {
            Self::Malformed { faults, .. } | Self::Invalid(faults) => &faults.0,
            _ => &[],
        }
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.row().1)
    }
}

impl std::error::Error for ApiError {}

impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        self.row().0
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponseBuilder::new(self.status_code());
        response.content_type("application/problem+json").insert_header((header::CACHE_CONTROL, "no-store"));
        match self {
            Self::Unauthenticated => drop(response.insert_header((header::WWW_AUTHENTICATE, "Bearer"))),
            Self::MethodNotAllowed(allowed) => drop(response.insert_header((header::ALLOW, *allowed))),
            Self::BodyTimeout => drop(response.force_close()),
            Self::Overloaded | Self::Unavailable => {
                response.insert_header((header::RETRY_AFTER, retry_after_seconds()));
            }
            Self::RateLimited(wait) => {
                response.insert_header((header::RETRY_AFTER, wait.as_secs() + 1));
            }
            _ => {}
        }
        if matches!(self, Self::Overloaded) {
            return response.body(REFUSAL.with(&request_id::current().unwrap_or_default()));
        }
        response.body(self.problem(request_id::current().unwrap_or_default()))
    }
}

impl ApiError {
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

/// The refusal that is given most when there is the least time for it: ready but for the request's id.
static REFUSAL: LazyLock<Refused> = LazyLock::new(|| {
    const PLACE: &str = "{id}";
    let problem = ApiError::Overloaded.problem(PLACE.to_owned());
    let (before, after) = problem.split_once(PLACE).expect("the id stands in it");
    Refused { before: before.to_owned(), after: after.to_owned() }
});

struct Refused {
    before: String,
    after: String,
}

impl Refused {
    /// `id` is plain: it needs no escaping.
    fn with(&self, id: &str) -> String {
        [&self.before, id, &self.after].concat()
    }
}

impl From<DbError> for ApiError {
    fn from(error: DbError) -> Self {
        Self::from(&error)
    }
}

impl From<Arc<DbError>> for ApiError {
    fn from(error: Arc<DbError>) -> Self {
        Self::from(&*error)
    }
}

impl From<&DbError> for ApiError {
    fn from(error: &DbError) -> Self {
        tracing::error!(%error, "the database failed a request");
        if error.is_passing() { Self::Unavailable } else { Self::Internal }
    }
}

impl From<Faults> for ApiError {
    fn from(faults: Faults) -> Self {
        Self::Invalid(faults)
    }
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::SoldOut => Self::SoldOut,
            Refusal::NotOnSale(NotOnSale::Hidden) => Self::NotFound,
            Refusal::NotOnSale(NotOnSale::NotOpen) => Self::SalesNotOpen,
            Refusal::NotOnSale(NotOnSale::Closed) => Self::SalesClosed,
            Refusal::KeyReused => Self::KeyReused,
            Refusal::Unavailable => Self::Unavailable,
            Refusal::Unknown => Self::Unknown,
            Refusal::Failed => Self::Internal,
        }
    }
}
