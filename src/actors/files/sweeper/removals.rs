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
        let claims = self.database.claim_removals(MAX_REMOVALS, self.settings.lease_seconds).await?;
        let claimed = claims.len();
        let removals = futures_util::future::join_all(claims.into_iter().map(async |(claim, key)| {
            match self.store.delete(&key).await {
                Ok(()) => Some(claim),
                Err(error) => {
                    tracing::warn!(%error, "a withdrawn file was not removed; the removal is retried later");
                    None
                }
            }
        }));
        let removed: Vec<_> = removals.await.into_iter().flatten().collect();
        metrics::counter!(REMOVALS, "outcome" => "ok").increment(removed.len() as u64);
        metrics::counter!(REMOVALS, "outcome" => "failed").increment((claimed - removed.len()) as u64);
        if !removed.is_empty() {
            self.database.mark_removed(&removed).await?;
        }
        Ok(claimed == removed.len() && i64::try_from(claimed) == Ok(MAX_REMOVALS))
    }
}
