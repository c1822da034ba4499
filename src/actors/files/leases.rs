//! Renews the leases of claimed documents while this server works on them. A file may take longer than its lease
//! (slow machine, slow storage); without renewal it would be claimed and made again without end.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use crate::{
    db::{Claim, Database, OpenClaim},
    metrics::LEASES_RENEWED,
};

/// Maximum of leases renewed in one statement.
const RENEWALS_PER_STATEMENT: usize = 500;
/// A lease is renewed this often at most: then the work on it hangs, and another server may try.
const MAX_RENEWALS: u32 = 40;
/// Minimum of finished claims in the list before the list is cleaned.
const CLEAN_THRESHOLD: usize = 1024;

/// Claims that this server works on. Clones share them.
#[derive(Debug, Clone)]
pub struct LeaseKeeper(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    open: Mutex<OpenClaims>,
    lease: Duration,
}

#[derive(Debug, Default)]
struct OpenClaims {
    claims: Vec<OpenClaim>,
    /// Number of unfinished claims at the last cleaning.
    alive: usize,
}

impl LeaseKeeper {
    /// Creates a keeper of leases that last `lease_seconds` each.
    pub fn new(lease_seconds: f64) -> Self {
        let lease = Duration::from_secs_f64(lease_seconds);
        Self(Arc::new(Inner { open: Mutex::default(), lease }))
    }

    /// Returns the duration of a lease in seconds.
    pub fn lease_seconds(&self) -> f64 {
        self.0.lease.as_secs_f64()
    }

    /// Renews these claims until their last clones are dropped.
    pub fn keep(&self, claims: &[Claim]) {
        let mut open = self.open();
        if open.claims.len() > 2 * open.alive + CLEAN_THRESHOLD {
            open.clean();
        }
        open.claims.extend(claims.iter().map(Claim::watch));
    }

    /// Renews leases for ever. Work that ends within half of its lease needs no renewal.
    pub async fn run(self, database: Database) {
        let mut ticks = tokio::time::interval(self.0.lease / 6);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            let mut due = self.due();
            due.sort_by_key(|claim| claim.document);
            for claims in due.chunks(RENEWALS_PER_STATEMENT) {
                match database.renew_claims(claims, self.lease_seconds()).await {
                    Ok(renewed) => metrics::counter!(LEASES_RENEWED).increment(renewed as u64),
                    Err(error) => {
                        tracing::warn!(%error, "leases of documents were not renewed; the next attempt follows soon");
                    }
                }
            }
        }
    }

    /// Returns claims with less than half of their lease left.
    fn due(&self) -> Vec<Claim> {
        let mut open = self.open();
        open.clean();
        let half = Instant::now() + self.0.lease / 2;
        let is_due = |claim: &Claim| claim.until() < half && claim.renewals() < MAX_RENEWALS;
        open.claims.iter().filter_map(OpenClaim::claim).filter(is_due).collect()
    }

    fn open(&self) -> MutexGuard<'_, OpenClaims> {
        self.0.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl OpenClaims {
    fn clean(&mut self) {
        self.claims.retain(OpenClaim::is_alive);
        self.alive = self.claims.len();
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::domain::{DocumentRef, EventKey, LeaseToken, RegistrationRef};

    fn claim(number: i32, left: Duration) -> Claim {
        let document = DocumentRef::tickets(RegistrationRef { event: EventKey(1), number });
        Claim::new(document, LeaseToken::UNCLAIMED, Instant::now() + left, Timestamp::now())
    }

    #[test]
    fn only_leases_of_work_under_way_that_are_half_over_are_renewed() {
        let keeper = LeaseKeeper::new(60.0);
        let (fresh, old) = (claim(1, Duration::from_secs(60)), claim(2, Duration::from_secs(20)));
        let finished = claim(3, Duration::from_secs(20));
        keeper.keep(&[fresh, old.clone(), finished]);
        let due: Vec<_> = keeper.due().iter().map(|claim| claim.document.registration.number).collect();
        assert_eq!(due, [2]);
        drop(old);
        assert!(keeper.due().is_empty());
    }

    #[test]
    fn claims_of_finished_work_do_not_pile_up() {
        let keeper = LeaseKeeper::new(60.0);
        for number in 0..10_000 {
            keeper.keep(&[claim(number, Duration::ZERO)]);
        }
        assert!(keeper.open().claims.len() <= CLEAN_THRESHOLD + 1);
    }
}
