//! Limiter of concurrent requests to storage. The window (the number of concurrent requests) grows while storage
//! answers and is halved when storage is overloaded. After repeated failures storage counts as unavailable, and only
//! one request a second, the probe, is sent until storage answers again.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use super::Cause;
use crate::metrics::{STORAGE_UNREACHABLE, STORAGE_WINDOW};

/// Storage counts as unavailable after this many consecutive failures that last for [`MIN_FAILING_TIME`].
const MIN_FAILURES: u32 = 5;
const MIN_FAILING_TIME: Duration = Duration::from_millis(250);
/// Time between probes while storage is unavailable.
const PROBE_INTERVAL: Duration = Duration::from_secs(1);

/// The limiter. Clones share one window.
#[derive(Debug, Clone)]
pub struct RequestLimiter(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    max: usize,
    window: Arc<Semaphore>,
    unavailable: watch::Sender<bool>,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// Size of the window. Fractional: each answer adds a part of a request.
    limit: f64,
    /// Permits to remove when they are returned, because the window shrank while they were in use.
    surplus_permits: usize,
    last_halved: Instant,
    /// Consecutive failures.
    failures: u32,
    /// Start of the first of the consecutive failures.
    failing_since: Option<Instant>,
    unavailable_since: Option<Instant>,
    next_probe: Instant,
}

/// Permission for one request.
#[derive(Debug)]
pub struct Permit {
    limiter: RequestLimiter,
    /// `None` for a probe.
    slot: Option<OwnedSemaphorePermit>,
    start: Instant,
}

/// Reason for a refused permit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    Unavailable,
    TimedOut,
}

impl RequestLimiter {
    /// Creates a limiter for at most `max` concurrent requests; the window starts with this size.
    pub fn new(max: usize) -> Self {
        let now = Instant::now();
        let state = State {
            limit: max as f64,
            surplus_permits: 0,
            last_halved: now,
            failures: 0,
            failing_since: None,
            unavailable_since: None,
            next_probe: now,
        };
        let limiter = Self(Arc::new(Inner {
            max,
            window: Arc::new(Semaphore::new(max)),
            unavailable: watch::Sender::new(false),
            state: Mutex::new(state),
        }));
        Self::record_metrics(&limiter.state());
        limiter
    }

    /// Waits for a permit. While storage is unavailable, only probes get one and all other requests fail at once.
    pub async fn acquire(&self, deadline: Instant) -> Result<Permit, Refusal> {
        if let Some(probe) = self.probe() {
            return probe;
        }
        let mut unavailable = self.0.unavailable.subscribe();
        tokio::select! {
            biased;
            _ = unavailable.wait_for(|unavailable| *unavailable) => self.probe().unwrap_or(Err(Refusal::Unavailable)),
            slot = self.0.window.clone().acquire_owned() => Ok(self.permit(slot.ok())),
            () = tokio::time::sleep_until(deadline.into()) => Err(Refusal::TimedOut),
        }
    }

    /// True if a request would be refused now: storage is unavailable and the next probe is not due.
    pub fn refuses_requests(&self) -> bool {
        let state = self.state();
        state.unavailable_since.is_some() && Instant::now() < state.next_probe
    }

    /// True if storage counts as unavailable.
    pub fn is_unavailable(&self) -> bool {
        *self.0.unavailable.borrow()
    }

    /// Returns a permit for a probe if one is due, else a refusal. `None` while storage is available.
    fn probe(&self) -> Option<Result<Permit, Refusal>> {
        let mut state = self.state();
        state.unavailable_since?;
        let now = Instant::now();
        if now < state.next_probe {
            return Some(Err(Refusal::Unavailable));
        }
        state.next_probe = now + PROBE_INTERVAL;
        Some(Ok(self.permit(None)))
    }

    fn permit(&self, slot: Option<OwnedSemaphorePermit>) -> Permit {
        Permit { limiter: self.clone(), slot, start: Instant::now() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn record_answer(&self) {
        let mut state = self.state();
        state.failures = 0;
        state.failing_since = None;
        if let Some(since) = state.unavailable_since.take() {
            tracing::info!(seconds = since.elapsed().as_secs_f64(), "storage is available again");
            self.0.unavailable.send_replace(false);
            self.resize(&mut state, self.0.max / 8);
        } else if self.0.window.available_permits() == 0 {
            // The window grows only while it is full: by one for each `limit` answers.
            let grown = (state.limit + 1.0 / state.limit).min(self.0.max as f64);
            self.resize(&mut state, whole(grown));
            state.limit = grown;
        }
        Self::record_metrics(&state);
    }

    fn record_failure(&self, start: Instant, cause: Cause) {
        let mut state = self.state();
        let now = Instant::now();
        state.failures += 1;
        let since = *state.failing_since.get_or_insert(start);
        // Requests that were sent before the last halving do not count against the smaller window.
        if cause.is_overload() && start >= state.last_halved {
            let half = whole(state.limit) / 2;
            self.resize(&mut state, half);
            state.last_halved = now;
        }
        let is_lasting = now.duration_since(since) >= MIN_FAILING_TIME;
        if state.unavailable_since.is_none() && state.failures >= MIN_FAILURES && is_lasting {
            tracing::error!(%cause, "storage is unavailable; documents stay pending, and one probe a second is sent");
            state.unavailable_since = Some(now);
            state.next_probe = now + PROBE_INTERVAL;
            self.0.unavailable.send_replace(true);
        }
        Self::record_metrics(&state);
    }

    fn resize(&self, state: &mut State, to: usize) {
        let (to, from) = (to.max(1), whole(state.limit));
        state.limit = to as f64;
        let surplus = from.saturating_sub(to);
        state.surplus_permits += surplus - self.0.window.forget_permits(surplus);
        let more = to.saturating_sub(from);
        let kept = more.min(state.surplus_permits);
        state.surplus_permits -= kept;
        self.0.window.add_permits(more - kept);
    }

    fn record_metrics(state: &State) {
        metrics::gauge!(STORAGE_WINDOW).set(state.limit);
        metrics::gauge!(STORAGE_UNREACHABLE).set(f64::from(u8::from(state.unavailable_since.is_some())));
    }
}

#[expect(clippy::cast_possible_truncation, reason = "a window is small and positive")]
fn whole(limit: f64) -> usize {
    limit as usize
}

impl Permit {
    /// Records the result of the request. An error that concerns one object counts as an answer.
    pub fn finish<T>(self, result: &Result<T, Cause>) {
        match result {
            Err(cause) if cause.is_general() => self.limiter.record_failure(self.start, *cause),
            _ => self.limiter.record_answer(),
        }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut state = self.limiter.state();
        if state.surplus_permits > 0
            && let Some(slot) = self.slot.take()
        {
            slot.forget();
            state.surplus_permits -= 1;
        }
    }
}

/// Retry budget: on average at most one retry for ten successful requests, so that retries do not overload storage.
pub struct RetryBudget(Mutex<f64>);

impl RetryBudget {
    const CAPACITY: f64 = 64.0;
    const PER_SUCCESS: f64 = 0.1;

    /// Creates a full budget.
    pub fn new() -> Self {
        Self(Mutex::new(Self::CAPACITY))
    }

    /// Adds a tenth of a retry.
    pub fn record_success(&self) {
        let mut left = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *left = (*left + Self::PER_SUCCESS).min(Self::CAPACITY);
    }

    /// Takes a retry out of the budget. False if the budget is used up.
    pub fn take(&self) -> bool {
        let mut left = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let may_retry = *left >= 1.0;
        if may_retry {
            *left -= 1.0;
        }
        may_retry
    }
}

/// Returns a random pause (exponential back-off with full jitter): from zero to `base * 2^tries`, limited to `max`.
pub fn full_jitter(tries: u32, base: Duration, max: Duration) -> Duration {
    let cap = base.saturating_mul(1 << tries.min(16)).min(max);
    cap.mul_f64(random_fraction())
}

/// Returns a random number from 0 to 1, excluding 1.
fn random_fraction() -> f64 {
    let mut bytes = [0; 4];
    getrandom::fill(&mut bytes).expect("the operating system has randomness");
    f64::from(u32::from_ne_bytes(bytes)) / (f64::from(u32::MAX) + 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn soon() -> Instant {
        Instant::now() + Duration::from_millis(20)
    }

    fn in_a_minute() -> Instant {
        Instant::now() + Duration::from_secs(60)
    }

    async fn request(limiter: &RequestLimiter, result: Result<(), Cause>) {
        limiter.acquire(in_a_minute()).await.unwrap().finish(&result);
    }

    async fn window(limiter: &RequestLimiter) -> usize {
        let mut permits = Vec::new();
        while limiter.0.window.available_permits() > 0 {
            permits.push(limiter.acquire(in_a_minute()).await.unwrap());
        }
        let window = permits.len();
        for permit in permits {
            permit.finish(&Ok(()));
        }
        window
    }

    #[tokio::test]
    async fn the_window_is_halved_once_for_concurrent_failures_and_grows_again() {
        let limiter = RequestLimiter::new(16);
        let mut permits = Vec::new();
        for _ in 0..16 {
            permits.push(limiter.acquire(in_a_minute()).await.unwrap());
        }
        assert_eq!(limiter.acquire(soon()).await.err(), Some(Refusal::TimedOut), "the window is full");
        for permit in permits {
            permit.finish(&Err::<(), _>(Cause::SlowDown));
        }
        assert_eq!(window(&limiter).await, 8);
        request(&limiter, Err(Cause::SlowDown)).await;
        request(&limiter, Err(Cause::SlowDown)).await;
        assert_eq!(window(&limiter).await, 2);
        for _ in 0..200 {
            assert!(window(&limiter).await <= 16);
        }
        assert_eq!(window(&limiter).await, 16);
    }

    #[tokio::test]
    async fn errors_of_single_objects_do_not_shrink_the_window() {
        let limiter = RequestLimiter::new(4);
        for _ in 0..100 {
            request(&limiter, Err(Cause::Refused)).await;
            request(&limiter, Err(Cause::Missing)).await;
        }
        assert!(!limiter.is_unavailable());
        assert_eq!(window(&limiter).await, 4);
    }

    #[tokio::test]
    async fn a_silent_storage_is_probed_once_a_second_until_it_answers() {
        let limiter = RequestLimiter::new(64);
        let start = Instant::now();
        while !limiter.is_unavailable() {
            request(&limiter, Err(Cause::NoAnswer)).await;
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        assert!(start.elapsed() >= MIN_FAILING_TIME, "a short failure does not count");
        let mut probes = Vec::new();
        while probes.len() < 2 {
            let before = Instant::now();
            if let Ok(permit) = limiter.acquire(soon()).await {
                probes.push((before, Instant::now()));
                permit.finish(&Err::<(), _>(Cause::NoAnswer));
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        assert!(probes[1].1 - probes[0].0 >= PROBE_INTERVAL);
        while limiter.is_unavailable() {
            if let Ok(permit) = limiter.acquire(soon()).await {
                permit.finish(&Ok::<(), _>(()));
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        assert_eq!(window(&limiter).await, 8, "the window restarts with an eighth of its size");
    }

    #[tokio::test]
    async fn a_waiting_request_fails_when_storage_becomes_unavailable() {
        let limiter = RequestLimiter::new(1);
        let held = limiter.acquire(in_a_minute()).await.unwrap();
        let waiting = tokio::spawn({
            let limiter = limiter.clone();
            async move { limiter.acquire(Instant::now() + Duration::from_secs(30)).await.err() }
        });
        tokio::task::yield_now().await;
        for _ in 0..MIN_FAILURES {
            limiter.record_failure(Instant::now().checked_sub(MIN_FAILING_TIME).unwrap(), Cause::NoAnswer);
        }
        assert_eq!(waiting.await.unwrap(), Some(Refusal::Unavailable));
        held.finish(&Ok::<(), _>(()));
        assert!(!limiter.is_unavailable(), "the answer to a request that was sent before counts");
    }

    #[test]
    fn retries_run_out_and_are_earned_again() {
        let budget = RetryBudget::new();
        assert_eq!((0..1000).filter(|_| budget.take()).count(), 64);
        (0..20).for_each(|_| budget.record_success());
        assert_eq!((0..1000).filter(|_| budget.take()).count(), 2);
        let max = Duration::from_secs(2);
        for tries in 0..100 {
            assert!(full_jitter(tries, Duration::from_millis(50), max) < max);
        }
    }
}
