//! Pre-signed URLs. Signing is cheap but not free, and one person's phone asks more than once.

use std::time::{Duration, SystemTime};

use aws_sdk_s3::presigning::PresigningConfig;
use moka::future::Cache;

use super::{Store, StoreError};
use crate::{domain::ContentHash, metrics::CACHE_REQUESTS};

/// A URL that opens one object to whoever has it, for a while.
#[derive(Clone, PartialEq, Eq)]
pub struct SignedUrl {
    pub url: String,
    pub expires_at: SystemTime,
}

impl std::fmt::Debug for SignedUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SignedUrl(…)")
    }
}

/// Nothing is handed out that has less left than this.
const MARGIN: Duration = Duration::from_secs(60);

/// URLs by what they open: the key, and the hash of what lies there, so that a new file never hides behind an old URL.
#[derive(Clone)]
pub struct Urls {
    store: Store,
    life: Duration,
    entries: Cache<(String, ContentHash), SignedUrl>,
}

impl Urls {
    /// URLs that live for `life`; at most `capacity` are kept, each for less than half its life.
    pub fn new(store: Store, life: Duration, capacity: u64) -> Self {
        let entries = Cache::builder().max_capacity(capacity).time_to_live(life * 2 / 5).build();
        Self { store, life, entries }
    }

    /// A URL for the object that was made from `hash`.
    pub async fn get(&self, key: &str, hash: ContentHash) -> Result<SignedUrl, std::sync::Arc<StoreError>> {
        let entry = (key.to_owned(), hash);
        if let Some(url) = self.entries.get(&entry).await {
            // The cache counts by its own clock; the URL dies by the wall's.
            if url.expires_at.duration_since(SystemTime::now()).is_ok_and(|left| left >= MARGIN) {
                metrics::counter!(CACHE_REQUESTS, "cache" => "urls", "outcome" => "hit").increment(1);
                return Ok(url);
            }
            self.entries.invalidate(&entry).await;
        }
        metrics::counter!(CACHE_REQUESTS, "cache" => "urls", "outcome" => "miss").increment(1);
        self.entries.try_get_with(entry, self.store.presign(key, self.life)).await
    }

    /// Forgets the URL of an object that must not be handed out any more.
    pub async fn forget(&self, key: &str, hash: ContentHash) {
        self.entries.invalidate(&(key.to_owned(), hash)).await;
    }

    /// The store behind the URLs.
    pub fn store(&self) -> &Store {
        &self.store
    }
}

impl Store {
    /// Signs a GET of the object. Does not ask the store.
    async fn presign(&self, key: &str, life: Duration) -> Result<SignedUrl, StoreError> {
        let failed = |reason: String| StoreError { operation: "presign", key: key.into(), reason };
        let start = SystemTime::now();
        let config = PresigningConfig::builder()
            .start_time(start)
            .expires_in(life)
            .build()
            .map_err(|error| failed(error.to_string()))?;
        let request = self
            .signer
            .get_object()
            .bucket(&self.bucket)
            .key(key)
            .presigned(config)
            .await
            .map_err(|error| failed(aws_sdk_s3::error::DisplayErrorContext(&error).to_string()))?;
        Ok(SignedUrl { url: request.uri().to_owned(), expires_at: start + life })
    }
}
