//! The handlers of `/api`, a folder or file for each noun: they read a request, call `work`, and write the answer.

pub mod audit;
pub mod documents;
pub mod events;
pub mod invoices;
pub mod jobs;
pub mod layouts;
pub mod registrations;
pub mod storage;
pub mod tickets;

mod time;
