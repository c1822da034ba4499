//! Archives: which of their parts lie in storage, and for how long they are kept.

use tokio_postgres::types::ToSql;

use super::{Chunk, Database, DbError, Failure};
use crate::domain::{EventKey, JobId, OrganizerKey};

/// A part of an upload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArchivePart {
    pub number: i32,
    pub tag: String,
}

/// What of an archive lies in storage.
#[derive(Debug, Clone, Default)]
pub struct ArchiveSoFar {
    pub parts: Vec<ArchivePart>,
    pub bytes: u64,
    pub entries: i64,
    /// The registration that the last part ends with.
    pub last_number: Option<i32>,
}

/// A part that was put, and what the archive's end says about it.
#[derive(Debug)]
pub struct KeptPart<'a> {
    pub part: ArchivePart,
    pub bytes: i64,
    pub entries: i32,
    pub last_number: i32,
    pub directory: &'a [u8],
    pub listing: &'a [u8],
    pub failures: &'a [Failure],
}

/// An archive that need not be kept any longer.
#[derive(Debug, Clone)]
pub struct OldArchive {
    pub job: JobId,
    pub event: EventKey,
    pub organizer: OrganizerKey,
    pub key: String,
}

const READING: &str = "reading an archive's parts";
const WRITING: &str = "noting an archive's parts";

impl Database {
    /// What of an archive lies in storage.
    pub async fn archive_so_far(&self, job: JobId) -> Result<ArchiveSoFar, DbError> {
        let mut so_far = ArchiveSoFar::default();
        for row in self.rows(READING, include_str!("queries/jobs/parts.sql"), &[&job.0]).await? {
            so_far.parts.push(ArchivePart { number: row.get("part"), tag: row.get("tag") });
            so_far.bytes += row.get::<_, i64>("bytes").unsigned_abs();
            so_far.entries += i64::from(row.get::<_, i32>("entries"));
            so_far.last_number = Some(row.get("last_number"));
        }
        Ok(so_far)
    }

    /// What an archive's end says about a part: of its directory, and of its list of tickets.
    pub async fn archive_part(&self, job: JobId, number: i32) -> Result<(Vec<u8>, Vec<u8>), DbError> {
        let row = self.row(READING, include_str!("queries/jobs/part.sql"), &[&job.0, &number]).await?;
        let row = row.ok_or(DbError::Unexpected { doing: READING, what: "absence" })?;
        Ok((row.get("directory"), row.get("listing")))
    }

    /// What an archive is being written to.
    pub async fn job_upload(&self, job: JobId) -> Result<Option<String>, DbError> {
        let row = self.row(READING, include_str!("queries/jobs/upload.sql"), &[&job.0]).await?;
        Ok(row.and_then(|row| row.get("upload")))
    }

    /// Begins an archive from its beginning. `false` if somebody else has it.
    pub async fn begin_upload(&self, chunk: &Chunk, upload: &str) -> Result<bool, DbError> {
        let sql = include_str!("queries/jobs/begin_upload.sql");
        let params: [&(dyn ToSql + Sync); 5] = [&chunk.job.0, &chunk.pass, &chunk.first, &chunk.attempts, &upload];
        Ok(self.row(WRITING, sql, &params).await?.is_some())
    }

    /// Notes a part that was put. `false` if somebody else has the archive.
    pub async fn keep_part(&self, chunk: &Chunk, kept: &KeptPart<'_>) -> Result<bool, DbError> {
        let sql = include_str!("queries/jobs/add_part.sql");
        let KeptPart { part, bytes, entries, last_number, directory, listing, failures } = kept;
        let (done, failed) = (i64::from(*entries), i64::try_from(failures.len()).unwrap_or(i64::MAX));
        let numbers: Vec<_> = failures.iter().map(|failure| failure.number).collect();
        let positions: Vec<_> = failures.iter().map(|failure| failure.part).collect();
        let errors: Vec<_> = failures.iter().map(|failure| failure.error.as_str()).collect();
        let params: [&(dyn ToSql + Sync); 16] = [
            &chunk.job.0,
            &chunk.pass,
            &chunk.first,
            &chunk.attempts,
            &part.number,
            &part.tag,
            bytes,
            entries,
            last_number,
            directory,
            listing,
            &done,
            &failed,
            &numbers,
            &positions,
            &errors,
        ];
        Ok(self.row(WRITING, sql, &params).await?.is_some())
    }

    /// Notes where an archive lies, and for how many days. `false` if somebody else has it.
    pub async fn keep_result(&self, chunk: &Chunk, key: &str, bytes: u64, days: i32) -> Result<bool, DbError> {
        let sql = include_str!("queries/jobs/set_result.sql");
        let bytes = i64::try_from(bytes).unwrap_or(i64::MAX);
        let params: [&(dyn ToSql + Sync); 7] =
            [&chunk.job.0, &chunk.pass, &chunk.first, &chunk.attempts, &key, &bytes, &days];
        Ok(self.row(WRITING, sql, &params).await?.is_some())
    }

    /// Whose archive lies under a key.
    pub async fn owner_of_archive(&self, key: &str) -> Result<Option<OrganizerKey>, DbError> {
        let row = self.row(READING, include_str!("queries/jobs/owner_of_result.sql"), &[&key]).await?;
        Ok(row.map(|row| OrganizerKey(row.get("organizer_key"))))
    }

    /// Archives that need not be kept any longer.
    pub async fn old_archives(&self, limit: i64) -> Result<Vec<OldArchive>, DbError> {
        let rows = self.rows(READING, include_str!("queries/jobs/expired_results.sql"), &[&limit]).await?;
        let old = rows.iter().map(|row| OldArchive {
            job: JobId(row.get("job_id")),
            event: EventKey(row.get("event_key")),
            organizer: OrganizerKey(row.get("organizer_key")),
            key: row.get("result_key"),
        });
        Ok(old.collect())
    }

    /// Notes that an archive is gone.
    pub async fn forget_archive(&self, job: JobId) -> Result<(), DbError> {
        self.rows(WRITING, include_str!("queries/jobs/clear_result.sql"), &[&job.0]).await.map(drop)
    }
}
