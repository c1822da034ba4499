//! Invoices: making one, and fetching it.

pub mod create;
pub mod show;

mod body;
