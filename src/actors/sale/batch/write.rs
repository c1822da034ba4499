//! Writing a batch, and finding out the outcome of a transaction in doubt.

use std::time::{Duration, Instant};

use super::Batch;
use crate::{
    actors::SeatRefusal,
    db::{BatchOutcome, BatchRow, DbError, WrittenBatch},
    metrics::{BATCH_RETRIES, BATCH_SECONDS, Timer},
};

/// Pause between two queries for the outcome of a batch.
const IN_DOUBT_PAUSE: Duration = Duration::from_millis(100);

impl Batch<'_> {
    /// Writes the rows. If the outcome is in doubt, looks the batch up by the random ids of its tickets, and sends it
    /// again if it is not found.
    pub(super) async fn write(&mut self, rows: &[BatchRow]) -> Result<BatchOutcome, DbError> {
        let give_up_at = Instant::now() + Duration::from_millis(self.settings.resolve_ms);
        let mut in_doubt = false;
        let deadline = self.entries.iter().map(|entry| entry.request.deadline).max().unwrap_or(give_up_at);
        loop {
            let timer = Timer::start(BATCH_SECONDS);
            let deadline = if in_doubt { give_up_at } else { deadline };
            let outcome = self.database.register_batch(self.event, rows, self.settings.hold_seconds, deadline).await;
            drop(timer);
            in_doubt |= matches!(&outcome, Err(error) if error.outcome_unknown());
            if !in_doubt || matches!(outcome, Ok(BatchOutcome::Written(_))) {
                return outcome;
            }
            self.in_doubt.set(true);
            metrics::counter!(BATCH_RETRIES, "reason" => "in_doubt").increment(1);
            match self.find_written(rows, give_up_at).await {
                Ok(Some(written)) => return Ok(BatchOutcome::Written(written)),
                // Not written, because of its seats or keys: another attempt is safe.
                Ok(None) if matches!(&outcome, Err(error) if error.violated_constraint().is_some()) => return outcome,
                Ok(None) | Err(_) if Instant::now() < give_up_at => tokio::time::sleep(IN_DOUBT_PAUSE).await,
                Ok(None) | Err(_) => return Err(DbError::Silent { doing: "finding out the outcome of a batch" }),
            }
        }
    }

    /// Looks the batch up by its ticket ids. The query takes the lock of the event's row, so an earlier statement of
    /// this batch has ended when the query runs.
    async fn find_written(&self, rows: &[BatchRow], deadline: Instant) -> Result<Option<WrittenBatch>, DbError> {
        let first_tickets: Vec<_> = rows.iter().map(|row| row.tickets[0]).collect();
        let found = self.database.find_batch(self.event, &first_tickets, deadline).await?;
        Ok(found
            .iter()
            .find(|row| row.first_ticket == first_tickets[0])
            .map(|row| WrittenBatch { first_number: row.number, created_at: row.created_at }))
    }
}

/// Returns the refusal for requests that were not written because a read failed.
pub(super) fn unread_refusal(error: &DbError) -> SeatRefusal {
    tracing::error!(%error, "a batch was not written");
    if error.is_transient() { SeatRefusal::Unavailable } else { SeatRefusal::Failed }
}

/// Returns the refusal for requests whose rows were sent: if the outcome is unknown, the refusal says so.
pub(super) fn unwritten_refusal(error: &DbError) -> SeatRefusal {
    if !error.outcome_unknown() {
        return unread_refusal(error);
    }
    tracing::error!(%error, "the outcome of a batch is unknown");
    SeatRefusal::Unknown
}
