//! Storage that is away, slow, wrong or full of strangers' things; people must never notice.

mod documents;
mod faults;
mod housekeeping;
mod import;
mod invoices;
mod servers;

use crate::support::{Database, Event, Replica, Server, Storage, cluster, eventually, qpdf_check};
use serde_json::json;

/// Limits as short as a test's patience.
const IMPATIENT: [(&str, &str); 5] = [
    ("storage.connect_ms", "200"),
    ("storage.attempt_ms", "300"),
    ("storage.operation_ms", "1500"),
    ("uploader.in_flight", "8"),
    ("sweeper.grace_seconds", "1"),
];

fn server_on(storage: &Storage, more: &[(&str, &str)]) -> Server {
    Server::with(&[&storage.settings()[..], &IMPATIENT, more].concat())
}

fn register(event: &Event, count: usize) -> Vec<crate::support::Registration> {
    (0..count).map(|n| event.register(&[&format!("Person {n}")])).collect()
}

fn stored(server: &Server) -> i64 {
    server.database.number("SELECT count(*) FROM documents WHERE state = 2 /* stored */")
}

/// A server in a process of its own, on a database with an event.
struct Process {
    database: Database,
    storage: Storage,
    data: tempfile::TempDir,
    person: crate::support::Registration,
}

impl Process {
    /// Somebody has registered, and nothing is stored yet.
    fn prepared() -> Self {
        let storage = Storage::start();
        let server = server_on(&storage, &[("registrar.surge", "1"), ("sweeper.grace_seconds", "1000")]);
        let event = server.event(json!({}));
        let person = event.register(&["Ada"]);
        let url = server.database.url.clone();
        drop(event);
        drop(server);
        Self { database: cluster().existing(url), storage, data: tempfile::tempdir().unwrap(), person }
    }

    /// What every process on it needs to know.
    fn variables(&self) -> [(&str, &str); 3] {
        [
            ("DATABASE_URL", self.database.url.as_str()),
            ("AWS_ENDPOINT_URL_S3", &self.storage.endpoint),
            ("ONSALE_SECRET", "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3JldA=="),
        ]
    }

    /// The program on the same database and storage.
    fn command(&self, arguments: &[&str]) -> std::process::Command {
        let mut command = crate::support::command(self.data.path());
        command.args(arguments).envs(self.variables()).envs(self.keys()).env("S3_BUCKET_NAME", "onsale");
        command
    }

    fn start(&self, more: &[(&str, &str)]) -> Replica {
        let own = [
            ("ONSALE_STORAGE_ALLOW_PUBLIC", "true"),
            ("ONSALE_SWEEPER_GRACE_SECONDS", "1"),
            ("ONSALE_SWEEPER_LEASE_SECONDS", "2"),
            ("ONSALE_STORAGE_ATTEMPT_MS", "1500"),
            ("ONSALE_STORAGE_OPERATION_MS", "1500"),
        ];
        Replica::with(self.data.path(), &[&self.variables()[..], &own, more].concat())
    }

    fn keys(&self) -> [(&str, &str); 2] {
        [("AWS_ACCESS_KEY_ID", &self.storage.access_key), ("AWS_SECRET_ACCESS_KEY", &self.storage.secret_key)]
    }

    #[track_caller]
    fn is_stored(&self) {
        eventually("it is stored", || {
            self.database.number("SELECT count(*) FROM documents WHERE state = 2 /* stored */") == 1
        });
        let key = format!("tickets/{}.pdf", self.person.id);
        assert_eq!(self.storage.keys("tickets/"), std::slice::from_ref(&key));
        qpdf_check(&self.storage.object(&key));
    }
}
