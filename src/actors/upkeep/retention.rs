//! Retention: withdraws and removes files that are older than configured, and records the removal in the audit log.

use serde_json::json;

use crate::{
    db::{AuditEntry, Database, EventFiles},
    domain::DocumentKind,
    store::{ObjectKind, Store},
};

use super::ReconcileError;

/// Days that files of each kind are kept, after the end of the event or the date of the invoice; 0 keeps them for ever.
#[derive(Debug, Clone, Copy, Default)]
pub struct RetentionSettings {
    pub tickets_days: i32,
    pub codes_days: i32,
    pub confirmations_days: i32,
    pub invoices_days: i32,
    /// Days that copies of messages are kept.
    pub mails_days: i32,
    /// Days that jobs which have ended and records of downloads are kept; 0 keeps them for ever.
    pub jobs_days: i32,
    pub downloads_days: i32,
    /// Days that orphaned objects stay in the trash.
    pub trash_days: u32,
}

/// Expired files of one kind: removed, or only counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpiredFiles {
    pub kind: ObjectKind,
    pub objects: i64,
    pub bytes: i64,
}

/// Treatment of expired files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetentionMode {
    Remove,
    /// A dry run: expired files are only counted.
    Count,
}

/// Maximum of files withdrawn, or invoices removed, at once.
const MAX_FILES: i64 = 1000;

/// Withdraws expired documents and removes expired invoices, or only counts them. The result has one entry per
/// configured kind.
pub async fn apply_retention(
    database: &Database,
    store: &Store,
    settings: &RetentionSettings,
    actor: &str,
    mode: RetentionMode,
) -> Result<Vec<ExpiredFiles>, ReconcileError> {
    let kinds: [(ObjectKind, &[DocumentKind], i32); 3] = [
        (ObjectKind::Tickets, &[DocumentKind::Tickets, DocumentKind::Ticket], settings.tickets_days),
        (ObjectKind::Codes, &[DocumentKind::Code], settings.codes_days),
        (ObjectKind::Confirmations, &[DocumentKind::Confirmation], settings.confirmations_days),
    ];
    let count_only = mode == RetentionMode::Count;
    let mut expired = Vec::new();
    for (kind, documents, days) in kinds.into_iter().filter(|(.., days)| *days > 0) {
        let mut total = ExpiredFiles { kind, objects: 0, bytes: 0 };
        loop {
            let files: Vec<EventFiles> = if count_only {
                database.count_expired(documents, days).await?
            } else {
                database.withdraw_expired(documents, days, MAX_FILES).await?
            };
            for group in &files {
                total.objects += group.documents;
                total.bytes += group.bytes;
                if !count_only {
                    let detail =
                        json!({"kind": kind.name(), "documents": group.documents, "bytes": group.bytes, "days": days});
                    let (action, event) = ("storage.retention", Some(group.event));
                    database.audit(&AuditEntry { actor, action, organizer: None, event, detail }).await?;
                }
            }
            if count_only || files.is_empty() {
                break;
            }
        }
        expired.push(total);
    }
    if settings.invoices_days > 0 {
        expired.push(apply_to_invoices(database, store, settings.invoices_days, actor, count_only).await?);
    }
    if settings.mails_days > 0 {
        expired.push(apply_to_mails(database, store, settings.mails_days, actor, count_only).await?);
    }
    Ok(expired)
}

/// Removes each copy of a message before its key in the row is forgotten.
async fn apply_to_mails(
    database: &Database,
    store: &Store,
    days: i32,
    actor: &str,
    count_only: bool,
) -> Result<ExpiredFiles, ReconcileError> {
    let mut total = ExpiredFiles { kind: ObjectKind::Mails, objects: 0, bytes: 0 };
    let mut after = None;
    loop {
        let mails = database.expired_mails(days, after, MAX_FILES).await?;
        let Some(last) = mails.last() else { break };
        after = Some((last.created_at, last.id));
        let mut removed = Vec::new();
        for mail in &mails {
            if !count_only {
                match store.delete(&mail.key).await {
                    Ok(()) => removed.push(mail.id),
                    Err(error) if error.cause.is_general() => return Err(error.into()),
                    Err(error) => {
                        tracing::warn!(%error, "the copy of a message was not removed; the next round tries again");
                        continue;
                    }
                }
            }
            total.objects += 1;
            total.bytes += i64::from(mail.bytes);
        }
        database.forget_mails(&removed).await?;
    }
    if !count_only && total.objects > 0 {
        let detail = json!({"kind": ObjectKind::Mails.name(), "objects": total.objects, "days": days});
        let entry = AuditEntry { actor, action: "storage.retention", organizer: None, event: None, detail };
        database.audit(&entry).await?;
    }
    Ok(total)
}

/// Removes each object before its row: after a failure the row is still there, and the next round tries again.
async fn apply_to_invoices(
    database: &Database,
    store: &Store,
    days: i32,
    actor: &str,
    count_only: bool,
) -> Result<ExpiredFiles, ReconcileError> {
    let mut total = ExpiredFiles { kind: ObjectKind::Invoices, objects: 0, bytes: 0 };
    let mut after = String::new();
    loop {
        let invoices = database.expired_invoices(days, &after, MAX_FILES).await?;
        let Some(last) = invoices.last() else { return Ok(total) };
        after.clone_from(&last.key);
        for invoice in &invoices {
            if !count_only {
                match store.delete(&invoice.key).await {
                    Ok(()) => {}
                    Err(error) if error.cause.is_general() => return Err(error.into()),
                    Err(error) => {
                        tracing::warn!(%error, "an invoice was not removed; the next round tries again");
                        continue;
                    }
                }
                database.remove_invoice(&invoice.key).await?;
                let detail = json!({"kind": ObjectKind::Invoices.name(), "key": invoice.key, "days": days});
                let (action, organizer) = ("storage.retention", Some(invoice.organizer));
                database.audit(&AuditEntry { actor, action, organizer, event: None, detail }).await?;
            }
            total.objects += 1;
            total.bytes += i64::from(invoice.bytes);
        }
    }
}
