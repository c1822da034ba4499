//! Generated files: where each stands on its way into storage.

use std::fmt;

use super::RegistrationRef;

/// A ticket PDF: the document of one registration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct DocumentRef(pub RegistrationRef);

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

    /// Reads the database's number.
    pub fn from_number(number: i16) -> Option<Self> {
        [Self::Pending, Self::Stored, Self::Failed, Self::Withdrawn].into_iter().find(|s| s.number() == number)
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
}
