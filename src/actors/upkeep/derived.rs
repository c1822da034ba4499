//! Keeps what is derived from registrations up to date, after their sale: the words of tickets for searches, and the sums
//! of figures. One server at a time does this. While an event sells, it uses only a tenth of the time; while registrations
//! come in large batches, none.

use std::{
    panic::AssertUnwindSafe,
    time::{Duration, Instant},
};

use futures_util::FutureExt;
use uuid::Uuid;

use crate::{
    actors::Surge,
    db::{Database, DbError, NamedLease},
};

/// Pause when little is left to do, after a failure, and at the start: a server that starts sells first.
const PAUSE: Duration = Duration::from_secs(1);
/// Pause between two checks for the end of a surge.
const SURGE_PAUSE: Duration = Duration::from_millis(100);
/// Registrations whose tickets get their words in one statement: a few milliseconds of work beside a sale, then more.
const DURING_SALE: i32 = 25;
const AFTER_SALE: i32 = 500;
/// Time after which another server takes over.
const LEASE_SECONDS: f64 = 5.0;
/// Pause beside a sale, as a multiple of the time of the work before.
const PAUSE_FACTOR: u32 = 9;
/// Changes of figures that are summed up in one statement.
const MAX_CHANGES: i64 = 5000;

/// Runs until the server stops.
pub async fn keep_derived(database: Database, surge: Surge) {
    let lease = NamedLease { name: "derived".to_owned(), token: Uuid::new_v4() };
    let mut upkeep = Derived { database, lease, registrations: DURING_SALE };
    let mut pause = PAUSE;
    loop {
        tokio::time::sleep(pause).await;
        pause = if surge.is_on() { SURGE_PAUSE } else { upkeep.round().await };
    }
}

struct Derived {
    database: Database,
    lease: NamedLease,
    /// Registrations of the next round.
    registrations: i32,
}

impl Derived {
    /// Does a part of the work. Returns the pause before the next part.
    async fn round(&mut self) -> Duration {
        let start = Instant::now();
        let work = async {
            if !self.database.renew_lease(&self.lease, LEASE_SECONDS).await? {
                return Ok(None);
            }
            let words = self.database.add_ticket_words(self.registrations).await?;
            Ok::<_, DbError>(Some((words, self.database.sum_up_changes(MAX_CHANGES).await?)))
        };
        match AssertUnwindSafe(work).catch_unwind().await {
            Ok(Ok(None)) => {}
            Ok(Ok(Some((words, more_changes)))) => {
                self.registrations = if words.on_sale { DURING_SALE } else { AFTER_SALE };
                match words.more || more_changes {
                    true if words.on_sale => return start.elapsed() * PAUSE_FACTOR,
                    true => return Duration::ZERO,
                    false => {}
                }
            }
            Ok(Err(error)) => {
                tracing::warn!(%error, "words of tickets or sums of figures are not up to date; reading them takes longer");
            }
            Err(_) => tracing::error!("adding words of tickets or summing up figures panicked"),
        }
        PAUSE
    }
}
