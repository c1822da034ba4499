//! The way to an actor. A mailbox of the framework is not a bound (`do_send` ignores it, every clone of an address adds a
//! slot), so a message needs a permit first, and holds it until the work it stands for is finished.

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

/// A message with its permit. The permit goes back when this is dropped: keep it as long as the work lasts.
#[derive(Debug)]
pub struct Accepted<M> {
    pub message: M,
    pub permit: OwnedSemaphorePermit,
}

impl<M> Message for Accepted<M> {
    type Result = ();
}

/// The actor has all the work it may have; the message comes back.
#[derive(Debug)]
pub struct Full<M>(pub M);

/// How full an inbox is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Load {
    pub actor: &'static str,
    pub depth: usize,
    pub capacity: usize,
}

/// The bounded way to an actor, which is made anew if it has died.
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
    /// An inbox for the actor that `make` makes, on the thread of `arbiter`. `capacity` bounds the messages accepted and
    /// not finished.
    pub fn new(
        name: &'static str,
        capacity: usize,
        arbiter: ArbiterHandle,
        make: impl Fn() -> A + Clone + Send + Sync + 'static,
    ) -> Self {
        let start = move || {
            // Like `start_in_arbiter`, but with room for every permit from the first message on.
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

    /// Hands a message over if there is room now.
    pub fn offer<M>(&self, message: M) -> Result<(), Full<M>>
    where
        A: Handler<Accepted<M>>,
        M: Send + 'static,
        Context<A>: ToEnvelope<A, Accepted<M>>,
    {
        self.deliver(self.accept(message)?)
    }

    /// Gives a message its permit, if there is room now.
    pub(super) fn accept<M>(&self, message: M) -> Result<Accepted<M>, Full<M>> {
        match self.0.permits.clone().try_acquire_owned() {
            Ok(permit) => Ok(Accepted { message, permit }),
            Err(_) => Err(self.refuse(message)),
        }
    }

    /// Hands a message over, waiting for room if there is none. `Err` once the inbox is closed.
    pub async fn hand_over<M>(&self, message: M) -> Result<(), Full<M>>
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
                    Err(_) => return Err(Full(message)),
                }
            }
        };
        self.deliver(Accepted { message, permit })
    }

    /// Counts somebody who was refused before there was a message.
    pub(super) fn count_refused(&self) {
        metrics::counter!(QUEUE_REFUSED, "actor" => self.0.name).increment(1);
    }

    /// How full it is.
    pub fn load(&self) -> Load {
        let depth = self.0.capacity - self.0.permits.available_permits().min(self.0.capacity);
        Load { actor: self.0.name, depth, capacity: self.0.capacity }
    }

    /// Waits until everything accepted is finished and accepts nothing more. `false` if that took longer than `limit`.
    pub async fn drain(&self, limit: Duration) -> bool {
        let all = u32::try_from(self.0.capacity).unwrap_or(u32::MAX);
        let drained = tokio::time::timeout(limit, self.0.permits.acquire_many(all)).await;
        self.0.permits.close();
        drained.is_ok()
    }

    fn deliver<M>(&self, message: Accepted<M>) -> Result<(), Full<M>>
    where
        A: Handler<Accepted<M>>,
        M: Send + 'static,
        Context<A>: ToEnvelope<A, Accepted<M>>,
    {
        self.tell(message).map_err(|Full(message)| Full(message.message))
    }

    /// Hands over a message that stands for what was accepted: there are never more of them than permits.
    pub(super) fn tell<M>(&self, message: M) -> Result<(), Full<M>>
    where
        A: Handler<M>,
        M: Message<Result = ()> + Send + 'static,
        Context<A>: ToEnvelope<A, M>,
    {
        let mut address = self.0.address.lock().unwrap_or_else(PoisonError::into_inner);
        if !address.connected() {
            tracing::error!(actor = self.0.name, "an actor died and is made anew");
            metrics::counter!(ACTOR_RESTARTS, "actor" => self.0.name).increment(1);
            *address = (self.0.start)();
        }
        address.try_send(message).map_err(|error| match error {
            SendError::Full(message) | SendError::Closed(message) => self.refuse(message),
        })
    }

    fn refuse<M>(&self, message: M) -> Full<M> {
        self.count_refused();
        Full(message)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    /// Keeps what it is sent, and dies of zero.
    struct Keeper(Vec<Accepted<u32>>);

    impl Actor for Keeper {
        type Context = Context<Self>;
    }

    impl Handler<Accepted<u32>> for Keeper {
        type Result = ();

        fn handle(&mut self, message: Accepted<u32>, _: &mut Self::Context) {
            assert_ne!(message.message, 0, "zero kills");
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
        let Full(back) = inbox.offer(4).unwrap_err();
        assert_eq!((back, inbox.load().depth), (4, 3));
        assert!(!inbox.drain(Duration::from_millis(10)).await, "the keeper never finishes");
    }

    #[actix::test]
    async fn a_dead_actor_is_made_anew_and_its_permits_return() {
        let starts = Arc::<AtomicUsize>::default();
        let inbox = inbox(2, &starts);
        inbox.offer(0).unwrap();
        // What reaches a dying mailbox dies with it; its permit comes back all the same.
        while starts.load(Ordering::Relaxed) < 2 {
            drop(inbox.offer(7));
            tokio::task::yield_now().await;
        }
        while inbox.load().depth != 1 {
            tokio::task::yield_now().await;
        }
    }
}
