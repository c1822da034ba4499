//! Pages for attendees: events, registering, and the tickets of a registration.

pub mod event;
pub mod list;
pub mod machines;
pub mod order;
pub mod register;
pub mod style;

mod questions;
