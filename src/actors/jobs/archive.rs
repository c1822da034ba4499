//! Puts all tickets of an event in storage as one file: a ZIP (`zip`), which another server can continue, or one PDF
//! (`print`), which is made from the beginning if it is interrupted.

use std::{collections::HashMap, sync::Arc, time::Duration};

use jiff::Timestamp;

use super::{JobTools, WorkError};
use crate::{
    db::{Chunk, ChunkEnd, ChunkOutcome},
    domain::{ArchiveFormat, EventSetup, Registration, RegistrationRef},
    store::{Cause, Metadata, StoreError, UploadHeader, archive_key, written_by_us},
};

/// Registrations read at once.
pub(super) const PAGE_SIZE: i32 = 256;
/// Pause between two tries while storage is unavailable.
const STORAGE_PAUSE: Duration = Duration::from_secs(1);

/// An archive that is being made.
pub(super) struct Archive<'a> {
    pub tools: &'a JobTools,
    pub chunk: &'a Chunk,
    pub setup: Arc<EventSetup>,
    /// Object key in storage.
    pub key: String,
}

impl<'a> Archive<'a> {
    /// Returns the archive of an archive job, which has only this chunk.
    pub async fn of(tools: &'a JobTools, chunk: &'a Chunk) -> Result<Self, WorkError> {
        let setup = tools.setup(chunk).await?;
        let format = chunk.request.format.unwrap_or_default();
        let key = archive_key(setup.event.id, chunk.job.0, format.extension());
        Ok(Self { tools, chunk, setup, key })
    }

    /// Makes the archive, or continues it, and finishes the chunk.
    pub async fn run(&self) -> Result<(), WorkError> {
        let (bytes, outcome) = self.make().await?;
        let database = &self.tools.database;
        if !database.set_archive_result(self.chunk, &self.key, bytes, self.tools.settings.archive_days).await? {
            return Err(WorkError::Lost);
        }
        match database.finish_chunk(self.chunk, &outcome).await? {
            ChunkEnd::LeaseLost => Err(WorkError::Lost),
            ChunkEnd::Finished | ChunkEnd::LastFinished => Ok(database.complete_job(self.chunk.job).await?),
        }
    }

    /// Makes the archive. Returns its length, and the tickets that are not counted yet.
    async fn make(&self) -> Result<(u64, ChunkOutcome), WorkError> {
        // Another server may have completed the upload and crashed before recording it.
        if self.chunk.upload.is_some()
            && let Some(object) = self.tools.store.head(&self.key).await?
        {
            return Ok((object.bytes, self.uncounted().await?));
        }
        match self.chunk.request.format.unwrap_or_default() {
            ArchiveFormat::Zip => match self.zip().await {
                // Another server has replaced parts of this upload, or the upload does not exist any more.
                Err(WorkError::Store(error)) if matches!(error.cause, Cause::Refused | Cause::Missing) => {
                    tracing::warn!(%error, "an archive starts again from the beginning");
                    self.begin().await?;
                    Err(error.into())
                }
                done => done,
            },
            ArchiveFormat::Pdf => self.pdf().await,
        }
    }

    /// Returns the tickets of a complete archive that are not counted yet.
    async fn uncounted(&self) -> Result<ChunkOutcome, WorkError> {
        let job = self.tools.database.job(self.chunk.job, None).await?.ok_or(WorkError::Lost)?;
        Ok(ChunkOutcome { done: (job.counts.total - job.counts.processed()).max(0), ..ChunkOutcome::default() })
    }

    /// Starts an upload and records it. Returns its id.
    pub async fn begin(&self) -> Result<String, WorkError> {
        let upload = self.tools.store.begin_upload(&self.upload_header("application/zip")).await?;
        if !self.tools.database.begin_upload(self.chunk, &upload).await? {
            drop(self.tools.store.abort_upload(&self.key, &upload).await);
            return Err(WorkError::Lost);
        }
        Ok(upload)
    }

    /// Removes the object and the uploaded parts of a job that is over.
    pub async fn abandon(&self) {
        let upload = self.tools.database.upload_id_of(self.chunk.job).await.unwrap_or_else(|error| {
            tracing::warn!(%error, "uploaded parts of an archive were not removed; the housekeeper removes them later");
            None
        });
        if let Some(upload) = upload
            && let Err(error) = self.tools.store.abort_upload(&self.key, &upload).await
        {
            tracing::warn!(%error, "uploaded parts of an archive were not removed; the housekeeper removes them later");
        }
        if let Err(error) = self.tools.store.delete(&self.key).await {
            tracing::error!(%error, key = self.key, "the archive of a job that is over was not removed");
        }
    }

    /// Returns the valid registrations with numbers from `first` to `last`, in order.
    pub async fn registrations(&self, first: i32, last: i32) -> Result<Vec<Registration>, WorkError> {
        let (database, chunk) = (&self.tools.database, self.chunk);
        let targets = database.targets(chunk, first, last).await?;
        let numbers: Vec<_> = targets.iter().map(|target| target.number).collect();
        let found = database.registrations(chunk.event, &numbers).await?;
        let mut found: HashMap<RegistrationRef, _> = found.into_iter().map(|r| (r.reference, r)).collect();
        Ok(targets.iter().filter_map(|target| found.remove(&target.registration(chunk.event))).collect())
    }

    /// Repeats a request while storage is unavailable: waiting costs less than rendering again.
    pub async fn retry_while_unavailable<T>(
        &self,
        mut request: impl AsyncFnMut() -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        loop {
            match request().await {
                Err(error) if error.cause.is_general() => tokio::time::sleep(STORAGE_PAUSE).await,
                done => return done,
            }
        }
    }

    /// Returns the key, media type and metadata of the object.
    pub fn upload_header(&self, content_type: &'static str) -> UploadHeader {
        let metadata = Metadata::from([
            ("made-at".to_owned(), Timestamp::now().to_string()),
            ("job".to_owned(), self.chunk.job.0.to_string()),
            ("layout-version".to_owned(), self.setup.layout_version().to_string()),
            ("event-revision".to_owned(), self.setup.event.revision.to_string()),
            written_by_us(""),
        ]);
        UploadHeader { key: self.key.clone(), content_type, metadata, replace: true }
    }
}
