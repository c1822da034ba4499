//! Storage that is away, slow, wrong or shared with others, which downloads must never notice.

mod documents;
mod faults;
mod housekeeping;
mod import;
mod invoices;
mod servers;

use crate::support::{Database, Event, Fault, Replica, Server, Storage, cluster, eventually, qpdf_check};
use serde_json::json;

/// Limits after which the server notices soon that storage is silent, and takes up again what it left. Work that
/// exceeds them is only done again.
const SHORT_LIMITS: [(&str, &str); 4] = [
    ("storage.attempt_ms", "3000"),
    ("uploader.in_flight", "8"),
    ("sweeper.grace_seconds", "1"),
    ("sweeper.lease_seconds", "30"),
];

fn server_on(storage: &Storage, more: &[(&str, &str)]) -> Server {
    Server::with(&[&storage.settings()[..], &SHORT_LIMITS, more].concat())
}

/// Registers `count` people, one after the other.
fn register(event: &Event, count: usize) -> Vec<crate::support::Registration> {
    (0..count).map(|n| event.register(&[&format!("Person {n}")])).collect()
}

/// Number of documents in storage.
fn stored(server: &Server) -> i64 {
    server.database.number("SELECT count(*) FROM documents WHERE state = 2 /* stored */")
}

/// Database and storage for servers in processes of their own.
struct Process {
    database: Database,
    storage: Storage,
    data: tempfile::TempDir,
    person: crate::support::Registration,
}

impl Process {
    /// Registers one person; the file is not stored yet.
    fn prepared() -> Self {
        let storage = Storage::start();
        let server = Server::without_uploads(&storage, &[]);
        let event = server.event(json!({}));
        let person = event.register(&["Ada"]);
        let url = server.database.url.clone();
        drop(event);
        drop(server);
        storage.set_fault(Fault::Pass);
        Self { database: cluster().existing(url), storage, data: tempfile::tempdir().unwrap(), person }
    }

    /// Environment of every process.
    fn variables(&self) -> [(&str, &str); 3] {
        [
            ("DATABASE_URL", self.database.url.as_str()),
            ("AWS_ENDPOINT_URL_S3", &self.storage.endpoint),
            ("ONSALE_SECRET", "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3JldA=="),
        ]
    }

    /// Returns the command of the program with the same database and storage.
    fn command(&self, arguments: &[&str]) -> std::process::Command {
        let mut command = crate::support::command(self.data.path());
        command.args(arguments).envs(self.variables()).envs(self.keys()).env("S3_BUCKET_NAME", "onsale");
        command
    }

    /// Starts a server. Leases of a server that was killed before are over.
    fn start(&self, more: &[(&str, &str)]) -> Replica {
        self.database.expire_leases();
        let own = [("ONSALE_STORAGE_ALLOW_PUBLIC", "true"), ("ONSALE_SWEEPER_GRACE_SECONDS", "1")];
        Replica::with(self.data.path(), &[&self.variables()[..], &own, more].concat())
    }

    fn keys(&self) -> [(&str, &str); 2] {
        [("AWS_ACCESS_KEY_ID", &self.storage.access_key), ("AWS_SECRET_ACCESS_KEY", &self.storage.secret_key)]
    }

    #[track_caller]
    fn is_stored(&self) {
        eventually("the file is stored", || {
            self.database.number("SELECT count(*) FROM documents WHERE state = 2 /* stored */") == 1
        });
        let key = format!("tickets/{}.pdf", self.person.id);
        assert_eq!(self.storage.keys("tickets/"), std::slice::from_ref(&key));
        qpdf_check(&self.storage.object(&key));
    }
}
