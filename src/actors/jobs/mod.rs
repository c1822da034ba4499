//! Long work: [`Foreman`] claims chunks of jobs under leases; `regenerate` makes files of a chunk again, `archive` puts all
//! tickets of an event in one file (`zip` or `print`). Everything a job is stands in the database: another server goes on where
//! this one ends.

mod archive;
mod foreman;
mod print;
mod progress;
mod regenerate;
mod tools;
mod zip;

pub use foreman::{Foreman, ForemanSettings, StopWork};
pub use tools::{JobTools, WorkError};
