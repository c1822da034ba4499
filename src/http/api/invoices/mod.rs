//! Invoices: making and fetching.

pub mod create;
pub mod show;

mod body;
