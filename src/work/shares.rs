//! Shares: permits of which one organizer can take a part only, so that the others find some.

use std::{sync::Arc, time::Duration};

use moka::sync::Cache;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::Refusal;
use crate::domain::OrganizerKey;

/// Organizers whose permits are kept in memory. An organizer that is forgotten while it holds permits gets new ones.
const MAX_ORGANIZERS: u64 = 10_000;
/// Time without requests after which an organizer is forgotten.
const MAX_IDLE: Duration = Duration::from_secs(3600);

/// Permits for one kind of work. Clones share them.
#[derive(Clone)]
pub struct Shares {
    all: Arc<Semaphore>,
    per_organizer: usize,
    organizers: Cache<OrganizerKey, Arc<Semaphore>>,
}

/// A permit. Dropping it returns it.
pub struct Share {
    _permits: [OwnedSemaphorePermit; 2],
}

impl Shares {
    /// Creates `all` permits, of which each organizer can take `per_organizer`, at least one.
    pub fn new(all: usize, per_organizer: usize) -> Self {
        Self {
            all: Arc::new(Semaphore::new(all)),
            per_organizer: per_organizer.max(1),
            organizers: Cache::builder().max_capacity(MAX_ORGANIZERS).time_to_idle(MAX_IDLE).build(),
        }
    }

    /// Takes a permit, or refuses at once.
    pub fn take(&self, organizer: OrganizerKey) -> Result<Share, Refusal> {
        let own = self.of(organizer).try_acquire_owned().map_err(|_| Refusal::Overloaded)?;
        let shared = self.all.clone().try_acquire_owned().map_err(|_| Refusal::Overloaded)?;
        Ok(Share { _permits: [own, shared] })
    }

    /// Takes a permit; waits at most `limit` for one.
    pub async fn wait(&self, organizer: OrganizerKey, limit: Duration) -> Result<Share, Refusal> {
        let (own, all) = (self.of(organizer), self.all.clone());
        let permits = async {
            // The organizer's own permit first: while it waits for that, it takes nothing from the others.
            let own = own.acquire_owned().await.map_err(|_| Refusal::Overloaded)?;
            Ok(Share { _permits: [own, all.acquire_owned().await.map_err(|_| Refusal::Overloaded)?] })
        };
        tokio::time::timeout(limit, permits).await.map_err(|_| Refusal::Overloaded)?
    }

    fn of(&self, organizer: OrganizerKey) -> Arc<Semaphore> {
        self.organizers.get_with(organizer, || Arc::new(Semaphore::new(self.per_organizer)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_organizer_takes_its_share_and_leaves_the_rest() {
        let shares = Shares::new(3, 2);
        let [one, other] = [1, 2].map(OrganizerKey);
        let held = [shares.take(one).unwrap_or_else(|_| panic!()), shares.take(one).unwrap_or_else(|_| panic!())];
        assert!(shares.take(one).is_err() && shares.wait(one, Duration::ZERO).await.is_err());
        let third = shares.wait(other, Duration::from_secs(60)).await;
        assert!(third.is_ok() && shares.take(other).is_err(), "all three are taken");
        drop(held);
        assert!(shares.take(one).is_ok() && shares.take(other).is_ok());
    }
}
