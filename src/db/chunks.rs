//! Chunks: claimed parts of jobs, their leases, the files in them and their results.

use std::collections::BTreeMap;

use jiff::Timestamp;
use tokio_postgres::{Row, types::ToSql};

use super::{
    Claim, Database, DbError, Selection,
    jobs::{READING, kind_from, request_from, unexpected},
};
use crate::domain::{
    Announcement, ContentHash, DocumentKind, DocumentRef, DocumentState, EventKey, JobId, JobKind, JobRequest,
    OrganizerKey, RegenerationReason, RegistrationRef,
};

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

/// Reason why a worker gives an unfinished chunk back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReleaseReason {
    /// Work failed; a job fails after several errors in a row.
    Error,
    /// The server stops, the job is paused, or another job waits.
    Interruption,
}

/// Outcome of finishing a chunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChunkEnd {
    /// The job has more chunks to claim.
    Finished,
    /// The job has no further chunks to claim.
    LastFinished,
    /// Another worker has claimed the chunk, so its result was not counted.
    LeaseLost,
}

const CLAIMING: &str = "claiming a chunk";

impl Database {
    /// Claims a chunk whose lease has expired.
    pub async fn claim_expired_chunk(&self, lease_seconds: f64) -> Result<Option<Chunk>, DbError> {
        let row = self.row(CLAIMING, include_str!("queries/jobs/claim_expired.sql"), &[&lease_seconds]).await?;
        row.as_ref().map(chunk_from).transpose()
    }

    /// Returns the job that has waited longest for its next chunk to be claimed.
    pub async fn next_job(&self) -> Result<Option<JobId>, DbError> {
        let row = self.row(CLAIMING, include_str!("queries/jobs/next.sql"), &[]).await?;
        Ok(row.map(|row| JobId(row.get("job_id"))))
    }

    /// Claims the next chunk of a job, of at most `registrations` registrations. `None` if the job has none left.
    pub async fn claim_next_chunk(
        &self,
        job: JobId,
        registrations: i32,
        lease_seconds: f64,
    ) -> Result<Option<Chunk>, DbError> {
        // This statement may update hundreds of tickets, so its plan has to fit the present tables.
        let sql = include_str!("queries/jobs/claim_next.sql");
        let rows = self.long_rows(CLAIMING, sql, &[&lease_seconds, &registrations, &job.0]).await?;
        rows.first().map(chunk_from).transpose()
    }

    /// Puts a job behind the others after an error while its chunk was claimed; `counts` is true if the job may have caused
    /// it. Returns the number of consecutive errors that count.
    pub async fn defer_job(&self, job: JobId, counts: bool) -> Result<i16, DbError> {
        let row = self.row("deferring a job", include_str!("queries/jobs/defer.sql"), &[&job.0, &counts]).await?;
        Ok(row.map_or(0, |row| row.get("claim_errors")))
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

    /// Releases an unfinished chunk, which can be claimed again after `seconds`. Returns the number of consecutive
    /// errors.
    pub async fn release_chunk(&self, chunk: &Chunk, seconds: f64, reason: ReleaseReason) -> Result<i16, DbError> {
        let sql = include_str!("queries/jobs/release_chunk.sql");
        let failed = reason == ReleaseReason::Error;
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

    /// Queues an announcement for a chunk of registrations, or only counts. Returns the numbers of selected registrations,
    /// and of messages.
    pub async fn announce(&self, chunk: &Chunk, announcement: &Announcement) -> Result<(i64, i64), DbError> {
        let detail = serde_json::to_value(announcement).expect("texts");
        let (statuses, Selection { types, numbers }) = (announcement.status_numbers(), &chunk.selection);
        let dry_run = chunk.request.dry_run;
        let sql = include_str!("queries/jobs/announce.sql");
        let (job, event) = (chunk.job.0, chunk.event.0);
        let params: [&(dyn ToSql + Sync); 9] =
            [&job, &event, &chunk.first, &chunk.last, types, &statuses, &detail, &dry_run, numbers];
        let row = self.row("queueing an announcement", sql, &params).await?;
        Ok(row.map_or((0, 0), |row| (row.get("targets"), row.get("queued"))))
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

    /// Finishes a chunk and counts its result.
    pub async fn finish_chunk(&self, chunk: &Chunk, outcome: &ChunkOutcome) -> Result<ChunkEnd, DbError> {
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
        let row = self.row("finishing a chunk", sql, &params).await?;
        Ok(row.map_or(ChunkEnd::LeaseLost, |row| match row.get("no_more_chunks") {
            true => ChunkEnd::LastFinished,
            false => ChunkEnd::Finished,
        }))
    }
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

impl JobTarget {
    /// Returns the reference of the registration.
    pub fn registration(&self, event: EventKey) -> RegistrationRef {
        RegistrationRef { event, number: self.number }
    }
}
