//! An announcement: queues the messages of a chunk; the outbox sends them behind all others.

use super::{JobTools, WorkError};
use crate::db::{Chunk, ChunkEnd, ChunkOutcome};

/// Queues the messages of a chunk, or only counts them.
pub(super) async fn announce(tools: &JobTools, chunk: &Chunk) -> Result<(), WorkError> {
    let announcement = chunk.request.announcement.as_ref();
    let announcement = announcement.ok_or_else(|| WorkError::Permanent("it has no text".to_owned()))?;
    let (targets, queued) = tools.database.announce(chunk, announcement).await?;
    let outcome = ChunkOutcome { done: queued, skipped: targets - queued, ..ChunkOutcome::default() };
    match tools.database.finish_chunk(chunk, &outcome).await? {
        ChunkEnd::LeaseLost => Err(WorkError::Lost),
        ChunkEnd::Finished => Ok(()),
        ChunkEnd::LastFinished => Ok(tools.database.complete_job(chunk.job).await?),
    }
}
