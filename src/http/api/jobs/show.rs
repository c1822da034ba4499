//! `GET /api/jobs`: jobs and their progress.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use serde::Deserialize;
use utoipa::IntoParams;

use super::answer::JobAnswer;
use crate::{
    http::{
        auth::caller,
        read::{Page, Query, limit, read_cursor},
        server::{ApiError, Problems, Services, private},
    },
    work::jobs,
};

/// Filter and page of a list of jobs.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct JobsQuery {
    /// Only jobs of this event (slug or id).
    event: Option<String>,
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
    cursor: Option<String>,
}

/// Lists the organizer's jobs, newest first.
#[utoipa::path(get, path = "/api/jobs", tag = "Jobs", operation_id = "jobs", params(JobsQuery),
    security(("organizer" = ["jobs:write"])),
    responses((status = 200, description = "A page of jobs", body = Page<JobAnswer>), Problems))]
pub async fn list(
    request: HttpRequest,
    services: web::Data<Services>,
    query: Query<JobsQuery>,
) -> Result<HttpResponse, ApiError> {
    let JobsQuery { event, limit: given, cursor } = query.0;
    let limit = limit(given, services.settings.list_limit)?;
    let after = read_cursor(cursor.as_deref())?;
    let records = &services.tools.records;
    let rows = jobs::list(records, &caller(&request), event.as_deref(), after, limit).await?;
    let Page { items: rows, next_cursor } = Page::of(rows, limit, |job| (job.created_at, job.id.0), |job| job);
    let mut items = Vec::with_capacity(rows.len());
    for job in rows {
        items.push(JobAnswer::new(&services, job).await?);
    }
    Ok(private(StatusCode::OK).json(Page { items, next_cursor }))
}

/// Returns a job and its progress.
#[utoipa::path(get, path = "/api/jobs/{id}", tag = "Jobs", operation_id = "job",
    params(("id" = String, Path)), security(("organizer" = ["jobs:write"])),
    responses((status = 200, description = "The job", body = JobAnswer), Problems))]
pub async fn show(
    request: HttpRequest,
    services: web::Data<Services>,
    id: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let job = jobs::find(&services.tools.records, &caller(&request), &id).await?;
    Ok(private(StatusCode::OK).json(JobAnswer::new(&services, job).await?))
}
