//! Downloads of tickets, inserted in batches.

use std::net::IpAddr;

use jiff::Timestamp;

use super::{Database, DbError};
use crate::domain::RegistrationRef;

/// Source of a downloaded file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ServedFrom {
    Storage,
    Render,
    /// The spool or the folder of local tickets.
    Disk,
}

impl ServedFrom {
    /// Returns the name in the database and in metrics.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Storage => "storage",
            Self::Render => "render",
            Self::Disk => "disk",
        }
    }
}

/// One download.
#[derive(Debug, Clone)]
pub struct Download {
    pub registration: RegistrationRef,
    pub at: Timestamp,
    /// True if requested with `mode=auto`.
    pub automatic: bool,
    pub served_from: ServedFrom,
    pub address: Option<IpAddr>,
    pub user_agent: Option<String>,
}

impl Database {
    /// Inserts downloads.
    pub async fn record_downloads(&self, downloads: &[Download]) -> Result<(), DbError> {
        let events: Vec<_> = downloads.iter().map(|d| d.registration.event.0).collect();
        let numbers: Vec<_> = downloads.iter().map(|d| d.registration.number).collect();
        let times: Vec<_> = downloads.iter().map(|d| d.at).collect();
        let automatic: Vec<_> = downloads.iter().map(|d| d.automatic).collect();
        let from: Vec<_> = downloads.iter().map(|d| d.served_from.name()).collect();
        let addresses: Vec<_> = downloads.iter().map(|d| d.address).collect();
        let agents: Vec<_> = downloads.iter().map(|d| d.user_agent.as_deref()).collect();
        let sql = include_str!("queries/downloads/record.sql");
        self.rows("recording downloads", sql, &[&events, &numbers, &times, &automatic, &from, &addresses, &agents])
            .await
            .map(drop)
    }
}
