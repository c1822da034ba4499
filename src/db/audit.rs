//! What was done to whose data, by whom.

use serde_json::Value;

use super::{Database, DbError};
use crate::domain::{EventKey, OrganizerKey};

/// One thing that was done.
#[derive(Debug, Clone)]
pub struct AuditEntry<'a> {
    pub actor: &'a str,
    pub action: &'a str,
    pub organizer: Option<OrganizerKey>,
    pub event: Option<EventKey>,
    pub detail: Value,
}

impl Database {
    /// Writes it down.
    pub async fn audit(&self, entry: &AuditEntry<'_>) -> Result<(), DbError> {
        let sql = include_str!("queries/audit_log/add.sql");
        let (organizer, event) = (entry.organizer.map(|key| key.0), entry.event.map(|key| key.0));
        self.rows("writing the audit log", sql, &[&entry.actor, &entry.action, &organizer, &event, &entry.detail])
            .await
            .map(drop)
    }
}
