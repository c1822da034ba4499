//! Generated files (documents) and their state.

use std::fmt;

use jiff::Timestamp;

use super::RegistrationRef;

/// Type of a generated file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DocumentKind {
    /// All tickets of a registration in one PDF; promised when the registration is confirmed.
    Tickets,
    /// A PDF that confirms the registration. Confirmations are numbered; each is stored as a separate file.
    Confirmation,
    /// One ticket as a PDF.
    Ticket,
    /// The QR code of one ticket as a PNG image.
    Code,
}

impl DocumentKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Tickets, Self::Confirmation, Self::Ticket, Self::Code];

    /// Returns the number in the database.
    pub const fn number(self) -> i16 {
        match self {
            Self::Tickets => 1,
            Self::Confirmation => 2,
            Self::Ticket => 3,
            Self::Code => 4,
        }
    }

    /// Returns the name in API responses.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Tickets => "tickets",
            Self::Confirmation => "confirmation",
            Self::Ticket => "ticket",
            Self::Code => "code",
        }
    }

    /// Parses a number that [`Self::number`] returns.
    pub fn from_number(number: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.number() == number)
    }
}

/// Identifies one generated file of a registration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DocumentRef {
    pub registration: RegistrationRef,
    pub kind: DocumentKind,
    /// The ticket's position or the confirmation's number; 0 if there is only one file of this kind.
    pub part: i16,
}

impl DocumentRef {
    /// Returns the reference to the PDF of all tickets.
    pub const fn tickets(registration: RegistrationRef) -> Self {
        Self { registration, kind: DocumentKind::Tickets, part: 0 }
    }
}

/// A document with its current state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentRecord {
    pub document: DocumentRef,
    pub state: DocumentState,
    /// The last stored file; `None` if no file was stored yet.
    pub stored: Option<Stored>,
    /// True if the file was made by another program; such a file is never stale.
    pub imported: bool,
    pub promised_at: Timestamp,
}

impl DocumentRecord {
    /// Returns the stored file if it is in storage now.
    pub fn in_storage(&self) -> Option<&Stored> {
        self.stored.as_ref().filter(|_| self.state == DocumentState::Stored)
    }
}

/// Lease token of a worker on a document: the number of claims when the worker took the document. A later claim
/// invalidates the token; a result that is reported with an invalid token is ignored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LeaseToken(pub i16);

impl LeaseToken {
    /// Token of the server that committed the registration and still has the data in memory: no claim exists yet.
    pub const UNCLAIMED: Self = Self(0);
}

/// State of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DocumentState {
    Pending,
    Stored,
    Failed,
    Withdrawn,
}

impl DocumentState {
    /// Returns the number in the database.
    pub const fn number(self) -> i16 {
        match self {
            Self::Pending => 1,
            Self::Stored => 2,
            Self::Failed => 3,
            Self::Withdrawn => 4,
        }
    }

    /// Returns the name in API responses.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Stored => "stored",
            Self::Failed => "failed",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// Every state.
    pub const ALL: [Self; 4] = [Self::Pending, Self::Stored, Self::Failed, Self::Withdrawn];

    /// Parses a number that [`Self::number`] returns.
    pub fn from_number(number: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.number() == number)
    }

    /// Parses a name that [`Self::name`] returns.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

/// SHA-256 of all input of a file. The file is stale if the current input has a different hash.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ContentHash(pub [u8; 32]);

impl ContentHash {
    /// Stands for the hash of an object whose key is used only once, such as an archive.
    pub const UNIQUE_KEY: Self = Self([0; 32]);
}

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

/// A stored file: its object key and the hash of its input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    pub key: String,
    pub hash: ContentHash,
    pub bytes: i32,
    /// `ETag` of the object, if known.
    pub tag: Option<String>,
}
