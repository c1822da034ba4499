//! Everything that can be done with the product, without HTTP: one file a noun.
//!
//! A function takes the tools it needs ([`Records`], or all [`Tools`]), the [`Caller`], and a command. It returns an outcome, or a
//! [`Refusal`] that says why nothing (or nothing certain) was done. Rights are checked here and nowhere else. HTTP handlers, the
//! command line and whatever comes next (pages, webhooks, scanners) only translate.

pub mod audit;
pub mod documents;
pub mod downloads;
pub mod events;
pub mod invoices;
pub mod jobs;
pub mod keys;
pub mod layouts;
pub mod registrations;
pub mod stats;
pub mod storage;
pub mod tickets;

mod access;
mod caller;
mod files;
mod links;
mod refusal;
mod tools;

pub use access::{Access, Admin, Authorized};
pub use caller::{Bearer, Caller};
pub use files::Files;
pub use links::RecentLinks;
pub use refusal::Refusal;
pub use tools::{Records, Tools};
