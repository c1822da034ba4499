//! HTTP: `routes` is the table of all routes, each with its handler and its description; `api` has a folder for each noun with the
//! handlers. `server` surrounds every request, `read` reads bodies and queries, `auth` reads credentials.
//!
//! Handlers read a request, call `work`, and write the answer. No SQL, no rights, no object keys, no rendering here.

mod api;
mod auth;
mod docs;
mod read;
mod routes;
mod server;

pub use routes::{document, ops_routes, public_routes};
pub use server::{ClientSettings, Clients, HttpSettings, OpsState, Readers, Services, observe};
