//! The archiver puts all tickets of an event in storage as one file, part by part. A ZIP is gone on with wherever it was left, on
//! whatever server: each part is one of the upload, and what the archive's end has to say about it is kept with it. A document
//! of many pages (`printer`) is begun anew.

use std::{
    collections::HashMap,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    time::Duration,
};

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use jiff::Timestamp;

use super::{Regenerator, Throttle, WorkError};
use crate::{
    db::{ArchivePart, ArchiveSoFar, Chunk, ChunkOutcome, Failure, KeptPart},
    domain::{ArchiveFormat, DocumentKind, EventSetup, Registration, RegistrationId, RegistrationRef, without_formula},
    render::{Crc, Priority, RegistrationFile, RenderError, Rendered, ZipEntry, end_zip, file_name_of},
    store::{Cause, Head, Metadata, Part, Store, StoreError, archive},
};

/// Puts archives in storage.
#[derive(Clone)]
pub struct Archiver {
    /// Knows the event and how it is rendered.
    pub regenerator: Regenerator,
    pub store: Store,
    /// How long an archive is kept.
    pub days: i32,
}

/// Registrations read at once, and rendered by one job of the pool.
pub(super) const PAGE: i32 = 256;
const TOGETHER: usize = 16;
const AHEAD: usize = 4;
/// Between two tries while storage is in trouble.
const PAUSE: Duration = Duration::from_secs(1);
/// What the list of tickets is called, and what stands in it.
const LISTING: &str = "index.csv";
const COLUMNS: [&str; 8] = ["file", "ticketId", "label", "registrationId", "name", "email", "ticketType", "error"];

/// A part being filled.
struct Filling {
    number: i32,
    /// Where in the archive it begins.
    at: u64,
    bytes: Vec<u8>,
    directory: Vec<u8>,
    listing: Vec<u8>,
    entries: i32,
    last_number: i32,
    failures: Vec<Failure>,
}

/// One ticket's file, or why there is none.
struct Page {
    label: String,
    row: [String; 6],
    position: i16,
    number: i32,
    result: Result<Rendered, RenderError>,
}

impl Archiver {
    /// Makes an archive, or the rest of it.
    pub async fn run(&self, chunk: &Chunk, throttle: &Throttle) -> Result<(), WorkError> {
        let setup = self.regenerator.setup(chunk).await?;
        let format = chunk.request.format.unwrap_or_default();
        let key = archive(setup.event.id, chunk.job.0, format.ending());
        // Whoever had it before may have finished it, and not lived to say so.
        let finished = match &chunk.upload {
            Some(_) => self.store.head(&key).await?.map(|object| object.bytes),
            None => None,
        };
        let (bytes, outcome) = match (finished, format) {
            (Some(bytes), _) => (bytes, self.rest_of(chunk).await?),
            (None, ArchiveFormat::Zip) => match self.zip(chunk, &setup, &key, throttle).await {
                // Somebody else's parts lie among ours, or the upload is gone: from the beginning, then.
                Err(WorkError::Store(error)) if matches!(error.cause, Cause::Refused | Cause::Missing) => {
                    tracing::warn!(%error, "an archive is begun anew");
                    self.begin(chunk, &setup, &key).await?;
                    return Err(error.into());
                }
                done => done?,
            },
            (None, ArchiveFormat::Pdf) => self.pdf(chunk, &setup, &key, throttle).await?,
        };
        let database = &self.regenerator.database;
        if !database.keep_result(chunk, &key, bytes, self.days).await? {
            return Err(WorkError::Lost);
        }
        match database.finish_chunk(chunk, &outcome).await? {
            None => Err(WorkError::Lost),
            Some(_) => {
                database.complete_job(chunk.job).await?;
                Ok(())
            }
        }
    }

    /// What an archive that is whole has and nobody has counted yet.
    async fn rest_of(&self, chunk: &Chunk) -> Result<ChunkOutcome, WorkError> {
        let job = self.regenerator.database.job(chunk.job, None).await?.ok_or(WorkError::Lost)?;
        Ok(ChunkOutcome { done: (job.counts.total - job.counts.seen()).max(0), ..ChunkOutcome::default() })
    }

    /// Waits while storage is in trouble: what is rendered would only have to be rendered again.
    async fn patiently<T>(&self, mut ask: impl AsyncFnMut() -> Result<T, StoreError>) -> Result<T, StoreError> {
        loop {
            match ask().await {
                Err(error) if error.cause.is_general() => tokio::time::sleep(PAUSE).await,
                done => return done,
            }
        }
    }

    /// Throws away what was begun, or made for a job that is over.
    pub async fn abandon(&self, chunk: &Chunk) {
        let database = &self.regenerator.database;
        let upload = database.job_upload(chunk.job).await.unwrap_or_else(|error| {
            tracing::warn!(%error, "an archive's parts were left behind; the reconciler removes them");
            None
        });
        let Ok(setup) = self.regenerator.setup(chunk).await else { return };
        let key = archive(setup.event.id, chunk.job.0, chunk.request.format.unwrap_or_default().ending());
        if let Some(upload) = upload
            && let Err(error) = self.store.throw_away(&key, &upload).await
        {
            tracing::warn!(%error, "an archive's parts were left behind; the reconciler removes them");
        }
        if let Err(error) = self.store.delete(&key).await {
            tracing::error!(%error, key, "the archive of a job that is over may have been left behind");
        }
    }

    async fn zip(
        &self,
        chunk: &Chunk,
        setup: &Arc<EventSetup>,
        key: &str,
        throttle: &Throttle,
    ) -> Result<(u64, ChunkOutcome), WorkError> {
        let (upload, so_far) = self.go_on(chunk, setup, key).await?;
        let ArchiveSoFar { mut parts, bytes: mut at, mut entries, last_number } = so_far;
        let mut next = last_number.map_or(chunk.first, |last| last + 1);
        let mut number = parts.last().map_or(1, |part| part.number + 1);
        let mut waiting: Option<Filling> = None;
        // While one part is sent, the next is filled. What does not fill one goes up with the archive's end: only the last part of an
        // upload may be small.
        let rest = loop {
            let filling = self.fill(chunk, setup, number, at, next, throttle);
            let sending = async {
                match waiting.take() {
                    Some(part) => self.send(chunk, key, &upload, part).await.map(Some),
                    None => Ok(None),
                }
            };
            let (next_part, part) = futures_util::future::join(filling, sending).await;
            if let Some(part) = part? {
                parts.push(part);
                if self.regenerator.database.others_wait(chunk.job).await? {
                    // It is gone on with when it is its turn again.
                    return Err(WorkError::Yield);
                }
            }
            let next_part = next_part?;
            if next_part.bytes.len() < self.store.part_bytes() {
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
        let total = self.end(chunk, key, &upload, &mut parts, rest, entries).await?;
        let parts: Vec<_> = parts.into_iter().map(|part| Part { number: part.number, tag: part.tag }).collect();
        self.patiently(async || self.store.finish_upload(key, &upload, &parts, true).await).await?;
        let stored = self.store.head(key).await?.map(|object| object.bytes);
        if stored != Some(total) {
            return Err(WorkError::Hopeless(format!("the archive has {stored:?} bytes in storage instead of {total}")));
        }
        Ok((total, outcome))
    }

    /// The upload, and what lies in it already.
    async fn go_on(
        &self,
        chunk: &Chunk,
        setup: &Arc<EventSetup>,
        key: &str,
    ) -> Result<(String, ArchiveSoFar), WorkError> {
        match &chunk.upload {
            Some(upload) => {
                let so_far = self.regenerator.database.archive_so_far(chunk.job).await?;
                Ok((upload.clone(), so_far))
            }
            None => Ok((self.begin(chunk, setup, key).await?, ArchiveSoFar::default())),
        }
    }

    async fn begin(&self, chunk: &Chunk, setup: &Arc<EventSetup>, key: &str) -> Result<String, WorkError> {
        let upload = self.store.begin_upload(&head(chunk, setup, key, "application/zip")).await?;
        if !self.regenerator.database.begin_upload(chunk, &upload).await? {
            drop(self.store.throw_away(key, &upload).await);
            return Err(WorkError::Lost);
        }
        Ok(upload)
    }

    /// Renders tickets from a number on until a part is full, or nobody is left.
    async fn fill(
        &self,
        chunk: &Chunk,
        setup: &Arc<EventSetup>,
        number: i32,
        at: u64,
        first: i32,
        throttle: &Throttle,
    ) -> Result<Filling, WorkError> {
        let size = self.store.part_bytes();
        let mut part = Filling {
            number,
            at,
            bytes: Vec::with_capacity(size + size / 4),
            directory: Vec::new(),
            listing: Vec::new(),
            entries: 0,
            last_number: first - 1,
            failures: Vec::new(),
        };
        while part.bytes.len() < size && part.last_number < chunk.last {
            let first = part.last_number + 1;
            let last = chunk.last.min(first.saturating_add(PAGE - 1));
            let registrations = self.registrations(chunk, first, last).await?;
            let mut groups = stream::iter(registrations.chunks(TOGETHER))
                .map(async |some| {
                    let pages = self.render(setup, some.to_vec(), throttle).await?;
                    Ok::<_, WorkError>((some.last().map(|last| last.reference.number), pages))
                })
                .buffered(AHEAD);
            part.last_number = last;
            while let Some(group) = groups.next().await {
                let (end, pages) = group?;
                for page in pages {
                    part.add(page);
                }
                if part.bytes.len() >= size {
                    // What comes after is in the next part.
                    part.last_number = end.unwrap_or(last);
                    break;
                }
            }
        }
        Ok(part)
    }

    /// Valid registrations from one number to another, in order.
    pub(super) async fn registrations(
        &self,
        chunk: &Chunk,
        first: i32,
        last: i32,
    ) -> Result<Vec<Registration>, WorkError> {
        let database = &self.regenerator.database;
        let targets = database.targets(chunk, first, last).await?;
        let numbers: Vec<_> = targets.iter().map(|target| target.number).collect();
        let found = database.registrations(chunk.event, &numbers).await?;
        let mut found: HashMap<RegistrationRef, _> = found.into_iter().map(|r| (r.reference, r)).collect();
        Ok(targets.iter().filter_map(|target| found.remove(&target.registration(chunk.event))).collect())
    }

    async fn render(
        &self,
        setup: &Arc<EventSetup>,
        registrations: Vec<Registration>,
        throttle: &Throttle,
    ) -> Result<Vec<Page>, WorkError> {
        let (plans, setup) = (self.regenerator.plans.clone(), setup.clone());
        let leave = throttle.enter().await;
        let work = move || {
            let mut pages = Vec::new();
            for registration in &registrations {
                let id = RegistrationId { code: setup.event.code.clone(), number: registration.reference.number };
                let kind = setup.ticket_type(registration.type_number).map_or("", |t| t.code.as_str());
                for ticket in registration.tickets.iter().filter(|ticket| !ticket.revoked) {
                    let file = RegistrationFile {
                        setup: &setup,
                        registration,
                        kind: DocumentKind::Ticket,
                        part: ticket.position,
                        made_at: Timestamp::UNIX_EPOCH,
                    };
                    let label = id.ticket_label(ticket.position);
                    let row = [
                        ticket.id.to_string(),
                        label.clone(),
                        id.to_string(),
                        ticket.name.clone(),
                        ticket.email.clone(),
                        kind.to_owned(),
                    ];
                    let result = catch_unwind(AssertUnwindSafe(|| file.render(&plans)))
                        .unwrap_or_else(|_| Err(RenderError::Panicked("one ticket of an archive".into())));
                    let (position, number) = (ticket.position, id.number);
                    pages.push(Page { label, row, position, number, result });
                }
            }
            drop(leave);
            Ok(pages)
        };
        let rendered = self.regenerator.pool.run(Priority::Bulk, work).await.map_err(|_| WorkError::Full)?;
        Ok(rendered?)
    }

    async fn send(&self, chunk: &Chunk, key: &str, upload: &str, part: Filling) -> Result<ArchivePart, WorkError> {
        let bytes = part.bytes.len() as u64;
        let content = Bytes::from(part.bytes);
        let put = async || self.store.put_part(key, upload, part.number, content.clone()).await;
        let tag = self.patiently(put).await?.tag;
        let kept = KeptPart {
            part: ArchivePart { number: part.number, tag },
            bytes: i64::try_from(bytes).unwrap_or(i64::MAX),
            entries: part.entries,
            last_number: part.last_number,
            directory: &part.directory,
            listing: &part.listing,
            failures: &part.failures,
        };
        match self.regenerator.database.keep_part(chunk, &kept).await? {
            true => Ok(kept.part),
            false => Err(WorkError::Lost),
        }
    }

    /// Puts what is left of the tickets and what stands behind them: the list of them, and the directory. Returns the archive's length.
    async fn end(
        &self,
        chunk: &Chunk,
        key: &str,
        upload: &str,
        parts: &mut Vec<ArchivePart>,
        rest: Filling,
        entries: i64,
    ) -> Result<u64, WorkError> {
        let database = &self.regenerator.database;
        let numbers: Vec<_> = parts.iter().map(|part| part.number).collect();
        let mut tail = Tail { archiver: self, key, upload, parts, at: rest.at, bytes: rest.bytes };
        let columns = csv_row(&COLUMNS);
        let mut crc = Crc::default();
        let mut length = columns.len() as u64;
        crc.update(&columns);
        for number in &numbers {
            let (_, listing) = database.archive_part(chunk.job, *number).await?;
            crc.update(&listing);
            length += listing.len() as u64;
        }
        crc.update(&rest.listing);
        length += rest.listing.len() as u64;
        let listing = ZipEntry { name: LISTING, bytes: length, crc: crc.sum(), at: chunk.started_at };
        let (mut begun, mut record) = (Vec::new(), Vec::new());
        listing.begin(&mut begun, &mut record, tail.length());
        tail.write(&begun).await?;
        tail.write(&columns).await?;
        for number in &numbers {
            let (_, listing) = database.archive_part(chunk.job, *number).await?;
            tail.write(&listing).await?;
        }
        tail.write(&rest.listing).await?;
        let directory_at = tail.length();
        for number in &numbers {
            let (directory, _) = database.archive_part(chunk.job, *number).await?;
            tail.write(&directory).await?;
        }
        tail.write(&rest.directory).await?;
        tail.write(&record).await?;
        let mut ending = Vec::new();
        end_zip(&mut ending, directory_at, tail.length() - directory_at, entries.unsigned_abs() + 1);
        tail.write(&ending).await?;
        tail.flush().await?;
        Ok(tail.at)
    }
}

impl Filling {
    fn add(&mut self, page: Page) {
        let Page { label, row, position, number, result } = page;
        let [id, .., name, _, _] = &row;
        let person = file_name_of(name);
        let file = if person.is_empty() { format!("{label}.pdf") } else { format!("{label} {person}.pdf") };
        let (file, error) = match result {
            Ok(rendered) => {
                let (bytes, crc) = (rendered.bytes.len() as u64, Crc::of(&rendered.bytes));
                let entry = ZipEntry { name: &file, bytes, crc, at: Timestamp::now() };
                let at = self.at + self.bytes.len() as u64;
                entry.begin(&mut self.bytes, &mut self.directory, at);
                self.bytes.extend_from_slice(&rendered.bytes);
                self.entries += 1;
                (file, String::new())
            }
            Err(error) => {
                tracing::error!(%error, ticket = id, "a ticket is missing in an archive");
                let error = error.to_string();
                let kind = DocumentKind::Ticket;
                self.failures.push(Failure { number, kind, part: position, tickets: 1, error: error.clone() });
                (String::new(), error)
            }
        };
        let [id, label, registration, name, email, kind] = &row;
        self.listing.extend(csv_row(&[&file, id, label, registration, name, email, kind, &error]));
    }
}

/// What stands behind the tickets, cut into parts.
struct Tail<'a> {
    archiver: &'a Archiver,
    key: &'a str,
    upload: &'a str,
    parts: &'a mut Vec<ArchivePart>,
    /// How much lies in storage.
    at: u64,
    bytes: Vec<u8>,
}

impl Tail<'_> {
    /// Of the archive so far.
    fn length(&self) -> u64 {
        self.at + self.bytes.len() as u64
    }

    async fn write(&mut self, bytes: &[u8]) -> Result<(), WorkError> {
        self.bytes.extend_from_slice(bytes);
        if self.bytes.len() >= self.archiver.store.part_bytes() { self.flush().await } else { Ok(()) }
    }

    async fn flush(&mut self) -> Result<(), WorkError> {
        let bytes = std::mem::take(&mut self.bytes);
        if bytes.is_empty() {
            return Ok(());
        }
        let number = self.parts.last().map_or(1, |part| part.number + 1);
        self.at += bytes.len() as u64;
        let (store, content) = (&self.archiver.store, Bytes::from(bytes));
        let put = async || store.put_part(self.key, self.upload, number, content.clone()).await;
        let tag = self.archiver.patiently(put).await?.tag;
        self.parts.push(ArchivePart { number, tag });
        Ok(())
    }
}

pub(super) fn head(chunk: &Chunk, setup: &EventSetup, key: &str, content_type: &'static str) -> Head {
    let metadata = Metadata::from([
        ("made-at".to_owned(), Timestamp::now().to_string()),
        ("job".to_owned(), chunk.job.0.to_string()),
        ("layout-version".to_owned(), setup.layout_version().to_string()),
        ("event-revision".to_owned(), setup.event.revision.to_string()),
        ("source".to_owned(), concat!("onsale ", env!("CARGO_PKG_VERSION")).to_owned()),
    ]);
    Head { key: key.to_owned(), content_type, metadata, replace: true }
}

fn csv_row(cells: &[&str]) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let memory = "writing to memory does not fail";
    writer.write_record(cells.iter().map(|cell| without_formula(cell).into_owned())).expect(memory);
    writer.into_inner().expect(memory)
}
