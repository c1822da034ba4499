//! A job as answers show it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    db::{JobResult, JobRow},
    domain::{ContentHash, JobRequest, JobStatus},
    http::{
        api::time::whole_seconds,
        server::{ApiError, Services},
    },
    store::Disposition,
    work::jobs,
};

/// Registrations of a request that its answers repeat.
const MAX_REPEATED: usize = 100;

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
    /// The request.
    #[schema(value_type = Object)]
    request: JobRequest,
    /// How many registrations were named; `request` repeats the first hundred.
    #[schema(required)]
    registrations: Option<usize>,
    /// Grows by as much again if the event changes while its tickets are made: then all are checked once more.
    total: i64,
    done: i64,
    skipped: i64,
    failed: i64,
    /// Tickets that had to be made, or would have to, by reason: `missing`, `layout`, `key`, `event`, `attendee`, `reissue`, `asked`.
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
    /// Why it failed or was cancelled.
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
    /// True if an earlier request for the same began it.
    pub joined: bool,
    /// The job that this one replaced.
    #[schema(required)]
    pub supersedes: Option<Uuid>,
}

impl JobAnswer {
    /// A job with a link to its result, if it has one.
    pub async fn new(services: &Services, job: JobRow) -> Result<Self, ApiError> {
        let setup = jobs::event_of(&services.tools.records, &job).await?;
        let rate = rate(&job);
        let eta_seconds = eta_seconds(&job, rate);
        let (result_url, result_url_expires_at) = match &job.result {
            Some(JobResult { key, .. }) => {
                let files = &services.tools.files;
                let signed = files.sign(key, ContentHash::UNIQUE_KEY, Disposition::Attachment).await?;
                (Some(signed.url), Some(whole_seconds(signed.expires_at)))
            }
            None => (None, None),
        };
        let mut request = job.request;
        let named = Some(request.registrations.len()).filter(|named| *named > 0);
        request.registrations.truncate(MAX_REPEATED);
        Ok(Self {
            job_id: job.id.0,
            kind: job.kind.name(),
            event: setup.event.draft.slug.clone(),
            status: job.status.name(),
            paused: job.paused,
            request,
            registrations: named,
            total: job.counts.total,
            done: job.counts.done,
            skipped: job.counts.skipped,
            failed: job.counts.failed,
            reasons: job.reasons,
            rate_per_second: rate.map(one_decimal),
            eta_seconds,
            created_at: job.created_at,
            started_at: job.started_at,
            finished_at: job.finished_at,
            error: job.error,
            result_url,
            result_url_expires_at,
            result_bytes: job.result.as_ref().map(|result| result.bytes),
            result_kept_until: job.result.map(|result| result.until),
            joined: false,
            supersedes: None,
        })
    }
}

/// Tickets a second: lately, or over all of a job that is over.
fn rate(job: &JobRow) -> Option<f64> {
    match (job.status, job.started_at, job.finished_at) {
        (JobStatus::Running, ..) => job.rate.filter(|_| !job.paused),
        (_, Some(started), Some(finished)) => {
            let seconds = finished.duration_since(started).as_secs_f64();
            (seconds > 0.0).then(|| job.counts.processed() as f64 / seconds)
        }
        _ => None,
    }
}

fn eta_seconds(job: &JobRow, rate: Option<f64>) -> Option<f64> {
    let left = (job.counts.total - job.counts.processed()).max(0);
    let runs = job.status == JobStatus::Running && !job.paused;
    rate.filter(|rate| runs && *rate > 0.0).map(|rate| one_decimal(left as f64 / rate))
}

fn one_decimal(number: f64) -> f64 {
    (number * 10.0).round() / 10.0
}
