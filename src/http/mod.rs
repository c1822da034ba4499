//! HTTP: requests and answers. `routes` is the table of all routes and their handlers; `api` has the handlers and their
//! descriptions, in a folder for each resource. `server` has the middleware, the errors and the shared services; `read`
//! parses bodies and queries; `pages` are for browsers; `auth` reads credentials.
//!
//! A handler parses a request, calls `work`, and writes the answer. It contains no SQL, no check of rights, no object
//! keys and no rendering.

mod api;
mod auth;
mod docs;
mod pages;
mod read;
mod routes;
mod server;

pub use pages::show_errors;
pub use routes::{document, ops_routes, public_routes};
pub use server::{
    ClientSettings, Clients, ConnectionSettings, Connections, CorsOrigins, HttpSettings, KeptPages, OpsState, Readers,
    Services, guard, observe, preflights,
};
