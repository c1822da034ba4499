//! Messages in hand: their leases are renewed as long as this server works on them.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use tokio::sync::OwnedSemaphorePermit;
use uuid::Uuid;

use crate::{
    db::{ClaimedMessage, Database},
    domain::MessageKind,
};

/// Messages in hand. Clones share them.
#[derive(Clone)]
pub struct HeldMessages {
    messages: Arc<Mutex<HashMap<Uuid, Lease>>>,
    lease: Duration,
}

#[derive(Debug, Clone, Copy)]
struct Lease {
    token: i32,
    until: Instant,
}

/// A message in hand, until this is dropped: its lease is renewed, and it uses a permit of the outbox.
pub struct Held {
    pub claim: ClaimedMessage,
    all: HeldMessages,
    _permit: OwnedSemaphorePermit,
}

impl HeldMessages {
    pub fn new(lease: Duration) -> Self {
        Self { messages: Arc::default(), lease }
    }

    /// Takes a claimed message in hand. `None` if it is in hand already: its lease had ended, and is this one now.
    pub fn hold(&self, claim: ClaimedMessage, permit: OwnedSemaphorePermit) -> Option<Held> {
        let lease = Lease { token: claim.lease, until: claim.until };
        match self.messages().insert(claim.id, lease) {
            None => Some(Held { claim, all: self.clone(), _permit: permit }),
            Some(_) => None,
        }
    }

    /// Renews leases for ever.
    pub async fn renew(self, database: Database) {
        let mut ticks = tokio::time::interval(self.lease / 4);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            let mut claims: Vec<_> = self.messages().iter().map(|(id, lease)| (*id, lease.token)).collect();
            if claims.is_empty() {
                continue;
            }
            // Always in the same order, so that two statements do not deadlock.
            claims.sort_unstable();
            let until = Instant::now() + self.lease;
            match database.renew_messages(&claims, self.lease.as_secs_f64()).await {
                Ok(renewed) => {
                    let mut messages = self.messages();
                    for id in renewed {
                        if let Some(lease) = messages.get_mut(&id) {
                            lease.until = lease.until.max(until);
                        }
                    }
                }
                Err(error) => {
                    tracing::warn!(%error, "leases of messages were not renewed; the next attempt follows soon");
                }
            }
        }
    }

    fn messages(&self) -> MutexGuard<'_, HashMap<Uuid, Lease>> {
        self.messages.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held {
    /// Returns the token of the present lease.
    pub fn lease(&self) -> i32 {
        self.all.messages().get(&self.claim.id).map_or(self.claim.lease, |lease| lease.token)
    }

    /// Returns the address to record. That of an announcement stays as it was queued: there is one for each address.
    pub fn recipient(&self) -> Option<String> {
        self.claim.recipient.clone().filter(|_| self.claim.kind != MessageKind::Announcement)
    }

    /// True if the lease still lasts for long enough to begin to send: no other server does.
    pub fn may_begin(&self) -> bool {
        let until = self.all.messages().get(&self.claim.id).map(|lease| lease.until);
        until.is_some_and(|until| Instant::now() + self.all.lease / 4 < until)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.all.messages().remove(&self.claim.id);
    }
}
