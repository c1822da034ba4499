//! Withdrawn documents: removes their objects from storage.

use super::SweepTools;
use crate::{db::DbError, metrics::REMOVALS};

/// Maximum of objects removed at once.
const MAX_REMOVALS: i64 = 32;

impl SweepTools {
    /// Removes the objects of withdrawn documents. Returns true if there may be more.
    pub(super) async fn remove_withdrawn(&self) -> Result<bool, DbError> {
        if self.store.limiter().is_unavailable() {
            return Ok(false);
        }
        let claimed = self.database.claim_removals(MAX_REMOVALS, self.settings.lease_seconds).await?;
        let count = claimed.len();
        let removals = futures_util::future::join_all(claimed.into_iter().map(async |removal| {
            match self.store.delete(&removal.key).await {
                Ok(()) => Some(removal.claim),
                Err(error) => {
                    tracing::warn!(%error, "a withdrawn file was not removed; the removal is retried later");
                    None
                }
            }
        }));
        let removed: Vec<_> = removals.await.into_iter().flatten().collect();
        metrics::counter!(REMOVALS, "outcome" => "ok").increment(removed.len() as u64);
        metrics::counter!(REMOVALS, "outcome" => "failed").increment((count - removed.len()) as u64);
        if !removed.is_empty() {
            self.database.mark_removed(&removed).await?;
        }
        Ok(count == removed.len() && i64::try_from(count) == Ok(MAX_REMOVALS))
    }
}
