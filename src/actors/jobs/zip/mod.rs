//! A ZIP of all tickets, uploaded part by part. Any server can continue after the last part: with each part, its
//! entries of the ZIP directory and its rows of the list of tickets are recorded.

mod part;

use bytes::Bytes;
use futures_util::{StreamExt, stream};

use self::part::{LISTING, PartBuilder, TicketFile, listing_head, render_all};
use super::{
    WorkError,
    archive::{Archive, PAGE_SIZE},
};
use crate::{
    db::{ArchivePart, ArchiveProgress, ChunkOutcome, NewArchivePart},
    domain::Registration,
    render::{Crc, Priority, ZipEntry, write_zip_end},
    store::UploadedPart,
};

/// Registrations rendered in one task of the render pool.
const GROUP_SIZE: usize = 16;
/// Maximum of such tasks at once.
const MAX_GROUPS: usize = 4;

impl Archive<'_> {
    /// Makes a ZIP, or continues it after the parts that are in storage.
    pub(super) async fn zip(&self) -> Result<(u64, ChunkOutcome), WorkError> {
        let (upload, progress) = self.resume().await?;
        let ArchiveProgress { mut parts, bytes: mut at, mut entries, last_number } = progress;
        let mut next = last_number.map_or(self.chunk.first, |last| last + 1);
        let mut number = parts.last().map_or(1, |part| part.number + 1);
        let mut waiting: Option<PartBuilder> = None;
        // One part is uploaded while the next is filled. The rest, which does not fill a part, is uploaded with the end
        // of the archive, because only the last part of an upload may be small.
        let rest = loop {
            let filling = self.fill(number, at, next);
            let sending = async {
                match waiting.take() {
                    Some(part) => self.send(&upload, part).await.map(Some),
                    None => Ok(None),
                }
            };
            let (next_part, part) = futures_util::future::join(filling, sending).await;
            if let Some(part) = part? {
                parts.push(part);
                if self.tools.database.other_jobs_wait(self.chunk.job).await? {
                    // Continued when the job is claimed again.
                    return Err(WorkError::Yield);
                }
            }
            let next_part = next_part?;
            if next_part.bytes.len() < self.tools.store.part_bytes() {
                break next_part;
            }
            at += next_part.bytes.len() as u64;
            entries += i64::from(next_part.entries);
            next = next_part.last_number + 1;
            number += 1;
            waiting = Some(next_part);
        };
        let outcome = ChunkOutcome {
            done: i64::from(rest.entries),
            failed: i64::try_from(rest.failures.len()).unwrap_or(i64::MAX),
            failures: rest.failures.clone(),
            ..ChunkOutcome::default()
        };
        entries += i64::from(rest.entries);
        let total = self.finish(&upload, &mut parts, rest, entries).await?;
        let parts: Vec<_> = parts.into_iter().map(|part| UploadedPart { number: part.number, tag: part.tag }).collect();
        self.retry_while_unavailable(async || self.tools.store.complete_upload(&self.key, &upload, &parts, true).await)
            .await?;
        let stored = self.tools.store.head(&self.key).await?.map(|object| object.bytes);
        if stored != Some(total) {
            return Err(WorkError::Permanent(format!(
                "the archive has {stored:?} bytes in storage instead of {total}"
            )));
        }
        Ok((total, outcome))
    }

    /// Returns the upload, and the progress that is recorded in the database.
    async fn resume(&self) -> Result<(String, ArchiveProgress), WorkError> {
        match &self.chunk.upload {
            Some(upload) => {
                let progress = self.tools.database.archive_progress(self.chunk.job).await?;
                Ok((upload.clone(), progress))
            }
            None => Ok((self.begin().await?, ArchiveProgress::default())),
        }
    }

    /// Renders tickets from registration `first` on until a part is full, or up to the last registration.
    async fn fill(&self, number: i32, at: u64, first: i32) -> Result<PartBuilder, WorkError> {
        let size = self.tools.store.part_bytes();
        let mut part = PartBuilder::new(number, at, first, size);
        while part.bytes.len() < size && part.last_number < self.chunk.last {
            let first = part.last_number + 1;
            let last = self.chunk.last.min(first.saturating_add(PAGE_SIZE - 1));
            let registrations = self.registrations(first, last).await?;
            let mut groups = stream::iter(registrations.chunks(GROUP_SIZE))
                .map(async |group: &[Registration]| {
                    let files = self.render(group.to_vec()).await?;
                    Ok::<_, WorkError>((group.last().map(|last| last.reference.number), files))
                })
                .buffered(MAX_GROUPS);
            part.last_number = last;
            while let Some(group) = groups.next().await {
                let (end, files) = group?;
                for file in files {
                    part.add(file);
                }
                if part.bytes.len() >= size {
                    // The next part begins after this group.
                    part.last_number = end.unwrap_or(last);
                    break;
                }
            }
        }
        Ok(part)
    }

    async fn render(&self, registrations: Vec<Registration>) -> Result<Vec<TicketFile>, WorkError> {
        let (plans, setup) = (self.tools.plans.clone(), self.setup.clone());
        let permit = self.tools.throttle.acquire().await;
        let work = move || {
            let files =
                registrations.iter().flat_map(|registration| render_all(&plans, &setup, registration)).collect();
            drop(permit);
            Ok(files)
        };
        Ok(self.tools.pool.run(Priority::Bulk, work).await?)
    }

    /// Uploads a full part and records it.
    async fn send(&self, upload: &str, part: PartBuilder) -> Result<ArchivePart, WorkError> {
        let bytes = part.bytes.len() as u64;
        let content = Bytes::from(part.bytes);
        let put = async || self.tools.store.upload_part(&self.key, upload, part.number, content.clone()).await;
        let tag = self.retry_while_unavailable(put).await?.tag;
        let recorded = NewArchivePart {
            part: ArchivePart { number: part.number, tag },
            bytes: i64::try_from(bytes).unwrap_or(i64::MAX),
            entries: part.entries,
            last_number: part.last_number,
            directory: &part.directory,
            listing: &part.listing,
            failures: &part.failures,
        };
        match self.tools.database.add_archive_part(self.chunk, &recorded).await? {
            true => Ok(recorded.part),
            false => Err(WorkError::Lost),
        }
    }

    /// Uploads the rest of the tickets, the list of all tickets and the ZIP directory. Returns the length of the
    /// archive.
    async fn finish(
        &self,
        upload: &str,
        parts: &mut Vec<ArchivePart>,
        rest: PartBuilder,
        entries: i64,
    ) -> Result<u64, WorkError> {
        let (database, job) = (&self.tools.database, self.chunk.job);
        let numbers: Vec<_> = parts.iter().map(|part| part.number).collect();
        let columns = listing_head();
        let mut crc = Crc::default();
        let mut length = (columns.len() + rest.listing.len()) as u64;
        crc.update(&columns);
        for number in &numbers {
            let listing = database.part_entries(job, *number).await?.listing;
            crc.update(&listing);
            length += listing.len() as u64;
        }
        crc.update(&rest.listing);
        let entry = ZipEntry { name: LISTING, bytes: length, crc: crc.sum(), at: self.chunk.started_at };
        let mut tail = Tail { archive: self, upload, parts, sent: rest.at, bytes: rest.bytes };
        let (mut header, mut record) = (Vec::new(), Vec::new());
        entry.begin(&mut header, &mut record, tail.length());
        tail.write(&header).await?;
        tail.write(&columns).await?;
        for number in &numbers {
            let listing = database.part_entries(job, *number).await?.listing;
            tail.write(&listing).await?;
        }
        tail.write(&rest.listing).await?;
        let directory_at = tail.length();
        for number in &numbers {
            let entries = database.part_entries(job, *number).await?;
            tail.write(&entries.directory).await?;
        }
        tail.write(&rest.directory).await?;
        tail.write(&record).await?;
        let mut end = Vec::new();
        write_zip_end(&mut end, directory_at, tail.length() - directory_at, entries.unsigned_abs() + 1);
        tail.write(&end).await?;
        tail.flush().await?;
        Ok(tail.sent)
    }
}

/// Uploads the bytes after the last full part, as further parts.
struct Tail<'a> {
    archive: &'a Archive<'a>,
    upload: &'a str,
    parts: &'a mut Vec<ArchivePart>,
    /// Bytes of the archive that are uploaded.
    sent: u64,
    bytes: Vec<u8>,
}

impl Tail<'_> {
    /// Returns the length of the archive so far.
    fn length(&self) -> u64 {
        self.sent + self.bytes.len() as u64
    }

    async fn write(&mut self, bytes: &[u8]) -> Result<(), WorkError> {
        self.bytes.extend_from_slice(bytes);
        if self.bytes.len() >= self.archive.tools.store.part_bytes() { self.flush().await } else { Ok(()) }
    }

    async fn flush(&mut self) -> Result<(), WorkError> {
        let bytes = std::mem::take(&mut self.bytes);
        if bytes.is_empty() {
            return Ok(());
        }
        let number = self.parts.last().map_or(1, |part| part.number + 1);
        self.sent += bytes.len() as u64;
        let Archive { tools, key, .. } = self.archive;
        let content = Bytes::from(bytes);
        let put = async || tools.store.upload_part(key, self.upload, number, content.clone()).await;
        let tag = self.archive.retry_while_unavailable(put).await?.tag;
        self.parts.push(ArchivePart { number, tag });
        Ok(())
    }
}
