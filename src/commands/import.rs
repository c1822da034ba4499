//! `onsale tickets import`: PDFs that another program made go from a folder into storage, each to the registration that its
//! name says.

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
    store::{Metadata, NewObject, ticket_pdf_key},
};

/// Importing.
#[derive(Debug, Args)]
#[command(
    after_help = "Files are named by registration id: GDN2025-0001.pdf. Each line on stdout says what became of a file: \
    imported, present, skipped or failed, its name, and why. It can be interrupted and run again: what is there is not put again."
)]
pub struct Import {
    /// The folder with the files
    #[arg(long, value_name = "DIR")]
    from: PathBuf,
    /// Only say what would be done
    #[arg(long)]
    dry_run: bool,
    /// Read back what an earlier run brought, too
    #[arg(long)]
    verify: bool,
}

/// Files under way at once, and bytes of them in memory.
const AT_ONCE: usize = 16;
const BYTES_AT_ONCE: usize = 64 << 20;
/// How long a fresh registration is left to the server, which may be storing its file just now.
const FRESH_SECONDS: f64 = 60.0;
const LEASE_SECONDS: f64 = 120.0;

/// What became of a file.
#[derive(Debug)]
enum Fate {
    Imported(u64),
    WouldImport(u64),
    Present,
    Skipped(String),
    Failed(String),
}

impl Fate {
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
    /// Imports.
    pub fn run(self, sources: Sources) -> anyhow::Result<()> {
        let names = names(&self.from)?;
        with_storage(sources, async |tools| self.import(Arc::new(tools), names).await)
    }

    async fn import(self, tools: Arc<StorageTools>, names: Vec<std::ffi::OsString>) -> anyhow::Result<()> {
        let bar = ProgressBar::new(names.len() as u64);
        let style = "{bar:30} {pos}/{len} files, {per_sec}, {eta} left";
        bar.set_style(ProgressStyle::with_template(style).expect("a constant"));
        let begun = Instant::now();
        let memory = Arc::new(Semaphore::new(BYTES_AT_ONCE >> 10));
        let importer = Arc::new(Importer { tools, memory, dry_run: self.dry_run, verify: self.verify });
        let mut fates = stream::iter(names)
            .map(|name| {
                let (path, importer) = (self.from.join(&name), importer.clone());
                async move { (name, importer.import(&path).await) }
            })
            .buffer_unordered(AT_ONCE);
        let (mut counts, mut bytes) = (BTreeMap::<&str, u64>::new(), 0);
        while let Some((name, fate)) = fates.next().await {
            *counts.entry(fate.name()).or_default() += 1;
            let why = match &fate {
                Fate::Imported(size) | Fate::WouldImport(size) => {
                    bytes += size;
                    HumanBytes(*size).to_string()
                }
                Fate::Present => String::new(),
                Fate::Skipped(why) | Fate::Failed(why) => why.clone(),
            };
            bar.suspend(|| writeln!(stdout(), "{}\t{}\t{why}", fate.name(), name.to_string_lossy().escape_debug()))?;
            bar.inc(1);
        }
        bar.finish_and_clear();
        let told: Vec<_> = counts.iter().map(|(name, count)| format!("{count} {name}")).collect();
        let told = if told.is_empty() { "no files".to_owned() } else { told.join(", ") };
        eprintln!("{told}; {} in {:.1} s", HumanBytes(bytes), begun.elapsed().as_secs_f64());
        ensure!(!counts.contains_key("failed"), "some files were not imported: run it again");
        Ok(())
    }
}

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
    /// Kibibytes of files that may be in memory.
    memory: Arc<Semaphore>,
    dry_run: bool,
    verify: bool,
}

impl Importer {
    async fn import(&self, path: &Path) -> Fate {
        match self.try_import(path).await {
            Ok(fate) => fate,
            Err(error) => Fate::Failed(format!("{error:#}")),
        }
    }

    async fn try_import(&self, path: &Path) -> anyhow::Result<Fate> {
        let skipped = |why: &str| Ok(Fate::Skipped(why.to_owned()));
        let Some(id) = registration_of(path) else {
            return skipped("the name is not a registration id and .pdf");
        };
        let about = fs::symlink_metadata(path)?;
        if !about.is_file() {
            return skipped("not a file of its own");
        }
        let limit = self.tools.config.disk.local_file_bytes;
        match about.len() {
            0 => return skipped("it is empty"),
            size if size > limit => return Ok(Fate::Skipped(format!("it has more than {}", HumanBytes(limit)))),
            _ => {}
        }
        let Some(setup) = self.tools.catalog.find(EventName::Code(id.code.clone())).await? else {
            return skipped("no event has this code");
        };
        let reference = RegistrationRef { event: setup.event.key, number: id.number };
        let Some(registration) = self.tools.database.registration(reference).await? else {
            return skipped("there is no such registration");
        };
        if registration.status != RegistrationStatus::Confirmed {
            return Ok(Fate::Skipped(format!("the registration is {}", registration.status.name())));
        }
        let kibibytes = u32::try_from(about.len().div_ceil(1024))?.min(u32::try_from(BYTES_AT_ONCE >> 10)?);
        let _room = self.memory.acquire_many(kibibytes).await?;
        let own = path.to_owned();
        let bytes = tokio::task::spawn_blocking(move || read(&own, limit)).await??;
        let Some(bytes) = bytes else { return skipped("it changed while it was read") };
        if let Err(why) = look_like_pdf(&bytes) {
            return skipped(why);
        }
        self.bring(&id, reference, bytes).await
    }

    async fn bring(&self, id: &RegistrationId, reference: RegistrationRef, bytes: Bytes) -> anyhow::Result<Fate> {
        let (database, store) = (&self.tools.database, &self.tools.store);
        let (document, size) = (DocumentRef::tickets(reference), bytes.len() as u64);
        let hash = ContentHash(Sha256::digest(&bytes).into());
        let key = ticket_pdf_key(id);
        let metadata = Metadata::from([
            ("made-at".to_owned(), Timestamp::now().to_string()),
            ("content-hash".to_owned(), hash.to_string()),
            ("source".to_owned(), concat!("onsale ", env!("CARGO_PKG_VERSION"), " import").to_owned()),
        ]);
        let object = NewObject { key: key.clone(), bytes, content_type: "application/pdf", metadata, replace: true };
        let record = database.document(document).await?;
        let known = record.as_ref().filter(|record| record.imported).and_then(|record| record.in_storage());
        let same = known.is_some_and(|stored| stored.hash == hash);
        if same && (!self.verify || store.compare(&object).await.is_ok()) {
            return Ok(Fate::Present);
        }
        if self.dry_run {
            return Ok(Fate::WouldImport(size));
        }
        let Some(claim) = database.claim_import(document, LEASE_SECONDS, FRESH_SECONDS).await? else {
            anyhow::bail!("a server may be storing this registration's own file just now; run it again in a minute");
        };
        let length = i32::try_from(size)?;
        let tag = store.put(object.clone()).await?;
        store.compare(&object).await.context("reading it back")?;
        let stored = Stored { key, hash, bytes: length, tag };
        ensure!(database.mark_imported(&claim, &stored).await?, "somebody else took the registration's file meanwhile");
        Ok(Fate::Imported(size))
    }
}

/// The id that a file is named by.
fn registration_of(path: &Path) -> Option<RegistrationId> {
    let name = path.file_name()?.to_str()?.strip_suffix(".pdf")?;
    let id: RegistrationId = name.parse().ok()?;
    // Only as we write it ourselves: two names for one registration would be one too many.
    (id.to_string() == name).then_some(id)
}

/// The bytes of a file that is one and stays as it is. Nobody is led elsewhere by a link that came in between.
fn read(path: &Path, limit: u64) -> std::io::Result<Option<Bytes>> {
    let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits();
    let mut file = OpenOptions::new().read(true).custom_flags(i32::try_from(flags).unwrap_or(0)).open(path)?;
    let about = file.metadata()?;
    if !about.is_file() {
        return Ok(None);
    }
    let mut bytes = Vec::with_capacity(usize::try_from(about.len()).unwrap_or(0));
    (&mut file).take(limit + 1).read_to_end(&mut bytes)?;
    let same = bytes.len() as u64 == about.len()
        && about.len() <= limit
        && file.metadata()?.modified()? == about.modified()?;
    Ok(same.then(|| bytes.into()))
}

/// Whether it begins and ends as a PDF does, and its end points into it.
fn look_like_pdf(bytes: &[u8]) -> Result<(), &'static str> {
    if !bytes.starts_with(b"%PDF-") {
        return Err("it is no PDF");
    }
    let end = &bytes[bytes.len().saturating_sub(1024)..];
    let find = |needle: &[u8]| memchr::memmem::rfind(end, needle);
    let (Some(start), Some(_)) = (find(b"startxref"), find(b"%%EOF")) else {
        return Err("it is a PDF that ends too early");
    };
    let digits: String = end[start + 9..]
        .iter()
        .map(|byte| char::from(*byte))
        .skip_while(char::is_ascii_whitespace)
        .take_while(char::is_ascii_digit)
        .collect();
    match digits.parse::<usize>() {
        Ok(at) if at < bytes.len() => Ok(()),
        _ => Err("it is a PDF whose end points to nowhere"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_as_we_write_them_are_registrations() {
        let id = |name: &str| registration_of(Path::new(name)).map(|id| id.to_string());
        assert_eq!(id("/x/GDN2025-0001.pdf").as_deref(), Some("GDN2025-0001"));
        for odd in
            ["GDN2025-1.pdf", "GDN2025-0001.PDF", "gdn2025-0001.pdf", "GDN2025-0001", ".pdf", "GDN2025-00001.pdf"]
        {
            assert_eq!(id(odd), None, "{odd}");
        }
    }

    #[test]
    fn nonsense_is_no_pdf() {
        assert!(look_like_pdf(b"%PDF-1.7\nx\nstartxref\n5\n%%EOF\n").is_ok());
        for nonsense in
            [&b"PK\x03\x04"[..], b"%PDF-1.7\n", b"%PDF-1.7\nstartxref\n999\n%%EOF", b"%PDF-1.7\nstartxref\nx\n%%EOF"]
        {
            assert!(look_like_pdf(nonsense).is_err());
        }
    }
}
