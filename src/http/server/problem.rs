//! How an error looks: RFC 9457, and what the OpenAPI document says of it.

use std::{borrow::Cow, collections::BTreeMap};

use serde::Serialize;
use utoipa::{
    IntoResponses, ToSchema,
    openapi::{Ref, RefOr, Response, ResponseBuilder, content::ContentBuilder},
};

/// A problem on its way out.
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

/// A problem, by RFC 9457.
#[derive(ToSchema)]
#[schema(as = Problem)]
#[expect(dead_code, reason = "it only describes `Problem` to the OpenAPI document")]
pub struct ProblemSchema {
    /// Always `about:blank`: `code` says which problem it is.
    r#type: String,
    title: String,
    status: u16,
    detail: String,
    /// A name for programs.
    #[schema(example = "sold_out")]
    code: String,
    #[schema(rename = "requestId")]
    request_id: String,
    /// With 400 and 422: what has to change, and where.
    #[schema(nullable = false)]
    errors: Option<Vec<FaultSchema>>,
}

/// One thing that has to change.
#[derive(ToSchema)]
#[schema(as = Fault)]
#[expect(dead_code, reason = "it only describes `Fault` to the OpenAPI document")]
pub struct FaultSchema {
    /// A JSON pointer into the request.
    #[schema(example = "/attendees/0/email")]
    pointer: String,
    detail: String,
}

/// Every error a route may answer with.
pub struct Problems;

impl IntoResponses for Problems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        [
            ("400", "`malformed`: not JSON, wrong types, duplicate keys, U+0000, a bad header"),
            ("401", "`unauthenticated`: missing or wrong token"),
            ("403", "`forbidden`, `sales_not_open` or `sales_closed`"),
            ("404", "`not_found`: absent, or not yours"),
            ("405", "`method_not_allowed`: see `Allow`"),
            ("406", "`not_acceptable`: not available in that form"),
            ("408", "`timeout`: the body took too long"),
            ("409", "`sold_out` or `conflict`"),
            ("413", "`too_large`"),
            ("415", "`unsupported_media_type`"),
            ("422", "`invalid` or `idempotency_key_reused`: see `errors`"),
            ("429", "`rate_limited`: this client asked too much; see `Retry-After`"),
            ("500", "`internal`: a defect of ours, or an outcome that only a repeated request can tell"),
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
