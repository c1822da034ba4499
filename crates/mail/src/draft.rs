//! Drafts of templates, as organizers write them: a subject and a list of blocks.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::field::OwnField;

/// Limits of a draft: characters of a text, and blocks.
pub const MAX_SUBJECT: usize = 200;
pub const MAX_TEXT: usize = 10_000;
pub const MAX_BLOCKS: usize = 50;

/// A template of a message, in the language of its event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MailDraft {
    pub subject: String,
    /// Text that programs show after the subject in a list of messages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preview: Option<String>,
    pub blocks: Vec<Block>,
}

/// A part of a message, from top to bottom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum Block {
    Heading(String),
    /// Paragraphs, separated by empty lines.
    Text(String),
    /// Small print.
    Small(String),
    Button {
        label: String,
        to: LinkTo,
    },
    /// Title, day, time and place of the event.
    Event,
    /// A line for each ticket, with its file.
    Tickets,
    /// A line for each registration of the address, with its page.
    Registrations,
    /// The code that confirms an address, in large digits.
    Code,
    Rule,
}

/// Page that a button leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum LinkTo {
    Order,
    Calendar,
    Pay,
    Confirm,
    Unsubscribe,
}

impl LinkTo {
    /// Returns the field that has the address of the page.
    pub const fn field(self) -> OwnField {
        match self {
            Self::Order => OwnField::OrderLink,
            Self::Calendar => OwnField::CalendarLink,
            Self::Pay => OwnField::PayLink,
            Self::Confirm => OwnField::ConfirmLink,
            Self::Unsubscribe => OwnField::UnsubscribeLink,
        }
    }
}
