//! Servers of others: the mail server ([`Smtp`]), and the notifications of Amazon ([`SnsTopic`]).

mod smtp;
mod sns;

pub use smtp::{SendFault, Smtp, SmtpSettings, SmtpUrl, SmtpUrlFault, TimeLimits, Tls};
pub use sns::{SnsContent, SnsFault, SnsMessage, SnsTopic};
