//! Messages in hand: their leases are renewed as long as this server works on them.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::sync::OwnedSemaphorePermit;
use uuid::Uuid;

use crate::db::{ClaimedMessage, Database};

/// Messages in hand. Clones share them.
#[derive(Clone, Default)]
pub struct HeldMessages(Arc<Mutex<HashMap<Uuid, i32>>>);

/// A message in hand, until this is dropped: its lease is renewed, and it uses a permit of the outbox.
pub struct Held {
    pub claim: ClaimedMessage,
    all: HeldMessages,
    _permit: OwnedSemaphorePermit,
}

impl HeldMessages {
    /// Takes a claimed message in hand.
    pub fn hold(&self, claim: ClaimedMessage, permit: OwnedSemaphorePermit) -> Held {
        self.messages().insert(claim.id, claim.lease);
        Held { claim, all: self.clone(), _permit: permit }
    }

    /// Renews leases for ever.
    pub async fn renew(self, database: Database, lease: Duration) {
        let mut ticks = tokio::time::interval(lease / 3);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            let mut claims: Vec<_> = self.messages().iter().map(|(id, lease)| (*id, *lease)).collect();
            if claims.is_empty() {
                continue;
            }
            // Always in the same order, so that two statements do not deadlock.
            claims.sort_unstable();
            if let Err(error) = database.renew_messages(&claims, lease.as_secs_f64()).await {
                tracing::warn!(%error, "leases of messages were not renewed; the next attempt follows soon");
            }
        }
    }

    fn messages(&self) -> MutexGuard<'_, HashMap<Uuid, i32>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut messages = self.all.messages();
        // Claimed again meanwhile, the message belongs to the later claim.
        if messages.get(&self.claim.id) == Some(&self.claim.lease) {
            messages.remove(&self.claim.id);
        }
    }
}
