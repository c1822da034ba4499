//! `GET /api/jobs/{id}/progress`: the progress of a job as server-sent events.

use std::time::{Duration, Instant};

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use futures_util::stream;
use utoipa::ToSchema;

use super::answer::JobAnswer;
use crate::{
    db::JobRow,
    domain::JobId,
    http::{
        auth::caller,
        server::{ApiError, Problems, Services, private},
    },
    work::{Caller, Refusal, Share, jobs},
};

/// Longest time between two events; clients may rely on one event per second.
const MAX_EVENT_INTERVAL: Duration = Duration::from_millis(600);
/// Time between two checks of the caller's rights.
const RIGHTS_INTERVAL: Duration = Duration::from_secs(5);
/// Time between two reads of the job.
const POLL_INTERVAL: Duration = Duration::from_millis(250);

/// An event of a job's stream.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it only describes the events to the OpenAPI document")]
pub struct JobEvent {
    /// Version of the job, to be sent back as `Last-Event-ID`; missing if nothing has changed.
    id: Option<String>,
    /// `progress`; the last event is `done`.
    event: String,
    /// The job as JSON.
    data: String,
}

/// Streams the progress of a job as server-sent events: `progress` with the answer of `GET /api/jobs/{id}` at least
/// once per second, and `done` at the end. A client that reconnects with `Last-Event-ID` gets an event at once if the
/// job has changed or is over.
#[utoipa::path(get, path = "/api/jobs/{id}/progress", tag = "Jobs", operation_id = "jobProgress",
    params(("id" = String, Path), ("Last-Event-ID" = Option<String>, Header, description = "Id of the last event that was received")),
    security(("organizer" = ["jobs:write"])),
    responses((status = 200, description = "Events until the job is over", content_type = "text/event-stream", body = JobEvent), Problems))]
pub async fn progress(
    request: HttpRequest,
    services: web::Data<Services>,
    id: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let caller = caller(&request);
    let job = jobs::find(&services.tools.records, &caller, &id).await?;
    let permit = services.tools.streams.take(job.organizer)?;
    let sent_version = request.headers().get("last-event-id").and_then(|id| id.to_str().ok()?.parse().ok());
    let id = job.id;
    let watch = Watch {
        services,
        caller,
        id,
        checked_at: Instant::now(),
        unsent: Some(job),
        sent_version,
        since_event: Duration::ZERO,
        over: false,
        _permit: permit,
    };
    let events = stream::unfold(watch, Watch::next);
    Ok(private(StatusCode::OK)
        .content_type("text/event-stream")
        .insert_header(("x-accel-buffering", "no"))
        .streaming(Box::pin(events)))
}

/// A client that watches a job.
struct Watch {
    services: web::Data<Services>,
    caller: Caller,
    id: JobId,
    /// Time at which the caller's rights were checked last.
    checked_at: Instant,
    /// State that was read and not sent yet.
    unsent: Option<JobRow>,
    /// Version of the job that was sent last.
    sent_version: Option<i64>,
    /// Time since the last event.
    since_event: Duration,
    over: bool,
    _permit: Share,
}

impl Watch {
    /// Returns the next event. `None` if the job is over or the server is stopping.
    async fn next(mut self) -> Option<(Result<web::Bytes, ApiError>, Self)> {
        while !self.over && !self.services.is_stopping() {
            // If the job cannot be read, the next call tries again; the comment keeps the connection alive.
            let Some(job) = self.read().await else { return Some((Ok(web::Bytes::from_static(b": wait\n\n")), self)) };
            self.over = job.status.is_over();
            let job = match self.check_rights(job).await {
                Ok(job) => job,
                Err(Refusal::Unavailable | Refusal::Overloaded) => {
                    self.over = false;
                    return Some((Ok(web::Bytes::from_static(b": wait\n\n")), self));
                }
                // The token was revoked, or has expired: the stream ends.
                Err(_) => return None,
            };
            let changed = self.sent_version != Some(job.version);
            if !changed && !self.over && self.since_event < MAX_EVENT_INTERVAL {
                continue;
            }
            (self.sent_version, self.since_event) = (Some(job.version), Duration::ZERO);
            let version = job.version;
            let event = match JobAnswer::new(&self.services, job).await {
                Ok(answer) => Ok(self.event(version, changed, &answer)),
                Err(error) => Err(error),
            };
            return Some((event, self));
        }
        None
    }

    /// Checks the caller's rights now and then, and before the last event. Returns the job as the caller may see it.
    async fn check_rights(&mut self, job: JobRow) -> Result<JobRow, Refusal> {
        if !self.over && self.checked_at.elapsed() < RIGHTS_INTERVAL {
            return Ok(job);
        }
        self.checked_at = Instant::now();
        jobs::find(&self.services.tools.records, &self.caller, &self.id.0.to_string()).await
    }

    /// Returns the present state of the job. `None` if it cannot be read now.
    async fn read(&mut self) -> Option<JobRow> {
        if let Some(job) = self.unsent.take() {
            return Some(job);
        }
        actix_web::rt::time::sleep(POLL_INTERVAL).await;
        self.since_event += POLL_INTERVAL;
        let tools = &self.services.tools;
        tools.job_cache.get(&tools.records.database, self.id).await.ok().flatten()
    }

    /// Formats the event for a state of the job, and the final event if the job is over.
    fn event(&self, version: i64, changed: bool, answer: &JobAnswer) -> web::Bytes {
        let data = serde_json::to_string(answer).expect("JobAnswer has only texts, numbers and maps with text keys");
        let progress = match (changed, self.over) {
            (true, _) => format!("id: {version}\nevent: progress\ndata: {data}\n\n"),
            (false, false) => format!("event: progress\ndata: {data}\n\n"),
            (false, true) => String::new(),
        };
        let done = if self.over { format!("id: {version}\nevent: done\ndata: {data}\n\n") } else { String::new() };
        [progress, done].concat().into()
    }
}
