//! The signal that seats are being sold in a hurry: the registrar raises it, and whoever does work that can wait looks at
//! it first.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

/// For how long one large batch means a surge: many transactions, so that the signal does not flicker between two.
const HOLDS: Duration = Duration::from_millis(250);

/// Whether registrations gather in large batches.
#[derive(Debug, Clone)]
pub struct Surge {
    start: Instant,
    /// Milliseconds after `start`.
    until: Arc<AtomicU64>,
    /// Microseconds of the longest transaction since somebody looked.
    slowest: Arc<AtomicU64>,
    limit: usize,
}

impl Surge {
    /// A signal that is raised by batches of `limit` registrations or more.
    pub fn from(limit: usize) -> Self {
        Self { start: Instant::now(), until: Arc::default(), slowest: Arc::default(), limit }
    }

    /// Says how many have gathered while one transaction committed.
    pub(super) fn note(&self, gathered: usize) {
        if gathered >= self.limit {
            self.until.store(millis(self.start.elapsed() + HOLDS), Ordering::Relaxed);
        }
    }

    /// Says how long a transaction took.
    pub(super) fn took(&self, time: Duration) {
        self.slowest.fetch_max(u64::try_from(time.as_micros()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// How long the longest transaction took since this was last asked.
    pub(super) fn slowest(&self) -> Duration {
        Duration::from_micros(self.slowest.swap(0, Ordering::Relaxed))
    }

    /// Whether everything that can wait should.
    pub fn is_on(&self) -> bool {
        millis(self.start.elapsed()) < self.until.load(Ordering::Relaxed)
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_batch_raises_the_signal_and_time_lowers_it() {
        let surge = Surge::from(16);
        surge.note(15);
        assert!(!surge.is_on());
        surge.note(16);
        assert!(surge.is_on());
        while surge.is_on() {
            std::thread::yield_now();
        }
        assert!(surge.start.elapsed() >= HOLDS);
    }
}
