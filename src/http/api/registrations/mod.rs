//! Registrations: taking seats, state and files for holders; list, export and changes for organizers.

pub mod change;
pub mod correct;
pub mod list;
pub mod register;
pub mod revocations;
pub mod show;

mod answer;
mod export;
mod registrant;

pub use show::{DownloadQuery, HolderQuery};
