//! Jobs: [`Foreman`] claims chunks under leases; `regenerate` makes the files of a chunk again, `archive` puts all
//! tickets of an event in one file (`zip` or `print`), `announce` queues messages. The whole state of a job is in the database, so any server can
//! continue it.

mod announce;
mod archive;
mod foreman;
mod print;
mod progress;
mod regenerate;
mod tools;
mod zip;

pub use foreman::{Foreman, ForemanSettings, StopWork};
pub use tools::{JobTools, WorkError};
