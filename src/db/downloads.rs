//! Downloads of tickets, inserted in batches.

use std::net::IpAddr;

use jiff::Timestamp;
use tokio_postgres::types::ToSql;

use super::{Database, DbError};
use crate::domain::{DocumentKind, EventKey, RegistrationRef, TypeNumber};

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

    /// Parses a name that [`Self::name`] returns.
    fn from_name(name: &str) -> Option<Self> {
        [Self::Storage, Self::Render, Self::Disk].into_iter().find(|source| source.name() == name)
    }
}

/// One download.
#[derive(Debug, Clone)]
pub struct Download {
    pub registration: RegistrationRef,
    /// Ticket type of the registration.
    pub type_number: TypeNumber,
    pub at: Timestamp,
    /// True if requested with `mode=auto`.
    pub automatic: bool,
    pub served_from: ServedFrom,
    pub kind: DocumentKind,
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
        let kinds: Vec<_> = downloads.iter().map(|d| d.kind.number()).collect();
        let types: Vec<_> = downloads.iter().map(|d| d.type_number.0).collect();
        let sql = include_str!("queries/downloads/record.sql");
        let params: [&(dyn ToSql + Sync); 9] =
            [&events, &numbers, &times, &automatic, &from, &addresses, &agents, &kinds, &types];
        self.rows("recording downloads", sql, &params).await.map(drop)
    }

    /// Deletes records older than `days`, at most `limit`. Returns their number.
    pub async fn prune_downloads(&self, days: i32, limit: i64) -> Result<usize, DbError> {
        let sql = include_str!("queries/downloads/prune.sql");
        Ok(self.long_rows("deleting old downloads", sql, &[&days, &limit]).await?.len())
    }

    /// Returns a page of an event's downloads, the newest first; `before` is the last one of the page before.
    pub async fn list_downloads(
        &self,
        event: EventKey,
        before: Option<(Timestamp, i32)>,
        limit: i64,
    ) -> Result<Vec<Download>, DbError> {
        let doing = "listing downloads";
        let (at, number) = before.unzip();
        let rows =
            self.rows(doing, include_str!("queries/downloads/list.sql"), &[&event.0, &at, &number, &limit]).await?;
        rows.iter()
            .map(|row| {
                let unexpected = |what| DbError::Unexpected { doing, what };
                Ok(Download {
                    registration: RegistrationRef { event, number: row.get("number") },
                    type_number: TypeNumber(row.get("type_number")),
                    at: row.get("at"),
                    automatic: row.get("automatic"),
                    served_from: ServedFrom::from_name(row.get("served_from")).ok_or(unexpected("source"))?,
                    kind: DocumentKind::from_number(row.get("kind")).ok_or(unexpected("kind"))?,
                    address: row.get("address"),
                    user_agent: row.get("user_agent"),
                })
            })
            .collect()
    }
}
