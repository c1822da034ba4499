//! The data directory: its lock, and the secrets that are generated once and stored there.

use std::{
    collections::BTreeMap,
    fs::{self, File, OpenOptions},
    io::{Read, Write},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};

use crate::domain::OrganizerToken;

/// A data directory that is locked by this process.
pub struct DataDir {
    pub path: PathBuf,
    /// File with the lock; the kernel releases the lock when the process ends, even after a crash.
    _lock: File,
}

/// Secrets of a development server.
#[derive(Serialize, Deserialize)]
pub struct DevSecrets {
    pub secret: String,
    pub organizer_token: String,
    pub s3_access_key: String,
    pub s3_secret_key: String,
    /// Of the accounts of the demo.
    pub account_password: String,
}

impl DataDir {
    /// Locks the directory; creates it if necessary.
    pub fn open(path: &Path) -> anyhow::Result<Self> {
        fs::create_dir_all(path).with_context(|| format!("creating {}", path.display()))?;
        let path = path.canonicalize()?;
        let name = path.join("lock");
        let mut lock = OpenOptions::new().create(true).truncate(false).read(true).write(true).open(&name)?;
        if rustix::fs::flock(&lock, rustix::fs::FlockOperation::NonBlockingLockExclusive).is_err() {
            let mut owner = String::new();
            lock.read_to_string(&mut owner)?;
            bail!(
                "{} is in use by another onsale, process {}; stop it, or choose another DATA_DIR",
                path.display(),
                owner.trim()
            );
        }
        lock.set_len(0)?;
        writeln!(lock, "{}", std::process::id())?;
        Ok(Self { path, _lock: lock })
    }

    /// Returns the secrets; generates them on the first start.
    pub fn keys(&self) -> anyhow::Result<DevSecrets> {
        let path = self.path.join("keys.json");
        if path.exists() {
            let text = fs::read_to_string(&path)?;
            return serde_json::from_str(&text).with_context(|| format!("reading {}", path.display()));
        }
        let keys = DevSecrets {
            secret: STANDARD.encode(random::<32>()),
            organizer_token: OrganizerToken::random().reveal().to_owned(),
            s3_access_key: "onsale".into(),
            s3_secret_key: STANDARD.encode(random::<24>()),
            account_password: OrganizerToken::random().reveal()[7..23].to_owned(),
        };
        self.write_secret("keys.json", &keys)?;
        Ok(keys)
    }

    /// Writes the settings with which commands reach the server that runs in this directory.
    pub fn write_running(&self, values: impl IntoIterator<Item = (&'static str, String)>) -> anyhow::Result<()> {
        self.write_secret(RUNNING, &values.into_iter().collect::<BTreeMap<_, _>>())
    }

    /// Writes a file that only its owner can read, completely or not at all.
    fn write_secret(&self, name: &str, content: &impl Serialize) -> anyhow::Result<()> {
        let temporary = self.path.join(format!("{name}.new"));
        let mut file = OpenOptions::new().create(true).write(true).truncate(true).mode(0o600).open(&temporary)?;
        file.set_permissions(fs::Permissions::from_mode(0o600))?;
        serde_json::to_writer_pretty(&mut file, content)?;
        file.sync_all()?;
        Ok(fs::rename(&temporary, self.path.join(name))?)
    }
}

/// Name of the file with the settings of the server that runs in a data directory.
const RUNNING: &str = "running.json";

/// Returns the settings with which commands reach the server that runs in a data directory. `None` if none runs there.
pub fn running_server(path: &Path) -> Option<BTreeMap<String, String>> {
    let lock = File::open(path.join("lock")).ok()?;
    if rustix::fs::flock(&lock, rustix::fs::FlockOperation::NonBlockingLockShared).is_ok() {
        return None;
    }
    serde_json::from_str(&fs::read_to_string(path.join(RUNNING)).ok()?).ok()
}

fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the operating system has randomness");
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_data_directory_is_locked_and_keeps_its_keys() {
        let directory = tempfile::tempdir().unwrap();
        let home = DataDir::open(directory.path()).unwrap();
        let first = home.keys().unwrap().secret;
        let refused = DataDir::open(directory.path()).err().unwrap().to_string();
        assert!(refused.contains(&std::process::id().to_string()), "{refused}");
        home.write_running([("server.bind", "127.0.0.1:1".to_owned())]).unwrap();
        assert_eq!(running_server(directory.path()).unwrap()["server.bind"], "127.0.0.1:1");
        drop(home);
        assert!(running_server(directory.path()).is_none(), "no server runs there any more");
        assert_eq!(DataDir::open(directory.path()).unwrap().keys().unwrap().secret, first);
    }
}
