//! Pulling the plug in the middle of a surge: whatever was acknowledged is there afterwards, once.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    process::Command,
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
};

use serde_json::json;

use crate::{
    process::database_url,
    support::{Client, DevServer, Registration, cluster, eventually},
};

/// What clients saw: the registration each key was given.
#[derive(Default)]
struct History {
    acknowledged: Mutex<BTreeMap<String, String>>,
    in_doubt: Mutex<BTreeSet<String>>,
    attempts: AtomicU32,
}

impl History {
    /// Registers under `key` and notes the answer, or that there was none.
    fn register(&self, client: &Client, key: &str) {
        self.attempts.fetch_add(1, Ordering::Relaxed);
        let body = json!({"event": "gardenia-2025", "attendees": [{"name": key, "email": "someone@example.com"}]});
        let headers = [("idempotency-key", key), ("prefer", "return=minimal")];
        match client.try_send("POST", "/api/register", &headers, Some(body.to_string().as_bytes())) {
            Ok(answer) if answer.status == 201 => {
                let id = Registration::of(&answer).id;
                let before = self.acknowledged.lock().unwrap().insert(key.to_owned(), id.clone());
                assert!(before.is_none_or(|before| before == id), "{key} was given two registrations");
                self.in_doubt.lock().unwrap().remove(key);
            }
            Ok(answer) if answer.status == 503 => {}
            Ok(answer) => {
                assert_eq!(answer.status, 500, "{}", answer.text());
                self.in_doubt.lock().unwrap().insert(key.to_owned());
            }
            Err(_) => drop(self.in_doubt.lock().unwrap().insert(key.to_owned())),
        }
    }

    /// A crowd that registers until `over`.
    fn surge(&self, client: &Client, round: usize, over: &AtomicBool) {
        std::thread::scope(|scope| {
            for buyer in 0..8 {
                scope.spawn(move || {
                    let mut count = 0;
                    while !over.load(Ordering::Relaxed) {
                        self.register(client, &format!("r{round}-b{buyer}-{count}"));
                        count += 1;
                    }
                });
            }
        });
    }

    /// Asks again for everything that got no answer, then compares with the rows.
    fn settle(&self, server: &DevServer) {
        let in_doubt: Vec<_> = self.in_doubt.lock().unwrap().iter().cloned().collect();
        for key in &in_doubt {
            eventually("a repeated request tells", || {
                self.register(&server.client, key);
                self.acknowledged.lock().unwrap().contains_key(key)
            });
        }
        let database = cluster().existing(database_url(server));
        let rows = database.rows("SELECT idempotency_key, number FROM registrations", &[]);
        let there: BTreeMap<String, String> =
            rows.iter().map(|row| (row.get(0), format!("GDN2025-{:04}", row.get::<_, i32>(1)))).collect();
        assert_eq!(rows.len(), there.len(), "a key stands twice");
        let acknowledged = self.acknowledged.lock().unwrap();
        for (key, id) in acknowledged.iter() {
            assert_eq!(there.get(key), Some(id), "acknowledged and lost");
        }
        for key in there.keys() {
            assert!(acknowledged.contains_key(key), "{key} is there although nobody was told");
        }
        database.check_invariants();
    }
}

fn acknowledged_at_least(history: &History, more: usize) {
    let before = history.acknowledged.lock().unwrap().len();
    eventually("the surge is under way", || history.acknowledged.lock().unwrap().len() >= before + more);
}

#[test]
fn nothing_acknowledged_is_lost_when_the_server_is_killed() {
    let data = tempfile::tempdir().unwrap();
    let history = History::default();
    for round in 0..3 {
        let mut server = DevServer::start(data.path());
        let client = server.client.clone();
        let over = AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| history.surge(&client, round, &over));
            acknowledged_at_least(&history, 100);
            server.signal("KILL");
            server.wait();
            over.store(true, Ordering::Relaxed);
        });
    }
    assert!(!history.in_doubt.lock().unwrap().is_empty(), "the kills came in the middle of something");
    history.settle(&DevServer::start(data.path()));
}

#[test]
fn nothing_is_lost_or_doubled_when_postgresql_is_killed() {
    let data = tempfile::tempdir().unwrap();
    let server = DevServer::start(data.path());
    let history = History::default();
    for round in 0..3 {
        let over = AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| history.surge(&server.client, round, &over));
            acknowledged_at_least(&history, 100);
            kill_a_backend(data.path());
            acknowledged_at_least(&history, 20);
            over.store(true, Ordering::Relaxed);
        });
    }
    history.settle(&server);
}

/// Kills a session's process: the postmaster then ends all others and recovers from its log.
fn kill_a_backend(data: &Path) {
    let pid_file = std::fs::read_to_string(data.join("postgres/postmaster.pid")).unwrap();
    let postmaster = pid_file.lines().next().unwrap();
    let children = Command::new("pgrep").args(["-P", postmaster, "-f", "onsale onsale"]).output().unwrap();
    let children = String::from_utf8(children.stdout).unwrap();
    let victim = children.lines().next().expect("the server has sessions");
    assert!(Command::new("kill").args(["-KILL", victim]).status().unwrap().success());
}
