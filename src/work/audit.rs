//! The audit log: writes an entry after a change, and reads entries.

use serde_json::Value;

use super::{Authorized, Caller, Records, Refusal};
use crate::{
    db::{AuditEntry, AuditRow, AuditSubject},
    domain::{EventKey, Scope},
    metrics::AUDIT_FAILED,
};

impl Records {
    /// Writes an entry for a committed change. A failure is counted and logged; the change stays.
    pub(super) async fn audit(&self, by: &Authorized, event: Option<EventKey>, action: &str, detail: Value) {
        let actor = by.actor.as_str();
        let entry = AuditEntry { actor, action, organizer: by.audited_organizer(), event, detail };
        if let Err(error) = self.database.audit(&entry).await {
            metrics::counter!(AUDIT_FAILED).increment(1);
            tracing::error!(%error, action, actor, "an action is missing in the audit log");
        }
    }
}

/// Lists the entries of an event, newest first, from before the entry `before`.
pub async fn of_event(
    records: &Records,
    caller: &Caller,
    event: &str,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<AuditRow>, Refusal> {
    let setup = records.own_event(caller, Scope::AuditRead, event).await?;
    Ok(records.database.audit_log(AuditSubject::Event(setup.event.key), before, limit).await?)
}

/// Lists the entries of the caller's organizer, newest first, from before the entry `before`.
pub async fn of_organizer(
    records: &Records,
    caller: &Caller,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<AuditRow>, Refusal> {
    let organizer = records.authorize(caller, Scope::AuditRead).await?.organizer()?;
    Ok(records.database.audit_log(AuditSubject::Organizer(organizer), before, limit).await?)
}
