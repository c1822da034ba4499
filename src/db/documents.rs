//! Documents: promises, claims and results.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde_json::Value;
use tokio_postgres::{Row, types::ToSql};

use super::{
    Claim, Database, DbError,
    claims::{ClaimColumns, document_from},
};
use crate::domain::{
    ContentHash, DocumentKind, DocumentRecord, DocumentRef, DocumentState, EventKey, LeaseToken, RegistrationRef,
    Stored,
};

/// A document that was stored.
#[derive(Debug, Clone)]
pub struct StoredDocument {
    pub claim: Claim,
    pub stored: Stored,
    /// Revision of the event when the file was made.
    pub revision: i32,
    pub layout_version: i32,
    /// Id of the event's key that signed the codes.
    pub key: u8,
}

/// A claimed document that is to be removed from storage.
#[derive(Debug)]
pub struct Removal {
    pub claim: Claim,
    pub key: String,
}

/// A document that was not stored.
#[derive(Debug, Clone)]
pub struct MissedDocument {
    pub claim: Claim,
    pub error: String,
    /// Seconds until the next try.
    pub retry_seconds: f64,
    /// True if the file itself could not be made, which counts towards its limit of failures.
    pub failed: bool,
}

/// Number and age of the documents that are not in storage.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct StorageBacklog {
    /// Counted up to 100,000.
    pub pending: i64,
    /// Failed, counted up to 100,000.
    pub failed: i64,
    /// Age of the oldest promise that is not kept.
    pub oldest_seconds: f64,
}

/// A document in listings for its organizer.
#[derive(Debug, Clone)]
pub struct DocumentRow {
    pub document: DocumentRef,
    pub state: DocumentState,
    pub attempts: i16,
    pub failures: i16,
    pub promised_at: Timestamp,
    pub due_at: Timestamp,
    pub stored_at: Option<Timestamp>,
    pub bytes: Option<i32>,
    pub hash: Option<ContentHash>,
    /// Key in storage.
    pub key: Option<String>,
    pub revision: Option<i32>,
    pub layout_version: Option<i32>,
    pub imported: bool,
    /// Request that led to the file.
    pub generation: Option<Value>,
    pub error: Option<String>,
}

/// Filter for a listing of an event's documents.
#[derive(Debug, Clone, Copy)]
pub struct DocumentFilter {
    pub state: Option<DocumentState>,
    pub kind: Option<DocumentKind>,
    /// Number, kind and part of the last document of the page before.
    pub after: (i32, i16, i16),
    pub limit: i64,
}

impl Database {
    /// Returns a document. `None` if it has no row yet.
    pub async fn document(&self, of: DocumentRef) -> Result<Option<DocumentRecord>, DbError> {
        let sql = include_str!("queries/documents/find.sql");
        let DocumentRef { registration: RegistrationRef { event, number }, kind, part } = of;
        let row = self.row(READING, sql, &[&event.0, &number, &kind.number(), &part]).await?;
        row.map(|row| record_from(of.registration, &row)).transpose()
    }

    /// Returns the documents of a registration that have rows, by kind and part.
    pub async fn documents_of(&self, registration: RegistrationRef) -> Result<Vec<DocumentRecord>, DbError> {
        let sql = include_str!("queries/documents/of_registration.sql");
        let rows = self.rows(READING, sql, &[&registration.event.0, &registration.number]).await?;
        rows.iter().map(|row| record_from(registration, row)).collect()
    }

    /// Returns a page of an event's documents.
    pub async fn list_documents(&self, event: EventKey, filter: &DocumentFilter) -> Result<Vec<DocumentRow>, DbError> {
        let sql = include_str!("queries/documents/list.sql");
        let (state, kind) = (filter.state.map(DocumentState::number), filter.kind.map(DocumentKind::number));
        let (number, after_kind, part) = filter.after;
        let params: [&(dyn ToSql + Sync); 7] = [&event.0, &state, &kind, &number, &after_kind, &part, &filter.limit];
        let rows = self.rows("listing documents", sql, &params).await?;
        rows.iter()
            .map(|row| {
                Ok(DocumentRow {
                    document: document_from(event, row)?,
                    state: state_from(row)?,
                    attempts: row.get("attempts"),
                    failures: row.get("failures"),
                    promised_at: row.get("promised_at"),
                    due_at: row.get("due_at"),
                    stored_at: row.get("stored_at"),
                    bytes: row.get("bytes"),
                    hash: hash_from(row)?,
                    key: row.get("storage_key"),
                    revision: row.get("revision"),
                    layout_version: row.get("layout_version"),
                    imported: row.get("imported"),
                    generation: row.get("generation"),
                    error: row.get("error"),
                })
            })
            .collect()
    }

    /// Promises all failed documents of an event again. Returns their number.
    pub async fn retry_failed(&self, event: EventKey) -> Result<usize, DbError> {
        let sql = include_str!("queries/documents/retry_failed.sql");
        Ok(self.rows("retrying failed documents", sql, &[&event.0]).await?.len())
    }

    /// Inserts the documents of registrations older than `grace_seconds`, for at most `limit` registrations of an
    /// event. Returns the number of registrations read.
    pub async fn promise_documents(&self, grace_seconds: f64, limit: i32) -> Result<i64, DbError> {
        let sql = include_str!("queries/documents/promise.sql");
        let row = self.row("promising documents", sql, &[&grace_seconds, &limit]).await?;
        Ok(row.map_or(0, |row| row.get("registrations")))
    }

    /// Claims at most `limit` due documents for `lease_seconds`.
    pub async fn claim_due(&self, limit: i64, lease_seconds: f64) -> Result<Vec<Claim>, DbError> {
        let sql = include_str!("queries/documents/claim_due.sql");
        self.claims("claiming documents", sql, &[&limit, &lease_seconds], lease_seconds).await
    }

    /// Runs a statement that claims documents.
    pub(super) async fn claims(
        &self,
        doing: &'static str,
        sql: &str,
        params: &[&(dyn ToSql + Sync)],
        lease_seconds: f64,
    ) -> Result<Vec<Claim>, DbError> {
        let until = Instant::now() + Duration::from_secs_f64(lease_seconds);
        self.rows(doing, sql, params).await?.iter().map(|row| Claim::from_row(row, until)).collect()
    }

    /// Claims one document. `None` if its registration is not confirmed.
    pub async fn claim_one(&self, document: DocumentRef, lease_seconds: f64) -> Result<Option<Claim>, DbError> {
        let sql = include_str!("queries/documents/claim_one.sql");
        let until = Instant::now() + Duration::from_secs_f64(lease_seconds);
        let DocumentRef { registration: RegistrationRef { event, number }, kind, part } = document;
        let params: [&(dyn ToSql + Sync); 5] = [&event.0, &number, &kind.number(), &part, &lease_seconds];
        let row = self.row("claiming a document", sql, &params).await?;
        Ok(row.map(|row| Claim::new(document, LeaseToken(row.get("attempts")), until, row.get("promised_at"))))
    }

    /// Claims a document for a file from another program. `None` if the registration is not confirmed or younger than
    /// `fresh_seconds`, or if the document is claimed.
    pub async fn claim_import(
        &self,
        document: DocumentRef,
        lease_seconds: f64,
        fresh_seconds: f64,
    ) -> Result<Option<Claim>, DbError> {
        let sql = include_str!("queries/documents/claim_import.sql");
        let until = Instant::now() + Duration::from_secs_f64(lease_seconds);
        let RegistrationRef { event, number } = document.registration;
        let params: [&(dyn ToSql + Sync); 4] = [&event.0, &number, &lease_seconds, &fresh_seconds];
        let row = self.row("claiming a file for import", sql, &params).await?;
        Ok(row.map(|row| Claim::new(document, LeaseToken(row.get("attempts")), until, row.get("promised_at"))))
    }

    /// Marks a file from another program as stored. `false` if the claim was lost.
    pub async fn mark_imported(&self, claim: &Claim, stored: &Stored) -> Result<bool, DbError> {
        let sql = include_str!("queries/documents/mark_imported.sql");
        let DocumentRef { registration: RegistrationRef { event, number }, kind, .. } = claim.document;
        let hash = stored.hash.0.as_slice();
        let (kind, lease) = (kind.number(), claim.lease.0);
        let params: [&(dyn ToSql + Sync); 8] =
            [&event.0, &number, &kind, &lease, &hash, &stored.key, &stored.bytes, &stored.tag];
        Ok(self.row("marking a document imported", sql, &params).await?.is_some())
    }

    /// Promises a further confirmation; `generation` is the request that led to it. `None` if the registration is not
    /// confirmed, or another request promised one at the same time.
    pub async fn add_confirmation(
        &self,
        of: RegistrationRef,
        generation: &Value,
    ) -> Result<Option<DocumentRecord>, DbError> {
        let sql = include_str!("queries/documents/add_confirmation.sql");
        let row = self.row("promising a confirmation", sql, &[&of.event.0, &of.number, generation]).await?;
        Ok(row.map(|row| DocumentRecord {
            document: DocumentRef { registration: of, kind: DocumentKind::Confirmation, part: row.get("part") },
            state: DocumentState::Pending,
            stored: None,
            imported: false,
            promised_at: row.get("promised_at"),
        }))
    }

    /// Claims at most `limit` withdrawn documents that are still in storage.
    pub async fn claim_removals(&self, limit: i64, lease_seconds: f64) -> Result<Vec<Removal>, DbError> {
        let sql = include_str!("queries/documents/claim_removals.sql");
        let until = Instant::now() + Duration::from_secs_f64(lease_seconds);
        let rows = self.rows("claiming withdrawn documents", sql, &[&limit, &lease_seconds]).await?;
        let removal = |row| Ok(Removal { claim: Claim::from_row(row, until)?, key: row.get("storage_key") });
        rows.iter().map(removal).collect()
    }

    /// Marks documents as removed from storage.
    pub async fn mark_removed(&self, removed: &[Claim]) -> Result<(), DbError> {
        let c = ClaimColumns::of(removed);
        let sql = include_str!("queries/documents/mark_removed.sql");
        let params: [&(dyn ToSql + Sync); 5] = [&c.events, &c.numbers, &c.kinds, &c.parts, &c.attempts];
        self.rows("marking documents removed", sql, &params).await.map(drop)
    }

    /// Marks documents as stored. Those whose lease was lost are promised again, since they may have overwritten
    /// another file. Returns the number of documents promised again.
    pub async fn mark_stored(&self, finished: &[StoredDocument]) -> Result<u64, DbError> {
        for file in finished {
            file.claim.close();
        }
        let c = ClaimColumns::of(finished.iter().map(|f| &f.claim));
        let hashes: Vec<_> = finished.iter().map(|f| f.stored.hash.0.as_slice()).collect();
        let keys: Vec<_> = finished.iter().map(|f| f.stored.key.as_str()).collect();
        let bytes: Vec<_> = finished.iter().map(|f| f.stored.bytes).collect();
        let tags: Vec<_> = finished.iter().map(|f| f.stored.tag.as_deref()).collect();
        let revisions: Vec<_> = finished.iter().map(|f| f.revision).collect();
        let layouts: Vec<_> = finished.iter().map(|f| f.layout_version).collect();
        let signers: Vec<_> = finished.iter().map(|f| i16::from(f.key)).collect();
        let sql = include_str!("queries/documents/mark_stored.sql");
        let params: [&(dyn ToSql + Sync); 12] = [
            &c.events,
            &c.numbers,
            &c.kinds,
            &c.parts,
            &c.attempts,
            &hashes,
            &keys,
            &bytes,
            &tags,
            &revisions,
            &layouts,
            &signers,
        ];
        let row = self.row("marking documents stored", sql, &params).await?;
        Ok(row.map_or(0, |row| row.get::<_, i64>("promised_again").unsigned_abs()))
    }

    /// Stores the errors of documents that were not stored and the times of the next try. Documents with `max_failures`
    /// failures get the state failed; returns their number.
    pub async fn mark_missed(&self, missed: &[MissedDocument], max_failures: i16) -> Result<u64, DbError> {
        for miss in missed {
            miss.claim.close();
        }
        let c = ClaimColumns::of(missed.iter().map(|m| &m.claim));
        let errors: Vec<_> = missed.iter().map(|m| m.error.as_str()).collect();
        let retries: Vec<_> = missed.iter().map(|m| m.retry_seconds).collect();
        let failed: Vec<_> = missed.iter().map(|m| m.failed).collect();
        let sql = include_str!("queries/documents/mark_missed.sql");
        let most = i32::from(max_failures);
        let params: [&(dyn ToSql + Sync); 9] =
            [&c.events, &c.numbers, &c.kinds, &c.parts, &c.attempts, &errors, &retries, &failed, &most];
        let row = self.row("marking documents missed", sql, &params).await?;
        Ok(row.map_or(0, |row| row.get::<_, i64>("given_up").unsigned_abs()))
    }

    /// Promises a document again that failed, or whose stored file still has the hash `stale`.
    pub async fn promise_again(&self, of: DocumentRef, stale: Option<ContentHash>) -> Result<(), DbError> {
        let sql = include_str!("queries/documents/refresh.sql");
        let hash = stale.as_ref().map(|hash| hash.0.as_slice());
        let DocumentRef { registration: RegistrationRef { event, number }, kind, part } = of;
        let params: [&(dyn ToSql + Sync); 5] = [&event.0, &number, &kind.number(), &part, &hash];
        self.rows("refreshing a document", sql, &params).await.map(drop)
    }

    /// Returns the number and age of the documents that are not in storage.
    pub async fn backlog(&self) -> Result<StorageBacklog, DbError> {
        let row = self.row("measuring the backlog", include_str!("queries/documents/backlog.sql"), &[]).await?;
        Ok(row.map_or_else(StorageBacklog::default, |row| StorageBacklog {
            pending: row.get("pending"),
            failed: row.get("failed"),
            oldest_seconds: row.get::<_, f64>("oldest_seconds").max(0.0),
        }))
    }
}

const READING: &str = "reading documents";

fn unexpected(what: &'static str) -> DbError {
    DbError::Unexpected { doing: READING, what }
}

fn state_from(row: &Row) -> Result<DocumentState, DbError> {
    DocumentState::from_number(row.get("state")).ok_or(unexpected("state"))
}

fn hash_from(row: &Row) -> Result<Option<ContentHash>, DbError> {
    let hash = row.get::<_, Option<Vec<u8>>>("content_hash");
    hash.map(|hash| Ok(ContentHash(hash.try_into().map_err(|_| unexpected("hash length"))?))).transpose()
}

fn record_from(registration: RegistrationRef, row: &Row) -> Result<DocumentRecord, DbError> {
    let kind = DocumentKind::from_number(row.get("kind")).ok_or(unexpected("kind"))?;
    let stored = match (hash_from(row)?, row.get::<_, Option<String>>("storage_key")) {
        (Some(hash), Some(key)) => {
            Some(Stored { key, hash, bytes: row.get::<_, Option<i32>>("bytes").unwrap_or(0), tag: row.get("tag") })
        }
        _ => None,
    };
    Ok(DocumentRecord {
        document: DocumentRef { registration, kind, part: row.get("part") },
        state: state_from(row)?,
        stored,
        imported: row.get("imported"),
        promised_at: row.get("promised_at"),
    })
}
