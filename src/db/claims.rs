//! Claims: documents taken to be made, each under a lease that can be renewed while the work on it lasts.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError, Weak,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use jiff::Timestamp;
use tokio_postgres::{Row, types::ToSql};

use super::{Database, DbError};
use crate::domain::{DocumentKind, DocumentRef, EventKey, LeaseToken, RegistrationRef};

/// Pause before a document that was not attempted is due again.
const RELEASE_SECONDS: f64 = 1.0;

/// A document taken to be made, and the lease it is taken under. Clones share the end of the lease.
#[derive(Debug, Clone)]
pub struct Claim {
    pub document: DocumentRef,
    pub lease: LeaseToken,
    /// When the document was asked for; some documents print it.
    pub promised_at: Timestamp,
    state: Arc<LeaseState>,
}

/// A claim as long as a clone of it lives, for renewing its lease.
#[derive(Debug)]
pub struct OpenClaim {
    document: DocumentRef,
    lease: LeaseToken,
    promised_at: Timestamp,
    state: Weak<LeaseState>,
}

/// The lease of a claim.
#[derive(Debug)]
struct LeaseState {
    until: Mutex<Instant>,
    /// True once an outcome is being recorded: a renewal after that would undo it.
    closed: AtomicBool,
    renewals: AtomicU32,
}

impl Claim {
    /// A claim that holds until `until` if it is not renewed.
    pub fn new(document: DocumentRef, lease: LeaseToken, until: Instant, promised_at: Timestamp) -> Self {
        let (until, closed, renewals) = (Mutex::new(until), AtomicBool::new(false), AtomicU32::new(0));
        Self { document, lease, promised_at, state: Arc::new(LeaseState { until, closed, renewals }) }
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
        *self.state.until.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Number of renewals of the lease.
    pub fn renewals(&self) -> u32 {
        self.state.renewals.load(Ordering::Relaxed)
    }

    /// Ends renewals: the outcome of the work is being recorded.
    pub(super) fn close(&self) {
        self.state.closed.store(true, Ordering::Release);
    }

    fn renewed_until(&self, until: Instant) {
        *self.state.until.lock().unwrap_or_else(PoisonError::into_inner) = until;
        self.state.renewals.fetch_add(1, Ordering::Relaxed);
    }

    /// The same claim without keeping it alive.
    pub fn watch(&self) -> OpenClaim {
        let Self { document, lease, promised_at, state } = self;
        OpenClaim { document: *document, lease: *lease, promised_at: *promised_at, state: Arc::downgrade(state) }
    }

    pub(super) fn from_row(row: &Row, until: Instant) -> Result<Self, DbError> {
        let document = document_from(EventKey(row.get("event_key")), row)?;
        Ok(Self::new(document, LeaseToken(row.get("attempts")), until, row.get("promised_at")))
    }
}

impl OpenClaim {
    /// The claim, if a clone of it is still alive and no outcome is being recorded.
    pub fn claim(&self) -> Option<Claim> {
        let Self { document, lease, promised_at, state } = self;
        let state = state.upgrade().filter(|state| !state.closed.load(Ordering::Acquire))?;
        Some(Claim { document: *document, lease: *lease, promised_at: *promised_at, state })
    }

    /// True while a clone of the claim is alive.
    pub fn is_alive(&self) -> bool {
        self.state.strong_count() > 0
    }
}

impl Database {
    /// Gives claims back: the documents are due again in `RELEASE_SECONDS`.
    pub async fn release_claims(&self, claims: &[Claim]) -> Result<(), DbError> {
        claims.iter().for_each(Claim::close);
        self.renew_claims(claims, RELEASE_SECONDS).await.map(drop)
    }

    /// Sets the ends of leases to `lease_seconds` from now. A lease that was lost meanwhile is left as it is. Returns the number
    /// of leases that still held.
    pub async fn renew_claims(&self, claims: &[Claim], lease_seconds: f64) -> Result<usize, DbError> {
        let sql = include_str!("queries/documents/renew.sql");
        let until = Instant::now() + Duration::from_secs_f64(lease_seconds);
        let c = ClaimColumns::of(claims);
        let params: [&(dyn ToSql + Sync); 6] = [&c.events, &c.numbers, &c.kinds, &c.parts, &c.attempts, &lease_seconds];
        let by_lease: HashMap<_, _> = claims.iter().map(|claim| ((claim.document, claim.lease.0), claim)).collect();
        let rows = self.rows("renewing leases", sql, &params).await?;
        for row in &rows {
            let document = document_from(EventKey(row.get("event_key")), row)?;
            if let Some(claim) = by_lease.get(&(document, row.get("attempts"))) {
                claim.renewed_until(until);
            }
        }
        Ok(rows.len())
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

/// Reads the reference of a document.
pub(super) fn document_from(event: EventKey, row: &Row) -> Result<DocumentRef, DbError> {
    let kind = DocumentKind::from_number(row.get("kind"))
        .ok_or(DbError::Unexpected { doing: "reading documents", what: "kind" })?;
    Ok(DocumentRef { registration: RegistrationRef { event, number: row.get("number") }, kind, part: row.get("part") })
}
