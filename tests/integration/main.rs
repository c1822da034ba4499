//! Onsale from outside: real PostgreSQL, a real S3 endpoint, real HTTP, and for some tests real processes.
//!
//! Modules mirror the URLs and the actors; every test has a database and a bucket of its own.

#![expect(clippy::unwrap_used, reason = "a test that fails says so by panicking")]

mod replicas;
mod support;

mod crash;
mod documents;
mod download;
mod errors;
mod events;
mod exactness;
mod fences;
mod holds;
mod jobs;
mod layouts;
mod limits;
mod offline;
mod openapi;
mod ops;
mod organizers;
mod overload;
mod plans;
mod process;
mod register;
mod render;
mod sql;
mod storage;
mod tickets;
