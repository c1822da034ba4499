//! How many requests go to storage at once, and whether any do: the window grows while storage answers and is halved when it
//! asks for less; when it does not answer at all, one request a second finds out whether it is back.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use super::Cause;
use crate::metrics::{STORAGE_AWAY, STORAGE_WINDOW};

/// Failures in a row after which storage counts as away, if they last for [`PATIENCE`].
const FAILURES: u32 = 5;
const PATIENCE: Duration = Duration::from_millis(250);
/// While storage is away, it is asked once in this time.
const PROBE: Duration = Duration::from_secs(1);

/// Lets requests go. Clones share one window.
#[derive(Debug, Clone)]
pub struct Pace(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    most: usize,
    window: Arc<Semaphore>,
    away: watch::Sender<bool>,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// Requests that may be under way. Grows by parts.
    limit: f64,
    /// Permits to be taken away when they come back.
    debt: usize,
    last_cut: Instant,
    failures: u32,
    /// When the first of the failures in a row began.
    failing_since: Option<Instant>,
    away_since: Option<Instant>,
    next_probe: Instant,
}

/// Leave for one request.
#[derive(Debug)]
pub struct Turn {
    pace: Pace,
    permit: Option<OwnedSemaphorePermit>,
    start: Instant,
}

/// Why a request may not go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wait {
    Away,
    TooLong,
}

impl Pace {
    /// Begins with the whole window open.
    pub fn new(most: usize) -> Self {
        let now = Instant::now();
        let state = State {
            limit: most as f64,
            debt: 0,
            last_cut: now,
            failures: 0,
            failing_since: None,
            away_since: None,
            next_probe: now,
        };
        let pace = Self(Arc::new(Inner {
            most,
            window: Arc::new(Semaphore::new(most)),
            away: watch::Sender::new(false),
            state: Mutex::new(state),
        }));
        Self::show(&pace.state());
        pace
    }

    /// Waits for leave. While storage is away only probes get it.
    pub async fn turn(&self, deadline: Instant) -> Result<Turn, Wait> {
        if let Some(probe) = self.probe() {
            return probe;
        }
        let mut away = self.0.away.subscribe();
        tokio::select! {
            permit = self.0.window.clone().acquire_owned() => Ok(self.leave(permit.ok())),
            _ = away.wait_for(|away| *away) => self.probe().unwrap_or(Err(Wait::Away)),
            () = tokio::time::sleep_until(deadline.into()) => Err(Wait::TooLong),
        }
    }

    /// Whether a request would be turned away now.
    pub fn is_closed(&self) -> bool {
        let state = self.state();
        state.away_since.is_some() && Instant::now() < state.next_probe
    }

    /// Whether storage does not answer, as far as anybody knows.
    pub fn is_away(&self) -> bool {
        *self.0.away.borrow()
    }

    /// `None` while storage is there.
    fn probe(&self) -> Option<Result<Turn, Wait>> {
        let mut state = self.state();
        state.away_since?;
        let now = Instant::now();
        if now < state.next_probe {
            return Some(Err(Wait::Away));
        }
        state.next_probe = now + PROBE;
        Some(Ok(self.leave(None)))
    }

    fn leave(&self, permit: Option<OwnedSemaphorePermit>) -> Turn {
        Turn { pace: self.clone(), permit, start: Instant::now() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn answered(&self) {
        let mut state = self.state();
        state.failures = 0;
        state.failing_since = None;
        if let Some(since) = state.away_since.take() {
            tracing::info!(seconds = since.elapsed().as_secs_f64(), "storage answers again");
            self.0.away.send_replace(false);
            self.resize(&mut state, self.0.most / 8);
        } else if self.0.window.available_permits() == 0 {
            // One more for each window full of answers.
            let grown = (state.limit + 1.0 / state.limit).min(self.0.most as f64);
            self.resize(&mut state, whole(grown));
            state.limit = grown;
        }
        Self::show(&state);
    }

    fn failed(&self, start: Instant, cause: Cause) {
        let mut state = self.state();
        let now = Instant::now();
        state.failures += 1;
        let since = *state.failing_since.get_or_insert(start);
        // What was under way when the window was cut says nothing about the smaller one.
        if cause.asks_for_less() && start >= state.last_cut {
            let half = whole(state.limit) / 2;
            self.resize(&mut state, half);
            state.last_cut = now;
        }
        let lasting = now.duration_since(since) >= PATIENCE;
        if state.away_since.is_none() && state.failures >= FAILURES && lasting {
            tracing::error!(%cause, "storage is away; files wait in the database, and it is asked once a second");
            state.away_since = Some(now);
            state.next_probe = now + PROBE;
            self.0.away.send_replace(true);
        }
        Self::show(&state);
    }

    fn resize(&self, state: &mut State, to: usize) {
        let (to, from) = (to.max(1), whole(state.limit));
        state.limit = to as f64;
        let surplus = from.saturating_sub(to);
        state.debt += surplus - self.0.window.forget_permits(surplus);
        let more = to.saturating_sub(from);
        let forgiven = more.min(state.debt);
        state.debt -= forgiven;
        self.0.window.add_permits(more - forgiven);
    }

    fn show(state: &State) {
        metrics::gauge!(STORAGE_WINDOW).set(state.limit);
        metrics::gauge!(STORAGE_AWAY).set(f64::from(u8::from(state.away_since.is_some())));
    }
}

#[expect(clippy::cast_possible_truncation, reason = "a window is small and positive")]
fn whole(limit: f64) -> usize {
    limit as usize
}

impl Turn {
    /// Says how it went. An answer is an answer, also one that refuses this object.
    pub fn finish<T>(self, result: &Result<T, Cause>) {
        match result {
            Err(cause) if cause.is_general() => self.pace.failed(self.start, *cause),
            _ => self.pace.answered(),
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut state = self.pace.state();
        if state.debt > 0
            && let Some(permit) = self.permit.take()
        {
            permit.forget();
            state.debt -= 1;
        }
    }
}

/// Second tries, of which there are few: a tenth of what succeeds, so that a storage in trouble is not asked twice as much.
pub struct RetryBudget(Mutex<f64>);

impl RetryBudget {
    const MOST: f64 = 64.0;
    const EARNED: f64 = 0.1;

    /// A full budget.
    pub fn new() -> Self {
        Self(Mutex::new(Self::MOST))
    }

    /// Something succeeded.
    pub fn earn(&self) {
        let mut left = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *left = (*left + Self::EARNED).min(Self::MOST);
    }

    /// Takes a second try, if there is one left.
    pub fn spend(&self) -> bool {
        let mut left = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let may = *left >= 1.0;
        if may {
            *left -= 1.0;
        }
        may
    }
}

/// A pause before the next try: anything between nothing and `base` doubled with each try, up to `longest`.
pub fn full_jitter(tries: u32, base: Duration, longest: Duration) -> Duration {
    let cap = base.saturating_mul(1 << tries.min(16)).min(longest);
    cap.mul_f64(random_part())
}

/// From nought to one, exclusive.
fn random_part() -> f64 {
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

    async fn go(pace: &Pace, result: Result<(), Cause>) {
        pace.turn(soon()).await.unwrap().finish(&result);
    }

    async fn room(pace: &Pace) -> usize {
        let mut turns = Vec::new();
        while let Ok(turn) = pace.turn(soon()).await {
            turns.push(turn);
        }
        let room = turns.len();
        for turn in turns {
            turn.finish(&Ok(()));
        }
        room
    }

    #[tokio::test]
    async fn the_window_is_halved_once_for_what_was_under_way_and_grows_again() {
        let pace = Pace::new(16);
        let mut turns = Vec::new();
        for _ in 0..16 {
            turns.push(pace.turn(soon()).await.unwrap());
        }
        assert_eq!(pace.turn(soon()).await.err(), Some(Wait::TooLong), "the window is full");
        for turn in turns {
            turn.finish(&Err::<(), _>(Cause::SlowDown));
        }
        assert_eq!(room(&pace).await, 8);
        go(&pace, Err(Cause::SlowDown)).await;
        go(&pace, Err(Cause::SlowDown)).await;
        assert_eq!(room(&pace).await, 2);
        for _ in 0..200 {
            assert!(room(&pace).await <= 16);
        }
        assert_eq!(room(&pace).await, 16);
    }

    #[tokio::test]
    async fn what_one_object_is_refused_for_says_nothing_about_the_others() {
        let pace = Pace::new(4);
        for _ in 0..100 {
            go(&pace, Err(Cause::Refused)).await;
            go(&pace, Err(Cause::Missing)).await;
        }
        assert!(!pace.is_away());
        assert_eq!(room(&pace).await, 4);
    }

    #[tokio::test]
    async fn a_silent_storage_is_asked_once_a_second_until_it_answers() {
        let pace = Pace::new(64);
        let begun = Instant::now();
        while !pace.is_away() {
            assert!(begun.elapsed() < PATIENCE * 3);
            go(&pace, Err(Cause::Silent)).await;
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        assert!(begun.elapsed() >= PATIENCE, "a moment's trouble is none");
        let (mut probes, watched) = (0, Instant::now());
        while watched.elapsed() < PROBE * 2 {
            if let Ok(turn) = pace.turn(soon()).await {
                probes += 1;
                turn.finish(&Err::<(), _>(Cause::Silent));
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        assert!((1..=2).contains(&probes), "{probes} probes in two seconds");
        while pace.is_away() {
            if let Ok(turn) = pace.turn(soon()).await {
                turn.finish(&Ok::<(), _>(()));
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        assert_eq!(room(&pace).await, 8, "it begins with a part of the window");
    }

    #[tokio::test]
    async fn who_waits_for_a_turn_learns_that_storage_went_away() {
        let pace = Pace::new(1);
        let held = pace.turn(soon()).await.unwrap();
        let waiting = tokio::spawn({
            let pace = pace.clone();
            async move { pace.turn(Instant::now() + Duration::from_secs(30)).await.err() }
        });
        tokio::task::yield_now().await;
        for _ in 0..FAILURES {
            pace.failed(Instant::now().checked_sub(PATIENCE).unwrap(), Cause::Silent);
        }
        assert_eq!(waiting.await.unwrap(), Some(Wait::Away));
        held.finish(&Ok::<(), _>(()));
        assert!(!pace.is_away(), "an answer that was under way is an answer");
    }

    #[test]
    fn second_tries_run_out_and_are_earned_again() {
        let budget = RetryBudget::new();
        assert_eq!((0..1000).filter(|_| budget.spend()).count(), 64);
        (0..20).for_each(|_| budget.earn());
        assert_eq!((0..1000).filter(|_| budget.spend()).count(), 2);
        let longest = Duration::from_secs(2);
        for tries in 0..100 {
            assert!(full_jitter(tries, Duration::from_millis(50), longest) < longest);
        }
    }
}
