//! Onsale: a ticket server for the minute when sales open.
//!
//! Registrations come in over HTTP, are committed to PostgreSQL in one transaction a batch, become signed PDF tickets on a
//! pool of threads, and go to object storage. The database is the queue; memory is only speed: killing the process at any
//! instant loses nothing that was acknowledged.
//!
//! ```text
//! client ─HTTP─► http ─► work ──queue──► Registrar ──one transaction per batch──► PostgreSQL
//!                  ▲                        │ after the commit
//!                  └──── 201 ───────────────┤
//!                                           └─offer, may be refused─► Renderer ─► Uploader ─► Recorder ──► PostgreSQL (stored)
//!                                                                        ▲  rayon     │ S3
//!                      Sweeper: claims pending documents ────────────────┤            └─► on failure: stays pending, retried
//!                      (lease + token)                                   │
//!                      Foreman: claims chunks of jobs ───────────────────┘ as much as live work leaves room for
//! ```
//!
//! The rooms, in the order to read them; some are crates of their own, under `crates/`. Each uses only rooms above it;
//! `tests/integration/fences.rs` checks that.

// Events, registrations, tickets and codes: plain data and rules.
pub use onsale_domain as domain;

// PostgreSQL: every statement, and the rows it returns.
pub mod db;
// From a layout and a ticket to bytes, and the pool of threads that renders.
pub use onsale_render as render;
// Messages: templates in eight languages, and their bytes.
pub use onsale_mail as mail;
// Object storage: objects, their names, pre-signed URLs.
pub use onsale_store as store;

// Servers of others: the mail server.
pub mod outside;

// Actors and what they hand out, each with a bounded amount of work.
pub mod actors;

// Everything that can be done, without HTTP; the rights of callers.
pub mod work;

// Routes, handlers, errors, and the OpenAPI document.
pub mod http;

// Configuration: keys, where their values are found, and the structs they become.
pub mod config;
// Every metric by name.
pub use onsale_metrics as metrics;
// The log.
pub mod telemetry;

// Wiring, downstream first; and stopping.
pub mod app;
// PostgreSQL and S3 for `serve --dev`.
pub mod dev;

// The command line.
pub mod commands;
