//! Jobs, the long work on an event: starting, watching, pausing and cancelling.

pub mod begin;
pub mod failures;
pub mod progress;
pub mod show;
pub mod steer;

mod answer;

pub(super) use answer::JobAnswer;
pub(super) use begin::answer_started;
