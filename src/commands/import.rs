//! `onsale tickets import`: stores the PDFs of another program from a folder, each for the registration in its file
//! name.

use std::{
    collections::BTreeMap,
    fs::{self, OpenOptions},
    io::{Read, Write, stdout},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    sync::Arc,
    time::Instant,
};

use anyhow::{Context, ensure};
use bytes::Bytes;
use clap::Args;
use futures_util::{StreamExt, stream};
use indicatif::{HumanBytes, ProgressBar, ProgressStyle};
use jiff::Timestamp;
use rustix::fs::OFlags;
use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;

use super::storage::{StorageTools, with_storage};
use crate::{
    config::Sources,
    db::EventName,
    domain::{ContentHash, DocumentRef, RegistrationId, RegistrationRef, RegistrationStatus, Stored},
    store::{Metadata, NewObject, ticket_pdf_key, written_by_us},
};

/// Options of `tickets import`.
#[derive(Debug, Args)]
#[command(
    after_help = "Files are named by registration id: GDN2025-0001.pdf. Each line on stdout is the outcome of a file (imported, \
    present, skipped or failed), its name, and the reason. The command can be interrupted and run again: files that are in \
    storage are not uploaded again."
)]
pub struct Import {
    /// Folder with the files
    #[arg(long, value_name = "DIR")]
    from: PathBuf,
    /// Print the outcomes, but import nothing
    #[arg(long)]
    dry_run: bool,
    /// Also read back and compare files that an earlier run imported
    #[arg(long)]
    verify: bool,
}

/// Files imported at once.
const PARALLEL_FILES: usize = 16;
/// Bytes of files in memory at once.
const MAX_MEMORY: usize = 64 << 20;
/// Age in seconds below which a registration is not imported, because its server may be storing its file.
const MIN_AGE_SECONDS: f64 = 60.0;
/// Seconds until the claim of a document expires.
const LEASE_SECONDS: f64 = 120.0;

/// Outcome of a file: its size in bytes, or the reason.
#[derive(Debug)]
enum Outcome {
    Imported(u64),
    /// In a dry run.
    WouldImport(u64),
    /// An earlier run imported it.
    Present,
    Skipped(String),
    Failed(String),
}

impl Outcome {
    fn name(&self) -> &'static str {
        match self {
            Self::Imported(_) => "imported",
            Self::WouldImport(_) => "would import",
            Self::Present => "present",
            Self::Skipped(_) => "skipped",
            Self::Failed(_) => "failed",
        }
    }
}

impl Import {
    /// Runs the command.
    pub fn run(self, sources: Sources) -> anyhow::Result<()> {
        let names = names(&self.from)?;
        with_storage(sources, async |tools| self.import(Arc::new(tools), names).await)
    }

    async fn import(self, tools: Arc<StorageTools>, names: Vec<std::ffi::OsString>) -> anyhow::Result<()> {
        let bar = ProgressBar::new(names.len() as u64);
        let style = "{bar:30} {pos}/{len} files, {per_sec}, {eta} left";
        bar.set_style(ProgressStyle::with_template(style).expect("`style` is a valid constant"));
        let begun = Instant::now();
        let memory = Arc::new(Semaphore::new(MAX_MEMORY >> 10));
        let importer = Arc::new(Importer { tools, memory, dry_run: self.dry_run, verify: self.verify });
        let mut outcomes = stream::iter(names)
            .map(|name| {
                let (path, importer) = (self.from.join(&name), importer.clone());
                async move { (name, importer.import(&path).await) }
            })
            .buffer_unordered(PARALLEL_FILES);
        let (mut counts, mut bytes) = (BTreeMap::<&str, u64>::new(), 0);
        while let Some((name, outcome)) = outcomes.next().await {
            *counts.entry(outcome.name()).or_default() += 1;
            let detail = match &outcome {
                Outcome::Imported(size) | Outcome::WouldImport(size) => {
                    bytes += size;
                    HumanBytes(*size).to_string()
                }
                Outcome::Present => String::new(),
                Outcome::Skipped(reason) | Outcome::Failed(reason) => reason.clone(),
            };
            bar.suspend(|| {
                writeln!(stdout(), "{}\t{}\t{detail}", outcome.name(), name.to_string_lossy().escape_debug())
            })?;
            bar.inc(1);
        }
        bar.finish_and_clear();
        let summary: Vec<_> = counts.iter().map(|(name, count)| format!("{count} {name}")).collect();
        let summary = if summary.is_empty() { "no files".to_owned() } else { summary.join(", ") };
        eprintln!("{summary}; {} in {:.1} s", HumanBytes(bytes), begun.elapsed().as_secs_f64());
        ensure!(!counts.contains_key("failed"), "some files were not imported: run it again");
        Ok(())
    }
}

/// Lists the names in a folder, sorted.
fn names(folder: &Path) -> anyhow::Result<Vec<std::ffi::OsString>> {
    let reading = || format!("reading {}", folder.display());
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).with_context(reading)? {
        names.push(entry.with_context(reading)?.file_name());
    }
    names.sort_unstable();
    Ok(names)
}

struct Importer {
    tools: Arc<StorageTools>,
    /// Permits for KiB of files in memory.
    memory: Arc<Semaphore>,
    dry_run: bool,
    verify: bool,
}

impl Importer {
    async fn import(&self, path: &Path) -> Outcome {
        match self.try_import(path).await {
            Ok(outcome) => outcome,
            Err(error) => Outcome::Failed(format!("{error:#}")),
        }
    }

    async fn try_import(&self, path: &Path) -> anyhow::Result<Outcome> {
        let skipped = |reason: &str| Ok(Outcome::Skipped(reason.to_owned()));
        let Some(id) = registration_of(path) else {
            return skipped("the name is not a registration id and .pdf");
        };
        let metadata = fs::symlink_metadata(path)?;
        if !metadata.is_file() {
            return skipped("not a file of its own");
        }
        let limit = self.tools.config.disk.local_file_bytes;
        match metadata.len() {
            0 => return skipped("the file is empty"),
            size if size > limit => {
                return Ok(Outcome::Skipped(format!("the file is larger than {}", HumanBytes(limit))));
            }
            _ => {}
        }
        let Some(setup) = self.tools.catalog.find(EventName::Code(id.code.clone())).await? else {
            return skipped("no event has this code");
        };
        let reference = RegistrationRef { event: setup.event.key, number: id.number };
        let Some(registration) = self.tools.database.registration_without_answers(reference).await? else {
            return skipped("there is no such registration");
        };
        if !registration.imported {
            return skipped("the registration does not come from another system (see `onsale registrations import`)");
        }
        if registration.status != RegistrationStatus::Confirmed {
            return Ok(Outcome::Skipped(format!("the registration is {}", registration.status.name())));
        }
        let kibibytes = u32::try_from(metadata.len().div_ceil(1024))?.min(u32::try_from(MAX_MEMORY >> 10)?);
        let _permit = self.memory.acquire_many(kibibytes).await?;
        let own = path.to_owned();
        let bytes = tokio::task::spawn_blocking(move || read(&own, limit)).await??;
        let Some(bytes) = bytes else { return skipped("the file changed while it was read") };
        if let Err(reason) = check_pdf(&bytes) {
            return skipped(reason);
        }
        self.store(&id, reference, bytes).await
    }

    /// Stores a file under a claim of its document, reads it back, and records it.
    async fn store(&self, id: &RegistrationId, reference: RegistrationRef, bytes: Bytes) -> anyhow::Result<Outcome> {
        let (database, store) = (&self.tools.database, &self.tools.store);
        let (document, size) = (DocumentRef::tickets(reference), bytes.len() as u64);
        let hash = ContentHash(Sha256::digest(&bytes).into());
        let key = ticket_pdf_key(id);
        let metadata = Metadata::from([
            ("made-at".to_owned(), Timestamp::now().to_string()),
            ("content-hash".to_owned(), hash.to_string()),
            written_by_us(" import"),
        ]);
        let object = NewObject { key: key.clone(), bytes, content_type: "application/pdf", metadata, replace: true };
        let record = database.document(document).await?;
        let imported = record.as_ref().filter(|record| record.imported).and_then(|record| record.in_storage());
        let same = imported.is_some_and(|stored| stored.hash == hash);
        if same && (!self.verify || store.compare(&object).await.is_ok()) {
            return Ok(Outcome::Present);
        }
        if self.dry_run {
            return Ok(Outcome::WouldImport(size));
        }
        let Some(claim) = database.claim_import(document, LEASE_SECONDS, MIN_AGE_SECONDS).await? else {
            anyhow::bail!("a server may be storing the ticket of this registration; run the command again in a minute");
        };
        let length = i32::try_from(size)?;
        let tag = store.put(object.clone()).await?;
        store.compare(&object).await.context("reading the object back")?;
        let stored = Stored { key, hash, bytes: length, tag };
        ensure!(
            database.mark_imported(&claim, &stored).await?,
            "another process claimed the document meanwhile; run the command again"
        );
        Ok(Outcome::Imported(size))
    }
}

/// Returns the registration of a file by its name.
fn registration_of(path: &Path) -> Option<RegistrationId> {
    let name = path.file_name()?.to_str()?.strip_suffix(".pdf")?;
    let id: RegistrationId = name.parse().ok()?;
    // Only the canonical spelling, so that a registration has one file name.
    (id.to_string() == name).then_some(id)
}

/// Reads a regular file, without following a link. `None` if it is no regular file or changes while it is read.
fn read(path: &Path, limit: u64) -> std::io::Result<Option<Bytes>> {
    let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits();
    let mut file = OpenOptions::new().read(true).custom_flags(i32::try_from(flags).unwrap_or(0)).open(path)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Ok(None);
    }
    let mut bytes = Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or(0));
    (&mut file).take(limit + 1).read_to_end(&mut bytes)?;
    let same = bytes.len() as u64 == metadata.len()
        && metadata.len() <= limit
        && file.metadata()?.modified()? == metadata.modified()?;
    Ok(same.then(|| bytes.into()))
}

/// Checks the beginning and the end of a PDF, and that the pointer at its end lies within the file.
fn check_pdf(bytes: &[u8]) -> Result<(), &'static str> {
    if !bytes.starts_with(b"%PDF-") {
        return Err("the file is no PDF");
    }
    let end = &bytes[bytes.len().saturating_sub(1024)..];
    let find = |needle: &[u8]| memchr::memmem::rfind(end, needle);
    let (Some(start), Some(_)) = (find(b"startxref"), find(b"%%EOF")) else {
        return Err("the PDF is incomplete");
    };
    let digits: String = end[start + 9..]
        .iter()
        .map(|byte| char::from(*byte))
        .skip_while(char::is_ascii_whitespace)
        .take_while(char::is_ascii_digit)
        .collect();
    match digits.parse::<usize>() {
        Ok(at) if at < bytes.len() => Ok(()),
        _ => Err("the PDF has a wrong pointer at its end"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_canonical_names_are_registrations() {
        let id = |name: &str| registration_of(Path::new(name)).map(|id| id.to_string());
        assert_eq!(id("/x/GDN2025-0001.pdf").as_deref(), Some("GDN2025-0001"));
        for other in
            ["GDN2025-1.pdf", "GDN2025-0001.PDF", "gdn2025-0001.pdf", "GDN2025-0001", ".pdf", "GDN2025-00001.pdf"]
        {
            assert_eq!(id(other), None, "{other}");
        }
    }

    #[test]
    fn nonsense_is_no_pdf() {
        assert!(check_pdf(b"%PDF-1.7\nx\nstartxref\n5\n%%EOF\n").is_ok());
        for nonsense in
            [&b"PK\x03\x04"[..], b"%PDF-1.7\n", b"%PDF-1.7\nstartxref\n999\n%%EOF", b"%PDF-1.7\nstartxref\nx\n%%EOF"]
        {
            assert!(check_pdf(nonsense).is_err());
        }
    }
}
