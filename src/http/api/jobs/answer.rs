//! A job in answers.

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

/// Largest number of registrations of a request that answers repeat.
const MAX_REPEATED: usize = 100;

/// The present state of a job. Counts are tickets; at the end, `done` + `skipped` + `failed` = `total`.
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
    /// The request that started the job.
    #[schema(value_type = Object)]
    request: JobRequest,
    /// Number of registrations that the request named, of which `request` repeats the first hundred; null: all of the
    /// event.
    #[schema(required)]
    registrations: Option<usize>,
    /// Tickets of the job. If the event changes while the job runs, all tickets are checked again, and the total grows
    /// by their number.
    total: i64,
    done: i64,
    skipped: i64,
    failed: i64,
    /// Tickets that were made, or in a dry run would be, by reason: `missing`, `layout`, `key`, `event`, `attendee`,
    /// `reissue`, `asked`.
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
    /// The reason if the job failed or was cancelled.
    #[schema(required)]
    error: Option<String>,
    /// Pre-signed URL of a finished archive. After it has expired, read the job again for a new one.
    #[schema(required)]
    result_url: Option<String>,
    #[schema(required)]
    result_url_expires_at: Option<Timestamp>,
    #[schema(required)]
    result_bytes: Option<i64>,
    /// Time at which the archive is removed.
    #[schema(required)]
    result_kept_until: Option<Timestamp>,
    /// True if the request joined an open job that does the same.
    pub joined: bool,
    /// Id of the job that this job replaced.
    #[schema(required)]
    pub supersedes: Option<Uuid>,
}

impl JobAnswer {
    /// Converts a job; signs a URL of its result if there is one.
    pub async fn new(services: &Services, job: JobRow) -> Result<Self, ApiError> {
        let setup = jobs::event_of(&services.tools.records, &job).await?;
        let rate = rate(&job);
        let eta_seconds = eta_seconds(&job, rate);
        let (result_url, result_url_expires_at) = result_url(services, job.result.as_ref()).await?.unzip();
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

/// Returns a pre-signed URL of a result, and the time at which the URL expires.
async fn result_url(services: &Services, result: Option<&JobResult>) -> Result<Option<(String, Timestamp)>, ApiError> {
    let Some(JobResult { key, .. }) = result else { return Ok(None) };
    let signed = services.tools.files.sign(key, ContentHash::UNIQUE_KEY, Disposition::Attachment).await?;
    Ok(Some((signed.url, whole_seconds(signed.expires_at))))
}

/// Returns tickets per second: the recent rate of a running job, the average of a finished one. `None` if the job is
/// paused or was not started.
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
