//! Keeps what is derived from registrations up to date, after their sale: the words of tickets for searches, and the sums
//! of figures. A little at a time, and not while registrations come in large batches.

use std::{panic::AssertUnwindSafe, time::Duration};

use futures_util::FutureExt;

use crate::{
    actors::Surge,
    db::{Database, DbError},
};

/// Pause when little is left to do, after a failure, and at the start: a server that starts sells first.
const PAUSE: Duration = Duration::from_secs(1);
/// Pause between two checks for the end of a surge.
const SURGE_PAUSE: Duration = Duration::from_millis(100);
/// Changes of figures that are summed up in one statement.
const MAX_CHANGES: i64 = 5000;

/// Runs until the server stops.
pub async fn keep_derived(database: Database, surge: Surge) {
    let mut pause = PAUSE;
    loop {
        tokio::time::sleep(pause).await;
        pause = if surge.is_on() { SURGE_PAUSE } else { round(&database).await };
    }
}

/// Does a part of the work. Returns the pause before the next part.
async fn round(database: &Database) -> Duration {
    let work = async {
        let more_words = database.add_ticket_words().await?;
        let more_changes = database.sum_up_changes(MAX_CHANGES).await?;
        Ok::<_, DbError>(more_words || more_changes)
    };
    match AssertUnwindSafe(work).catch_unwind().await {
        Ok(Ok(true)) => return Duration::ZERO,
        Ok(Ok(false)) => {}
        Ok(Err(error)) => {
            tracing::warn!(%error, "words of tickets or sums of figures are not up to date; searches and figures take longer");
        }
        Err(_) => tracing::error!("adding words of tickets or summing up figures panicked"),
    }
    PAUSE
}
