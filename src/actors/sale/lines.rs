//! The lines in front of events. Whoever comes while a batch is being committed joins its event's line without a word to
//! anybody; only the first in an idle line has to wake the registrar, and has the turn to serve the line until it is empty.
//!
//! Each line has a limit of its own, and none may take all the room there is: a crowd for one event keeps nobody from another.

use std::{
    collections::{HashMap, VecDeque},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, RwLock,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use actix::Message;
use memchr::memmem;

use super::{
    ask::{Ask, Refusal},
    batch::Known,
    limit::Limit,
};
use crate::{
    actors::Accepted,
    domain::{EventKey, EventSetup},
};

/// Events whose lines are remembered; idle ones are forgotten beyond this.
const MAX_LINES: usize = 1024;

/// All lines. Clones are the same lines.
#[derive(Clone)]
pub(super) struct Lines(Arc<Inner>);

struct Inner {
    lines: Mutex<HashMap<EventKey, Line>>,
    /// How long a line may be at most, and how long one may wait in it.
    most: usize,
    wait: Duration,
    full: RwLock<Vec<Crowded>>,
    full_count: AtomicUsize,
}

struct Line {
    /// Whether somebody has the turn.
    served: bool,
    /// Whether it does not move: the batch at its head is lost in the database.
    stuck: bool,
    /// Whether it is among the crowded ones.
    full: bool,
    limit: Limit,
    waiting: VecDeque<Accepted<Ask>>,
    known: Known,
}

/// An event whose line is full, and how requests name it: as JSON strings.
struct Crowded {
    event: EventKey,
    names: [String; 2],
}

/// What became of somebody who wanted to get in line.
pub(super) enum Joined {
    Waits,
    /// Nobody serves the line: whoever comes first does.
    First(Accepted<Ask>, Turn),
    /// The line is too long.
    Full(Accepted<Ask>),
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
    /// Lines that share the room for `capacity`, none of which is to take longer than `wait`.
    pub fn new(capacity: usize, wait: Duration) -> Self {
        Self(Arc::new(Inner {
            lines: Mutex::default(),
            most: (capacity - capacity / 4).max(1),
            wait,
            full: RwLock::default(),
            full_count: AtomicUsize::default(),
        }))
    }

    /// Gets in line.
    pub fn join(&self, ask: Accepted<Ask>) -> Joined {
        let event = ask.message.setup.event.key;
        let mut lines = self.lock();
        let line = lines.entry(event).or_insert_with(|| self.line());
        if line.stuck {
            return Joined::SentAway(ask);
        }
        if line.served {
            if line.limit.get() <= line.waiting.len() {
                if !line.full {
                    line.full = true;
                    self.crowd(&ask.message.setup);
                }
                return Joined::Full(ask);
            }
            line.waiting.push_back(ask);
            return Joined::Waits;
        }
        line.served = true;
        drop(lines);
        Joined::First(ask, Turn { lines: self.clone(), event, over: false })
    }

    /// Whether any line is full: then it is worth a look at what somebody wants.
    pub fn is_crowded(&self) -> bool {
        self.0.full_count.load(Ordering::Relaxed) > 0
    }

    /// Whether this body asks for an event whose line is full: it is looked through for the name, and not parsed.
    pub fn are_full_for(&self, body: &[u8]) -> bool {
        let full = self.0.full.read().unwrap_or_else(PoisonError::into_inner);
        full.iter().flat_map(|crowded| &crowded.names).any(|name| memmem::find(body, name.as_bytes()).is_some())
    }

    fn line(&self) -> Line {
        Line {
            served: false,
            stuck: false,
            full: false,
            limit: Limit::new(self.0.most, self.0.wait),
            waiting: VecDeque::new(),
            known: Known::default(),
        }
    }

    fn crowd(&self, setup: &EventSetup) {
        let names = [format!("\"{}\"", setup.event.draft.slug), format!("\"{}\"", setup.event.id)];
        let mut full = self.0.full.write().unwrap_or_else(PoisonError::into_inner);
        full.push(Crowded { event: setup.event.key, names });
        self.0.full_count.store(full.len(), Ordering::Relaxed);
    }

    fn uncrowd(&self, event: EventKey) {
        let mut full = self.0.full.write().unwrap_or_else(PoisonError::into_inner);
        full.retain(|crowded| crowded.event != event);
        self.0.full_count.store(full.len(), Ordering::Relaxed);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<EventKey, Line>> {
        self.0.lines.lock().unwrap_or_else(PoisonError::into_inner)
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

    /// The next in the line, at most so many, after a batch that took `took`. Nobody: then the turn is over, and what is
    /// known is kept for the next.
    pub fn next(&mut self, most: usize, known: Known, took: Duration) -> Option<(Vec<Accepted<Ask>>, Known)> {
        let mut lines = self.lines.lock();
        let many = MAX_LINES < lines.len();
        let line = lines.entry(self.event).or_insert_with(|| self.lines.line());
        line.stuck = false;
        if line.full {
            line.full = false;
            self.lines.uncrowd(self.event);
        }
        if let Some(first) = line.waiting.front() {
            // Everybody waits for the batch before; what is longer than that is the line's own fault.
            line.limit.note(first.message.since.elapsed().saturating_sub(took));
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
        let line = lines.entry(self.event).or_insert_with(|| self.lines.line());
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
        self.lines.uncrowd(self.event);
        drop(left);
    }
}

/// The first ask in an idle line, with the turn to serve that line.
pub(super) struct Start {
    pub first: Accepted<Ask>,
    pub turn: Turn,
}

impl Message for Start {
    type Result = ();
}

/// Nothing was done for them.
pub(super) fn send_away(waiting: impl IntoIterator<Item = Accepted<Ask>>) {
    for ask in waiting {
        ask.message.answer(Err(Refusal::Unavailable));
    }
}
