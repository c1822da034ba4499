//! Claims: documents taken to be made, each under a lease that can be renewed while the work on it lasts.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, Weak},
    time::{Duration, Instant},
};

use jiff::Timestamp;
use tokio_postgres::{Row, types::ToSql};

use super::{Database, DbError, documents::document_from};
use crate::domain::{DocumentRef, EventKey, LeaseToken};

/// A document taken to be made, and the lease it is taken under. Clones share the end of the lease.
#[derive(Debug, Clone)]
pub struct Claim {
    pub document: DocumentRef,
    pub lease: LeaseToken,
    /// When the document was asked for; some documents print it.
    pub promised_at: Timestamp,
    until: Arc<Mutex<Instant>>,
}

/// A claim as long as a clone of it lives, for renewing its lease.
#[derive(Debug)]
pub struct OpenClaim {
    document: DocumentRef,
    lease: LeaseToken,
    promised_at: Timestamp,
    until: Weak<Mutex<Instant>>,
}

impl Claim {
    /// A claim that holds until `until` if it is not renewed.
    pub fn new(document: DocumentRef, lease: LeaseToken, until: Instant, promised_at: Timestamp) -> Self {
        Self { document, lease, promised_at, until: Arc::new(Mutex::new(until)) }
    }

    /// The claim on a document that was promised just now, by the server that has its data in memory.
    pub fn fresh(document: DocumentRef, grace_seconds: f64) -> Self {
        let until = Instant::now() + Duration::from_secs_f64(grace_seconds);
        Self::new(document, LeaseToken::UNCLAIMED, until, Timestamp::now())
    }

    /// True until the lease runs out. After that another server may claim the document.
    pub fn holds(&self) -> bool {
        Instant::now() < self.until()
    }

    /// When the lease runs out.
    pub fn until(&self) -> Instant {
        *self.until.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The same claim without keeping it alive.
    pub fn watch(&self) -> OpenClaim {
        let Self { document, lease, promised_at, until } = self;
        OpenClaim { document: *document, lease: *lease, promised_at: *promised_at, until: Arc::downgrade(until) }
    }

    pub(super) fn from_row(row: &Row, until: Instant) -> Result<Self, DbError> {
        let document = document_from(EventKey(row.get("event_key")), row)?;
        Ok(Self::new(document, LeaseToken(row.get("attempts")), until, row.get("promised_at")))
    }
}

impl OpenClaim {
    /// The claim, if a clone of it is still alive.
    pub fn claim(&self) -> Option<Claim> {
        let Self { document, lease, promised_at, until } = self;
        Some(Claim { document: *document, lease: *lease, promised_at: *promised_at, until: until.upgrade()? })
    }

    /// True while a clone of the claim is alive.
    pub fn is_alive(&self) -> bool {
        self.until.strong_count() > 0
    }
}

impl Database {
    /// Renews leases for `lease_seconds` from now. A lease that was lost meanwhile is left as it is.
    pub async fn renew_claims(&self, claims: &[Claim], lease_seconds: f64) -> Result<(), DbError> {
        let sql = include_str!("queries/documents/renew.sql");
        let until = Instant::now() + Duration::from_secs_f64(lease_seconds);
        let c = ClaimColumns::of(claims);
        let params: [&(dyn ToSql + Sync); 6] = [&c.events, &c.numbers, &c.kinds, &c.parts, &c.attempts, &lease_seconds];
        let by_document: HashMap<_, _> = claims.iter().map(|claim| (claim.document, claim)).collect();
        for row in self.rows("renewing leases", sql, &params).await? {
            let document = document_from(EventKey(row.get("event_key")), &row)?;
            if let Some(claim) = by_document.get(&document) {
                *claim.until.lock().unwrap_or_else(PoisonError::into_inner) = until;
            }
        }
        Ok(())
    }
}

/// Claims as the arrays of a statement.
#[derive(Default)]
pub(super) struct ClaimColumns {
    pub events: Vec<i32>,
    pub numbers: Vec<i32>,
    pub kinds: Vec<i16>,
    pub parts: Vec<i16>,
    pub attempts: Vec<i16>,
}

impl ClaimColumns {
    pub fn of<'a>(claims: impl IntoIterator<Item = &'a Claim>) -> Self {
        let mut columns = Self::default();
        for Claim { document: DocumentRef { registration, kind, part }, lease, .. } in claims {
            columns.events.push(registration.event.0);
            columns.numbers.push(registration.number);
            columns.kinds.push(kind.number());
            columns.parts.push(*part);
            columns.attempts.push(lease.0);
        }
        columns
    }
}
