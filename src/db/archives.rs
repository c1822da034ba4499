//! Archives: the parts of their uploads, and the finished files until they expire.

use tokio_postgres::types::ToSql;

use super::{Chunk, Database, DbError, FileFailure};
use crate::domain::{EventKey, JobId, OrganizerKey};

/// A part of a multipart upload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArchivePart {
    pub number: i32,
    pub tag: String,
}

/// The parts of an archive that are in storage.
#[derive(Debug, Clone, Default)]
pub struct ArchiveProgress {
    pub parts: Vec<ArchivePart>,
    pub bytes: u64,
    pub entries: i64,
    /// Number of the last registration in the last part; `None` if there is no part.
    pub last_number: Option<i32>,
}

/// A part that was uploaded, its entries for the end of the archive, and the files that could not be made.
#[derive(Debug)]
pub struct NewArchivePart<'a> {
    pub part: ArchivePart,
    pub bytes: i64,
    pub entries: i32,
    pub last_number: i32,
    pub directory: &'a [u8],
    pub listing: &'a [u8],
    pub failures: &'a [FileFailure],
}

/// An expired archive.
#[derive(Debug, Clone)]
pub struct ExpiredArchive {
    pub job: JobId,
    pub event: EventKey,
    pub organizer: OrganizerKey,
    pub key: String,
}

/// A part's entries in the archive's central directory, and its lines in the list of tickets.
#[derive(Debug)]
pub struct PartEntries {
    pub directory: Vec<u8>,
    pub listing: Vec<u8>,
}

const READING: &str = "reading an archive's parts";
const WRITING: &str = "writing an archive's parts";

impl Database {
    /// Returns the parts of an archive that are in storage.
    pub async fn archive_progress(&self, job: JobId) -> Result<ArchiveProgress, DbError> {
        let mut so_far = ArchiveProgress::default();
        for row in self.rows(READING, include_str!("queries/jobs/parts.sql"), &[&job.0]).await? {
            so_far.parts.push(ArchivePart { number: row.get("part"), tag: row.get("tag") });
            so_far.bytes += row.get::<_, i64>("bytes").unsigned_abs();
            so_far.entries += i64::from(row.get::<_, i32>("entries"));
            so_far.last_number = Some(row.get("last_number"));
        }
        Ok(so_far)
    }

    /// Returns the entries of a part.
    pub async fn part_entries(&self, job: JobId, number: i32) -> Result<PartEntries, DbError> {
        let row = self.row(READING, include_str!("queries/jobs/part.sql"), &[&job.0, &number]).await?;
        let row = row.ok_or(DbError::Unexpected { doing: READING, what: "empty result" })?;
        Ok(PartEntries { directory: row.get("directory"), listing: row.get("listing") })
    }

    /// Returns the id of the multipart upload of an archive, if one was started.
    pub async fn upload_id_of(&self, job: JobId) -> Result<Option<String>, DbError> {
        let row = self.row(READING, include_str!("queries/jobs/upload.sql"), &[&job.0]).await?;
        Ok(row.and_then(|row| row.get("upload")))
    }

    /// Starts an archive over with a new upload. `false` if the lease on the chunk was lost.
    pub async fn begin_upload(&self, chunk: &Chunk, upload: &str) -> Result<bool, DbError> {
        let sql = include_str!("queries/jobs/begin_upload.sql");
        let params: [&(dyn ToSql + Sync); 5] = [&chunk.job.0, &chunk.pass, &chunk.first, &chunk.attempts, &upload];
        Ok(self.row(WRITING, sql, &params).await?.is_some())
    }

    /// Adds a part that was uploaded. `false` if the lease on the chunk was lost.
    pub async fn add_archive_part(&self, chunk: &Chunk, kept: &NewArchivePart<'_>) -> Result<bool, DbError> {
        let sql = include_str!("queries/jobs/add_part.sql");
        let NewArchivePart { part, bytes, entries, last_number, directory, listing, failures } = kept;
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

    /// Stores the key of a finished archive, which expires after `days`. `false` if the lease on the chunk was lost.
    pub async fn set_archive_result(&self, chunk: &Chunk, key: &str, bytes: u64, days: i32) -> Result<bool, DbError> {
        let sql = include_str!("queries/jobs/set_result.sql");
        let bytes = i64::try_from(bytes).unwrap_or(i64::MAX);
        let params: [&(dyn ToSql + Sync); 7] =
            [&chunk.job.0, &chunk.pass, &chunk.first, &chunk.attempts, &key, &bytes, &days];
        Ok(self.row(WRITING, sql, &params).await?.is_some())
    }

    /// Returns the organizer that owns the archive with this key.
    pub async fn archive_owner(&self, key: &str) -> Result<Option<OrganizerKey>, DbError> {
        let row = self.row(READING, include_str!("queries/jobs/owner_of_result.sql"), &[&key]).await?;
        Ok(row.map(|row| OrganizerKey(row.get("organizer_key"))))
    }

    /// Returns at most `limit` expired archives.
    pub async fn expired_archives(&self, limit: i64) -> Result<Vec<ExpiredArchive>, DbError> {
        let rows = self.rows(READING, include_str!("queries/jobs/expired_results.sql"), &[&limit]).await?;
        let old = rows.iter().map(|row| ExpiredArchive {
            job: JobId(row.get("job_id")),
            event: EventKey(row.get("event_key")),
            organizer: OrganizerKey(row.get("organizer_key")),
            key: row.get("result_key"),
        });
        Ok(old.collect())
    }

    /// Clears the result of a job whose archive was deleted.
    pub async fn clear_archive(&self, job: JobId) -> Result<(), DbError> {
        self.rows(WRITING, include_str!("queries/jobs/clear_result.sql"), &[&job.0]).await.map(drop)
    }
}
