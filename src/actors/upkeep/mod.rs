//! Periodic maintenance, on one server at a time: [`Housekeeper`] compares storage with the database (`reconcile`),
//! removes expired files (`retention`), and measures the use of storage.

mod housekeeper;
mod reconcile;
mod retention;
mod usage;

pub use housekeeper::{Housekeeper, HousekeeperSettings};
pub use reconcile::{Finding, ReconcileError, ReconcileOptions, Reconciler, Report};
pub use retention::{ExpiredFiles, RetentionMode, RetentionSettings, apply_retention};
