//! The lines in front of events. Whoever comes while a batch is being committed joins its event's line without a word to
//! anybody; only the first in an idle line has to wake the registrar, and has the turn to serve the line until it is empty.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::{Accepted, Ask, batch::Known};
use crate::domain::EventKey;

/// Events whose lines are remembered; idle ones are forgotten beyond this.
const MAX_LINES: usize = 1024;

/// All lines. Clones are the same lines.
#[derive(Clone, Default)]
pub(super) struct Lines(Arc<Mutex<HashMap<EventKey, Line>>>);

#[derive(Default)]
struct Line {
    /// Whether somebody has the turn.
    served: bool,
    /// Whether it does not move: the batch at its head is lost in the database.
    stuck: bool,
    waiting: VecDeque<Accepted<Ask>>,
    known: Known,
}

/// What became of somebody who wanted to get in line.
pub(super) enum Joined {
    Waits,
    /// Nobody serves the line: whoever comes first does.
    First(Accepted<Ask>, Turn),
    /// The line does not move.
    SentAway(Accepted<Ask>),
}

/// The turn to serve a line: one at a time. Dropped half-way, it sends everybody in the line away.
pub(super) struct Turn {
    lines: Lines,
    event: EventKey,
    over: bool,
}

impl Lines {
    /// Gets in line.
    pub fn join(&self, ask: Accepted<Ask>) -> Joined {
        let event = ask.message.setup.event.key;
        let mut lines = self.lock();
        let line = lines.entry(event).or_default();
        if line.stuck {
            return Joined::SentAway(ask);
        }
        if line.served {
            line.waiting.push_back(ask);
            return Joined::Waits;
        }
        line.served = true;
        drop(lines);
        Joined::First(ask, Turn { lines: self.clone(), event, over: false })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<EventKey, Line>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Turn {
    /// Whose line it is.
    pub fn event(&self) -> EventKey {
        self.event
    }

    /// What was learnt when the line was last served.
    pub fn known(&self) -> Known {
        self.lines.lock().get_mut(&self.event).map(|line| std::mem::take(&mut line.known)).unwrap_or_default()
    }

    /// The next in the line, at most so many. Nobody: then the turn is over, and what is known is kept for the next.
    pub fn next(&mut self, most: usize, known: Known) -> Option<(Vec<Accepted<Ask>>, Known)> {
        let mut lines = self.lines.lock();
        let many = MAX_LINES < lines.len();
        let line = lines.entry(self.event).or_default();
        line.stuck = false;
        if !line.waiting.is_empty() {
            let take = line.waiting.len().min(most);
            return Some((line.waiting.drain(..take).collect(), known));
        }
        (line.served, line.known) = (false, known);
        self.over = true;
        if many {
            lines.retain(|_, line| line.served);
        }
        None
    }

    /// The line does not move: returns everybody in it, and lets nobody in until it moves again.
    pub fn close(&self) -> Vec<Accepted<Ask>> {
        let mut lines = self.lines.lock();
        let line = lines.entry(self.event).or_default();
        line.stuck = true;
        line.waiting.drain(..).collect()
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if self.over {
            return;
        }
        // Dropped replies are answered, and dropped permits go back; not under the lock.
        let left = self.lines.lock().remove(&self.event);
        drop(left);
    }
}
