//! Layouts: the built-in ones, and the layout of an event with samples of it.

pub mod built_in;
pub mod event;
