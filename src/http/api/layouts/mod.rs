//! Layouts: the built-in ones, and the layout of an event with its preview.

pub mod built_in;
pub mod event;
