//! Adaptive limit of bulk work: halved while clients wait too long, raised step by step while none does.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::sync::Notify;

use crate::{actors::Surge, metrics::BULK_LIMIT, render::RenderPool};

/// Interval between two adjustments.
const ADJUST_INTERVAL: Duration = Duration::from_millis(100);
/// Time without a registration after which the server counts as idle.
const IDLE_AFTER: Duration = Duration::from_secs(1);
/// Files claimed in one statement while the server is idle.
const CLAIM_SIZE: usize = 256;
/// Maximum of files claimed in one statement during a sale, so that registrations do not wait for a long statement.
const MAX_CLAIM_SIZE_DURING_SALE: usize = 32;
/// Number of steps in which the limit grows from zero to the maximum.
const GROWTH_STEPS: usize = 16;

/// The current limit, and the permits in use. Clones share them.
#[derive(Debug, Clone)]
pub struct Throttle(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    max: usize,
    limit: AtomicUsize,
    /// True if no registration was written for [`IDLE_AFTER`].
    idle: AtomicBool,
    permits_in_use: AtomicUsize,
    permit_available: Notify,
}

/// Permit for one item of bulk work; returned when dropped.
#[derive(Debug)]
pub struct BulkPermit(Arc<Inner>);

impl Drop for BulkPermit {
    fn drop(&mut self) {
        self.0.permits_in_use.fetch_sub(1, Ordering::AcqRel);
        self.0.permit_available.notify_one();
    }
}

impl Throttle {
    /// Creates a throttle with the limit `max`, which is also its maximum.
    pub fn new(max: usize) -> Self {
        let max = max.max(1);
        let limit = AtomicUsize::new(max);
        let (idle, permits_in_use) = (AtomicBool::new(true), AtomicUsize::new(0));
        Self(Arc::new(Inner { max, limit, idle, permits_in_use, permit_available: Notify::new() }))
    }

    /// Waits for a permit.
    pub async fn acquire(&self) -> BulkPermit {
        loop {
            if let Some(permit) = self.try_acquire() {
                return permit;
            }
            self.0.permit_available.notified().await;
        }
    }

    /// True if no registration was written for a while. During a sale, statements of bulk work should be small, because
    /// registrations may wait for them.
    pub fn is_idle(&self) -> bool {
        self.0.idle.load(Ordering::Acquire)
    }

    /// Returns the number of files to claim in one statement: few enough to be sent before their leases expire.
    pub fn claim_size(&self) -> usize {
        if self.is_idle() {
            CLAIM_SIZE
        } else {
            (self.0.limit.load(Ordering::Acquire) * 4).clamp(8, MAX_CLAIM_SIZE_DURING_SALE)
        }
    }

    fn try_acquire(&self) -> Option<BulkPermit> {
        let limit = self.0.limit.load(Ordering::Acquire);
        let add_one = |in_use: usize| (in_use < limit).then_some(in_use + 1);
        let acquired = self.0.permits_in_use.fetch_update(Ordering::AcqRel, Ordering::Acquire, add_one).is_ok();
        acquired.then(|| BulkPermit(self.0.clone()))
    }

    /// Halves the limit if clients wait too long; otherwise raises it by one step.
    fn adjust(&self, clients_wait: bool) {
        let Inner { max, limit, permit_available, .. } = &*self.0;
        let current = limit.load(Ordering::Acquire);
        let next = if clients_wait { (current / 2).max(1) } else { (current + max.div_ceil(GROWTH_STEPS)).min(*max) };
        limit.store(next, Ordering::Release);
        metrics::gauge!(BULK_LIMIT).set(next as f64);
        for _ in current..next {
            permit_available.notify_one();
        }
    }

    /// Adjusts the limit for ever: lowers it during a surge, if a transaction of registrations takes longer than
    /// `max_transaction_time`, or if downloads wait to be rendered.
    pub async fn run(self, surge: Surge, pool: RenderPool, max_transaction_time: Duration) {
        let mut ticks = tokio::time::interval(ADJUST_INTERVAL);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut idle_time = IDLE_AFTER;
        loop {
            ticks.tick().await;
            let longest = surge.take_longest();
            idle_time = if longest.is_zero() { idle_time + ADJUST_INTERVAL } else { Duration::ZERO };
            self.0.idle.store(idle_time >= IDLE_AFTER, Ordering::Release);
            self.adjust(surge.is_on() || longest > max_transaction_time || pool.state().live > 0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_limit_halves_when_clients_wait_and_grows_back() {
        let throttle = Throttle::new(32);
        let mut permits: Vec<_> = (0..32).map(|_| throttle.try_acquire().unwrap()).collect();
        assert!(throttle.try_acquire().is_none());
        for _ in 0..10 {
            throttle.adjust(true);
        }
        permits.truncate(1);
        assert!(throttle.try_acquire().is_none(), "the limit is one");
        throttle.adjust(false);
        assert!(throttle.try_acquire().is_some());
        for _ in 0..GROWTH_STEPS {
            throttle.adjust(false);
        }
        assert_eq!((0..40).filter_map(|_| throttle.try_acquire().map(std::mem::forget)).count(), 31);
        drop(permits);
        drop(throttle.acquire().await);
    }
}
