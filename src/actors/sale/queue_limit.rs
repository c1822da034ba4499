//! Limit of a queue's length, adjusted by the measured wait (as in `CoDel`): if even the shortest wait of an interval
//! is longer than the target, the queue is too long for the rate at which it is served.

use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use crate::metrics::REGISTRATIONS_LIMIT;

/// Interval between two adjustments.
const ADJUST_INTERVAL: Duration = Duration::from_millis(100);
/// Smallest limit: fewer requests would not fill a batch.
const MIN_LIMIT: usize = 64;

/// A limit that adjusts itself between [`MIN_LIMIT`] and `max`.
pub(super) struct QueueLimit {
    max: usize,
    target_wait: Duration,
    current: AtomicUsize,
    interval: Mutex<Interval>,
}

struct Interval {
    start: Instant,
    /// Shortest wait recorded in this interval; each batch records its longest.
    shortest_wait: Option<Duration>,
}

impl QueueLimit {
    /// Creates a limit, at first `max`, that keeps waits near `target_wait`.
    pub fn new(max: usize, target_wait: Duration) -> Self {
        let interval = Interval { start: Instant::now(), shortest_wait: None };
        Self { max, target_wait, current: AtomicUsize::new(max), interval: Mutex::new(interval) }
    }

    /// Returns the current limit.
    pub fn get(&self) -> usize {
        self.current.load(Ordering::Relaxed)
    }

    /// Records the wait of a batch's first request, minus the time of the batch before. Adjusts the limit once per
    /// interval.
    pub fn record_wait(&self, wait: Duration) {
        self.record_wait_at(wait, Instant::now());
    }

    fn record_wait_at(&self, wait: Duration, now: Instant) {
        let mut interval = self.interval.lock().unwrap_or_else(PoisonError::into_inner);
        let shortest = interval.shortest_wait.map_or(wait, |shortest| shortest.min(wait));
        interval.shortest_wait = Some(shortest);
        if now.saturating_duration_since(interval.start) < ADJUST_INTERVAL {
            return;
        }
        *interval = Interval { start: now, shortest_wait: None };
        drop(interval);
        let current = self.get();
        let next = if self.target_wait < shortest {
            current - current / 5
        } else if shortest < self.target_wait / 2 {
            current + current / 4 + 16
        } else {
            // Near the target: try a slightly longer queue.
            current + current / 32
        };
        let next = next.clamp(MIN_LIMIT.min(self.max), self.max);
        self.current.store(next, Ordering::Relaxed);
        metrics::gauge!(REGISTRATIONS_LIMIT).set(next as f64);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Records the same wait until the limit has been adjusted `times`.
    fn adjust(limit: &QueueLimit, wait: Duration, times: u32) {
        for _ in 0..times {
            let now = limit.interval.lock().unwrap().start + ADJUST_INTERVAL;
            limit.record_wait_at(wait, now);
        }
    }

    #[test]
    fn long_waits_shrink_the_limit_and_short_waits_let_it_grow() {
        let limit = QueueLimit::new(4096, Duration::from_millis(100));
        adjust(&limit, Duration::from_millis(5), 3);
        assert_eq!(limit.get(), 4096);
        adjust(&limit, Duration::from_millis(70), 3);
        assert_eq!(limit.get(), 4096, "near the target");
        adjust(&limit, Duration::from_millis(150), 5);
        assert!((1000..1500).contains(&limit.get()), "{}", limit.get());
        adjust(&limit, Duration::from_secs(5), 50);
        assert_eq!(limit.get(), MIN_LIMIT, "enough requests to measure the wait again");
        adjust(&limit, Duration::from_millis(5), 20);
        assert_eq!(limit.get(), 4096, "back within two seconds");
    }

    #[test]
    fn one_slow_batch_changes_nothing() {
        let limit = QueueLimit::new(4096, Duration::from_millis(100));
        let start = limit.interval.lock().unwrap().start;
        limit.record_wait_at(Duration::from_secs(1), start);
        adjust(&limit, Duration::from_millis(5), 1);
        assert_eq!(limit.get(), 4096);
    }
}
