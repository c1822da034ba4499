//! Documents: claimed, stored, missed.

use std::time::{Duration, Instant};

use tokio_postgres::types::ToSql;

use super::{Database, DbError};
use crate::domain::{ContentHash, DocumentRef, DocumentState, EventKey, Lease, RegistrationRef, Stored};

/// A document taken to be made, and the lease it is taken under.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claim {
    pub document: DocumentRef,
    pub lease: Lease,
    /// After this somebody else may have it, and whatever is done for it is likely done twice.
    pub until: Instant,
}

impl Claim {
    /// The claim of whoever promised the document just now and has its data in memory.
    pub fn first(document: DocumentRef, grace_seconds: f64) -> Self {
        Self { document, lease: Lease::FIRST, until: Instant::now() + Duration::from_secs_f64(grace_seconds) }
    }

    /// Whether it still holds.
    pub fn holds(&self) -> bool {
        Instant::now() < self.until
    }
}

/// A document that reached storage.
#[derive(Debug, Clone)]
pub struct Finished {
    pub claim: Claim,
    pub stored: Stored,
}

/// A document that did not.
#[derive(Debug, Clone)]
pub struct Missed {
    pub claim: Claim,
    pub error: String,
    /// When to try again.
    pub retry_seconds: f64,
    /// Whether it is the file's own fault, which counts.
    pub failed: bool,
}

/// What waits for storage.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Backlog {
    /// Counted up to a hundred thousand.
    pub pending: i64,
    /// For how long the oldest promise has not been kept.
    pub oldest_seconds: f64,
}

impl Database {
    /// Where a registration's file stands, and where it is once stored. `None` if nothing has happened to it yet.
    pub async fn document(&self, of: DocumentRef) -> Result<Option<(DocumentState, Option<Stored>)>, DbError> {
        let doing = "reading a document";
        let sql = include_str!("queries/documents/find.sql");
        let Some(row) = self.row(doing, sql, &[&of.0.event.0, &of.0.number]).await? else { return Ok(None) };
        let unexpected = |what| DbError::Unexpected { doing, what };
        let state = DocumentState::from_number(row.get("state")).ok_or(unexpected("state"))?;
        let stored = match row.get::<_, Option<Vec<u8>>>("content_hash") {
            Some(hash) => Some(Stored {
                key: row.get("storage_key"),
                hash: ContentHash(hash.try_into().map_err(|_| unexpected("hash length"))?),
                bytes: row.get("bytes"),
            }),
            None => None,
        };
        Ok(Some((state, stored)))
    }

    /// Writes the promises of registrations that are `grace_seconds` old into documents, up to `limit` of an event at once.
    /// Returns how many registrations were looked at.
    pub async fn promise_documents(&self, grace_seconds: f64, limit: i32) -> Result<i64, DbError> {
        let sql = include_str!("queries/documents/promise.sql");
        let row = self.row("promising documents", sql, &[&grace_seconds, &limit]).await?;
        Ok(row.map_or(0, |row| row.get("registrations")))
    }

    /// Claims up to `limit` documents that are due, for `lease_seconds`.
    pub async fn claim_due(&self, limit: i64, lease_seconds: f64) -> Result<Vec<Claim>, DbError> {
        let sql = include_str!("queries/documents/claim_due.sql");
        let until = Instant::now() + Duration::from_secs_f64(lease_seconds);
        let rows = self.rows("claiming documents", sql, &[&limit, &lease_seconds]).await?;
        Ok(rows
            .iter()
            .map(|row| Claim {
                document: DocumentRef(RegistrationRef {
                    event: EventKey(row.get("event_key")),
                    number: row.get("number"),
                }),
                lease: Lease(row.get("attempts")),
                until,
            })
            .collect())
    }

    /// Marks documents stored. Those whose lease was lost are not, and what they may have overwritten is promised anew;
    /// returns how many those were.
    pub async fn mark_stored(&self, finished: &[Finished]) -> Result<u64, DbError> {
        let c = ClaimColumns::of(finished.iter().map(|f| f.claim));
        let hashes: Vec<_> = finished.iter().map(|f| f.stored.hash.0.as_slice()).collect();
        let keys: Vec<_> = finished.iter().map(|f| f.stored.key.as_str()).collect();
        let bytes: Vec<_> = finished.iter().map(|f| f.stored.bytes).collect();
        let sql = include_str!("queries/documents/mark_stored.sql");
        let params: [&(dyn ToSql + Sync); 6] = [&c.events, &c.numbers, &c.attempts, &hashes, &keys, &bytes];
        let row = self.row("marking documents stored", sql, &params).await?;
        Ok(row.map_or(0, |row| row.get::<_, i64>("again").unsigned_abs()))
    }

    /// Keeps why documents were not made, and when to try again. Whoever failed `max_failures` times is set aside.
    pub async fn mark_missed(&self, missed: &[Missed], max_failures: i16) -> Result<(), DbError> {
        let c = ClaimColumns::of(missed.iter().map(|m| m.claim));
        let errors: Vec<_> = missed.iter().map(|m| m.error.as_str()).collect();
        let retries: Vec<_> = missed.iter().map(|m| m.retry_seconds).collect();
        let failed: Vec<_> = missed.iter().map(|m| m.failed).collect();
        let sql = include_str!("queries/documents/mark_missed.sql");
        let most = i32::from(max_failures);
        let params: [&(dyn ToSql + Sync); 7] = [&c.events, &c.numbers, &c.attempts, &errors, &retries, &failed, &most];
        self.rows("marking documents missed", sql, &params).await.map(drop)
    }

    /// Promises a file anew: one that was set aside, or a stored one that is stale, unless it was replaced meanwhile.
    pub async fn refresh_document(&self, of: DocumentRef, stale: Option<ContentHash>) -> Result<(), DbError> {
        let sql = include_str!("queries/documents/refresh.sql");
        let hash = stale.as_ref().map(|hash| hash.0.as_slice());
        self.rows("refreshing a document", sql, &[&of.0.event.0, &of.0.number, &hash]).await.map(drop)
    }

    /// What waits for storage.
    pub async fn backlog(&self) -> Result<Backlog, DbError> {
        let row = self.row("measuring the backlog", include_str!("queries/documents/backlog.sql"), &[]).await?;
        Ok(row.map_or_else(Backlog::default, |row| Backlog {
            pending: row.get("pending"),
            oldest_seconds: row.get::<_, f64>("oldest_seconds").max(0.0),
        }))
    }
}

#[derive(Default)]
struct ClaimColumns {
    events: Vec<i32>,
    numbers: Vec<i32>,
    attempts: Vec<i16>,
}

impl ClaimColumns {
    fn of(claims: impl Iterator<Item = Claim>) -> Self {
        let mut columns = Self::default();
        for Claim { document: DocumentRef(registration), lease, .. } in claims {
            columns.events.push(registration.event.0);
            columns.numbers.push(registration.number);
            columns.attempts.push(lease.0);
        }
        columns
    }
}
