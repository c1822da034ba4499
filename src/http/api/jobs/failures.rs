//! `/api/jobs/{id}/failures`: files that a job could not make, and their retry.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{answer::JobAnswer, begin::answer_started};
use crate::{
    db::FailureRow,
    http::{
        auth::caller,
        read::{Json, Page, PageQuery, Query, limit, read_cursor},
        server::{ApiError, Problems, Services, private},
    },
    work::jobs,
};

/// A file that a job could not make.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FailureAnswer {
    registration_id: String,
    /// `tickets`, `ticket` or `code`.
    kind: &'static str,
    /// The ticket's position; 0 for the file with all tickets.
    part: i16,
    /// Tickets in the file.
    tickets: i16,
    error: String,
    at: Timestamp,
}

/// Lists the files that a job could not make, with the errors.
#[utoipa::path(get, path = "/api/jobs/{id}/failures", tag = "Jobs", operation_id = "jobFailures",
    params(("id" = String, Path), PageQuery), security(("organizer" = ["jobs:write"])),
    responses((status = 200, description = "A page of failures", body = Page<FailureAnswer>), Problems))]
pub async fn list(
    request: HttpRequest,
    services: web::Data<Services>,
    id: web::Path<String>,
    query: Query<PageQuery>,
) -> Result<HttpResponse, ApiError> {
    let limit = limit(query.0.limit, services.settings.list_limit)?;
    let after = read_cursor(query.0.cursor.as_deref())?.unwrap_or((0, 0, 0));
    let records = &services.tools.records;
    let (setup, rows) = jobs::failures(records, &caller(&request), &id, after, limit).await?;
    let page = Page::of(
        rows,
        limit,
        |FailureRow { failure, .. }| (failure.number, failure.kind.number(), failure.part),
        |FailureRow { failure, at }| FailureAnswer {
            registration_id: setup.registration_id(failure.number).to_string(),
            kind: failure.kind.name(),
            part: failure.part,
            tickets: failure.tickets,
            error: failure.error,
            at,
        },
    );
    Ok(private(StatusCode::OK).json(page))
}

/// The failures to retry.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RetryFailures {
    /// Registration ids; default: all that failed.
    #[serde(default)]
    registrations: Vec<String>,
}

/// Retries files that a regeneration could not make: starts a new job for these registrations only.
#[utoipa::path(post, path = "/api/jobs/{id}/failures/retry", tag = "Jobs", operation_id = "retryFailures",
    params(("id" = String, Path)), request_body = RetryFailures, security(("organizer" = ["jobs:write"])),
    responses((status = 202, description = "The new job", body = JobAnswer,
        headers(("Location" = String, description = "URL of the job"))), Problems))]
pub async fn retry(
    request: HttpRequest,
    services: web::Data<Services>,
    id: web::Path<String>,
    body: Json<RetryFailures>,
) -> Result<HttpResponse, ApiError> {
    let start = jobs::retry(&services.tools.records, &caller(&request), &id, body.0.registrations).await?;
    answer_started(&services, start).await
}
