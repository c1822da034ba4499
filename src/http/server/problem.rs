//! The body of an error (RFC 9457), and its description in the OpenAPI document.

use std::{borrow::Cow, collections::BTreeMap};

use serde::Serialize;
use utoipa::{
    IntoResponses, ToSchema,
    openapi::{Ref, RefOr, Response, ResponseBuilder, content::ContentBuilder},
};

/// Body of an error answer.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Problem<'a> {
    pub r#type: &'static str,
    pub title: &'static str,
    pub status: u16,
    pub detail: Cow<'static, str>,
    pub code: &'static str,
    pub request_id: String,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub errors: &'a [crate::domain::Fault],
}

/// An error, as in RFC 9457.
#[derive(ToSchema)]
#[schema(as = Problem)]
#[expect(dead_code, reason = "it only describes `Problem` to the OpenAPI document")]
pub struct ProblemSchema {
    /// Always `about:blank`; `code` is the kind of the error.
    r#type: String,
    title: String,
    status: u16,
    detail: String,
    /// Kind of the error, for programs.
    #[schema(example = "sold_out")]
    code: String,
    #[schema(rename = "requestId")]
    request_id: String,
    /// With 400 and 422: the faults of the request.
    #[schema(nullable = false)]
    errors: Option<Vec<FaultSchema>>,
}

/// A fault of a request.
#[derive(ToSchema)]
#[schema(as = Fault)]
#[expect(dead_code, reason = "it only describes `Fault` to the OpenAPI document")]
pub struct FaultSchema {
    /// JSON pointer to the faulty value of the request.
    #[schema(example = "/attendees/0/email")]
    pointer: String,
    detail: String,
}

/// Error answers of every route, for the OpenAPI document.
pub struct Problems;

impl IntoResponses for Problems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        [
            ("400", "`malformed`: not JSON, wrong types, duplicate keys, U+0000, or an invalid header"),
            ("401", "`unauthenticated`: missing or wrong token"),
            ("403", "`forbidden`, `sales_not_open` or `sales_closed`"),
            ("404", "`not_found`: it does not exist, or you have no access to it"),
            ("405", "`method_not_allowed`: see `Allow`"),
            ("406", "`not_acceptable`: not available in the requested format"),
            ("408", "`timeout`: the body took too long"),
            ("409", "`sold_out` or `conflict`"),
            ("413", "`too_large`"),
            ("415", "`unsupported_media_type`"),
            ("422", "`invalid` or `idempotency_key_reused`: see `errors`"),
            ("429", "`rate_limited`: too many requests from this client; see `Retry-After`"),
            ("500", "`internal`: an error of the server, or an unknown outcome; repeat the request to find out"),
            ("503", "`overloaded` or `unavailable`: nothing was done; see `Retry-After`"),
        ]
        .map(|(status, description)| {
            let problem = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
            let response = ResponseBuilder::new().description(description).content("application/problem+json", problem);
            (status.to_owned(), response.build().into())
        })
        .into()
    }
}
