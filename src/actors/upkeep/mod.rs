//! Work that is due now and then, on one server at a time: [`Housekeeper`] compares storage with its rows (`reconcile`), removes
//! what is older than it is kept (`retention`), and measures what is used.

mod housekeeper;
mod reconcile;
mod retention;

pub use housekeeper::{Housekeeper, HousekeeperSettings};
pub use reconcile::{Finding, ReconcileError, Reconciler, Repair, Report};
pub use retention::{Removed, RetentionSettings, clean};
