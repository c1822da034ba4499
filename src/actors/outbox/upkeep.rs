//! Work of the outbox beside sending: figures for operators, idle connections, and copies that wait for storage.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;

use super::send::{Courier, object};
use crate::{
    db::Database,
    metrics::{MAIL_COPIES_WAITING, MAIL_OLDEST_SECONDS, MAIL_QUEUED},
};

/// Pause between two rounds.
const PAUSE: Duration = Duration::from_secs(2);
/// Copies moved to storage at once.
const COPIES_AT_ONCE: i64 = 16;

/// Runs until the server stops. Without a mail server, only the figures are kept.
pub async fn run(database: Database, courier: Option<Arc<Courier>>) {
    loop {
        if let Err(error) = report_backlog(&database).await {
            tracing::warn!(%error, "the outbox could not be measured");
        }
        if let Some(courier) = &courier {
            courier.smtp.close_idle();
            while !courier.store.limiter().is_unavailable() {
                match move_copies(courier).await {
                    Ok(true) => {}
                    Ok(false) => break,
                    Err(error) => {
                        tracing::warn!(
                            error,
                            "copies of messages were not moved to storage; they are tried again soon"
                        );
                        break;
                    }
                }
            }
        }
        tokio::time::sleep(PAUSE).await;
    }
}

async fn report_backlog(database: &Database) -> Result<(), crate::db::DbError> {
    let backlog = database.mail_backlog().await?;
    metrics::gauge!(MAIL_QUEUED).set(backlog.queued as f64);
    metrics::gauge!(MAIL_OLDEST_SECONDS).set(backlog.oldest_seconds);
    metrics::gauge!(MAIL_COPIES_WAITING).set(backlog.copies as f64);
    Ok(())
}

/// Moves some copies. Returns true if there may be more.
async fn move_copies(courier: &Courier) -> Result<bool, String> {
    let copies = courier.database.copies(COPIES_AT_ONCE).await.map_err(|error| error.to_string())?;
    for copy in &copies {
        let put = courier.store.put(object(&copy.key, Bytes::from(copy.bytes.clone()))).await;
        put.map_err(|error| error.to_string())?;
        courier.database.remove_copies(&[copy.id]).await.map_err(|error| error.to_string())?;
    }
    Ok(copies.len() as i64 == COPIES_AT_ONCE)
}
