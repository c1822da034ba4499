//! State of the mail server. While it does not answer, one message at a time finds out if it is back.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use crate::{metrics::MAIL_SERVER_AWAY, store::full_jitter};

const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_mins(1);

/// State of the mail server.
#[derive(Default)]
pub struct ServerHealth(Mutex<State>);

#[derive(Default)]
struct State {
    /// Failures since the last answer.
    failures: u32,
    retry_at: Option<Instant>,
}

impl ServerHealth {
    /// Returns how many messages may be claimed now, of `room`.
    pub fn allowed(&self, room: usize) -> usize {
        let state = self.state();
        match state.retry_at {
            None => room,
            Some(at) if at <= Instant::now() => room.min(1),
            Some(_) => 0,
        }
    }

    /// True while the server does not answer.
    pub fn is_away(&self) -> bool {
        self.state().retry_at.is_some()
    }

    /// The server has answered.
    pub fn answered(&self) {
        let mut state = self.state();
        if state.retry_at.take().is_some() {
            tracing::info!("the mail server answers again");
            metrics::gauge!(MAIL_SERVER_AWAY).set(0.0);
        }
        state.failures = 0;
    }

    /// The server did not answer, or refuses everything. Returns the pause before the next attempt.
    pub fn failed(&self, reply: &str) -> Duration {
        let mut state = self.state();
        let now = Instant::now();
        // Failures of messages that were under way together count once.
        match state.retry_at {
            Some(at) if at > now => at - now,
            before => {
                if before.is_none() {
                    tracing::error!(reply, "the mail server is away; messages wait");
                    metrics::gauge!(MAIL_SERVER_AWAY).set(1.0);
                }
                state.failures += 1;
                let most = FIRST_PAUSE.saturating_mul(1 << state.failures.min(10)).min(LONGEST_PAUSE);
                // At least half of the time, so that it is left alone.
                let pause = most / 2 + full_jitter(0, most / 2, most / 2);
                state.retry_at = Some(now + pause);
                pause
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_is_away_gets_one_message_after_a_pause() {
        let health = ServerHealth::default();
        assert_eq!(health.allowed(100), 100);
        let pause = health.failed("gone");
        assert!(pause >= FIRST_PAUSE && pause <= FIRST_PAUSE * 2, "{pause:?}");
        assert!(health.failed("gone") <= pause, "failures of the same time count once");
        assert_eq!((health.allowed(100), health.is_away()), (0, true));
        health.state().retry_at = Some(Instant::now());
        assert_eq!(health.allowed(100), 1);
        health.answered();
        assert_eq!((health.allowed(100), health.is_away()), (100, false));
    }
}
