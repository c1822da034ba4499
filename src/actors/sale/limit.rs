//! How many may wait in line: as many as are served in the time one is willing to wait. The delay itself is the signal
//! (as in `CoDel`): if even the least delayed waited too long, the line is too long for what is behind it.

use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use crate::metrics::REGISTRATIONS_LIMIT;

/// How often the limit is thought over.
const INTERVAL: Duration = Duration::from_millis(100);
/// However slow it gets: fewer than this would not fill a batch.
const LEAST: usize = 64;

/// A limit that finds its own size, between [`LEAST`] and the most there is room for.
pub(super) struct Limit {
    most: usize,
    target: Duration,
    now: AtomicUsize,
    interval: Mutex<Interval>,
}

struct Interval {
    start: Instant,
    /// The shortest of the longest waits, batch by batch.
    least_wait: Option<Duration>,
}

impl Limit {
    /// A limit that lets nobody wait much longer than `target`.
    pub fn new(most: usize, target: Duration) -> Self {
        let interval = Interval { start: Instant::now(), least_wait: None };
        Self { most, target, now: AtomicUsize::new(most), interval: Mutex::new(interval) }
    }

    /// How many may wait now.
    pub fn get(&self) -> usize {
        self.now.load(Ordering::Relaxed)
    }

    /// Takes note of how long the first of a batch has waited, beyond what everybody does.
    pub fn note(&self, wait: Duration) {
        let mut interval = self.interval.lock().unwrap_or_else(PoisonError::into_inner);
        let least = interval.least_wait.map_or(wait, |least| least.min(wait));
        interval.least_wait = Some(least);
        if interval.start.elapsed() < INTERVAL {
            return;
        }
        *interval = Interval { start: Instant::now(), least_wait: None };
        drop(interval);
        let now = self.get();
        let next = if self.target < least {
            now - now / 5
        } else if least < self.target / 2 {
            now + now / 4 + 16
        } else {
            // Neither too long nor short: it may be that more would do.
            now + now / 32
        };
        let next = next.clamp(LEAST.min(self.most), self.most);
        self.now.store(next, Ordering::Relaxed);
        metrics::gauge!(REGISTRATIONS_LIMIT).set(next as f64);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Notes the same wait until the limit has been thought over `times`.
    fn intervals(limit: &Limit, wait: Duration, times: u32) {
        for _ in 0..times {
            limit.interval.lock().unwrap().start -= INTERVAL;
            limit.note(wait);
        }
    }

    #[test]
    fn long_waits_shrink_it_and_short_ones_let_it_grow() {
        let limit = Limit::new(4096, Duration::from_millis(100));
        intervals(&limit, Duration::from_millis(5), 3);
        assert_eq!(limit.get(), 4096);
        intervals(&limit, Duration::from_millis(70), 3);
        assert_eq!(limit.get(), 4096, "neither too long nor short");
        intervals(&limit, Duration::from_millis(150), 5);
        assert!((1000..1500).contains(&limit.get()), "{}", limit.get());
        intervals(&limit, Duration::from_secs(5), 50);
        assert_eq!(limit.get(), LEAST, "somebody has to find out whether it is better");
        intervals(&limit, Duration::from_millis(5), 20);
        assert_eq!(limit.get(), 4096, "back within two seconds");
    }

    #[test]
    fn one_slow_batch_changes_nothing() {
        let limit = Limit::new(4096, Duration::from_millis(100));
        limit.note(Duration::from_secs(1));
        intervals(&limit, Duration::from_millis(5), 1);
        assert_eq!(limit.get(), 4096);
    }
}
