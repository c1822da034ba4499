//! Templates of messages, which become a subject, a plain text and an HTML page.
//!
//! A draft is a list of blocks (`draft`), shipped in eight languages (`shipped`) or written by an organizer. It is
//! compiled once per version (`compile`, by way of MJML in `mjml`), then filled for each message (`letter`).

mod compile;
mod draft;
mod field;
mod gap;
mod letter;
mod mjml;
mod shipped;

use onsale_domain as domain;

pub use compile::{Look, MailTemplate};
pub use draft::{Block, LinkTo, MailDraft};
pub use field::{MailField, OwnField};
pub use gap::RowKind;
pub use letter::{Letter, MailValues, Row};
pub use shipped::{LANGUAGES, shipped_draft};

#[cfg(test)]
mod tests;
