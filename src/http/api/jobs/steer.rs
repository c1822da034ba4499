//! `POST /api/jobs/{id}/cancel`, `…/pause` and `…/resume`.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};

use super::answer::JobAnswer;
use crate::{
    db::JobRow,
    http::{
        auth::caller,
        server::{ApiError, Problems, Services, private},
    },
    work::jobs,
};

/// Cancels a job. It stops within a second; finished work is kept.
#[utoipa::path(post, path = "/api/jobs/{id}/cancel", tag = "Jobs", operation_id = "cancelJob",
    params(("id" = String, Path)), security(("organizer" = ["jobs:write"])),
    responses((status = 202, description = "The job", body = JobAnswer), Problems))]
pub async fn cancel(
    request: HttpRequest,
    services: web::Data<Services>,
    id: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let job = jobs::cancel(&services.tools.records, &caller(&request), &id).await?;
    answer(&services, job).await
}

/// Pauses a job. Chunks that have begun are finished.
#[utoipa::path(post, path = "/api/jobs/{id}/pause", tag = "Jobs", operation_id = "pauseJob",
    params(("id" = String, Path)), security(("organizer" = ["jobs:write"])),
    responses((status = 202, description = "The job", body = JobAnswer), Problems))]
pub async fn pause(
    request: HttpRequest,
    services: web::Data<Services>,
    id: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let job = jobs::set_paused(&services.tools.records, &caller(&request), &id, true).await?;
    answer(&services, job).await
}

/// Resumes a paused job.
#[utoipa::path(post, path = "/api/jobs/{id}/resume", tag = "Jobs", operation_id = "resumeJob",
    params(("id" = String, Path)), security(("organizer" = ["jobs:write"])),
    responses((status = 202, description = "The job", body = JobAnswer), Problems))]
pub async fn resume(
    request: HttpRequest,
    services: web::Data<Services>,
    id: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let job = jobs::set_paused(&services.tools.records, &caller(&request), &id, false).await?;
    answer(&services, job).await
}

async fn answer(services: &Services, job: JobRow) -> Result<HttpResponse, ApiError> {
    Ok(private(StatusCode::ACCEPTED).json(JobAnswer::new(services, job).await?))
}
