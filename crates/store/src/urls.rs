//! Pre-signed URLs and their cache: a client usually asks for the same URL several times.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use aws_sdk_s3::{error::DisplayErrorContext, presigning::PresigningConfig};
use moka::future::Cache;

use super::{Cause, Store, StoreError};
use crate::{domain::ContentHash, metrics::CACHE_REQUESTS};

/// A pre-signed URL: anyone who has it can read one object until it expires.
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

/// Browser action for a downloaded file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Disposition {
    /// Shows the file; saves it under the last segment of its key.
    #[default]
    Inline,
    /// Saves the file.
    Attachment,
}

/// Minimum remaining lifetime of a URL that is returned.
const MIN_LIFETIME: Duration = Duration::from_secs(60);

/// Cache of pre-signed URLs.
#[derive(Clone)]
pub struct UrlCache {
    store: Store,
    lifetime: Duration,
    entries: Cache<CacheKey, SignedUrl>,
}

/// Object key, hash of the data that the object was made from, disposition, and generation of the credentials. A new
/// hash or new credentials need a new URL.
type CacheKey = (String, ContentHash, Disposition, u32);

impl UrlCache {
    /// Creates a cache of at most `capacity` URLs that are valid for `lifetime`. The cache keeps each URL for 2/5 of
    /// that time, so that a returned URL stays valid for a while.
    pub fn new(store: Store, lifetime: Duration, capacity: u64) -> Self {
        let entries = Cache::builder().max_capacity(capacity).time_to_live(lifetime * 2 / 5).build();
        Self { store, lifetime, entries }
    }

    /// Returns a URL for an object that was made from data with this hash.
    pub async fn get(
        &self,
        key: &str,
        hash: ContentHash,
        disposition: Disposition,
    ) -> Result<SignedUrl, Arc<StoreError>> {
        let entry = (key.to_owned(), hash, disposition, self.store.credentials().generation());
        if let Some(url) = self.entries.get(&entry).await {
            // The URL expires by storage's clock, the cache entry by the local clock.
            if url.expires_at.duration_since(self.store.now()).is_ok_and(|left| left >= MIN_LIFETIME) {
                metrics::counter!(CACHE_REQUESTS, "cache" => "urls", "outcome" => "hit").increment(1);
                return Ok(url);
            }
            self.entries.invalidate(&entry).await;
        }
        metrics::counter!(CACHE_REQUESTS, "cache" => "urls", "outcome" => "miss").increment(1);
        self.entries.try_get_with(entry, self.store.presign(key, self.lifetime, disposition)).await
    }

    /// Invalidates the cached URLs of an object.
    pub async fn invalidate(&self, key: &str, hash: ContentHash) {
        let generation = self.store.credentials().generation();
        for disposition in [Disposition::Inline, Disposition::Attachment] {
            self.entries.invalidate(&(key.to_owned(), hash, disposition, generation)).await;
        }
    }

    /// Returns the store that signs the URLs.
    pub fn store(&self) -> &Store {
        &self.store
    }
}

impl Store {
    /// Signs a GET request for an object, valid for `lifetime` or until the credentials expire. Sends no request.
    pub async fn presign(
        &self,
        key: &str,
        lifetime: Duration,
        disposition: Disposition,
    ) -> Result<SignedUrl, StoreError> {
        let failed = |cause, reason: String| StoreError::new("presign", key, cause, reason);
        let start = self.now();
        let credentials =
            self.credentials().get().await.map_err(|error| failed(Cause::Credentials, error.to_string()))?;
        let left = credentials.expiry().map(|at| at.duration_since(start).unwrap_or_default());
        let lifetime = left.map_or(lifetime, |left| left.min(lifetime));
        if lifetime < MIN_LIFETIME {
            return Err(failed(Cause::Credentials, "the credentials are about to expire".into()));
        }
        let refused = |error: &dyn std::error::Error| failed(Cause::Refused, DisplayErrorContext(error).to_string());
        let config = PresigningConfig::builder().start_time(start).expires_in(lifetime).build();
        let config = config.map_err(|error| refused(&error))?;
        let (bucket, name) = self.places().locate(key);
        let file_name = key.rsplit('/').next().unwrap_or(key);
        let attachment =
            (disposition == Disposition::Attachment).then(|| format!("attachment; filename=\"{file_name}\""));
        let request = self
            .signer()
            .get_object()
            .bucket(bucket)
            .key(name)
            .set_response_content_disposition(attachment)
            .presigned(config)
            .await
            .map_err(|error| refused(&error))?;
        let url = self.through_cdn(request.uri());
        Ok(SignedUrl { url, expires_at: start + lifetime })
    }

    /// Replaces scheme and host of a URL by the CDN's. The CDN must send requests to storage with the signed host.
    fn through_cdn(&self, url: &str) -> String {
        let Some(cdn) = &self.settings().cdn else { return url.to_owned() };
        let path = url.split_once("://").and_then(|(_, rest)| rest.split_once('/')).map_or("", |(_, path)| path);
        format!("{}/{path}", cdn.trim_end_matches('/'))
    }
}
