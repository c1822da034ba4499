//! Registrations: taking seats, their state and their files; for organizers their list and their changes.

pub mod change;
pub mod list;
pub mod register;
pub mod revocations;
pub mod show;

mod answer;
mod export;

pub use show::{DownloadQuery, HolderQuery};
