//! Newtypes for every id, so that the compiler rejects a mix-up.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::EventCode;

macro_rules! number_newtype {
    ($($(#[$doc:meta])* $name:ident($inner:ty);)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(pub $inner);
    )*};
}

number_newtype! {
    /// Primary key of an organizer.
    OrganizerKey(i32);
    /// Primary key of an account.
    AccountKey(i32);
    /// Primary key of an event: four bytes in every hot table, never shown to clients.
    EventKey(i32);
    /// Number of a ticket type within its event; part of the code that a gate scans.
    TypeNumber(i16);
}

/// Public id of an event: used in URLs, in storage keys and in every signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EventId(pub Uuid);

/// Id of a ticket. Random, so that one id reveals nothing about another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TicketId(pub Uuid);

/// Generates the ticket ids of one batch. The ids share a random prefix, so that they are adjacent in an index;
/// entirely random ids would each touch a different index page. 90 random bits remain, which cannot be guessed.
#[derive(Debug, Clone, Copy)]
pub struct TicketIds {
    prefix: [u8; 4],
}

impl TicketIds {
    /// Creates a generator with a new random prefix.
    pub fn random() -> Self {
        let [a, b, c, d, ..] = *Uuid::new_v4().as_bytes();
        Self { prefix: [a, b, c, d] }
    }

    /// Returns a new id.
    pub fn next_id(self) -> TicketId {
        let mut bytes = *Uuid::new_v4().as_bytes();
        bytes[..4].copy_from_slice(&self.prefix);
        TicketId(Uuid::from_bytes(bytes))
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for TicketId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Primary key of a registration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RegistrationRef {
    pub event: EventKey,
    pub number: i32,
}

/// Public id of a registration, such as `GDN2025-0001`. Knowing it grants no access.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RegistrationId {
    pub code: EventCode,
    pub number: i32,
}

impl RegistrationId {
    /// Returns the label of the ticket at `position`, counted from 1.
    pub fn ticket_label(&self, position: i16) -> String {
        format!("{self}-{position}")
    }
}

impl fmt::Display for RegistrationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{:04}", self.code, self.number)
    }
}

/// Error: the text is not a registration id.
#[derive(Debug, thiserror::Error)]
#[error("not a registration id")]
pub struct NotARegistrationId;

impl FromStr for RegistrationId {
    type Err = NotARegistrationId;

    /// Accepts only the text that `Display` writes, so that a registration has exactly one id.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (code, digits) = text.rsplit_once('-').ok_or(NotARegistrationId)?;
        let id = Self {
            code: code.parse().map_err(|_| NotARegistrationId)?,
            number: digits.parse().map_err(|_| NotARegistrationId)?,
        };
        if id.number > 0 && id.to_string() == text { Ok(id) } else { Err(NotARegistrationId) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_registration_id_has_one_spelling() {
        for text in ["GDN2025-0001", "GDN2025-12345"] {
            assert_eq!(text.parse::<RegistrationId>().unwrap().to_string(), text);
        }
        for text in ["GDN2025-1", "GDN2025-00001", "GDN2025-0000", "GDN2025--001", "gdn-0001", "0001", "GDN2025-+001"] {
            assert!(text.parse::<RegistrationId>().is_err(), "{text}");
        }
    }
}
