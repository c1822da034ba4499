//! Mail: what messages of an event say, what became of them, and addresses that get none.

pub mod announcements;
pub mod events;
pub mod messages;
pub mod organizer_templates;
pub mod suppressions;
pub mod templates;
pub mod unsubscribe;
