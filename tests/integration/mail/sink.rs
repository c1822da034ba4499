//! A mail server in a process of its own (aiosmtpd or smtp-server), and messages read by Python's `email` and dkimpy.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use serde_json::Value;
use tempfile::TempDir;

use crate::support::eventually;

/// A mail server that keeps what it accepts. The address of a recipient says how it is treated: see `sink.py`
/// and `sink.js`.
pub struct Sink {
    pub folder: PathBuf,
    pub port: u16,
    kind: Kind,
    child: Option<Child>,
    _home: TempDir,
}

/// The library that the server is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Of Python.
    Aiosmtpd,
    /// Of Node.
    SmtpServer,
}

/// A message that was accepted.
#[derive(Debug, Clone)]
pub struct Accepted {
    pub number: u32,
    pub return_path: String,
    pub recipient: String,
    pub message_id: String,
}

/// The Python that the scripts install, with the packages of `script/lib/requirements.txt`.
fn python() -> PathBuf {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/tools/python/bin/python3");
    if own.exists() { own } else { "python3".into() }
}

fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/integration/mail").join(name)
}

impl Sink {
    pub fn start() -> Self {
        Self::start_with(|_| {})
    }

    /// Starts a server after `prepare` has written to its folder.
    pub fn start_with(prepare: impl FnOnce(&Path)) -> Self {
        Self::of(Kind::Aiosmtpd, prepare)
    }

    /// Starts a server of this kind.
    pub fn of(kind: Kind, prepare: impl FnOnce(&Path)) -> Self {
        let home = tempfile::tempdir().unwrap();
        prepare(home.path());
        let mut sink = Self { folder: home.path().to_owned(), port: 0, kind, child: None, _home: home };
        sink.restart();
        sink
    }

    /// Starts again on the same port after [`Self::kill`].
    pub fn restart(&mut self) {
        let mut command = match self.kind {
            Kind::Aiosmtpd => Command::new(python()),
            Kind::SmtpServer => Command::new("node"),
        };
        let packages = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/tools/node/node_modules");
        let name = if self.kind == Kind::Aiosmtpd { "sink.py" } else { "sink.js" };
        command.arg(script(name)).arg(&self.folder).arg(self.port.to_string()).env("NODE_PATH", packages);
        let child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
        let mut child = child.expect("the tests need python3 and node");
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        self.port = line.trim().parse().expect("aiosmtpd and smtp-server are installed: script/test installs them");
        self.child = Some(child);
    }

    /// Kills the server: nothing listens any more.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    /// Refuses every connection, or accepts them again.
    pub fn refuse(&self, refuse: bool) {
        let file = self.folder.join("refuse");
        if refuse { fs::write(file, "").unwrap() } else { fs::remove_file(file).unwrap() }
    }

    /// Returns what was accepted so far, in this order.
    pub fn accepted(&self) -> Vec<Accepted> {
        let log = fs::read_to_string(self.folder.join("log")).unwrap_or_default();
        let accepted = |line: &str| {
            let fields: Vec<_> = line.split('\t').map(str::to_owned).collect();
            let [number, return_path, recipient, message_id] = &fields[..] else { return None };
            Some(Accepted {
                number: number.parse().ok()?,
                return_path: return_path.clone(),
                recipient: recipient.clone(),
                message_id: message_id.clone(),
            })
        };
        log.lines().filter_map(accepted).collect()
    }

    /// Waits until `count` messages were accepted.
    #[track_caller]
    pub fn wait_for(&self, count: usize) -> Vec<Accepted> {
        eventually(&format!("{count} messages"), || self.accepted().len() >= count);
        self.accepted()
    }

    /// Returns the URL of the server.
    pub fn url(&self) -> String {
        format!("smtp://127.0.0.1:{}?tls=none", self.port)
    }

    /// Returns the settings of a server that sends here.
    pub fn settings(&self) -> Vec<(&'static str, String)> {
        vec![
            ("mail.smtp_url", self.url()),
            ("mail.from", "Onsale <tickets@onsale.example>".to_owned()),
            ("mail.bounce_address", "bounces@onsale.example".to_owned()),
            ("mail.interval_ms", "50".to_owned()),
            ("mail.lease_seconds", "3".to_owned()),
        ]
    }

    /// Reads the accepted messages, each without any defect, in the order of acceptance. A second parser reads the same.
    #[track_caller]
    pub fn read(&self) -> Vec<Value> {
        let accepted = self.accepted().into_iter();
        let files: Vec<_> = accepted.map(|message| self.folder.join(format!("{}.eml", message.number))).collect();
        let messages = read_messages(files.clone(), "");
        for (file, message) in files.iter().zip(&messages) {
            let bytes = fs::read(file).unwrap();
            let again = mail_parser::MessageParser::new().parse(&bytes).expect("a message");
            assert_eq!(again.subject(), message["subject"].as_str());
            assert_eq!(again.attachment_count(), message["files"].as_array().unwrap().len());
            // Python puts a space between the encoded parts of a long name.
            let plain = |name: &str| name.replace(' ', "");
            let name = again.to().and_then(|to| to.first()).and_then(|to| to.name()).unwrap_or_default();
            assert_eq!(plain(name), plain(message["names"][0].as_str().unwrap()));
        }
        messages
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Reads messages with Python's strict policy. With `keys`, each must have a valid signature by all of them.
#[track_caller]
pub fn read_messages(files: impl IntoIterator<Item = PathBuf>, keys: &str) -> Vec<Value> {
    let output = Command::new(python()).arg(script("check.py")).args(files).env("DKIM_KEYS", keys).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let lines = String::from_utf8(output.stdout).unwrap();
    let messages: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for message in &messages {
        assert_eq!(message["defects"], Value::Array(Vec::new()), "{message}");
        assert!(message["signatures"].as_array().unwrap().iter().all(|valid| valid == true), "{message}");
    }
    messages
}
