//! What clients saw, kept as they saw it, and the program that compares it with the database.

use std::{
    collections::BTreeSet,
    io::Write,
    path::Path,
    process::Command,
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use serde_json::{Value, json};

use super::{Client, eventually};

/// Registrations for one event, as their clients saw them.
pub struct History {
    event: String,
    lines: Mutex<tempfile::NamedTempFile>,
    acknowledged: AtomicUsize,
    in_doubt: Mutex<BTreeSet<String>>,
}

/// What the checker found.
pub struct Verdict {
    pub exact: bool,
    pub text: String,
}

impl History {
    pub fn of(event: &str) -> Self {
        Self {
            event: event.to_owned(),
            lines: Mutex::new(tempfile::NamedTempFile::new().unwrap()),
            acknowledged: AtomicUsize::default(),
            in_doubt: Mutex::default(),
        }
    }

    /// Registers one person under `key`, and notes the answer, or that there was none. Returns the status.
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
        match status {
            201 => {
                self.acknowledged.fetch_add(1, Ordering::Relaxed);
                self.in_doubt.lock().unwrap().remove(key);
            }
            0 | 500 => drop(self.in_doubt.lock().unwrap().insert(key.to_owned())),
            409 | 503 => {}
            other => panic!("answered {other}: {body}"),
        }
        status
    }

    /// Eight people a server who register, one after the other, while the story is told; whoever has the same number uses the
    /// same keys.
    pub fn surge(&self, crowds: &[(usize, &Client)], story: impl FnOnce()) {
        /// However the story ends, the crowd goes home.
        struct Over<'a>(&'a AtomicBool);
        impl Drop for Over<'_> {
            fn drop(&mut self) {
                self.0.store(true, Ordering::Relaxed);
            }
        }
        let over = AtomicBool::new(false);
        std::thread::scope(|scope| {
            for (number, client) in crowds {
                for buyer in 0..8 {
                    let over = &over;
                    scope.spawn(move || {
                        let mut count = 0;
                        while !over.load(Ordering::Relaxed) {
                            self.register(client, &format!("r{number}-b{buyer}-{count}"));
                            count += 1;
                        }
                    });
                }
            }
            let _over = Over(&over);
            story();
        });
    }

    /// Waits until so many more were acknowledged.
    pub fn wait_for(&self, more: usize) {
        let before = self.acknowledged.load(Ordering::Relaxed);
        eventually("the surge is under way", || self.acknowledged.load(Ordering::Relaxed) >= before + more);
    }

    /// Asks again for whatever got no answer, until it has one.
    pub fn ask_again(&self, client: &Client) {
        let in_doubt = self.in_doubt.lock().unwrap().clone();
        for key in in_doubt {
            eventually("a repeated request tells", || [201, 409].contains(&self.register(client, &key)));
        }
    }

    /// Compares with the rows; `at_least` is what must have happened for that to prove anything.
    pub fn check(&self, database: &str, at_least: &[&str]) -> Verdict {
        let checker = Path::new(env!("CARGO_MANIFEST_DIR")).join("load-tests/exactness.py");
        let lines = self.lines.lock().unwrap();
        let output = Command::new("python3")
            .arg(checker)
            .args(["--database", database, "--event", &self.event])
            .args(at_least.iter().flat_map(|what| ["--at-least", what]))
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

    /// It is wrong, and the checker says how.
    #[track_caller]
    pub fn expect_wrong(&self, kind: &str) {
        assert!(!self.exact && self.text.contains(&format!("WRONG: {kind}")), "{}", self.text);
    }
}
