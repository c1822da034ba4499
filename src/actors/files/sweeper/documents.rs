//! Pending documents: writes their rows, claims due ones, and sends them to the renderer.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
    time::{Duration, Instant},
};

use super::SweepTools;
use crate::{
    actors::{InboxFull, RenderRequest},
    db::{Claim, DbError, EventName},
    domain::EventKey,
    store::OWNER_KEY,
};

/// Maximum of registrations whose promises are written in one statement.
const MAX_PROMISES: i32 = 1000;

/// Maximum of documents promised or claimed at once during a surge: enough to notice if storage fails, too few to slow
/// registrations down.
const MAX_DURING_SURGE: u8 = 16;

/// Interval at which a full renderer is checked for room.
const ROOM_POLL_INTERVAL: Duration = Duration::from_millis(10);

impl SweepTools {
    /// Writes promises as rows. Returns true if there may be more.
    pub(super) async fn write_promises(&self) -> Result<bool, DbError> {
        let surge = self.surge.is_on();
        let max = if surge { MAX_DURING_SURGE.into() } else { MAX_PROMISES };
        let promised = self.database.promise_documents(self.settings.grace_seconds, max).await?;
        Ok(!surge && promised >= MAX_PROMISES.into())
    }

    /// Claims due documents and sends them to the renderer. Returns true if there may be more. Claims no more than the
    /// renderer has room for, so that no lease expires in a queue.
    pub(super) async fn claim_due(&self) -> Result<bool, DbError> {
        let surge = self.surge.is_on();
        let limiter = self.store.limiter();
        if limiter.refuses_requests() {
            return Ok(false);
        }
        let max = match (limiter.is_unavailable(), surge) {
            // One upload is enough to find out if storage answers again.
            (true, _) => 1,
            (false, true) => MAX_DURING_SURGE.into(),
            (false, false) => self.settings.max_claims,
        };
        let room = self.wait_for_room(max).await;
        if room == 0 {
            return Ok(false);
        }
        let claims =
            self.database.claim_due(i64::try_from(room).unwrap_or(i64::MAX), self.settings.lease_seconds).await?;
        self.leases.keep(&claims);
        if claims.is_empty() && limiter.is_unavailable() {
            // No upload will find out if storage answers again, so this request does. Its result does not matter.
            drop(self.store.head(OWNER_KEY).await);
            return Ok(false);
        }
        let more = !surge && !limiter.is_unavailable() && claims.len() == room;
        self.send_to_renderer(claims).await?;
        Ok(more)
    }

    /// Returns the number of documents that the renderer has room for, up to `max`. Waits at most one interval of the
    /// sweeper until there is room for half of `max`.
    async fn wait_for_room(&self, max: usize) -> usize {
        let room = || {
            let load = self.renderer.load();
            load.capacity.saturating_sub(load.depth).min(max)
        };
        let give_up = Instant::now() + Duration::from_millis(self.settings.interval_ms);
        while room() < max.div_ceil(2) && Instant::now() < give_up {
            tokio::time::sleep(ROOM_POLL_INTERVAL).await;
        }
        room()
    }

    /// Reads the data of claimed documents and sends them to the renderer, until it is full.
    async fn send_to_renderer(&self, claims: Vec<Claim>) -> Result<(), DbError> {
        let mut by_event = BTreeMap::<EventKey, Vec<Claim>>::new();
        for claim in claims {
            by_event.entry(claim.document.registration.event).or_default().push(claim);
        }
        let mut refused = Vec::new();
        for (event, claims) in by_event {
            let setup = match self.catalog.find(EventName::Key(event)).await {
                Ok(Some(setup)) => setup,
                Ok(None) => continue,
                Err(error) => {
                    tracing::warn!(%error, "an event was not read; its documents are claimed again later");
                    refused.extend(claims);
                    continue;
                }
            };
            let mut numbers: Vec<_> = claims.iter().map(|claim| claim.document.registration.number).collect();
            numbers.dedup();
            let registrations = self.database.registrations(event, &numbers).await?;
            let registrations: HashMap<_, _> = registrations
                .into_iter()
                .map(|registration| (registration.reference, Arc::new(registration)))
                .collect();
            for claim in claims {
                let Some(registration) = registrations.get(&claim.document.registration).cloned() else { continue };
                let request = RenderRequest { setup: setup.clone(), registration, claim, outcome_sender: None };
                if let Err(InboxFull(request)) = self.renderer.offer(request) {
                    // Other requests filled the renderer meanwhile.
                    refused.push(request.claim);
                }
            }
        }
        if refused.is_empty() { Ok(()) } else { self.database.release_claims(&refused).await }
    }
}
