//! The commands and queries of the product, independent of HTTP: one file for each resource.
//!
//! A function takes the services it needs ([`Records`], or all [`Tools`]), the [`Caller`], and a command. It returns
//! the outcome, or a [`Refusal`] with the reason why nothing was done or the outcome is unknown. Rights are checked
//! only here. HTTP handlers and the command line translate requests and answers.

pub mod audit;
pub mod corrections;
pub mod documents;
pub mod downloads;
pub mod events;
pub mod imports;
pub mod invoices;
pub mod jobs;
pub mod keys;
pub mod layouts;
pub mod mail_events;
pub mod mail_templates;
pub mod messages;
pub mod people;
pub mod registrants;
pub mod registrations;
pub mod stats;
pub mod storage;
pub mod tickets;

mod access;
mod availability;
mod caller;
mod files;
mod job_cache;
mod links;
mod quotas;
mod refusal;
mod rights;
mod sessions;
mod shares;
mod tools;

pub use access::{Access, Admin, Authorized};
pub use availability::Availability;
pub use caller::{Caller, Credentials};
pub use files::Files;
pub use links::LinkCache;
pub use quotas::Quotas;
pub use refusal::Refusal;
pub use rights::{EntitledTo, Entitlement};
pub use sessions::SessionCache;
pub use shares::{Share, Shares};
pub use tools::{Records, Tools};
