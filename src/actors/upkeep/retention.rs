//! How long files are kept: what is older is withdrawn and removed, and the audit log says so.

use serde_json::json;

use crate::{
    db::{AuditEntry, Database, EventFiles},
    domain::DocumentKind,
    store::{ObjectKind, Store},
};

use super::ReconcileError;

/// After how many days each kind goes: counted from the event's end, or from an invoice's date. 0 keeps it.
#[derive(Debug, Clone, Copy, Default)]
pub struct RetentionSettings {
    pub tickets_days: i32,
    pub codes_days: i32,
    pub confirmations_days: i32,
    pub invoices_days: i32,
}

/// What was, or would be, removed of one kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Removed {
    pub kind: ObjectKind,
    pub objects: i64,
    pub bytes: i64,
}

/// Files withdrawn in one statement, and invoices removed in one round.
const AT_ONCE: i64 = 1000;

/// Withdraws what is older than it may be; a dry run only says what that would be.
pub async fn clean(
    database: &Database,
    store: &Store,
    settings: &RetentionSettings,
    actor: &str,
    dry_run: bool,
) -> Result<Vec<Removed>, ReconcileError> {
    let kinds: [(ObjectKind, &[DocumentKind], i32); 3] = [
        (ObjectKind::Tickets, &[DocumentKind::Tickets, DocumentKind::Ticket], settings.tickets_days),
        (ObjectKind::Codes, &[DocumentKind::Code], settings.codes_days),
        (ObjectKind::Confirmations, &[DocumentKind::Confirmation], settings.confirmations_days),
    ];
    let mut removed = Vec::new();
    for (kind, documents, days) in kinds.into_iter().filter(|(.., days)| *days > 0) {
        let mut total = Removed { kind, objects: 0, bytes: 0 };
        loop {
            let some: Vec<EventFiles> = if dry_run {
                database.count_expired(documents, days).await?
            } else {
                database.withdraw_expired(documents, days, AT_ONCE).await?
            };
            for of in &some {
                total.objects += of.documents;
                total.bytes += of.bytes;
                if !dry_run {
                    let detail =
                        json!({"kind": kind.name(), "documents": of.documents, "bytes": of.bytes, "days": days});
                    let (action, event) = ("storage.retention", Some(of.event));
                    database.audit(&AuditEntry { actor, action, organizer: None, event, detail }).await?;
                }
            }
            if dry_run || some.is_empty() {
                break;
            }
        }
        removed.push(total);
    }
    if settings.invoices_days > 0 {
        removed.push(clean_invoices(database, store, settings.invoices_days, actor, dry_run).await?);
    }
    Ok(removed)
}

/// The object goes first: a row without one would be a lie, an object without a row is found again.
async fn clean_invoices(
    database: &Database,
    store: &Store,
    days: i32,
    actor: &str,
    dry_run: bool,
) -> Result<Removed, ReconcileError> {
    let mut total = Removed { kind: ObjectKind::Invoices, objects: 0, bytes: 0 };
    loop {
        let some = database.expired_invoices(days, if dry_run { i64::MAX } else { AT_ONCE }).await?;
        for old in &some {
            total.objects += 1;
            total.bytes += i64::from(old.bytes);
            if !dry_run {
                store.delete(&old.key).await?;
                database.remove_invoice(&old.key).await?;
                let detail = json!({"kind": ObjectKind::Invoices.name(), "key": old.key, "days": days});
                let (action, organizer) = ("storage.retention", Some(old.organizer));
                database.audit(&AuditEntry { actor, action, organizer, event: None, detail }).await?;
            }
        }
        if dry_run || some.is_empty() {
            return Ok(total);
        }
    }
}
