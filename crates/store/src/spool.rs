//! Files on local disk. The spool holds files that cannot be uploaded while storage is unavailable, up to a limit. The
//! folder of local tickets holds files that another program made, until they are imported into storage.

use std::{
    fs::{self, File},
    io::{self, Read, Write},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use sha2::{Digest, Sha256};

use crate::{
    domain::{ContentHash, RegistrationId},
    metrics::{SPOOL_BYTES, SPOOL_REFUSED},
};

/// A folder of complete files with a limit of total bytes. Clones share it. Its functions block and must not be called
/// on a thread of an async runtime.
#[derive(Debug, Clone)]
pub struct Spool(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    folder: PathBuf,
    max: u64,
    used: AtomicU64,
}

/// Bytes of the SHA-256 checksum at the end of each file; it shows files that a crash or the disk has damaged.
const CHECKSUM_BYTES: usize = 32;
/// File name extension of files that are still being written.
const UNFINISHED: &str = "new";

impl Spool {
    /// Opens the spool in this folder for at most `max` bytes. Deletes files that a crash left incomplete.
    pub fn open(folder: &Path, max: u64) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        let mut used = 0;
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            if entry.path().extension().is_some_and(|ending| ending == UNFINISHED) {
                fs::remove_file(entry.path())?;
            } else {
                used += entry.metadata()?.len();
            }
        }
        metrics::gauge!(SPOOL_BYTES).set(used as f64);
        Ok(Self(Arc::new(Inner { folder: folder.to_owned(), max, used: AtomicU64::new(used) })))
    }

    /// Stores a file atomically. False if the spool has no room for it.
    pub fn store(&self, key: &str, hash: ContentHash, bytes: &[u8]) -> io::Result<bool> {
        let size = (bytes.len() + CHECKSUM_BYTES) as u64;
        let path = self.path(key, hash);
        if path.exists() {
            return Ok(true);
        }
        let reserve = |used: u64| used.checked_add(size).filter(|used| *used <= self.0.max);
        if self.0.used.fetch_update(Ordering::AcqRel, Ordering::Acquire, reserve).is_err() {
            metrics::counter!(SPOOL_REFUSED).increment(1);
            return Ok(false);
        }
        let unfinished = PathBuf::from(format!("{}.{UNFINISHED}", path.display()));
        let mut file = match File::create_new(&unfinished) {
            Ok(file) => file,
            Err(error) => {
                self.release(size);
                // If the file exists, another thread is writing the same file.
                return if error.kind() == io::ErrorKind::AlreadyExists { Ok(true) } else { Err(error) };
            }
        };
        let mut is_new = false;
        let written = (|| {
            file.write_all(bytes)?;
            file.write_all(&Sha256::digest(bytes))?;
            file.sync_all()?;
            // Another thread may have finished and counted the same file meanwhile.
            let exists = path.exists();
            fs::rename(&unfinished, &path)?;
            is_new = !exists;
            File::open(&self.0.folder)?.sync_all()
        })();
        if !is_new {
            self.release(size);
        }
        if written.is_err() {
            // The caller gets the first error; a second one would add nothing.
            let _ = fs::remove_file(&unfinished);
        }
        self.record_metric();
        written.map(|()| true)
    }

    /// Deletes files older than `age` and returns their number.
    pub fn remove_older_than(&self, age: Duration) -> io::Result<u64> {
        let mut deleted = 0;
        for entry in fs::read_dir(&self.0.folder)? {
            let entry = entry?;
            // Another thread may delete the file at the same time.
            let Ok(metadata) = entry.metadata() else { continue };
            if metadata.modified()?.elapsed().is_ok_and(|elapsed| elapsed > age) {
                self.remove_file(&entry.path(), metadata.len());
                deleted += 1;
            }
        }
        Ok(deleted)
    }

    /// Returns the content of a file. `None` if it is missing or damaged; a damaged file is deleted.
    pub fn find(&self, key: &str, hash: ContentHash) -> Option<Vec<u8>> {
        let path = self.path(key, hash);
        let mut bytes = fs::read(&path).ok()?;
        let size = bytes.len() as u64;
        let checksum = bytes.split_off(bytes.len().checked_sub(CHECKSUM_BYTES)?);
        if Sha256::digest(&bytes).as_slice() == checksum {
            return Some(bytes);
        }
        tracing::error!(path = %path.display(), "a file of the spool is damaged; it is deleted");
        self.remove_file(&path, size);
        None
    }

    /// Deletes a file after its upload, or if it is no longer needed.
    pub fn remove(&self, key: &str, hash: ContentHash) {
        let path = self.path(key, hash);
        if let Ok(metadata) = fs::metadata(&path) {
            self.remove_file(&path, metadata.len());
        }
    }

    /// Returns the total size of all files in bytes.
    pub fn used_bytes(&self) -> u64 {
        self.0.used.load(Ordering::Acquire)
    }

    fn remove_file(&self, path: &Path, size: u64) {
        match fs::remove_file(path) {
            Ok(()) => self.release(size),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => tracing::warn!(%error, path = %path.display(), "a file of the spool could not be deleted"),
        }
        self.record_metric();
    }

    fn release(&self, size: u64) {
        self.0.used.fetch_sub(size, Ordering::AcqRel);
    }

    fn record_metric(&self) {
        metrics::gauge!(SPOOL_BYTES).set(self.used_bytes() as f64);
    }

    /// Returns the path of a file. It contains the hash of the data that the file was made from, so a stale file is
    /// never found.
    fn path(&self, key: &str, hash: ContentHash) -> PathBuf {
        let name: String = key.chars().map(|c| if c == '/' { '_' } else { c }).collect();
        let hash = hash.to_string();
        self.0.folder.join(format!("{name}.{}", &hash[..32]))
    }
}

/// A folder of PDFs. The name of each is a registration's id.
#[derive(Debug, Clone)]
pub struct LocalTickets {
    folder: Arc<PathBuf>,
    max: u64,
}

impl LocalTickets {
    /// Uses the files of at most `max` bytes in this folder.
    pub fn new(folder: PathBuf, max: u64) -> Self {
        Self { folder: Arc::new(folder), max }
    }

    /// Returns a registration's PDF. `None` if it is missing, too large or no PDF. Blocks.
    pub fn find(&self, registration: &RegistrationId) -> io::Result<Option<Vec<u8>>> {
        // An id contains only letters, digits and a dash, so the path cannot leave the folder.
        let path = self.folder.join(format!("{registration}.pdf"));
        let metadata = match fs::symlink_metadata(&path) {
            Ok(metadata) => metadata,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        if !metadata.is_file() || metadata.len() > self.max {
            tracing::warn!(path = %path.display(), "a local ticket is not a regular file or too large; ignored");
            return Ok(None);
        }
        let mut bytes = Vec::new();
        File::open(&path)?.take(self.max).read_to_end(&mut bytes)?;
        Ok(bytes.starts_with(b"%PDF-").then_some(bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "tickets/GDN2025-0001.pdf";

    #[test]
    fn a_spool_is_bounded_and_returns_only_complete_files() {
        let folder = tempfile::tempdir().unwrap();
        let spool = Spool::open(folder.path(), 1000).unwrap();
        let (first, second) = (ContentHash([1; 32]), ContentHash([2; 32]));
        assert!(spool.store(KEY, first, &[7; 900]).unwrap());
        assert!(!spool.store(KEY, second, &[7; 100]).unwrap(), "it is full");
        assert_eq!(spool.find(KEY, first).unwrap(), [7; 900]);
        assert!(spool.find(KEY, second).is_none(), "another hash is another file");

        fs::write(folder.path().join("half.new"), "half").unwrap();
        let again = Spool::open(folder.path(), 1000).unwrap();
        assert_eq!(again.used_bytes(), 932);
        let path = fs::read_dir(folder.path()).unwrap().next().unwrap().unwrap().path();
        let mut torn = fs::read(&path).unwrap();
        torn.truncate(500);
        fs::write(&path, torn).unwrap();
        assert!(again.find(KEY, first).is_none(), "a torn file is never served");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn old_files_are_deleted_and_concurrent_writes_of_one_file_count_once() {
        let folder = tempfile::tempdir().unwrap();
        let spool = Spool::open(folder.path(), 10_000).unwrap();
        let hash = ContentHash([1; 32]);
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| assert!(spool.store(KEY, hash, &[7; 900]).unwrap()));
            }
        });
        assert_eq!(spool.used_bytes(), 932);
        assert_eq!(spool.remove_older_than(Duration::from_secs(3600)).unwrap(), 0);
        assert_eq!(spool.remove_older_than(Duration::ZERO).unwrap(), 1);
        assert_eq!(spool.used_bytes(), 0);
        assert!(spool.find(KEY, hash).is_none());
    }
}
