//! Messages as text and as bytes.
//!
//! A draft is a list of blocks (`draft`), shipped in eight languages (`shipped`) or written by an organizer. It is
//! compiled once per version (`compile`, by way of MJML in `mjml`), then filled for each message (`letter`). The letter
//! gets headers, attachments (`calendar`) and a signature (`dkim`) in `envelope`. `report` reads what mail servers send
//! back.

mod calendar;
mod compile;
mod dkim;
mod draft;
mod envelope;
mod field;
mod gap;
mod letter;
mod mjml;
mod report;
mod shipped;

use onsale_domain as domain;

pub use calendar::{CalendarNote, calendar};
pub use compile::{Look, MailTemplate};
pub use dkim::{Dkim, DkimFault};
pub use draft::{Block, LinkTo, MailDraft};
pub use envelope::{AddressFault, Attachment, Mail, MailSender, address, without_token};
pub use field::{MailField, OwnField};
pub use gap::RowKind;
pub use letter::{Letter, MailValues, Row};
pub use report::{DeliveryReport, ends_address, enhanced_status_in, read_report, short_line, status_in};
pub use shipped::{NoticeTexts, notice_texts, shipped_draft};

#[cfg(test)]
mod tests;
