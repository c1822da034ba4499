//! What makes a test read as a story.

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
pub use server::{Event, Registration, Server, eventually, ticket_type};
pub use storage::{Fault, Storage};
pub use tools::{Picture, decode_codes, gate_accepts, page_picture, pdf_text, qpdf_check, run_on_file, zbar};
