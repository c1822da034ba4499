//! Jobs: beginning long work on an event, watching it, and steering it.

pub mod begin;
pub mod failures;
pub mod progress;
pub mod show;
pub mod steer;

mod answer;
