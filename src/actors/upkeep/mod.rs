//! Periodic maintenance, on one server at a time: [`Housekeeper`] compares storage with the database (`reconcile`),
//! removes expired files (`retention`), and measures the use of storage. Each server adds words of tickets to the database
//! (`words`).

mod housekeeper;
mod reconcile;
mod retention;
mod usage;
mod words;

pub use housekeeper::{Housekeeper, HousekeeperSettings};
pub use reconcile::{Finding, ReconcileError, ReconcileOptions, Reconciler, Report};
pub use retention::{ExpiredFiles, RetentionMode, RetentionSettings, apply_retention};
pub use words::add_ticket_words;
