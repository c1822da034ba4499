//! `GET /api/jobs/{id}/progress`: the progress of a job as server-sent events.

use std::time::Duration;

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use futures_util::stream;
use tokio::sync::OwnedSemaphorePermit;
use utoipa::ToSchema;

use super::answer::JobAnswer;
use crate::{
    db::JobRow,
    domain::JobId,
    http::{
        auth::caller,
        server::{ApiError, Problems, Services, private},
    },
    work::{Refusal, jobs},
};

/// Longest time between two events.
const MAX_SILENCE: Duration = Duration::from_millis(600);
/// Pause between two looks at the job.
const POLL_INTERVAL: Duration = Duration::from_millis(250);

/// An event of a job's stream.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it stands in the OpenAPI document, and is written as text")]
pub struct JobEvent {
    /// The value to send as `Last-Event-ID`; only where something has changed.
    id: Option<String>,
    /// `progress`, and in the end `done`.
    event: String,
    /// The job as JSON.
    data: String,
}

/// The progress of a job as server-sent events: `progress` with the answer of `GET /api/jobs/{id}`, at least one a second, and
/// `done` at the end. A client that reconnects with `Last-Event-ID` gets the present state if it has changed, or the end.
#[utoipa::path(get, path = "/api/jobs/{id}/progress", tag = "Jobs", operation_id = "jobProgress",
    params(("id" = String, Path), ("Last-Event-ID" = Option<String>, Header, description = "The last event that was seen")),
    security(("organizer" = ["jobs:write"])),
    responses((status = 200, description = "Until it is over", content_type = "text/event-stream", body = JobEvent), Problems))]
pub async fn progress(
    request: HttpRequest,
    services: web::Data<Services>,
    id: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let job = jobs::find(&services.tools.records, &caller(&request), &id).await?;
    let permit = services.streams.clone().try_acquire_owned().map_err(|_| Refusal::Overloaded)?;
    let sent = request.headers().get("last-event-id").and_then(|id| id.to_str().ok()?.parse().ok());
    let id = job.id;
    let watch = Watch { services, id, job: Some(job), sent, silence: Duration::ZERO, over: false, _permit: permit };
    let events = stream::unfold(watch, Watch::next);
    Ok(private(StatusCode::OK)
        .content_type("text/event-stream")
        .insert_header(("x-accel-buffering", "no"))
        .streaming(Box::pin(events)))
}

/// A client that watches a job.
struct Watch {
    services: web::Data<Services>,
    id: JobId,
    /// A state that was read and not sent yet.
    job: Option<JobRow>,
    /// The version that was sent last.
    sent: Option<i64>,
    /// Time since the last event.
    silence: Duration,
    over: bool,
    _permit: OwnedSemaphorePermit,
}

impl Watch {
    /// The next event; `None` once the job is over or the server stops.
    async fn next(mut self) -> Option<(Result<web::Bytes, ApiError>, Self)> {
        while !self.over && !self.services.is_stopping() {
            // A state that cannot be read is read again; the comment shows that the connection is alive.
            let Some(job) = self.read().await else { return Some((Ok(web::Bytes::from_static(b": wait\n\n")), self)) };
            self.over = job.status.is_over();
            let changed = self.sent != Some(job.version);
            if !changed && !self.over && self.silence < MAX_SILENCE {
                continue;
            }
            (self.sent, self.silence) = (Some(job.version), Duration::ZERO);
            let version = job.version;
            let event = match JobAnswer::new(&self.services, job).await {
                Ok(answer) => Ok(self.event(version, changed, &answer)),
                Err(error) => Err(error),
            };
            return Some((event, self));
        }
        None
    }

    async fn read(&mut self) -> Option<JobRow> {
        if let Some(job) = self.job.take() {
            return Some(job);
        }
        actix_web::rt::time::sleep(POLL_INTERVAL).await;
        self.silence += POLL_INTERVAL;
        let tools = &self.services.tools;
        tools.job_reads.get(&tools.records, self.id).await.ok().flatten()
    }

    fn event(&self, version: i64, changed: bool, answer: &JobAnswer) -> web::Bytes {
        let data = serde_json::to_string(answer).expect("texts and numbers serialize");
        let mut text = match (changed, self.over) {
            (true, _) => format!("id: {version}\nevent: progress\ndata: {data}\n\n"),
            (false, false) => format!("event: progress\ndata: {data}\n\n"),
            (false, true) => String::new(),
        };
        if self.over {
            text += &format!("id: {version}\nevent: done\ndata: {data}\n\n");
        }
        text.into()
    }
}
