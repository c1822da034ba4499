//! Periodic maintenance, on one server at a time: [`Housekeeper`] compares storage with the database (`reconcile`),
//! removes expired files (`retention`), and measures the use of storage. One server at a time keeps words of
//! tickets and sums of figures up to date (`derived`).

mod derived;
mod housekeeper;
mod reconcile;
mod retention;
mod usage;

pub use derived::keep_derived;
pub use housekeeper::{Housekeeper, HousekeeperSettings};
pub use reconcile::{Finding, ReconcileError, ReconcileOptions, Reconciler, Report};
pub use retention::{ExpiredFiles, RetentionMode, RetentionSettings, apply_retention};
