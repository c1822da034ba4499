//! How much bulk work is under way at once: as much as those leave room for who wait for an answer. While somebody waits too long,
//! it is halved; while nobody does, it grows again, step by step.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::sync::Notify;

use crate::{actors::Surge, metrics::BULK_LIMIT, render::RenderPool};

/// How often it is thought over.
const LOOK: Duration = Duration::from_millis(100);
/// For how long nobody must have registered.
const ALONE: Duration = Duration::from_secs(1);
/// Files claimed in one statement: many, so that it is worth it; few while people buy.
const BITE: usize = 256;
const BITE_WHEN_LIVE: usize = 32;
/// In how many steps it grows from nothing to the most.
const STEPS: usize = 16;

/// A bound that moves. Clones share it.
#[derive(Debug, Clone)]
pub struct Throttle(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    most: usize,
    limit: AtomicUsize,
    /// Whether nobody has registered for a while.
    alone: AtomicBool,
    under_way: AtomicUsize,
    freed: Notify,
}

/// Leave to do one thing; given back when dropped.
#[derive(Debug)]
pub struct Leave(Arc<Inner>);

impl Drop for Leave {
    fn drop(&mut self) {
        self.0.under_way.fetch_sub(1, Ordering::AcqRel);
        self.0.freed.notify_one();
    }
}

impl Throttle {
    /// At most so many things at once.
    pub fn new(most: usize) -> Self {
        let most = most.max(1);
        let limit = AtomicUsize::new(most);
        let (alone, under_way) = (AtomicBool::new(true), AtomicUsize::new(0));
        Self(Arc::new(Inner { most, limit, alone, under_way, freed: Notify::new() }))
    }

    /// Waits until there is room.
    pub async fn enter(&self) -> Leave {
        loop {
            if let Some(leave) = self.try_enter() {
                return leave;
            }
            self.0.freed.notified().await;
        }
    }

    /// Whether nobody buys. While somebody does, not even a statement should be large: whoever waits behind it waits for all of it.
    pub fn is_idle(&self) -> bool {
        self.0.alone.load(Ordering::Acquire)
    }

    /// How many things one statement should be about: no more than get on their way before its lease runs out.
    pub fn claim_size(&self) -> usize {
        if self.is_idle() { BITE } else { (self.0.limit.load(Ordering::Acquire) * 4).clamp(8, BITE_WHEN_LIVE) }
    }

    fn try_enter(&self) -> Option<Leave> {
        let limit = self.0.limit.load(Ordering::Acquire);
        let room = |under_way: usize| (under_way < limit).then_some(under_way + 1);
        let entered = self.0.under_way.fetch_update(Ordering::AcqRel, Ordering::Acquire, room).is_ok();
        entered.then(|| Leave(self.0.clone()))
    }

    /// Half of it, or a little more.
    fn adjust(&self, somebody_waits: bool) {
        let Inner { most, limit, freed, .. } = &*self.0;
        let now = limit.load(Ordering::Acquire);
        let next = if somebody_waits { (now / 2).max(1) } else { (now + most.div_ceil(STEPS)).min(*most) };
        limit.store(next, Ordering::Release);
        metrics::gauge!(BULK_LIMIT).set(next as f64);
        for _ in now..next {
            freed.notify_one();
        }
    }

    /// Looks after it for as long as it is polled: registrations should not take longer than `patience`, nor downloads wait to be
    /// rendered.
    pub async fn look_after(self, surge: Surge, pool: RenderPool, patience: Duration) {
        let mut looks = tokio::time::interval(LOOK);
        looks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut quiet = ALONE;
        loop {
            looks.tick().await;
            let slowest = surge.slowest();
            quiet = if slowest.is_zero() { quiet + LOOK } else { Duration::ZERO };
            self.0.alone.store(quiet >= ALONE, Ordering::Release);
            self.adjust(surge.is_on() || slowest > patience || pool.state().live > 0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn it_halves_when_somebody_waits_and_grows_back() {
        let throttle = Throttle::new(32);
        let mut leaves: Vec<_> = (0..32).map(|_| throttle.try_enter().unwrap()).collect();
        assert!(throttle.try_enter().is_none());
        for _ in 0..10 {
            throttle.adjust(true);
        }
        leaves.truncate(1);
        assert!(throttle.try_enter().is_none(), "one is all there may be");
        throttle.adjust(false);
        assert!(throttle.try_enter().is_some());
        for _ in 0..STEPS {
            throttle.adjust(false);
        }
        assert_eq!((0..40).filter_map(|_| throttle.try_enter().map(std::mem::forget)).count(), 31);
        drop(leaves);
        drop(throttle.enter().await);
    }
}
