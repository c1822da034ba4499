//! Seats that are left of events, as pages show them: at most a second old, and read once however many ask. Selling does
//! not use them.

use std::{sync::Arc, time::Duration};

use moka::future::Cache;

use super::{Records, Refusal};
use crate::{
    db::DbError,
    domain::{EventKey, RemainingSeats},
};

/// Age up to which seats are shown.
const LIFETIME: Duration = Duration::from_secs(1);
/// Events kept at most.
const CAPACITY: u64 = 10_000;

/// Recently read seats.
#[derive(Clone)]
pub struct Availability(Cache<EventKey, Option<Arc<RemainingSeats>>>);

impl Default for Availability {
    fn default() -> Self {
        Self(Cache::builder().max_capacity(CAPACITY).time_to_live(LIFETIME).build())
    }
}

impl Availability {
    /// Returns the seats that are left of an event.
    pub async fn of(&self, records: &Records, event: EventKey) -> Result<Arc<RemainingSeats>, Refusal> {
        if let Some(known) = self.0.get(&event).await {
            return known.ok_or(Refusal::NotFound);
        }
        let read = async {
            let mut found = records.database.remaining_seats(&[event]).await?;
            Ok::<_, DbError>(found.remove(&event).map(Arc::new))
        };
        let read = Box::pin(self.0.try_get_with(event, read)).await?;
        read.ok_or(Refusal::NotFound)
    }
}
