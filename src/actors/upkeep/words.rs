//! Makes tickets searchable after their sale: adds their words to the database, a few hundred at a time, and waits while
//! registrations come in large batches.

use std::{panic::AssertUnwindSafe, time::Duration};

use futures_util::FutureExt;

use crate::{actors::Surge, db::Database};

/// Pause after the words of all tickets were added, or after a failure.
const PAUSE: Duration = Duration::from_secs(1);
/// Pause between two checks for the end of a surge.
const SURGE_PAUSE: Duration = Duration::from_millis(100);

/// Adds the words of new tickets until the server stops.
pub async fn add_ticket_words(database: Database, surge: Surge) {
    loop {
        let pause = if surge.is_on() {
            SURGE_PAUSE
        } else {
            match AssertUnwindSafe(database.add_ticket_words()).catch_unwind().await {
                Ok(Ok(true)) => continue,
                Ok(Ok(false)) => PAUSE,
                Ok(Err(error)) => {
                    tracing::warn!(%error, "words of tickets were not added; searches read these tickets one by one");
                    PAUSE
                }
                Err(_) => {
                    tracing::error!("adding words of tickets panicked");
                    PAUSE
                }
            }
        };
        tokio::time::sleep(pause).await;
    }
}
