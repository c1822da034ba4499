//! Jobs and their chunks.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Value;
use tokio_postgres::{Row, types::ToSql};
use uuid::Uuid;

use super::{Claim, Database, DbError};
use crate::domain::{
    ContentHash, DocumentKind, DocumentRef, DocumentState, EventKey, EventSetup, Faults, JobId, JobKind, JobProgress,
    JobRequest, JobStatus, OrganizerKey, RegenerationReason, RegistrationId, RegistrationRef,
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
}

/// Selection of registrations; `None` means all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    pub types: Option<Vec<i16>>,
    /// Sorted.
    pub numbers: Option<Vec<i32>>,
}

/// A claimed part of a job with its lease.
#[derive(Debug, Clone)]
pub struct Chunk {
    pub job: JobId,
    pub organizer: OrganizerKey,
    pub event: EventKey,
    pub kind: JobKind,
    pub request: JobRequest,
    pub selection: Selection,
    pub started_at: Timestamp,
    /// Tickets of the whole job.
    pub total: i64,
    /// Lowest revision of the event that files may be made from.
    pub revision: i32,
    pub pass: i16,
    pub first: i32,
    pub last: i32,
    /// Lease token.
    pub attempts: i32,
    /// Id of the multipart upload of an archive, if one was started.
    pub upload: Option<String>,
}

/// A registration of a chunk with its files.
#[derive(Debug, Clone)]
pub struct JobTarget {
    pub number: i32,
    pub tickets: i16,
    pub files: Vec<FileRow>,
}

/// A file according to its row.
#[derive(Debug, Clone)]
pub struct FileRow {
    pub kind: DocumentKind,
    pub part: i16,
    pub state: DocumentState,
    pub hash: Option<ContentHash>,
    pub imported: bool,
    pub revision: Option<i32>,
    pub layout_version: Option<i32>,
    /// Id of the signing key of its codes.
    pub key: Option<i16>,
    /// True if stored since the job was started.
    pub stored_since_start: bool,
}

/// Result of a chunk, in tickets.
#[derive(Debug, Clone, Default)]
pub struct ChunkOutcome {
    pub done: i64,
    pub skipped: i64,
    pub failed: i64,
    pub reasons: BTreeMap<RegenerationReason, i64>,
    pub failures: Vec<FileFailure>,
}

/// A file that could not be made.
#[derive(Debug, Clone)]
pub struct FileFailure {
    pub number: i32,
    pub kind: DocumentKind,
    pub part: i16,
    pub tickets: i16,
    pub error: String,
}

/// A failure in listings, with its time.
#[derive(Debug, Clone)]
pub struct FailureRow {
    pub failure: FileFailure,
    pub at: Timestamp,
}

/// State of the lease on a chunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChunkLease {
    /// This worker has the lease, and the job is open.
    Held,
    /// The job was cancelled or has failed.
    JobOver,
    /// The job is paused.
    JobPaused,
    /// Another worker has claimed the chunk.
    Lost,
}

/// Creation time and id of the last job of a page.
pub type JobCursor = (Timestamp, Uuid);

impl Database {
    /// Counts the tickets of a selection and returns the number of its last registration.
    pub async fn count_tickets(&self, event: EventKey, selection: &Selection) -> Result<(i64, i32), DbError> {
        let doing = "counting tickets";
        let params: [&(dyn ToSql + Sync); 3] = [&event.0, &selection.types, &selection.numbers];
        let rows = self.long_rows(doing, include_str!("queries/jobs/count.sql"), &params).await?;
        let row = rows.first().ok_or(DbError::Unexpected { doing, what: "empty result" })?;
        Ok((row.get("tickets"), row.get("last_number")))
    }

    /// Inserts a job. `None` if one of its kind is open for the event.
    pub async fn create_job(&self, new: &NewJob<'_>) -> Result<Option<JobId>, DbError> {
        let (tickets, last) = self.count_tickets(new.event, new.selection).await?;
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
        loop {
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

    /// Claims a chunk whose lease has expired, or else the next chunk, of at most `registrations` registrations, of the
    /// job that waited longest.
    pub async fn claim_chunk(&self, registrations: i32, lease_seconds: f64) -> Result<Option<Chunk>, DbError> {
        let doing = "claiming a chunk";
        let expired = self.row(doing, include_str!("queries/jobs/claim_expired.sql"), &[&lease_seconds]).await?;
        let row = match expired {
            Some(row) => Some(row),
            None => {
                // This statement may update hundreds of tickets, so its plan has to fit the present tables.
                let sql = include_str!("queries/jobs/claim_next.sql");
                self.long_rows(doing, sql, &[&lease_seconds, &registrations]).await?.into_iter().next()
            }
        };
        row.as_ref().map(chunk_from).transpose()
    }

    /// Renews the lease on a chunk.
    pub async fn renew_chunk(&self, chunk: &Chunk, lease_seconds: f64) -> Result<ChunkLease, DbError> {
        let sql = include_str!("queries/jobs/renew_chunk.sql");
        let params: [&(dyn ToSql + Sync); 5] =
            [&chunk.job.0, &chunk.pass, &chunk.first, &chunk.attempts, &lease_seconds];
        let row = self.row("renewing a chunk", sql, &params).await?;
        Ok(row.map_or(ChunkLease::Lost, |row| match (row.get("running"), row.get("paused")) {
            (true, false) => ChunkLease::Held,
            (true, true) => ChunkLease::JobPaused,
            (false, _) => ChunkLease::JobOver,
        }))
    }

    /// Releases an unfinished chunk, which can be claimed again after `seconds`. `failed` is true after an error.
    /// Returns the number of consecutive errors.
    pub async fn release_chunk(&self, chunk: &Chunk, seconds: f64, failed: bool) -> Result<i16, DbError> {
        let sql = include_str!("queries/jobs/release_chunk.sql");
        let params: [&(dyn ToSql + Sync); 6] =
            [&chunk.job.0, &chunk.pass, &chunk.first, &chunk.attempts, &seconds, &failed];
        Ok(self.row("releasing a chunk", sql, &params).await?.map_or(0, |row| row.get("errors")))
    }

    /// True if another job has a chunk that no worker has claimed.
    pub async fn other_jobs_wait(&self, job: JobId) -> Result<bool, DbError> {
        let row = self.row(READING, include_str!("queries/jobs/others_waiting.sql"), &[&job.0]).await?;
        Ok(row.is_some_and(|row| row.get("others_waiting")))
    }

    /// Adds to the progress of a job before its chunk is finished. `false` if the lease on the chunk was lost.
    pub async fn add_progress(&self, chunk: &Chunk, done: i64) -> Result<bool, DbError> {
        let sql = include_str!("queries/jobs/count_done.sql");
        let params: [&(dyn ToSql + Sync); 5] = [&chunk.job.0, &chunk.pass, &chunk.first, &chunk.attempts, &done];
        Ok(self.row("counting progress", sql, &params).await?.is_some())
    }

    /// Returns the selected registrations from `first` to `last` with their files.
    pub async fn targets(&self, chunk: &Chunk, first: i32, last: i32) -> Result<Vec<JobTarget>, DbError> {
        let Selection { types, numbers } = &chunk.selection;
        let rows = match numbers {
            Some(numbers) => {
                let listed: Vec<_> = numbers.iter().copied().filter(|number| (first..=last).contains(number)).collect();
                let params: [&(dyn ToSql + Sync); 4] = [&chunk.event.0, &listed, types, &chunk.started_at];
                self.rows(READING, include_str!("queries/jobs/targets_by_number.sql"), &params).await?
            }
            None => {
                let params: [&(dyn ToSql + Sync); 5] = [&chunk.event.0, &first, &last, types, &chunk.started_at];
                self.rows(READING, include_str!("queries/jobs/targets.sql"), &params).await?
            }
        };
        let mut targets = Vec::<JobTarget>::new();
        for row in rows {
            let number = row.get("number");
            if targets.last().is_none_or(|target| target.number != number) {
                targets.push(JobTarget { number, tickets: row.get("quantity"), files: Vec::new() });
            }
            if let (Some(target), Some(_)) = (targets.last_mut(), row.get::<_, Option<i16>>("kind")) {
                target.files.push(file_from(&row)?);
            }
        }
        Ok(targets)
    }

    /// Claims files of an event in any state but withdrawn.
    pub async fn claim_files(
        &self,
        event: EventKey,
        files: &[DocumentRef],
        lease_seconds: f64,
    ) -> Result<Vec<Claim>, DbError> {
        let numbers: Vec<_> = files.iter().map(|file| file.registration.number).collect();
        let kinds: Vec<_> = files.iter().map(|file| file.kind.number()).collect();
        let parts: Vec<_> = files.iter().map(|file| file.part).collect();
        let sql = include_str!("queries/jobs/claim_files.sql");
        let params: [&(dyn ToSql + Sync); 5] = [&event.0, &numbers, &kinds, &parts, &lease_seconds];
        self.claims("claiming files", sql, &params, lease_seconds).await
    }

    /// Finishes a chunk and counts its result. `None` if the lease was lost; `Some(true)` if the job has no further
    /// chunks to claim.
    pub async fn finish_chunk(&self, chunk: &Chunk, outcome: &ChunkOutcome) -> Result<Option<bool>, DbError> {
        let sql = include_str!("queries/jobs/finish_chunk.sql");
        let reasons = serde_json::to_value(&outcome.reasons).expect("names and numbers");
        let of = |part: fn(&FileFailure) -> i16| outcome.failures.iter().map(part).collect::<Vec<_>>();
        let numbers: Vec<_> = outcome.failures.iter().map(|failure| failure.number).collect();
        let kinds = of(|failure| failure.kind.number());
        let (parts, tickets) = (of(|failure| failure.part), of(|failure| failure.tickets));
        let errors: Vec<_> = outcome.failures.iter().map(|failure| failure.error.as_str()).collect();
        let params: [&(dyn ToSql + Sync); 13] = [
            &chunk.job.0,
            &chunk.pass,
            &chunk.first,
            &chunk.attempts,
            &outcome.done,
            &outcome.skipped,
            &outcome.failed,
            &reasons,
            &numbers,
            &kinds,
            &parts,
            &tickets,
            &errors,
        ];
        Ok(self.row("finishing a chunk", sql, &params).await?.map(|row| row.get("no_more_chunks")))
    }

    /// Completes jobs whose last chunk was finished by a server that crashed then, and deletes chunks of jobs that are
    /// over.
    pub async fn complete_abandoned_jobs(&self) -> Result<(), DbError> {
        for row in self.rows(READING, include_str!("queries/jobs/without_work.sql"), &[]).await? {
            self.complete_job(JobId(row.get("job_id"))).await?;
        }
        self.rows("deleting chunks", include_str!("queries/jobs/clear_chunks.sql"), &[]).await.map(drop)
    }

    /// Completes a job without work left, or starts it over if its event has changed. True if the job is over.
    pub async fn complete_job(&self, id: JobId) -> Result<bool, DbError> {
        let doing = "completing a job";
        if self.row(doing, include_str!("queries/jobs/complete.sql"), &[&id.0]).await?.is_some() {
            return Ok(true);
        }
        self.long_rows(doing, include_str!("queries/jobs/restart_pass.sql"), &[&id.0]).await?;
        Ok(false)
    }
}

const READING: &str = "reading jobs";

fn unexpected(what: &'static str) -> DbError {
    DbError::Unexpected { doing: READING, what }
}

fn request_from(row: &Row) -> Result<JobRequest, DbError> {
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

fn chunk_from(row: &Row) -> Result<Chunk, DbError> {
    Ok(Chunk {
        job: JobId(row.get("job_id")),
        organizer: OrganizerKey(row.get("organizer_key")),
        event: EventKey(row.get("event_key")),
        kind: JobKind::from_number(row.get("kind")).ok_or(unexpected("kind"))?,
        request: request_from(row)?,
        selection: Selection { types: row.get("types"), numbers: row.get("numbers") },
        started_at: row.get::<_, Option<Timestamp>>("started_at").ok_or(unexpected("start"))?,
        total: row.get("total"),
        revision: row.get("revision"),
        pass: row.get("pass"),
        first: row.get("first"),
        last: row.get("last"),
        attempts: row.get("attempts"),
        upload: row.get("upload"),
    })
}

fn kind_from(row: &Row) -> Result<DocumentKind, DbError> {
    DocumentKind::from_number(row.get("kind")).ok_or(unexpected("document kind"))
}

fn file_from(row: &Row) -> Result<FileRow, DbError> {
    let hash: Option<Vec<u8>> = row.get("content_hash");
    Ok(FileRow {
        kind: kind_from(row)?,
        part: row.get("part"),
        state: DocumentState::from_number(row.get("state")).ok_or(unexpected("state"))?,
        hash: hash.map(|hash| hash.try_into().map(ContentHash)).transpose().map_err(|_| unexpected("hash length"))?,
        imported: row.get("imported"),
        revision: row.get("revision"),
        layout_version: row.get("layout_version"),
        key: row.get("key_id"),
        stored_since_start: row.get("stored_since"),
    })
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

impl JobTarget {
    /// Returns the reference of the registration.
    pub fn registration(&self, event: EventKey) -> RegistrationRef {
        RegistrationRef { event, number: self.number }
    }
}
