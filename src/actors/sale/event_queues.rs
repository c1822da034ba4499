//! One queue of requests for each event. A request that arrives during a commit only joins the queue; the first request
//! in an idle queue wakes the registrar, which serves the queue until it is empty.
//!
//! Each queue has its own limit, and none may use the whole capacity: demand for one event must not block other events.

use std::{
    collections::{HashMap, VecDeque},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, RwLock,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use actix::Message;

use super::{
    batch::CarriedState,
    queue_limit::QueueLimit,
    seat_request::{SeatRefusal, SeatRequest},
};
use crate::{
    actors::Accepted,
    domain::{EventKey, EventSetup},
};

/// Queues kept in memory; beyond this number idle ones are removed.
const MAX_QUEUES: usize = 1024;

/// The queues of all events. Clones share them.
#[derive(Clone)]
pub(super) struct EventQueues(Arc<Inner>);

struct Inner {
    queues: Mutex<HashMap<EventKey, EventQueue>>,
    /// Upper bound of each queue's limit.
    max_length: usize,
    /// Wait in a queue that its limit aims at.
    target_wait: Duration,
    full: RwLock<Vec<FullQueue>>,
    full_count: AtomicUsize,
}

struct EventQueue {
    /// True while a [`QueueGuard`] of this queue exists.
    is_served: bool,
    /// True while the batch being committed is stuck: requests are then refused.
    is_closed: bool,
    /// True if the queue is in the list of full queues.
    is_full: bool,
    limit: QueueLimit,
    waiting: VecDeque<Accepted<SeatRequest>>,
    carried: CarriedState,
}

/// An event whose queue is full, and its names in requests: slug and id.
struct FullQueue {
    event: EventKey,
    names: [String; 2],
}

/// Result of joining a queue.
pub(super) enum JoinResult {
    Queued,
    /// The queue was idle: the registrar has to serve it, beginning with this request.
    First(Accepted<SeatRequest>, QueueGuard),
    /// The queue has reached its limit.
    Full(Accepted<SeatRequest>),
    /// The queue is closed, because a batch is stuck.
    Closed(Accepted<SeatRequest>),
}

/// Exclusive right to serve a queue until it is empty. If dropped earlier, the queue is removed and its replies are
/// dropped.
pub(super) struct QueueGuard {
    queues: EventQueues,
    event: EventKey,
    released: bool,
}

impl EventQueues {
    /// Creates queues that share `capacity` and should not make a request wait longer than `target_wait`.
    pub fn new(capacity: usize, target_wait: Duration) -> Self {
        Self(Arc::new(Inner {
            queues: Mutex::default(),
            max_length: (capacity - capacity / 4).max(1),
            target_wait,
            full: RwLock::default(),
            full_count: AtomicUsize::default(),
        }))
    }

    /// Adds a request to the queue of its event, unless the queue is full or closed.
    pub fn join(&self, request: Accepted<SeatRequest>) -> JoinResult {
        let event = request.message.setup.event.key;
        let mut queues = self.lock();
        let queue = queues.entry(event).or_insert_with(|| self.new_queue());
        if queue.is_closed {
            return JoinResult::Closed(request);
        }
        if queue.is_served {
            if queue.limit.get() <= queue.waiting.len() {
                if !queue.is_full {
                    queue.is_full = true;
                    self.add_full(&request.message.setup);
                }
                return JoinResult::Full(request);
            }
            queue.waiting.push_back(request);
            return JoinResult::Queued;
        }
        queue.is_served = true;
        drop(queues);
        JoinResult::First(request, QueueGuard { queues: self.clone(), event, released: false })
    }

    /// True if any queue is full: only then is the name of a request's event looked for.
    pub fn has_full_queue(&self) -> bool {
        self.0.full_count.load(Ordering::Relaxed) > 0
    }

    /// True if the queue of the event with this slug or id is full.
    pub fn is_full_for(&self, event: &str) -> bool {
        let full = self.0.full.read().unwrap_or_else(PoisonError::into_inner);
        full.iter().flat_map(|queue| &queue.names).any(|name| name == event)
    }

    fn new_queue(&self) -> EventQueue {
        EventQueue {
            is_served: false,
            is_closed: false,
            is_full: false,
            limit: QueueLimit::new(self.0.max_length, self.0.target_wait),
            waiting: VecDeque::new(),
            carried: CarriedState::default(),
        }
    }

    fn add_full(&self, setup: &EventSetup) {
        let names = [setup.event.draft.slug.clone(), setup.event.id.to_string()];
        let mut full = self.0.full.write().unwrap_or_else(PoisonError::into_inner);
        full.push(FullQueue { event: setup.event.key, names });
        self.0.full_count.store(full.len(), Ordering::Relaxed);
    }

    fn remove_full(&self, event: EventKey) {
        let mut full = self.0.full.write().unwrap_or_else(PoisonError::into_inner);
        full.retain(|queue| queue.event != event);
        self.0.full_count.store(full.len(), Ordering::Relaxed);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<EventKey, EventQueue>> {
        self.0.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl QueueGuard {
    /// Returns the event of the queue.
    pub fn event(&self) -> EventKey {
        self.event
    }

    /// Takes the state that the last batch of the event left.
    pub fn take_carried(&self) -> CarriedState {
        self.queues.lock().get_mut(&self.event).map(|queue| std::mem::take(&mut queue.carried)).unwrap_or_default()
    }

    /// Takes at most `max` requests, after a batch that lasted `batch_time`. `None` if the queue is empty: then the
    /// guard is released, and `carried` is kept for the next batch.
    pub fn next_batch(
        &mut self,
        max: usize,
        carried: CarriedState,
        batch_time: Duration,
    ) -> Option<(Vec<Accepted<SeatRequest>>, CarriedState)> {
        let mut queues = self.queues.lock();
        let too_many = MAX_QUEUES < queues.len();
        let queue = queues.entry(self.event).or_insert_with(|| self.queues.new_queue());
        queue.is_closed = false;
        if queue.is_full {
            queue.is_full = false;
            self.queues.remove_full(self.event);
        }
        if let Some(first) = queue.waiting.front() {
            // Every request waits for the batch before; only the rest of the wait is caused by the length of the queue.
            queue.limit.record_wait(first.message.received_at.elapsed().saturating_sub(batch_time));
            let count = queue.waiting.len().min(max);
            return Some((queue.waiting.drain(..count).collect(), carried));
        }
        (queue.is_served, queue.carried) = (false, carried);
        self.released = true;
        if too_many {
            queues.retain(|_, queue| queue.is_served);
        }
        None
    }

    /// Closes the queue until the next batch is taken. Returns all waiting requests.
    pub fn close_and_empty(&self) -> Vec<Accepted<SeatRequest>> {
        let mut queues = self.queues.lock();
        let queue = queues.entry(self.event).or_insert_with(|| self.queues.new_queue());
        queue.is_closed = true;
        queue.waiting.drain(..).collect()
    }
}

impl Drop for QueueGuard {
    fn drop(&mut self) {
        if self.released {
            return;
        }
        // Dropping a request answers it with an error and returns its permit; this must not happen under the lock.
        let removed = self.queues.lock().remove(&self.event);
        self.queues.remove_full(self.event);
        drop(removed);
    }
}

/// Message to the registrar: serve this queue, beginning with its first request.
pub(super) struct ServeQueue {
    pub first: Accepted<SeatRequest>,
    pub guard: QueueGuard,
}

impl Message for ServeQueue {
    type Result = ();
}

/// Answers requests for which nothing was written.
pub(super) fn answer_unavailable(waiting: impl IntoIterator<Item = Accepted<SeatRequest>>) {
    for request in waiting {
        request.message.answer(Err(SeatRefusal::Unavailable));
    }
}
