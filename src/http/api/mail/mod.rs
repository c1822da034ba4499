//! `/api/events/{event}/mail-templates`: what messages of an event say.

pub mod templates;
