//! The web: every route on one screen in `router`, one file per resource, and one table of errors in `error`.
//!
//! Handlers parse, check, take a permit and ask; the work is done elsewhere. No SQL, no object keys, no drawing here.

mod answer;
mod audit;
mod auth;
mod clients;
mod cursor;
mod docs;
mod documents;
mod download;
mod error;
mod events;
mod export;
mod gate;
mod hot;
mod invoices;
mod jobs;
mod json;
mod layouts;
mod openapi;
mod ops;
mod organize;
mod problem;
mod query;
mod register;
mod registrants;
mod registrations;
mod request;
mod request_id;
mod revocations;
mod router;
mod services;
mod stats;
mod storage;
mod tickets;

pub use auth::{Admin, Authenticator, TokensInUse};
pub use clients::{ClientSettings, Clients};
pub use gate::Readers;
pub use hot::HotLinks;
pub use openapi::document;
pub use ops::OpsState;
pub use request::observe;
pub use router::{ops_routes, public_routes};
pub use services::{HttpSettings, Services, job_looks};
