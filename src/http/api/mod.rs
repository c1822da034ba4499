//! Handlers of `/api`, in a folder or file for each resource.

pub mod audit;
pub mod calendar;
pub mod documents;
pub mod events;
pub mod invoices;
pub mod jobs;
pub mod layouts;
pub mod mail;
pub mod people;
pub mod registrations;
pub mod storage;
pub mod tickets;

mod time;
