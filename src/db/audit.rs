//! The audit log: a chain for each organizer, in which each entry's hash covers the hash of the entry before.

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

/// An entry as a link of a chain: its hash covers `text` and the hash before.
#[derive(Debug, Clone)]
pub struct AuditLink {
    /// Key of the organizer, or 0 for entries of the operator.
    pub chain: i32,
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

    /// Returns the newest entry as a mark, for [`Self::has_audit_mark`]. `None` if the log is empty.
    pub async fn newest_audit_mark(&self) -> Result<Option<String>, DbError> {
        let row = self.row(READING, include_str!("queries/audit_log/newest.sql"), &[]).await?;
        Ok(row.map(|row| row.get("mark")))
    }

    /// True if the log has the entry of a mark. A database that was restored from a backup lacks later entries.
    pub async fn has_audit_mark(&self, mark: &str) -> Result<bool, DbError> {
        let [chain, entry, hash] = mark.split(' ').collect::<Vec<_>>()[..] else { return Ok(false) };
        let (Ok(chain), Ok(entry)) = (chain.parse::<i32>(), entry.parse::<i64>()) else { return Ok(false) };
        let row = self.row(READING, include_str!("queries/audit_log/has_mark.sql"), &[&chain, &entry, &hash]).await?;
        Ok(row.is_some_and(|row| row.get("has_mark")))
    }

    /// Returns at most `limit` links of all chains that follow the entry `after` of a chain.
    pub async fn audit_links(&self, after: (i32, i64), limit: i64) -> Result<Vec<AuditLink>, DbError> {
        let rows =
            self.rows(READING, include_str!("queries/audit_log/chain.sql"), &[&after.0, &after.1, &limit]).await?;
        let links = rows.iter().map(|row| AuditLink {
            chain: row.get("chain"),
            entry: row.get("entry"),
            text: row.get("text"),
            hash: row.get("hash"),
        });
        Ok(links.collect())
    }
}

const READING: &str = "reading the audit log";
