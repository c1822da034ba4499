//! Bounded queue of an actor. An actix mailbox is not a bound (`do_send` ignores its capacity, and every clone of an
//! address adds a slot), so a message needs a permit first and holds it until its work is finished.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use actix::{
    Actor, Addr, ArbiterHandle, Context, Handler, Message,
    dev::{ToEnvelope, channel::channel},
    prelude::SendError,
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::metrics::{ACTOR_RESTARTS, QUEUE_REFUSED, QUEUE_WAIT_SECONDS};

/// A message with its permit. Dropping the permit returns it: keep it until the work is finished.
#[derive(Debug)]
pub struct Accepted<M> {
    pub message: M,
    pub permit: OwnedSemaphorePermit,
}

impl<M> Message for Accepted<M> {
    type Result = ();
}

/// Error of a full or closed inbox, with the message that was not accepted.
#[derive(Debug)]
pub struct InboxFull<M>(pub M);

/// Number of messages that an actor has accepted but not finished, and the limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Load {
    pub actor: &'static str,
    pub depth: usize,
    pub capacity: usize,
}

/// Sends messages to an actor, within a limit of unfinished ones. Restarts an actor that has died. Clones share the
/// actor.
pub struct Inbox<A: Actor>(Arc<Inner<A>>);

struct Inner<A: Actor> {
    name: &'static str,
    capacity: usize,
    permits: Arc<Semaphore>,
    address: Mutex<Addr<A>>,
    start: Box<dyn Fn() -> Addr<A> + Send + Sync>,
}

impl<A: Actor> Clone for Inbox<A> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<A: Actor<Context = Context<A>>> Inbox<A> {
    /// Starts the actor that `make` returns on the thread of `arbiter`. `capacity` is the limit of messages that are
    /// accepted and not finished.
    pub fn new(
        name: &'static str,
        capacity: usize,
        arbiter: ArbiterHandle,
        make: impl Fn() -> A + Clone + Send + Sync + 'static,
    ) -> Self {
        let start = move || {
            // Like `start_in_arbiter`, but with a mailbox that has room for every permit.
            let (sender, receiver) = channel(capacity);
            let make = make.clone();
            arbiter.spawn_fn(move || drop(Context::with_receiver(receiver).run(make())));
            Addr::new(sender)
        };
        Self(Arc::new(Inner {
            name,
            capacity,
            permits: Arc::new(Semaphore::new(capacity)),
            address: Mutex::new(start()),
            start: Box::new(start),
        }))
    }

    /// Sends a message if there is room now.
    pub fn offer<M>(&self, message: M) -> Result<(), InboxFull<M>>
    where
        A: Handler<Accepted<M>>,
        M: Send + 'static,
        Context<A>: ToEnvelope<A, Accepted<M>>,
    {
        self.deliver_accepted(self.accept(message)?)
    }

    /// Takes a permit for a message, if there is room now.
    pub(super) fn accept<M>(&self, message: M) -> Result<Accepted<M>, InboxFull<M>> {
        match self.0.permits.clone().try_acquire_owned() {
            Ok(permit) => Ok(Accepted { message, permit }),
            Err(_) => Err(self.refuse(message)),
        }
    }

    /// Sends a message, and waits for room if there is none. Fails once the inbox is closed.
    pub async fn send<M>(&self, message: M) -> Result<(), InboxFull<M>>
    where
        A: Handler<Accepted<M>>,
        M: Send + 'static,
        Context<A>: ToEnvelope<A, Accepted<M>>,
    {
        let permit = match self.0.permits.clone().try_acquire_owned() {
            Ok(permit) => permit,
            Err(_) => {
                let start = Instant::now();
                let permit = self.0.permits.clone().acquire_owned().await;
                metrics::histogram!(QUEUE_WAIT_SECONDS, "actor" => self.0.name).record(start.elapsed());
                match permit {
                    Ok(permit) => permit,
                    Err(_) => return Err(InboxFull(message)),
                }
            }
        };
        self.deliver_accepted(Accepted { message, permit })
    }

    /// Counts a request that was refused before a message existed.
    pub(super) fn count_refused(&self) {
        metrics::counter!(QUEUE_REFUSED, "actor" => self.0.name).increment(1);
    }

    /// Returns the number of accepted messages, and the limit.
    pub fn load(&self) -> Load {
        let depth = self.0.capacity - self.0.permits.available_permits().min(self.0.capacity);
        Load { actor: self.0.name, depth, capacity: self.0.capacity }
    }

    /// Waits until all accepted work is finished, and accepts no more. Returns false if that took longer than `limit`.
    pub async fn drain(&self, limit: Duration) -> bool {
        let all_permits = u32::try_from(self.0.capacity).unwrap_or(u32::MAX);
        let drained = tokio::time::timeout(limit, self.0.permits.acquire_many(all_permits)).await;
        self.0.permits.close();
        drained.is_ok()
    }

    fn deliver_accepted<M>(&self, message: Accepted<M>) -> Result<(), InboxFull<M>>
    where
        A: Handler<Accepted<M>>,
        M: Send + 'static,
        Context<A>: ToEnvelope<A, Accepted<M>>,
    {
        self.deliver(message).map_err(|InboxFull(message)| InboxFull(message.message))
    }

    /// Puts a message for accepted work in the mailbox. There are never more such messages than permits.
    pub(super) fn deliver<M>(&self, message: M) -> Result<(), InboxFull<M>>
    where
        A: Handler<M>,
        M: Message<Result = ()> + Send + 'static,
        Context<A>: ToEnvelope<A, M>,
    {
        let mut address = self.0.address.lock().unwrap_or_else(PoisonError::into_inner);
        if !address.connected() {
            tracing::error!(actor = self.0.name, "an actor died and is restarted");
            metrics::counter!(ACTOR_RESTARTS, "actor" => self.0.name).increment(1);
            *address = (self.0.start)();
        }
        address.try_send(message).map_err(|error| match error {
            SendError::Full(message) | SendError::Closed(message) => self.refuse(message),
        })
    }

    fn refuse<M>(&self, message: M) -> InboxFull<M> {
        self.count_refused();
        InboxFull(message)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    /// Keeps its messages without finishing them; panics on zero.
    struct Keeper(Vec<Accepted<u32>>);

    impl Actor for Keeper {
        type Context = Context<Self>;
    }

    impl Handler<Accepted<u32>> for Keeper {
        type Result = ();

        fn handle(&mut self, message: Accepted<u32>, _: &mut Self::Context) {
            assert_ne!(message.message, 0, "zero panics");
            self.0.push(message);
        }
    }

    fn inbox(capacity: usize, starts: &Arc<AtomicUsize>) -> Inbox<Keeper> {
        let starts = starts.clone();
        Inbox::new("keeper", capacity, actix::Arbiter::current(), move || {
            starts.fetch_add(1, Ordering::Relaxed);
            Keeper(Vec::new())
        })
    }

    #[actix::test]
    async fn a_full_inbox_refuses_until_work_is_finished() {
        let starts = Arc::default();
        let inbox = inbox(3, &starts);
        for n in 1..=3 {
            inbox.offer(n).unwrap();
        }
        tokio::task::yield_now().await;
        let InboxFull(back) = inbox.offer(4).unwrap_err();
        assert_eq!((back, inbox.load().depth), (4, 3));
        assert!(!inbox.drain(Duration::from_millis(10)).await, "the keeper never finishes");
    }

    #[actix::test]
    async fn a_dead_actor_is_restarted_and_its_permits_return() {
        let starts = Arc::<AtomicUsize>::default();
        let inbox = inbox(2, &starts);
        inbox.offer(0).unwrap();
        // A message that reaches the mailbox of a dying actor is dropped, and returns its permit.
        while starts.load(Ordering::Relaxed) < 2 {
            drop(inbox.offer(7));
            tokio::task::yield_now().await;
        }
        while inbox.load().depth != 1 {
            tokio::task::yield_now().await;
        }
    }
}
