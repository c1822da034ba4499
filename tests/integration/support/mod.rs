//! Servers, databases, storage and programs that tests work with.

mod cluster;
mod history;
mod http;
mod process;
mod server;
mod storage;
mod tools;

pub use cluster::{Database, cluster};
pub use history::History;
pub use http::{Answer, Client};
pub use process::{DevServer, Replica, command, free_port};
pub use server::{DEADLINE, Event, Registration, SECRET, Server, eventually, ticket_type};
pub use storage::{Fault, Storage};
pub use tools::{Picture, decode_codes, gate_accepts, page_picture, pdf_text, qpdf_check, run_on_file, zbar};

/// Settings of every server and command under test, unless a test chooses its own: time limits that are reached only if
/// something hangs, however slow the machine is, and no background work that a test has not asked for.
const PATIENT: [(&str, &str); 14] = [
    ("database.wait_ms", "120000"),
    ("database.connect_ms", "120000"),
    ("database.statement_ms", "120000"),
    ("server.head_timeout_ms", "120000"),
    ("server.body_timeout_ms", "120000"),
    ("server.register_timeout_ms", "120000"),
    ("registrar.wait_ms", "120000"),
    ("registrar.stuck_ms", "120000"),
    ("storage.connect_ms", "120000"),
    ("storage.attempt_ms", "20000"),
    ("storage.operation_ms", "240000"),
    ("sweeper.lease_seconds", "120"),
    ("jobs.lease_seconds", "120"),
    ("housekeeper.interval_seconds", "0"),
];
