//! Jobs: an organizer begins long work on an event, watches it, and ends it.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use actix_web::{HttpRequest, HttpResponse, http::header, web};
use futures_util::stream;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::sync::OwnedSemaphorePermit;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{
    Services,
    cursor::{self, Page},
    error::ApiError,
    json::{Json, parse, read_large},
    problem::Problems,
    query::{self, Query},
    tickets::whole_seconds,
};
use crate::{
    db::{Begun, DbError, FailureRow, Identity, JobCursor, JobResult, JobRow, NewJob, Selection},
    domain::{ArchiveFormat, ContentHash, EventSetup, JobId, JobKind, JobRequest, JobStatus, RegistrationId, Scope},
    store::Disposition,
};

/// Registrations that can be named in one request.
const MAX_NAMED: usize = 10_000;
/// Registrations of a request that its answers repeat.
const MAX_REPEATED: usize = 100;
/// The largest request: so many ids.
const MAX_BYTES: usize = 512 << 10;
/// How often a stream says how far a job is, at least, and how often it looks.
const SAY: Duration = Duration::from_millis(600);
const LOOK: Duration = Duration::from_millis(250);

/// What to make anew.
#[derive(Debug, Deserialize, ToSchema)]
#[expect(clippy::struct_excessive_bools, reason = "each is a word of the request")]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Regeneration {
    /// Leave alone what is as it would be made now.
    #[serde(default = "yes")]
    #[schema(default = true)]
    only_stale: bool,
    /// Give every ticket a new code; the old ones are revoked.
    #[serde(default)]
    reissue: bool,
    /// Only say how much there is to do, and why.
    #[serde(default)]
    dry_run: bool,
    /// Codes of ticket types; all if left out.
    #[serde(default)]
    ticket_types: Vec<String>,
    /// Registration ids; all if left out.
    #[serde(default)]
    #[schema(max_items = 10_000, example = json!(["GDN2025-0001"]))]
    registrations: Vec<String>,
    /// If another regeneration of the event is under way: end it, and take its place.
    #[serde(default)]
    supersede: bool,
}

/// What to put together.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Archiving {
    /// `zip` has a file for each ticket and a list of them; `pdf` is one document to be printed.
    #[serde(default)]
    #[schema(value_type = String, default = "zip")]
    format: ArchiveFormat,
    /// Codes of ticket types; all if left out.
    #[serde(default)]
    ticket_types: Vec<String>,
    /// If another archive of the event is being made: end it, and take its place.
    #[serde(default)]
    supersede: bool,
}

fn yes() -> bool {
    true
}

/// A job as it stands. Counts are tickets; in the end `done`, `skipped` and `failed` add up to `total`.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct JobAnswer {
    job_id: Uuid,
    /// `regeneration` or `archive`.
    kind: &'static str,
    event: String,
    /// `queued`, `running`, `completed`, `cancelled` or `failed`.
    status: &'static str,
    paused: bool,
    /// What was asked for.
    #[schema(value_type = Object)]
    request: JobRequest,
    /// How many registrations were named; `request` repeats the first hundred.
    #[schema(required)]
    registrations: Option<usize>,
    /// Grows by as much again if the event changes while its tickets are made: then all are looked at once more.
    total: i64,
    done: i64,
    skipped: i64,
    failed: i64,
    /// Why what was done had to be, or would have to: tickets by `missing`, `layout`, `key`, `event`, `attendee`, `reissue`, `asked`.
    reasons: BTreeMap<String, i64>,
    #[schema(required)]
    rate_per_second: Option<f64>,
    #[schema(required)]
    eta_seconds: Option<f64>,
    created_at: Timestamp,
    #[schema(required)]
    started_at: Option<Timestamp>,
    #[schema(required)]
    finished_at: Option<Timestamp>,
    /// Why it failed or was ended.
    #[schema(required)]
    error: Option<String>,
    /// Where an archive can be fetched from, for a while: ask again for another link.
    #[schema(required)]
    result_url: Option<String>,
    #[schema(required)]
    result_url_expires_at: Option<Timestamp>,
    #[schema(required)]
    result_bytes: Option<i64>,
    /// When an archive is removed.
    #[schema(required)]
    result_kept_until: Option<Timestamp>,
    /// The same had been asked for already, and this is it.
    joined: bool,
    /// The job whose place this one took.
    #[schema(required)]
    supersedes: Option<Uuid>,
}

/// An event of a job's stream.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it stands in the OpenAPI document, and is written as text")]
pub struct JobEvent {
    /// What to send as `Last-Event-ID`; only where something has changed.
    id: Option<String>,
    /// `progress`, and in the end `done`.
    event: String,
    /// The job as JSON.
    data: String,
}

/// A file that a job could not make.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FailureAnswer {
    registration_id: String,
    /// `tickets`, `ticket` or `code`.
    kind: &'static str,
    /// The ticket's position; 0 for the file with all tickets.
    part: i16,
    tickets: i16,
    error: String,
    at: Timestamp,
}

/// Makes an event's tickets anew: all, or as they were selected. New downloads get the new file at once.
#[utoipa::path(post, path = "/api/events/{event}/regenerations", tag = "Jobs", operation_id = "regenerate",
    params(("event" = String, Path, description = "Slug or id", example = "gardenia-2025")),
    request_body = Regeneration, security(("organizer" = ["jobs:write"])),
    responses((status = 202, description = "The job; the one under way if the same was asked for before", body = JobAnswer,
        headers(("Location" = String, description = "Where it can be watched"))), Problems))]
pub async fn regenerate(
    request: HttpRequest,
    services: web::Data<Services>,
    name: web::Path<String>,
    payload: web::Payload,
) -> Result<HttpResponse, ApiError> {
    // Whoever may send so much is known first.
    services.own_event(&request, Scope::JobsWrite, &name).await?;
    let body = Json(parse::<Regeneration>(&read_large(&request, payload, MAX_BYTES).await?)?);
    let Regeneration { only_stale, reissue, dry_run, ticket_types, registrations, supersede } = body.0;
    let job = JobRequest { only_stale, reissue, dry_run, ticket_types, registrations, format: None };
    begin(&request, &services, &name, JobKind::Regeneration, job, supersede).await
}

/// Puts all tickets of an event in one file.
#[utoipa::path(post, path = "/api/events/{event}/archives", tag = "Jobs", operation_id = "archive",
    params(("event" = String, Path, description = "Slug or id", example = "gardenia-2025")),
    request_body = Archiving, security(("organizer" = ["jobs:write"])),
    responses((status = 202, description = "The job; the one under way if the same was asked for before", body = JobAnswer,
        headers(("Location" = String, description = "Where it can be watched"))), Problems))]
pub async fn put_together(
    request: HttpRequest,
    services: web::Data<Services>,
    name: web::Path<String>,
    body: Json<Archiving>,
) -> Result<HttpResponse, ApiError> {
    let Archiving { format, ticket_types, supersede } = body.0;
    let job = JobRequest::archive(format, ticket_types);
    begin(&request, &services, &name, JobKind::Archive, job, supersede).await
}

async fn begin(
    request: &HttpRequest,
    services: &Services,
    name: &str,
    kind: JobKind,
    job: JobRequest,
    supersede: bool,
) -> Result<HttpResponse, ApiError> {
    let (identity, setup) = services.own_event_now(request, Scope::JobsWrite, name).await?;
    let mut job = job;
    if job.registrations.len() > MAX_NAMED {
        return Err(ApiError::invalid("/registrations", format!("must have at most {MAX_NAMED} entries")));
    }
    let selection = Selection::read(&setup, &mut job)?;
    let new = NewJob {
        organizer: identity.organizer,
        event: setup.event.key,
        kind,
        request: &job,
        actor: &identity.actor(),
        selection: &selection,
        revision: setup.event.revision,
    };
    let begun = services.database.begin_job(&new, supersede).await.map_err(ApiError::from_write)?;
    let Begun { job: row, joined, supersedes } = begun.map_err(|open| {
        let detail = format!(
            "another {} of the event is under way: job {}; wait for it, cancel it, or take its place with \"supersede\": true",
            kind.name(),
            open.id.0
        );
        ApiError::Conflict(detail.into())
    })?;
    let location = services.link(&format!("/api/jobs/{}", row.id.0));
    let supersedes = supersedes.map(|id| id.0);
    let answer = JobAnswer { joined, supersedes, ..services.job_answer(row).await.map_err(ApiError::after_write)? };
    Ok(HttpResponse::Accepted()
        .insert_header((header::LOCATION, location))
        .insert_header((header::CACHE_CONTROL, "private, no-store"))
        .json(answer))
}

/// Which jobs.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct JobsQuery {
    /// Of one event, by slug or id.
    event: Option<String>,
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
    cursor: Option<String>,
}

/// The organizer's jobs, the newest first.
#[utoipa::path(get, path = "/api/jobs", tag = "Jobs", operation_id = "jobs", params(JobsQuery),
    security(("organizer" = ["jobs:write"])),
    responses((status = 200, description = "A page of them", body = Page<JobAnswer>), Problems))]
pub async fn list(
    request: HttpRequest,
    services: web::Data<Services>,
    query: Query<JobsQuery>,
) -> Result<HttpResponse, ApiError> {
    let identity = services.organizer(&request, Scope::JobsWrite).await?;
    let event = match &query.0.event {
        Some(name) => Some(services.own_event(&request, Scope::JobsWrite, name).await?.event.key),
        None => None,
    };
    let limit = query::limit(query.0.limit, services.settings.list_limit)?;
    let after: Option<JobCursor> = cursor::read(query.0.cursor.as_deref())?;
    let rows = services.database.jobs(Some(identity.organizer), event, after, limit).await?;
    let full = usize::try_from(limit).is_ok_and(|limit| rows.len() == limit);
    let next_cursor = rows.last().filter(|_| full).map(|row| cursor::write(&(row.created_at, row.id.0)));
    let mut items = Vec::new();
    for row in rows {
        items.push(services.job_answer(row).await?);
    }
    Ok(HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "private, no-store")).json(Page { items, next_cursor }))
}

/// How far a job is.
#[utoipa::path(get, path = "/api/jobs/{id}", tag = "Jobs", operation_id = "job",
    params(("id" = String, Path)), security(("organizer" = ["jobs:write"])),
    responses((status = 200, description = "As it stands", body = JobAnswer), Problems))]
pub async fn show(
    request: HttpRequest,
    services: web::Data<Services>,
    id: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let (_, row) = services.own_job(&request, &id).await?;
    let answer = services.job_answer(row).await?;
    Ok(HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "private, no-store")).json(answer))
}

/// How far a job is, as a stream of server-sent events: `progress` with what `GET /api/jobs/{id}` says, at least one a second, and
/// a last `done`. Whoever reconnects with `Last-Event-ID` is told what has changed since, or that it is over.
#[utoipa::path(get, path = "/api/jobs/{id}/progress", tag = "Jobs", operation_id = "jobProgress",
    params(("id" = String, Path), ("Last-Event-ID" = Option<String>, Header, description = "The last event that was seen")),
    security(("organizer" = ["jobs:write"])),
    responses((status = 200, description = "Until it is over", content_type = "text/event-stream", body = JobEvent), Problems))]
pub async fn progress(
    request: HttpRequest,
    services: web::Data<Services>,
    id: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let (_, row) = services.own_job(&request, &id).await?;
    let permit = services.streams.clone().try_acquire_owned().map_err(|_| ApiError::Overloaded)?;
    let seen = request.headers().get("last-event-id").and_then(|id| id.to_str().ok()?.parse().ok());
    let watch =
        Watch { services, id: row.id, row: Some(row), seen, quiet: Duration::ZERO, over: false, _permit: permit };
    let events = stream::unfold(watch, Watch::next);
    Ok(HttpResponse::Ok()
        .content_type("text/event-stream")
        .insert_header((header::CACHE_CONTROL, "private, no-store"))
        .insert_header(("x-accel-buffering", "no"))
        .streaming(Box::pin(events)))
}

/// Somebody who is told how far a job is.
struct Watch {
    services: web::Data<Services>,
    id: JobId,
    /// What was read and not told yet.
    row: Option<JobRow>,
    /// The version that was told last.
    seen: Option<i64>,
    /// For how long nothing was said.
    quiet: Duration,
    over: bool,
    _permit: OwnedSemaphorePermit,
}

impl Watch {
    async fn next(mut self) -> Option<(Result<web::Bytes, ApiError>, Self)> {
        while !self.over && !self.services.is_stopping() {
            let row = match self.row.take() {
                Some(row) => row,
                None => {
                    actix_web::rt::time::sleep(LOOK).await;
                    self.quiet += LOOK;
                    match self.services.looked_at(self.id).await {
                        Ok(Some(row)) => row,
                        // It is asked again; whoever waits sees that we are alive.
                        Ok(None) | Err(_) => return Some((Ok(web::Bytes::from_static(b": wait\n\n")), self)),
                    }
                }
            };
            self.over = row.status.is_over();
            let news = self.seen != Some(row.version);
            if !news && !self.over && self.quiet < SAY {
                continue;
            }
            (self.seen, self.quiet) = (Some(row.version), Duration::ZERO);
            let version = row.version;
            let answer = match self.services.job_answer(row).await {
                Ok(answer) => answer,
                Err(error) => return Some((Err(error), self)),
            };
            let data = serde_json::to_string(&answer).expect("texts and numbers");
            let progress = match (news, self.over) {
                (true, _) => format!("id: {version}\nevent: progress\ndata: {data}\n\n"),
                (false, false) => format!("event: progress\ndata: {data}\n\n"),
                (false, true) => String::new(),
            };
            let done = match self.over {
                true => format!("id: {version}\nevent: done\ndata: {data}\n\n"),
                false => String::new(),
            };
            let text = progress + &done;
            return Some((Ok(web::Bytes::from(text)), self));
        }
        None
    }
}

/// A page of a list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct FailuresQuery {
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
    cursor: Option<String>,
}

/// What a job could not make, and why.
#[utoipa::path(get, path = "/api/jobs/{id}/failures", tag = "Jobs", operation_id = "jobFailures",
    params(("id" = String, Path), FailuresQuery), security(("organizer" = ["jobs:write"])),
    responses((status = 200, description = "A page of it", body = Page<FailureAnswer>), Problems))]
pub async fn failures(
    request: HttpRequest,
    services: web::Data<Services>,
    id: web::Path<String>,
    query: Query<FailuresQuery>,
) -> Result<HttpResponse, ApiError> {
    let (_, row) = services.own_job(&request, &id).await?;
    let limit = query::limit(query.0.limit, services.settings.list_limit)?;
    let after = cursor::read(query.0.cursor.as_deref())?.unwrap_or((0, 0, 0));
    let setup = services.event_of_job(&row).await?;
    let rows = services.database.job_failures(row.id, after, limit).await?;
    let full = usize::try_from(limit).is_ok_and(|limit| rows.len() == limit);
    let next_cursor = rows
        .last()
        .filter(|_| full)
        .map(|FailureRow { failure, .. }| cursor::write(&(failure.number, failure.kind.number(), failure.part)));
    let items = rows
        .into_iter()
        .map(|FailureRow { failure, at }| FailureAnswer {
            registration_id: RegistrationId { code: setup.event.code.clone(), number: failure.number }.to_string(),
            kind: failure.kind.name(),
            part: failure.part,
            tickets: failure.tickets,
            error: failure.error,
            at,
        })
        .collect();
    Ok(HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "private, no-store")).json(Page { items, next_cursor }))
}

/// Which failures to try again.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RetryFailures {
    /// Registration ids; all that failed if left out.
    #[serde(default)]
    registrations: Vec<String>,
}

/// Tries again what a regeneration could not make: a new job, of these registrations alone.
#[utoipa::path(post, path = "/api/jobs/{id}/failures/retry", tag = "Jobs", operation_id = "retryFailures",
    params(("id" = String, Path)), request_body = RetryFailures, security(("organizer" = ["jobs:write"])),
    responses((status = 202, description = "The job", body = JobAnswer,
        headers(("Location" = String, description = "Where it can be watched"))), Problems))]
pub async fn retry(
    request: HttpRequest,
    services: web::Data<Services>,
    id: web::Path<String>,
    body: Json<RetryFailures>,
) -> Result<HttpResponse, ApiError> {
    let (_, row) = services.own_job(&request, &id).await?;
    if row.kind != JobKind::Regeneration {
        return Err(ApiError::Conflict("an archive is made anew as a whole".into()));
    }
    let setup = services.event_of_job(&row).await?;
    let mut asked = JobRequest::of_registrations(body.0.registrations);
    let asked = Selection::read(&setup, &mut asked)?.numbers;
    let failed = services.database.failed_numbers(row.id, asked.as_deref(), MAX_NAMED as i64).await?;
    if failed.is_empty() {
        return Err(ApiError::Conflict("the job failed at none of them".into()));
    }
    let id = |number| RegistrationId { code: setup.event.code.clone(), number }.to_string();
    let job = JobRequest::of_registrations(failed.into_iter().map(id).collect());
    begin(&request, &services, &setup.event.draft.slug, JobKind::Regeneration, job, false).await
}

/// Ends a job. It stops within a second; what is done stays done.
#[utoipa::path(post, path = "/api/jobs/{id}/cancel", tag = "Jobs", operation_id = "cancelJob",
    params(("id" = String, Path)), security(("organizer" = ["jobs:write"])),
    responses((status = 202, description = "As it stands", body = JobAnswer), Problems))]
pub async fn cancel(
    request: HttpRequest,
    services: web::Data<Services>,
    id: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let (identity, row) = services.own_job(&request, &id).await?;
    let ended = services.database.end_job(row.id, JobStatus::Cancelled, None, &identity.actor()).await;
    ended.map_err(ApiError::from_write)?;
    let row = services.database.job(row.id, None).await?.ok_or(ApiError::NotFound)?;
    if row.status != JobStatus::Cancelled {
        return Err(ApiError::Conflict(format!("the job is over: it {}", row.status.name()).into()));
    }
    answer(&services, row).await
}

/// Lets a job rest. What is under way is finished.
#[utoipa::path(post, path = "/api/jobs/{id}/pause", tag = "Jobs", operation_id = "pauseJob",
    params(("id" = String, Path)), security(("organizer" = ["jobs:write"])),
    responses((status = 202, description = "As it stands", body = JobAnswer), Problems))]
pub async fn pause(
    request: HttpRequest,
    services: web::Data<Services>,
    id: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    Box::pin(set_paused(&request, &services, &id, true)).await
}

/// Lets a job go on.
#[utoipa::path(post, path = "/api/jobs/{id}/resume", tag = "Jobs", operation_id = "resumeJob",
    params(("id" = String, Path)), security(("organizer" = ["jobs:write"])),
    responses((status = 202, description = "As it stands", body = JobAnswer), Problems))]
pub async fn resume(
    request: HttpRequest,
    services: web::Data<Services>,
    id: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    Box::pin(set_paused(&request, &services, &id, false)).await
}

async fn set_paused(
    request: &HttpRequest,
    services: &Services,
    id: &str,
    paused: bool,
) -> Result<HttpResponse, ApiError> {
    let (identity, row) = services.own_job(request, id).await?;
    if !services.database.pause_job(row.id, paused).await.map_err(ApiError::from_write)? {
        return Err(ApiError::Conflict("the job is over".into()));
    }
    let action = if paused { "job.paused" } else { "job.resumed" };
    services.audit(&identity, Some(row.event), action, json!({ "jobId": row.id.0 })).await;
    let row = services.database.job(row.id, None).await?.ok_or(ApiError::NotFound)?;
    answer(services, row).await
}

async fn answer(services: &Services, row: JobRow) -> Result<HttpResponse, ApiError> {
    let answer = services.job_answer(row).await?;
    Ok(HttpResponse::Accepted().insert_header((header::CACHE_CONTROL, "private, no-store")).json(answer))
}

impl Services {
    /// A job as it was a moment ago: all who watch it read it together.
    async fn looked_at(&self, id: JobId) -> Result<Option<JobRow>, Arc<DbError>> {
        self.looks.try_get_with(id, async { self.database.job(id, None).await }).await
    }

    /// The organizer's own job. Somebody else's looks like none.
    async fn own_job(&self, request: &HttpRequest, id: &str) -> Result<(Identity, JobRow), ApiError> {
        let identity = self.organizer(request, Scope::JobsWrite).await?;
        let id = id.parse().map(JobId).map_err(|_| ApiError::NotFound)?;
        let row = self.database.job(id, Some(identity.organizer)).await?.ok_or(ApiError::NotFound)?;
        Ok((identity, row))
    }

    async fn event_of_job(&self, row: &JobRow) -> Result<Arc<EventSetup>, ApiError> {
        self.catalog.find(crate::db::EventName::Key(row.event)).await?.ok_or(ApiError::NotFound)
    }

    async fn job_answer(&self, row: JobRow) -> Result<JobAnswer, ApiError> {
        let setup = self.event_of_job(&row).await?;
        let mut request = row.request;
        let named = Some(request.registrations.len()).filter(|named| *named > 0);
        request.registrations.truncate(MAX_REPEATED);
        let left = (row.counts.total - row.counts.seen()).max(0);
        let runs = row.status == JobStatus::Running && !row.paused;
        let rate = match (row.status, row.started_at, row.finished_at) {
            (JobStatus::Running, ..) => row.rate.filter(|_| runs),
            // In the end, over all of it.
            (_, Some(started), Some(finished)) => {
                let seconds = finished.duration_since(started).as_secs_f64();
                (seconds > 0.0).then(|| row.counts.seen() as f64 / seconds)
            }
            _ => None,
        };
        let eta = rate.filter(|rate| runs && *rate > 0.0).map(|rate| (left as f64 / rate * 10.0).round() / 10.0);
        let (result_url, result_url_expires_at) = match &row.result {
            Some(JobResult { key, .. }) => {
                // No two archives have one key.
                let signed = self.sign(key, ContentHash([0; 32]), None, Disposition::Attachment).await?;
                (Some(signed.url), Some(whole_seconds(signed.expires_at)))
            }
            None => (None, None),
        };
        Ok(JobAnswer {
            job_id: row.id.0,
            kind: row.kind.name(),
            event: setup.event.draft.slug.clone(),
            status: row.status.name(),
            paused: row.paused,
            request,
            registrations: named,
            total: row.counts.total,
            done: row.counts.done,
            skipped: row.counts.skipped,
            failed: row.counts.failed,
            reasons: row.reasons,
            rate_per_second: rate.map(|rate| (rate * 10.0).round() / 10.0),
            eta_seconds: eta,
            created_at: row.created_at,
            started_at: row.started_at,
            finished_at: row.finished_at,
            error: row.error,
            result_url,
            result_url_expires_at,
            result_bytes: row.result.as_ref().map(|result| result.bytes),
            result_kept_until: row.result.map(|result| result.until),
            joined: false,
            supersedes: None,
        })
    }
}
