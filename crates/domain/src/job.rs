//! Jobs: long-running work on the tickets of an event.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Faults, RegistrationStatus, fault::check_line};

/// Public id of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct JobId(pub Uuid);

/// Type of work that a job does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobKind {
    Regeneration,
    Archive,
    Announcement,
}

impl JobKind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Regeneration, Self::Archive, Self::Announcement];

    /// Returns the number in the database.
    pub const fn number(self) -> i16 {
        match self {
            Self::Regeneration => 1,
            Self::Archive => 2,
            Self::Announcement => 3,
        }
    }

    /// Returns the name in API responses.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Regeneration => "regeneration",
            Self::Archive => "archive",
            Self::Announcement => "announcement",
        }
    }

    /// Parses a number that [`Self::number`] returns.
    pub fn from_number(number: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.number() == number)
    }
}

/// Status of a job.
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

    /// Returns the number in the database.
    pub const fn number(self) -> i16 {
        match self {
            Self::Queued => 1,
            Self::Running => 2,
            Self::Completed => 3,
            Self::Cancelled => 4,
            Self::Failed => 5,
        }
    }

    /// Returns the name in API responses.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Completed => "completed",
            Self::Cancelled => "cancelled",
            Self::Failed => "failed",
        }
    }

    /// Returns true if the status is final.
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Completed | Self::Cancelled | Self::Failed)
    }

    /// Parses a number that [`Self::number`] returns.
    pub fn from_number(number: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.number() == number)
    }
}

/// Parameters of a job. An equal request joins the existing job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct JobRequest {
    /// True to skip files that are up to date.
    #[serde(default)]
    pub only_stale: bool,
    /// True to give every ticket a new code and revoke the old one.
    #[serde(default)]
    pub reissue: bool,
    /// True to only count the files to make, by reason.
    #[serde(default)]
    pub dry_run: bool,
    /// Codes of the ticket types to include; all if empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ticket_types: Vec<String>,
    /// Ids of the registrations to include; all if empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub registrations: Vec<String>,
    /// File format of the archive; `None` for other jobs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<ArchiveFormat>,
    /// Text of an announcement; `None` for other jobs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub announcement: Option<Announcement>,
}

/// A text of an organizer to many registrants.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Announcement {
    /// One line.
    pub subject: String,
    pub body: String,
    /// Names of the statuses of registrations that get it.
    pub statuses: Vec<String>,
    pub attach_tickets: bool,
}

impl Announcement {
    const MAX_SUBJECT: usize = 200;
    const MAX_BODY: usize = 10_000;

    /// Checks the texts and the statuses, and sorts these. Without statuses, confirmed registrations get it.
    pub fn check(mut self) -> Result<Self, Faults> {
        let mut faults = Faults::default();
        let subject = faults.check("/subject", check_line(&self.subject, Self::MAX_SUBJECT));
        let body = self.body.trim().replace("\r\n", "\n");
        let length = body.chars().count();
        if length == 0 || length > Self::MAX_BODY {
            faults.add("/body", format!("must have 1 to {} characters, has {length}", Self::MAX_BODY));
        }
        if body.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\t')) {
            faults.add("/body", "must not contain control characters");
        }
        if self.statuses.is_empty() {
            self.statuses.push(RegistrationStatus::Confirmed.name().to_owned());
        }
        for (index, name) in self.statuses.iter().enumerate() {
            if RegistrationStatus::from_name(name).is_none() {
                let known = RegistrationStatus::ALL.map(RegistrationStatus::name).join(", ");
                faults.add(format!("/statuses/{index}"), format!("must be one of {known}"));
            }
        }
        self.statuses.sort_unstable();
        self.statuses.dedup();
        faults.into_result()?;
        Ok(Self { subject: subject.unwrap_or_default(), body, ..self })
    }

    /// Returns the numbers of the statuses in the database.
    pub fn status_numbers(&self) -> Vec<i16> {
        let known = self.statuses.iter().filter_map(|name| RegistrationStatus::from_name(name));
        known.map(RegistrationStatus::number).collect()
    }
}

impl JobRequest {
    /// Returns the request for one file with all tickets of these types.
    pub fn archive(format: ArchiveFormat, ticket_types: Vec<String>) -> Self {
        let registrations = Vec::new();
        Self {
            only_stale: false,
            reissue: false,
            dry_run: false,
            ticket_types,
            registrations,
            format: Some(format),
            announcement: None,
        }
    }

    /// Returns the request for an announcement to registrations of these types, or to these registrations.
    pub fn announcement(
        announcement: Announcement,
        ticket_types: Vec<String>,
        registrations: Vec<String>,
        dry_run: bool,
    ) -> Self {
        let announcement = Some(announcement);
        Self { only_stale: false, reissue: false, dry_run, ticket_types, registrations, format: None, announcement }
    }

    /// Returns the request to regenerate the stale files of these registrations.
    pub fn of_registrations(registrations: Vec<String>) -> Self {
        Self {
            only_stale: true,
            reissue: false,
            dry_run: false,
            ticket_types: Vec::new(),
            registrations,
            format: None,
            announcement: None,
        }
    }
}

/// File format of an archive.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ArchiveFormat {
    /// One PDF for each ticket, and a CSV index.
    #[default]
    Zip,
    /// All tickets as pages of one PDF for printing.
    Pdf,
}

impl ArchiveFormat {
    /// Returns the file name extension, without a dot.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Zip => "zip",
            Self::Pdf => "pdf",
        }
    }
}

/// Reason to generate a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum RegenerationReason {
    /// The file is not in storage.
    Missing,
    /// The event's layout has changed.
    Layout,
    /// The event's signing key has changed.
    Key,
    /// The event's data has changed.
    Event,
    /// The registration's or an attendee's data has changed.
    Attendee,
    /// The ticket gets a new code.
    Reissue,
    /// The file is up to date, but its regeneration was requested.
    Asked,
}

/// Progress of a job, in tickets.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct JobProgress {
    pub total: i64,
    pub done: i64,
    pub skipped: i64,
    pub failed: i64,
}

impl JobProgress {
    /// Returns the number of processed tickets, failures included.
    pub const fn processed(&self) -> i64 {
        self.done + self.skipped + self.failed
    }
}
