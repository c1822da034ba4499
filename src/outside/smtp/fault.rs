//! Why a message was not sent, by the reaction that it needs.

use std::error::Error as _;

use lettre::transport::smtp::Error;

use crate::mail::{enhanced_status_in, short_line};

/// A message that was not sent, or perhaps was.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SendFault {
    /// The mail server cannot be reached, or accepts no message of ours at the moment. This is not about one message.
    #[error("{reply}")]
    Server { reply: String },
    /// The server has closed an idle connection: nothing was sent.
    #[error("the connection was closed")]
    Closed,
    /// The server does not accept this message now.
    #[error("{reply}")]
    Temporary { reply: String },
    /// The server will never accept this message, or its recipient.
    #[error("{reply}")]
    Permanent { reply: String, status: Option<String> },
    /// The server did not answer after the message was sent: it may have accepted it.
    #[error("{reply}")]
    Unknown { reply: String },
    /// The recipient's address has letters that the server does not support.
    #[error("the mail server does not support addresses with letters outside of ASCII (SMTPUTF8)")]
    Unsupported,
}

/// Step of a transmission in which an error happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    Connect,
    /// The sender: an error is about all messages, because all have the same sender.
    Sender,
    Recipient,
    /// The message was sent in full.
    Message,
}

impl SendFault {
    pub(super) fn server(reply: impl Into<String>) -> Self {
        Self::Server { reply: reply.into() }
    }

    /// Decides by the step and the server's answer.
    pub(super) fn of(step: Step, error: &Error) -> Self {
        let text = error.source().map(ToString::to_string).unwrap_or_default();
        let Some(code) = error.status() else {
            let reply = short_line(&if text.is_empty() { error.to_string() } else { text });
            return match step {
                Step::Message => Self::Unknown { reply: format!("no answer after the message: {reply}") },
                Step::Connect => Self::Server { reply },
                // The connection broke before the message was sent.
                Step::Sender | Step::Recipient => Self::Server { reply: format!("the connection broke: {reply}") },
            };
        };
        let reply = short_line(&format!("{code} {text}"));
        // 421: the server closes the connection, whatever the command was.
        if code.to_string() == "421" || matches!(step, Step::Connect | Step::Sender) {
            return Self::Server { reply };
        }
        // A server that does not pass on our messages refuses all of them, not this recipient.
        if step == Step::Recipient && reply.to_ascii_lowercase().contains("relay") {
            return Self::Server { reply };
        }
        match error.is_permanent() {
            // A bare 550 has many reasons: only an enhanced code says that the address does not exist.
            true => Self::Permanent { status: enhanced_status_in(&reply), reply },
            false => Self::Temporary { reply },
        }
    }
}
