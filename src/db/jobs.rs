//! Jobs: started, listed and ended.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Value;
use tokio_postgres::{Row, types::ToSql};
use uuid::Uuid;

use super::{Database, DbError, FileFailure};
use crate::domain::{
    Announcement, DocumentKind, EventKey, EventSetup, Faults, JobId, JobKind, JobProgress, JobRequest, JobStatus,
    OrganizerKey, RegistrationId, Ticket,
};

/// A job and its progress.
#[derive(Debug, Clone)]
pub struct JobRow {
    pub id: JobId,
    pub organizer: OrganizerKey,
    pub event: EventKey,
    pub kind: JobKind,
    pub status: JobStatus,
    pub paused: bool,
    pub request: JobRequest,
    pub actor: String,
    pub counts: JobProgress,
    /// Tickets that had to be made, by reason.
    pub reasons: BTreeMap<String, i64>,
    /// Incremented by each change that clients can see.
    pub version: i64,
    /// Tickets per second.
    pub rate: Option<f64>,
    /// Starts at 1; incremented when the job starts over because the event has changed.
    pub pass: i16,
    pub created_at: Timestamp,
    pub started_at: Option<Timestamp>,
    pub finished_at: Option<Timestamp>,
    pub error: Option<String>,
    pub result: Option<JobResult>,
}

/// The finished archive of a job.
#[derive(Debug, Clone)]
pub struct JobResult {
    pub key: String,
    pub bytes: i64,
    /// Time of its deletion.
    pub until: Timestamp,
}

/// A job to start.
#[derive(Debug)]
pub struct NewJob<'a> {
    pub organizer: OrganizerKey,
    pub event: EventKey,
    pub kind: JobKind,
    pub request: &'a JobRequest,
    pub actor: &'a str,
    /// The request's selection with numbers instead of codes.
    pub selection: &'a Selection,
    /// Revision of the event.
    pub revision: i32,
}

/// The outcome of a request for a job.
#[derive(Debug)]
pub enum JobStart {
    /// The job was created. It took the place of `supersedes`, which was cancelled.
    Started { job: Box<JobRow>, supersedes: Option<JobId> },
    /// An open job has an equal request.
    Joined { job: Box<JobRow>, supersedes: Option<JobId> },
    /// An open job of the same kind has another request, and was not to be superseded.
    Blocked(Box<JobRow>),
    /// Other requests started and ended jobs of the event at the same time.
    Contended,
}

/// Selection of registrations; `None` means all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    pub types: Option<Vec<i16>>,
    /// Sorted.
    pub numbers: Option<Vec<i32>>,
}

/// A failure in listings, with its time.
#[derive(Debug, Clone)]
pub struct FailureRow {
    pub failure: FileFailure,
    pub at: Timestamp,
}

/// Attempts to start a job while other requests start and end jobs of the same event.
const MAX_BEGIN_ATTEMPTS: usize = 8;

/// Creation time and id of the last job of a page.
pub type JobCursor = (Timestamp, Uuid);

impl Database {
    /// Counts the tickets of a selection and returns the number of its last registration.
    async fn count_tickets(&self, event: EventKey, selection: &Selection) -> Result<(i64, i32), DbError> {
        let doing = "counting tickets";
        let params: [&(dyn ToSql + Sync); 3] = [&event.0, &selection.types, &selection.numbers];
        let rows = self.long_rows(doing, include_str!("queries/jobs/count.sql"), &params).await?;
        let row = rows.first().ok_or(DbError::Unexpected { doing, what: "empty result" })?;
        Ok((row.get("tickets"), row.get("last_number")))
    }

    /// Counts the registrations that an announcement goes to, and returns the number of the last one.
    async fn count_registrants(
        &self,
        event: EventKey,
        selection: &Selection,
        announcement: &Announcement,
    ) -> Result<(i64, i32), DbError> {
        let doing = "counting registrations";
        let statuses = announcement.status_numbers();
        let params: [&(dyn ToSql + Sync); 4] = [&event.0, &selection.types, &selection.numbers, &statuses];
        let rows = self.long_rows(doing, include_str!("queries/jobs/count_registrants.sql"), &params).await?;
        let row = rows.first().ok_or(DbError::Unexpected { doing, what: "empty result" })?;
        Ok((row.get("tickets"), row.get("last_number")))
    }

    /// Returns those of some jobs that were cancelled.
    pub async fn cancelled_jobs(&self, jobs: &[Uuid]) -> Result<Vec<Uuid>, DbError> {
        let rows = self.rows(READING, include_str!("queries/jobs/cancelled.sql"), &[&jobs]).await?;
        Ok(rows.iter().map(|row| row.get("job_id")).collect())
    }

    /// Inserts a job. `None` if one of its kind is open for the event.
    pub async fn create_job(&self, new: &NewJob<'_>) -> Result<Option<JobId>, DbError> {
        let (tickets, last) = match &new.request.announcement {
            Some(announcement) => self.count_registrants(new.event, new.selection, announcement).await?,
            None => self.count_tickets(new.event, new.selection).await?,
        };
        let id = Uuid::now_v7();
        let request = serde_json::to_value(new.request).expect("texts and numbers");
        let (kind, Selection { types, numbers }) = (new.kind.number(), new.selection);
        let params: [&(dyn ToSql + Sync); 11] = [
            &id,
            &new.organizer.0,
            &new.event.0,
            &kind,
            &request,
            &new.actor,
            types,
            numbers,
            &new.revision,
            &tickets,
            &last,
        ];
        let row = self.row("creating a job", include_str!("queries/jobs/create.sql"), &params).await?;
        Ok(row.map(|row| JobId(row.get("job_id"))))
    }

    /// Starts a job, or joins the open one if their requests are equal. A different open job is cancelled if
    /// `supersede` is true.
    pub async fn begin_job(&self, new: &NewJob<'_>, supersede: bool) -> Result<JobStart, DbError> {
        let mut supersedes = None;
        // Other requests may end or start a job between these statements.
        for _ in 0..MAX_BEGIN_ATTEMPTS {
            match self.open_job(new.event, new.kind, new.request.dry_run).await? {
                Some(job) if job.request == *new.request => {
                    return Ok(JobStart::Joined { job: Box::new(job), supersedes });
                }
                Some(open) if !supersede => return Ok(JobStart::Blocked(Box::new(open))),
                Some(open) => {
                    let reason = Some("another job took its place");
                    if self.end_job(open.id, JobStatus::Cancelled, reason, new.actor).await? {
                        supersedes = Some(open.id);
                    }
                }
                None => {}
            }
            if let Some(id) = self.create_job(new).await? {
                let job = self.job(id, None).await?.ok_or(unexpected("empty result"))?;
                return Ok(JobStart::Started { job: Box::new(job), supersedes });
            }
        }
        Ok(JobStart::Contended)
    }

    /// True if a ticket of the selection was issued too often to be issued again.
    pub async fn cannot_reissue(&self, event: EventKey, selection: &Selection) -> Result<bool, DbError> {
        let sql = include_str!("queries/jobs/cannot_reissue.sql");
        let params: [&(dyn ToSql + Sync); 4] =
            [&event.0, &selection.types, &selection.numbers, &Ticket::MAX_GENERATION];
        let rows = self.long_rows("reading generations of tickets", sql, &params).await?;
        Ok(rows.first().is_some_and(|row| row.get("cannot_reissue")))
    }

    /// Deletes jobs that ended more than `days` ago, at most `limit`. Returns their number.
    pub async fn prune_jobs(&self, days: i32, limit: i64) -> Result<usize, DbError> {
        let sql = include_str!("queries/jobs/prune.sql");
        Ok(self.long_rows("deleting old jobs", sql, &[&days, &limit]).await?.len())
    }

    /// Returns a job; only if it belongs to `organizer`, if that is given.
    pub async fn job(&self, id: JobId, organizer: Option<OrganizerKey>) -> Result<Option<JobRow>, DbError> {
        let organizer = organizer.map(|key| key.0);
        let row = self.row(READING, include_str!("queries/jobs/find.sql"), &[&id.0, &organizer]).await?;
        row.as_ref().map(job_from).transpose()
    }

    /// Returns the open job of this kind for an event.
    pub async fn open_job(&self, event: EventKey, kind: JobKind, dry_run: bool) -> Result<Option<JobRow>, DbError> {
        let params: [&(dyn ToSql + Sync); 3] = [&event.0, &kind.number(), &dry_run];
        let row = self.row(READING, include_str!("queries/jobs/find_open.sql"), &params).await?;
        row.as_ref().map(job_from).transpose()
    }

    /// Counts the jobs that an organizer has started within a day, up to `most`.
    pub async fn count_jobs_of_day(&self, organizer: OrganizerKey, most: i64) -> Result<i64, DbError> {
        let sql = include_str!("queries/jobs/count_of_day.sql");
        let row = self.row("counting jobs", sql, &[&organizer.0, &most]).await?;
        Ok(row.map_or(0, |row| row.get("jobs")))
    }

    /// Returns a page of jobs, the newest first.
    pub async fn jobs(
        &self,
        organizer: Option<OrganizerKey>,
        event: Option<EventKey>,
        after: Option<JobCursor>,
        limit: i64,
    ) -> Result<Vec<JobRow>, DbError> {
        let (organizer, event) = (organizer.map(|key| key.0), event.map(|key| key.0));
        let (at, id) = after.unzip();
        let params: [&(dyn ToSql + Sync); 5] = [&organizer, &event, &at, &id, &limit];
        let rows = self.rows(READING, include_str!("queries/jobs/list.sql"), &params).await?;
        rows.iter().map(job_from).collect()
    }

    /// Counts the open jobs by status.
    pub async fn count_open_jobs(&self) -> Result<[(JobStatus, i64); 2], DbError> {
        let row = self.row(READING, include_str!("queries/jobs/count_open.sql"), &[]).await?;
        let count = |name| row.as_ref().map_or(0, |row| row.get(name));
        Ok([(JobStatus::Queued, count("queued")), (JobStatus::Running, count("running"))])
    }

    /// Returns a page of failures; `after` is the number, kind and part of the last one of the page before.
    pub async fn job_failures(
        &self,
        id: JobId,
        after: (i32, i16, i16),
        limit: i64,
    ) -> Result<Vec<FailureRow>, DbError> {
        let sql = include_str!("queries/jobs/failures.sql");
        let rows = self.rows(READING, sql, &[&id.0, &after.0, &after.1, &after.2, &limit]).await?;
        rows.iter()
            .map(|row| {
                let failure = FileFailure {
                    number: row.get("number"),
                    kind: kind_from(row)?,
                    part: row.get("part"),
                    tickets: row.get("tickets"),
                    error: row.get("error"),
                };
                Ok(FailureRow { failure, at: row.get("at") })
            })
            .collect()
    }

    /// Returns at most `limit` registrations that a job failed at; only those in `of`, if that is given.
    pub async fn failed_numbers(&self, id: JobId, of: Option<&[i32]>, limit: i64) -> Result<Vec<i32>, DbError> {
        let rows = self.rows(READING, include_str!("queries/jobs/failed_numbers.sql"), &[&id.0, &of, &limit]).await?;
        Ok(rows.iter().map(|row| row.get("number")).collect())
    }

    /// Ends an open job. `false` if the job was over.
    pub async fn end_job(
        &self,
        id: JobId,
        status: JobStatus,
        reason: Option<&str>,
        actor: &str,
    ) -> Result<bool, DbError> {
        let sql = include_str!("queries/jobs/end.sql");
        Ok(self.row("ending a job", sql, &[&id.0, &status.number(), &reason, &actor]).await?.is_some())
    }

    /// Pauses or resumes a job. `false` if the job was over.
    pub async fn pause_job(&self, id: JobId, paused: bool) -> Result<bool, DbError> {
        Ok(self.row("pausing a job", include_str!("queries/jobs/pause.sql"), &[&id.0, &paused]).await?.is_some())
    }

    /// Completes jobs whose last chunk was finished by a server that crashed then, and deletes chunks of jobs that are
    /// over.
    pub async fn complete_abandoned_jobs(&self) -> Result<(), DbError> {
        for row in self.rows(READING, include_str!("queries/jobs/without_work.sql"), &[]).await? {
            self.complete_job(JobId(row.get("job_id"))).await?;
        }
        self.rows("deleting chunks", include_str!("queries/jobs/clear_chunks.sql"), &[]).await.map(drop)
    }

    /// Completes a job without work left, or starts it over if its event has changed.
    pub async fn complete_job(&self, id: JobId) -> Result<(), DbError> {
        let doing = "completing a job";
        let completed = self.row(doing, include_str!("queries/jobs/complete.sql"), &[&id.0]).await?;
        if completed.is_none() {
            self.long_rows(doing, include_str!("queries/jobs/restart_pass.sql"), &[&id.0]).await?;
        }
        Ok(())
    }
}

pub(super) const READING: &str = "reading jobs";

pub(super) fn unexpected(what: &'static str) -> DbError {
    DbError::Unexpected { doing: READING, what }
}

pub(super) fn request_from(row: &Row) -> Result<JobRequest, DbError> {
    serde_json::from_value(row.get::<_, Value>("request")).map_err(|_| unexpected("request"))
}

fn job_from(row: &Row) -> Result<JobRow, DbError> {
    let result = match (row.get("result_key"), row.get("result_bytes"), row.get("result_until")) {
        (Some(key), Some(bytes), Some(until)) => Some(JobResult { key, bytes, until }),
        _ => None,
    };
    Ok(JobRow {
        id: JobId(row.get("job_id")),
        organizer: OrganizerKey(row.get("organizer_key")),
        event: EventKey(row.get("event_key")),
        kind: JobKind::from_number(row.get("kind")).ok_or(unexpected("kind"))?,
        status: JobStatus::from_number(row.get("status")).ok_or(unexpected("status"))?,
        paused: row.get("paused"),
        request: request_from(row)?,
        actor: row.get("actor"),
        counts: JobProgress {
            total: row.get("total"),
            done: row.get("done"),
            skipped: row.get("skipped"),
            failed: row.get("failed"),
        },
        reasons: serde_json::from_value(row.get::<_, Value>("reasons")).map_err(|_| unexpected("reasons"))?,
        version: row.get("version"),
        rate: row.get("rate"),
        pass: row.get("pass"),
        created_at: row.get("created_at"),
        started_at: row.get("started_at"),
        finished_at: row.get("finished_at"),
        error: row.get("error"),
        result,
    })
}

pub(super) fn kind_from(row: &Row) -> Result<DocumentKind, DbError> {
    DocumentKind::from_number(row.get("kind")).ok_or(unexpected("document kind"))
}

impl Selection {
    /// Resolves the selection of a request, and sorts the lists of the request, so that equal selections make equal
    /// requests.
    pub fn read(setup: &EventSetup, request: &mut JobRequest) -> Result<Self, Faults> {
        let mut faults = Faults::default();
        let (mut types, mut numbers) = (Vec::new(), Vec::new());
        for (index, code) in request.ticket_types.iter().enumerate() {
            match setup.types.iter().find(|t| t.code.as_str() == code) {
                Some(found) => types.push(found.number.0),
                None => faults.add(format!("/ticketTypes/{index}"), "the event has no such ticket type"),
            }
        }
        for (index, id) in request.registrations.iter().enumerate() {
            match id.parse::<RegistrationId>() {
                Ok(id) if id.code == setup.event.code => numbers.push(id.number),
                _ => faults.add(format!("/registrations/{index}"), "is no registration of this event"),
            }
        }
        if !faults.0.is_empty() {
            return Err(faults);
        }
        for list in [&mut request.ticket_types, &mut request.registrations] {
            list.sort_unstable();
            list.dedup();
        }
        numbers.sort_unstable();
        numbers.dedup();
        Ok(Self { types: (!types.is_empty()).then_some(types), numbers: (!numbers.is_empty()).then_some(numbers) })
    }
}
