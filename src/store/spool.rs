//! Files on local disk. The spool keeps what storage does not take now, as far as there is room; a folder of local tickets
//! holds files that some other program made, until they are brought into storage.

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

/// A bounded folder of finished files. Clones share it. Its calls block: none belongs on a runtime's thread.
#[derive(Debug, Clone)]
pub struct Spool(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    folder: PathBuf,
    most: u64,
    used: AtomicU64,
}

/// What stands behind the bytes of a file: their SHA-256. A file that a crash or a disk has spoilt is known by it.
const SEAL: usize = 32;
const UNFINISHED: &str = "new";

impl Spool {
    /// The spool in this folder, for at most `most` bytes. What a crash left unfinished is removed.
    pub fn open(folder: &Path, most: u64) -> io::Result<Self> {
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
        Ok(Self(Arc::new(Inner { folder: folder.to_owned(), most, used: AtomicU64::new(used) })))
    }

    /// Keeps a file, if there is room. It is there whole, or not at all.
    pub fn keep(&self, key: &str, hash: ContentHash, bytes: &[u8]) -> io::Result<bool> {
        let size = (bytes.len() + SEAL) as u64;
        let path = self.path(key, hash);
        if path.exists() {
            return Ok(true);
        }
        let room = |used: u64| used.checked_add(size).filter(|used| *used <= self.0.most);
        if self.0.used.fetch_update(Ordering::AcqRel, Ordering::Acquire, room).is_err() {
            metrics::counter!(SPOOL_REFUSED).increment(1);
            return Ok(false);
        }
        let unfinished = PathBuf::from(format!("{}.{UNFINISHED}", path.display()));
        let mut file = match File::create_new(&unfinished) {
            Ok(file) => file,
            Err(error) => {
                self.freed(size);
                // Somebody else is writing the same just now.
                return if error.kind() == io::ErrorKind::AlreadyExists { Ok(true) } else { Err(error) };
            }
        };
        let mut counts = false;
        let written = (|| {
            file.write_all(bytes)?;
            file.write_all(&Sha256::digest(bytes))?;
            file.sync_all()?;
            let known = path.exists();
            fs::rename(&unfinished, &path)?;
            // Unless somebody else had finished it in between, and counted it.
            counts = !known;
            File::open(&self.0.folder)?.sync_all()
        })();
        if !counts {
            self.freed(size);
        }
        if written.is_err() {
            // What could not be written is not worth a second error.
            let _ = fs::remove_file(&unfinished);
        }
        self.show();
        written.map(|()| true)
    }

    /// Throws away what was kept longer ago than this.
    pub fn forget(&self, age: Duration) -> io::Result<u64> {
        let mut forgotten = 0;
        for entry in fs::read_dir(&self.0.folder)? {
            let entry = entry?;
            // What others remove meanwhile is none of ours.
            let Ok(about) = entry.metadata() else { continue };
            if about.modified()?.elapsed().is_ok_and(|kept| kept > age) {
                self.remove_file(&entry.path(), about.len());
                forgotten += 1;
            }
        }
        Ok(forgotten)
    }

    /// The file, if it is here and whole.
    pub fn find(&self, key: &str, hash: ContentHash) -> Option<Vec<u8>> {
        let path = self.path(key, hash);
        let mut bytes = fs::read(&path).ok()?;
        let size = bytes.len() as u64;
        let seal = bytes.split_off(bytes.len().checked_sub(SEAL)?);
        if Sha256::digest(&bytes).as_slice() == seal {
            return Some(bytes);
        }
        tracing::error!(path = %path.display(), "a file of the spool is damaged and was thrown away");
        self.remove_file(&path, size);
        None
    }

    /// Throws a file away: it lies in storage, or nobody wants it any more.
    pub fn remove(&self, key: &str, hash: ContentHash) {
        let path = self.path(key, hash);
        if let Ok(about) = fs::metadata(&path) {
            self.remove_file(&path, about.len());
        }
    }

    /// How much lies here.
    pub fn used(&self) -> u64 {
        self.0.used.load(Ordering::Acquire)
    }

    fn remove_file(&self, path: &Path, size: u64) {
        match fs::remove_file(path) {
            Ok(()) => self.freed(size),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => tracing::warn!(%error, path = %path.display(), "a file of the spool was not removed"),
        }
        self.show();
    }

    fn freed(&self, size: u64) {
        self.0.used.fetch_sub(size, Ordering::AcqRel);
    }

    fn show(&self) {
        metrics::gauge!(SPOOL_BYTES).set(self.used() as f64);
    }

    /// Another hash is another file: a stale one is never found.
    fn path(&self, key: &str, hash: ContentHash) -> PathBuf {
        let name: String = key.chars().map(|c| if c == '/' { '_' } else { c }).collect();
        let hash = hash.to_string();
        self.0.folder.join(format!("{name}.{}", &hash[..32]))
    }
}

/// A folder of PDFs, each named by a registration's id.
#[derive(Debug, Clone)]
pub struct LocalTickets {
    folder: Arc<PathBuf>,
    most: u64,
}

impl LocalTickets {
    /// Files of at most `most` bytes in this folder.
    pub fn new(folder: PathBuf, most: u64) -> Self {
        Self { folder: Arc::new(folder), most }
    }

    /// A registration's file, if there is one. Blocks.
    pub fn find(&self, registration: &RegistrationId) -> io::Result<Option<Vec<u8>>> {
        // An id is letters, digits and a dash: no path can be made of it.
        let path = self.folder.join(format!("{registration}.pdf"));
        let about = match fs::symlink_metadata(&path) {
            Ok(about) => about,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        if !about.is_file() || about.len() > self.most {
            tracing::warn!(path = %path.display(), "a local ticket is no file, or too large, and is passed over");
            return Ok(None);
        }
        let mut bytes = Vec::new();
        File::open(&path)?.take(self.most).read_to_end(&mut bytes)?;
        Ok(bytes.starts_with(b"%PDF-").then_some(bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "tickets/GDN2025-0001.pdf";

    #[test]
    fn a_spool_is_bounded_and_gives_back_only_what_is_whole() {
        let folder = tempfile::tempdir().unwrap();
        let spool = Spool::open(folder.path(), 1000).unwrap();
        let (first, second) = (ContentHash([1; 32]), ContentHash([2; 32]));
        assert!(spool.keep(KEY, first, &[7; 900]).unwrap());
        assert!(!spool.keep(KEY, second, &[7; 100]).unwrap(), "it is full");
        assert_eq!(spool.find(KEY, first).unwrap(), [7; 900]);
        assert!(spool.find(KEY, second).is_none(), "another hash is another file");

        fs::write(folder.path().join("half.new"), "half").unwrap();
        let again = Spool::open(folder.path(), 1000).unwrap();
        assert_eq!(again.used(), 932);
        let path = fs::read_dir(folder.path()).unwrap().next().unwrap().unwrap().path();
        let mut torn = fs::read(&path).unwrap();
        torn.truncate(500);
        fs::write(&path, torn).unwrap();
        assert!(again.find(KEY, first).is_none(), "a torn file is never served");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn what_nobody_waits_for_is_forgotten_and_twins_count_once() {
        let folder = tempfile::tempdir().unwrap();
        let spool = Spool::open(folder.path(), 10_000).unwrap();
        let hash = ContentHash([1; 32]);
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| assert!(spool.keep(KEY, hash, &[7; 900]).unwrap()));
            }
        });
        assert_eq!(spool.used(), 932);
        assert_eq!(spool.forget(Duration::from_secs(3600)).unwrap(), 0);
        assert_eq!(spool.forget(Duration::ZERO).unwrap(), 1);
        assert_eq!(spool.used(), 0);
        assert!(spool.find(KEY, hash).is_none());
    }
}
