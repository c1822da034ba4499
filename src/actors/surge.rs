//! The surge signal: the registrar sets it while registrations arrive in large batches, and background work checks it
//! first.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

/// Duration of the signal after one large batch: as long as many transactions, so that it stays on between two of them.
const DURATION: Duration = Duration::from_millis(250);

/// On while registrations arrive in large batches. Clones share the signal.
#[derive(Debug, Clone)]
pub struct Surge {
    start: Instant,
    /// End of the surge, in milliseconds after `start`.
    until: Arc<AtomicU64>,
    /// Longest transaction since the last [`Self::take_longest`], in microseconds.
    longest: Arc<AtomicU64>,
    min_batch: usize,
}

impl Surge {
    /// Creates a signal that batches of at least `min_batch` registrations set.
    pub fn new(min_batch: usize) -> Self {
        Self { start: Instant::now(), until: Arc::default(), longest: Arc::default(), min_batch }
    }

    /// Records how many registrations one transaction has written.
    pub(super) fn record_batch(&self, registrations: usize) {
        if registrations >= self.min_batch {
            self.until.store(millis(self.start.elapsed() + DURATION), Ordering::Relaxed);
        }
    }

    /// Records the duration of one transaction.
    pub(super) fn record_transaction(&self, time: Duration) {
        self.longest.fetch_max(u64::try_from(time.as_micros()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// Returns the duration of the longest transaction since the last call; zero if there was none.
    pub(super) fn take_longest(&self) -> Duration {
        Duration::from_micros(self.longest.swap(0, Ordering::Relaxed))
    }

    /// True during a surge: background work should wait.
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
    fn a_large_batch_sets_the_signal_and_time_ends_it() {
        let surge = Surge::new(16);
        surge.record_batch(15);
        assert!(!surge.is_on());
        surge.record_batch(16);
        assert!(surge.is_on());
        while surge.is_on() {
            std::thread::yield_now();
        }
        assert!(surge.start.elapsed() >= DURATION);
    }
}
