//! Newtypes for every id, so that one cannot be handed over as another.

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
    /// The organizer's row.
    OrganizerKey(i32);
    /// The event's row: four bytes in every hot table, never shown outside.
    EventKey(i32);
    /// A ticket type's number within its event, as it stands in the code a gate scans.
    TypeNumber(i16);
}

/// The event's public id: in URLs, in storage keys and under every signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EventId(pub Uuid);

/// One admission. Random, so that knowing one tells nothing about another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TicketId(pub Uuid);

/// Ids for the tickets of one batch. They are random, and begin alike: so they come to lie side by side in an index, where
/// entirely random ones would each touch a page of their own. What is left of them is still 90 bits nobody can guess.
#[derive(Debug, Clone, Copy)]
pub struct TicketIds {
    beginning: [u8; 4],
}

impl TicketIds {
    /// Ids with a new random beginning.
    pub fn random() -> Self {
        let [a, b, c, d, ..] = *Uuid::new_v4().as_bytes();
        Self { beginning: [a, b, c, d] }
    }

    /// A new id.
    pub fn another(self) -> TicketId {
        let mut bytes = *Uuid::new_v4().as_bytes();
        bytes[..4].copy_from_slice(&self.beginning);
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

/// A registration's row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RegistrationRef {
    pub event: EventKey,
    pub number: i32,
}

/// A registration as people see it: `GDN2025-0001`. A label, never a right.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RegistrationId {
    pub code: EventCode,
    pub number: i32,
}

impl RegistrationId {
    /// The label of the registration's n-th ticket, counted from one.
    pub fn ticket_label(&self, position: i16) -> String {
        format!("{self}-{position}")
    }
}

impl fmt::Display for RegistrationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{:04}", self.code, self.number)
    }
}

/// Why a text is not a registration id.
#[derive(Debug, thiserror::Error)]
#[error("not a registration id")]
pub struct NotARegistrationId;

impl FromStr for RegistrationId {
    type Err = NotARegistrationId;

    /// Accepts exactly what `Display` writes: one registration has one name.
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
