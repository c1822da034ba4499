//! Generated files: where each stands on its way into storage.

use std::fmt;

use jiff::Timestamp;

use super::RegistrationRef;

/// What a generated file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DocumentKind {
    /// All tickets of a registration in one PDF: promised with the registration.
    Tickets,
    /// What was registered, in words and figures. Each is a file of its own.
    Confirmation,
    /// One ticket as a PDF.
    Ticket,
    /// The code of one ticket as a picture.
    Code,
}

impl DocumentKind {
    /// Every kind there is.
    pub const ALL: [Self; 4] = [Self::Tickets, Self::Confirmation, Self::Ticket, Self::Code];

    /// Its number in the database.
    pub const fn number(self) -> i16 {
        match self {
            Self::Tickets => 1,
            Self::Confirmation => 2,
            Self::Ticket => 3,
            Self::Code => 4,
        }
    }

    /// Its name in answers.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Tickets => "tickets",
            Self::Confirmation => "confirmation",
            Self::Ticket => "ticket",
            Self::Code => "code",
        }
    }

    /// Reads the database's number.
    pub fn from_number(number: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.number() == number)
    }
}

/// One generated file of a registration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DocumentRef {
    pub registration: RegistrationRef,
    pub kind: DocumentKind,
    /// The ticket's position, or the confirmation's number; 0 for what there is only one of.
    pub part: i16,
}

impl DocumentRef {
    /// The PDF of all tickets.
    pub const fn tickets(registration: RegistrationRef) -> Self {
        Self { registration, kind: DocumentKind::Tickets, part: 0 }
    }
}

/// A document as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentRecord {
    pub document: DocumentRef,
    pub state: DocumentState,
    /// Where it is, or was when it was last stored.
    pub stored: Option<Stored>,
    /// Made by another program, and never stale.
    pub imported: bool,
    pub promised_at: Timestamp,
}

impl DocumentRecord {
    /// Where it is, if it is in storage.
    pub fn in_storage(&self) -> Option<&Stored> {
        self.stored.as_ref().filter(|_| self.state == DocumentState::Stored)
    }
}

/// Who may finish a document: the number of times it had been claimed when this worker took it. A later claim makes
/// the number stale, and what finishes with it is ignored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lease(pub i16);

impl Lease {
    /// Whoever has the data in memory right after the commit: nobody has claimed the row yet.
    pub const FIRST: Self = Self(0);
}

/// Where a document stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DocumentState {
    Pending,
    Stored,
    Failed,
    Withdrawn,
}

impl DocumentState {
    /// Its number in the database.
    pub const fn number(self) -> i16 {
        match self {
            Self::Pending => 1,
            Self::Stored => 2,
            Self::Failed => 3,
            Self::Withdrawn => 4,
        }
    }

    /// Its name in answers.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Stored => "stored",
            Self::Failed => "failed",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// Every state there is.
    pub const ALL: [Self; 4] = [Self::Pending, Self::Stored, Self::Failed, Self::Withdrawn];

    /// Reads the database's number.
    pub fn from_number(number: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.number() == number)
    }

    /// Reads its name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

/// SHA-256 of everything that went into a file. Another hash means: the file is stale.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ContentHash(pub [u8; 32]);

impl fmt::Display for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A stored file: where it is and what it was made from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    pub key: String,
    pub hash: ContentHash,
    pub bytes: i32,
    /// What storage calls this content.
    pub tag: Option<String>,
}
