//! Onsale: a ticket server for the minute when sales open.
//!
//! Registrations come in over HTTP, are committed to PostgreSQL in one transaction a batch, become signed PDF tickets on a
//! pool of threads, and go to object storage. The database is the queue; memory is only speed: killing the process at any
//! instant loses nothing that was acknowledged.
//!
//! ```text
//! client ─HTTP─► http ─permit─► Registrar ──one transaction per batch──► PostgreSQL
//!                  ▲               │ after the commit
//!                  └──── 201 ──────┤
//!                                  └─offer, may be refused─► Renderer ─► Uploader ─► Recorder ──► PostgreSQL (stored)
//!                                                               ▲  rayon     │ S3
//!                               Sweeper: claims what is ────────┘            └─► on failure: stays pending, tried again
//!                               still pending (lease + token)
//! ```
//!
//! The rooms, in the order to read them. Each looks only into those above it; `tests/integration/fences.rs` holds that.

// What an event, a registration, a ticket and its code are: plain data and rules.
pub mod domain;

// PostgreSQL: every statement, and what comes back.
pub mod db;
// From a layout and a ticket to bytes, and the threads that do it.
pub mod render;
// Object storage: objects, their names, pre-signed URLs.
pub mod store;

// Who does what, and how much of it at a time.
pub mod actors;

// Everything that can be done, without HTTP.
pub mod work;

// Routes, errors, and how everything looks from outside.
pub mod http;

// What can be set, where it is found, and what it becomes.
pub mod config;
// Every metric by name.
pub mod metrics;
// The log.
pub mod telemetry;

// Wiring, downstream first; and stopping.
pub mod app;
// What `serve --dev` brings along.
pub mod dev;

// The command line.
pub mod commands;
