//! The bounded entrance to the registrar: one queue for each event, and the cache of sold-out events.

use std::time::Duration;

use super::{
    Registrar, SoldOutCache,
    event_queues::{EventQueues, JoinResult, ServeQueue, answer_unavailable},
    seat_request::{SeatRefusal, SeatRequest},
};
use crate::{
    actors::{Inbox, InboxFull, Load},
    domain::EventKey,
};

/// Sends requests for seats to the registrar, or refuses them at once. Clones share the queues.
#[derive(Clone)]
pub struct RegistrarQueue {
    inbox: Inbox<Registrar>,
    queues: EventQueues,
    sold_out: SoldOutCache,
}

impl RegistrarQueue {
    /// Creates empty queues that share the capacity of `inbox`; a request should wait at most `wait` in its queue.
    pub fn new(inbox: Inbox<Registrar>, wait: Duration, sold_out: SoldOutCache) -> Self {
        let queues = EventQueues::new(inbox.load().capacity, wait);
        Self { inbox, queues, sold_out }
    }

    /// True if all queues together are full. Cheap: call it before all other work on a request.
    pub fn is_full(&self) -> bool {
        let load = self.inbox.load();
        self.count_if_refused(load.capacity <= load.depth)
    }

    /// True if any queue is full; then [`Self::is_full_for`] tells which. Cheap.
    pub fn has_full_queue(&self) -> bool {
        self.queues.has_full_queue()
    }

    /// True if the queue of the event with this slug or id is full.
    pub fn is_full_for(&self, event: &str) -> bool {
        self.count_if_refused(self.queues.is_full_for(event))
    }

    fn count_if_refused(&self, refused: bool) -> bool {
        if refused {
            self.inbox.count_refused();
        }
        refused
    }

    /// Adds a request to the queue of its event, if there is room. Only the first request in an idle queue wakes the
    /// actor.
    pub fn offer(&self, request: SeatRequest) -> Result<(), InboxFull<SeatRequest>> {
        if self.sold_out.refuses(&request) {
            request.answer(Err(SeatRefusal::SoldOut));
            return Ok(());
        }
        let request = self.inbox.accept(request)?;
        match self.queues.join(request) {
            JoinResult::Queued => Ok(()),
            JoinResult::First(first, guard) => {
                self.inbox.deliver(ServeQueue { first, guard }).map_err(|InboxFull(serve)| {
                    // The actor does not serve this queue: requests that joined meanwhile must be answered here.
                    answer_unavailable(serve.guard.close_and_empty());
                    InboxFull(serve.first.message)
                })
            }
            JoinResult::Full(request) => {
                self.count_if_refused(true);
                Err(InboxFull(request.message))
            }
            JoinResult::Closed(request) => {
                answer_unavailable([request]);
                Ok(())
            }
        }
    }

    /// Clears the cached "sold out" of an event, because a seat may be free again.
    pub fn seats_released(&self, event: EventKey) {
        self.sold_out.invalidate(event);
    }

    /// Returns the number of unanswered requests of all queues, and the limit.
    pub fn load(&self) -> Load {
        self.inbox.load()
    }

    /// Waits until all requests are answered, and accepts no more. Returns false if that took longer than `limit`.
    pub async fn drain(&self, limit: Duration) -> bool {
        self.inbox.drain(limit).await
    }
}
