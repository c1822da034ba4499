//! Integration tests: PostgreSQL, an S3 endpoint, HTTP, and for some tests processes.
//!
//! Modules follow URLs and actors. Every test has its own database and bucket, and waits for conditions, never for a
//! time: the limits of waiting are reached only if something hangs.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod replicas;
mod support;

mod attacks;
mod crash;
mod documents;
mod download;
mod errors;
mod events;
mod exactness;
mod fences;
mod holds;
mod integrators;
mod jobs;
mod layouts;
mod limits;
mod mail;
mod offline;
mod openapi;
mod ops;
mod organizers;
mod overload;
mod people;
mod plans;
mod process;
mod register;
mod render;
mod search;
mod sql;
mod storage;
mod tickets;
