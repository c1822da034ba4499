//! Records what clients were answered, and compares the record with the database by an independent program.

use std::{
    collections::BTreeSet,
    io::Write,
    path::Path,
    process::Command,
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use serde_json::{Value, json};

use super::{Client, eventually};

/// Registrations for one event, as their clients saw them.
pub struct History {
    event: String,
    lines: Mutex<tempfile::NamedTempFile>,
    keys: Mutex<DevSecrets>,
    repeated: AtomicUsize,
    shed: AtomicUsize,
}

/// Idempotency keys by what became of their requests.
#[derive(Default)]
struct DevSecrets {
    sent: BTreeSet<String>,
    acknowledged: BTreeSet<String>,
    in_doubt: BTreeSet<String>,
}

/// Result of the comparison.
pub struct Verdict {
    pub exact: bool,
    pub text: String,
}

impl History {
    pub fn new(event: &str) -> Self {
        Self {
            event: event.to_owned(),
            lines: Mutex::new(tempfile::NamedTempFile::new().unwrap()),
            keys: Mutex::default(),
            repeated: AtomicUsize::default(),
            shed: AtomicUsize::default(),
        }
    }

    /// Registers one person under `key` and records the answer. Returns its status, 0 if there was no answer.
    pub fn register(&self, client: &Client, key: &str) -> u16 {
        let body = json!({"event": self.event, "attendees": [{"name": key, "email": "someone@example.com"}]});
        let headers = [("idempotency-key", key), ("prefer", "return=minimal")];
        let answer = client.try_send("POST", "/api/register", &headers, Some(body.to_string().as_bytes()));
        let (status, body) = match &answer {
            Ok(answer) => (answer.status, serde_json::from_slice(&answer.body).unwrap_or(Value::Null)),
            Err(_) => (0, Value::Null),
        };
        let line = json!({"key": key, "seats": 1, "status": status, "id": body["data"]["registrationId"], "code": body["code"]});
        writeln!(self.lines.lock().unwrap(), "{line}").unwrap();
        let mut keys = self.keys.lock().unwrap();
        if !keys.sent.insert(key.to_owned()) {
            self.repeated.fetch_add(1, Ordering::Relaxed);
        }
        match status {
            201 => {
                keys.acknowledged.insert(key.to_owned());
                keys.in_doubt.remove(key);
            }
            0 | 500 => drop(keys.in_doubt.insert(key.to_owned())),
            503 => drop(self.shed.fetch_add(1, Ordering::Relaxed)),
            409 => {}
            other => panic!("answered {other}: {body}"),
        }
        status
    }

    /// Runs `during` while eight buyers per client register one after the other. Clients with the same number send the
    /// same keys.
    pub fn run_buyers(&self, clients: &[(usize, &Client)], during: impl FnOnce()) {
        /// Stops the buyers when dropped, also by a panic.
        struct Stop<'a>(&'a AtomicBool);
        impl Drop for Stop<'_> {
            fn drop(&mut self) {
                self.0.store(true, Ordering::Relaxed);
            }
        }
        let stopped = AtomicBool::new(false);
        std::thread::scope(|scope| {
            for (number, client) in clients {
                for buyer in 0..8 {
                    let stopped = &stopped;
                    scope.spawn(move || {
                        let mut count = 0;
                        while !stopped.load(Ordering::Relaxed) {
                            let status = self.register(client, &format!("r{number}-b{buyer}-{count}"));
                            count += 1;
                            if ![201, 409].contains(&status) {
                                // A server that is away refuses connections at once: do not take the core from its
                                // successor.
                                std::thread::sleep(Duration::from_millis(100));
                            }
                        }
                    });
                }
            }
            let _stop = Stop(&stopped);
            during();
        });
    }

    /// Waits until `more` further keys are acknowledged.
    pub fn wait_for(&self, more: usize) {
        let acknowledged = || self.keys.lock().unwrap().acknowledged.len();
        let wanted = acknowledged() + more;
        eventually("so many registrations are acknowledged", || acknowledged() >= wanted);
    }

    /// Number of requests whose key had been sent before.
    pub fn repeated(&self) -> usize {
        self.repeated.load(Ordering::Relaxed)
    }

    /// Number of requests that were answered with 503.
    pub fn shed(&self) -> usize {
        self.shed.load(Ordering::Relaxed)
    }

    /// Repeats each request that got no clear answer until it gets one.
    pub fn repeat_in_doubt(&self, client: &Client) {
        let in_doubt = self.keys.lock().unwrap().in_doubt.clone();
        for key in in_doubt {
            eventually("a repeated request is answered", || [201, 409].contains(&self.register(client, &key)));
        }
    }

    /// Compares with the rows. `at_least` lists what must have happened for the comparison to prove anything.
    pub fn check(&self, database: &str, at_least: &[&str]) -> Verdict {
        let checker = Path::new(env!("CARGO_MANIFEST_DIR")).join("load-tests/exactness.py");
        let lines = self.lines.lock().unwrap();
        let output = Command::new("python3")
            .arg(checker)
            .args(["--database", database, "--event", &self.event])
            .args(at_least.iter().flat_map(|least| ["--at-least", least]))
            .arg(lines.path())
            .output()
            .unwrap();
        let text = [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap()).concat();
        let last = text.lines().last().unwrap_or_default();
        assert!(["exact", "wrong"].contains(&last), "{text}");
        assert_eq!(output.status.success(), last == "exact", "{text}");
        Verdict { exact: output.status.success(), text }
    }
}

impl Verdict {
    #[track_caller]
    pub fn expect_exact(&self) {
        assert!(self.exact, "{}", self.text);
    }

    /// Asserts that the checker found a violation of this kind.
    #[track_caller]
    pub fn expect_wrong(&self, kind: &str) {
        assert!(!self.exact && self.text.contains(&format!("WRONG: {kind}")), "{}", self.text);
    }
}
