//! Jobs: long work on the tickets of an event.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Which job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct JobId(pub Uuid);

/// What is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobKind {
    Regeneration,
    Archive,
}

impl JobKind {
    /// Every kind.
    pub const ALL: [Self; 2] = [Self::Regeneration, Self::Archive];

    /// Its number in the database.
    pub const fn number(self) -> i16 {
        match self {
            Self::Regeneration => 1,
            Self::Archive => 2,
        }
    }

    /// Its name in answers.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Regeneration => "regeneration",
            Self::Archive => "archive",
        }
    }

    /// Reads the database's number.
    pub fn from_number(number: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.number() == number)
    }
}

/// Where a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobStatus {
    Queued,
    Running,
    Completed,
    Cancelled,
    Failed,
}

impl JobStatus {
    /// Every status.
    pub const ALL: [Self; 5] = [Self::Queued, Self::Running, Self::Completed, Self::Cancelled, Self::Failed];

    /// Its number in the database.
    pub const fn number(self) -> i16 {
        match self {
            Self::Queued => 1,
            Self::Running => 2,
            Self::Completed => 3,
            Self::Cancelled => 4,
            Self::Failed => 5,
        }
    }

    /// Its name in answers.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Completed => "completed",
            Self::Cancelled => "cancelled",
            Self::Failed => "failed",
        }
    }

    /// Whether nothing more will happen.
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Completed | Self::Cancelled | Self::Failed)
    }

    /// Reads the database's number.
    pub fn from_number(number: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.number() == number)
    }
}

/// What was asked for: the same again is the same job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct JobRequest {
    /// Leave alone what is as it would be made now.
    #[serde(default)]
    pub only_stale: bool,
    /// Give every ticket a new code; the old ones are revoked.
    #[serde(default)]
    pub reissue: bool,
    /// Only say how much there is to do, and why.
    #[serde(default)]
    pub dry_run: bool,
    /// Of these types, by code; all if there is none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ticket_types: Vec<String>,
    /// Of these registrations; all if there is none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub registrations: Vec<String>,
    /// What an archive is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<ArchiveFormat>,
}

impl JobRequest {
    /// All tickets of these types in one file.
    pub fn archive(format: ArchiveFormat, ticket_types: Vec<String>) -> Self {
        let registrations = Vec::new();
        Self { only_stale: false, reissue: false, dry_run: false, ticket_types, registrations, format: Some(format) }
    }

    /// Whatever is stale of these registrations is made anew.
    pub fn of_registrations(registrations: Vec<String>) -> Self {
        Self { only_stale: true, reissue: false, dry_run: false, ticket_types: Vec::new(), registrations, format: None }
    }
}

/// What an archive is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ArchiveFormat {
    /// A file for each ticket, and a list of them.
    #[default]
    Zip,
    /// All tickets as pages of one document, to be printed.
    Pdf,
}

impl ArchiveFormat {
    /// What its file's name ends with.
    pub const fn ending(self) -> &'static str {
        match self {
            Self::Zip => "zip",
            Self::Pdf => "pdf",
        }
    }
}

/// Why a file has to be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Reason {
    /// It is not in storage.
    Missing,
    /// The event has another layout by now.
    Layout,
    /// Another key signs the event's codes by now.
    Key,
    /// The event says something else by now.
    Event,
    /// What the registration itself says is different by now.
    Attendee,
    /// It gets a new code.
    Reissue,
    /// It is as it would be made now, but was asked for.
    Asked,
}

/// How far a job is, in tickets.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    pub total: i64,
    pub done: i64,
    pub skipped: i64,
    pub failed: i64,
}

impl Counts {
    /// How many it has dealt with.
    pub const fn seen(&self) -> i64 {
        self.done + self.skipped + self.failed
    }
}
