//! The audit log: each entry's hash covers the hash of the entry before.

use jiff::Timestamp;
use serde_json::Value;

use super::{Database, DbError};
use crate::domain::{EventKey, OrganizerKey};

/// An action to log.
#[derive(Debug, Clone)]
pub struct AuditEntry<'a> {
    pub actor: &'a str,
    pub action: &'a str,
    pub organizer: Option<OrganizerKey>,
    pub event: Option<EventKey>,
    pub detail: Value,
}

/// Subject of a listing: the actions on an event, or those of an organizer.
#[derive(Debug, Clone, Copy)]
pub enum AuditSubject {
    Event(EventKey),
    Organizer(OrganizerKey),
}

/// An entry of the log.
#[derive(Debug, Clone)]
pub struct AuditRow {
    pub entry: i64,
    pub at: Timestamp,
    pub actor: String,
    pub action: String,
    pub detail: Value,
    pub hash: Vec<u8>,
}

/// An entry as a link of the chain: its hash covers `text` and the hash before.
#[derive(Debug, Clone)]
pub struct AuditLink {
    pub entry: i64,
    pub text: String,
    pub hash: Vec<u8>,
}

impl Database {
    /// Adds an entry.
    pub async fn audit(&self, entry: &AuditEntry<'_>) -> Result<(), DbError> {
        let sql = include_str!("queries/audit_log/add.sql");
        let (organizer, event) = (entry.organizer.map(|key| key.0), entry.event.map(|key| key.0));
        self.rows("writing the audit log", sql, &[&entry.actor, &entry.action, &organizer, &event, &entry.detail])
            .await
            .map(drop)
    }

    /// Returns a page of entries, the newest first; `before` is the last entry of the page before.
    pub async fn audit_log(&self, of: AuditSubject, before: Option<i64>, limit: i64) -> Result<Vec<AuditRow>, DbError> {
        let (sql, key) = match of {
            AuditSubject::Event(event) => (include_str!("queries/audit_log/of_event.sql"), event.0),
            AuditSubject::Organizer(organizer) => (include_str!("queries/audit_log/of_organizer.sql"), organizer.0),
        };
        let rows = self.rows(READING, sql, &[&key, &before, &limit]).await?;
        let entries = rows.iter().map(|row| AuditRow {
            entry: row.get("entry"),
            at: row.get("at"),
            actor: row.get("actor"),
            action: row.get("action"),
            detail: row.get("detail"),
            hash: row.get("hash"),
        });
        Ok(entries.collect())
    }

    /// Returns at most `limit` links of the chain that follow the entry `after`.
    pub async fn audit_chain(&self, after: i64, limit: i64) -> Result<Vec<AuditLink>, DbError> {
        let rows = self.rows(READING, include_str!("queries/audit_log/chain.sql"), &[&after, &limit]).await?;
        let links =
            rows.iter().map(|row| AuditLink { entry: row.get("entry"), text: row.get("text"), hash: row.get("hash") });
        Ok(links.collect())
    }
}

const READING: &str = "reading the audit log";
