//! Pre-signed URLs. Signing is cheap but not free, and one person's phone asks more than once.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use aws_sdk_s3::{error::DisplayErrorContext, presigning::PresigningConfig};
use moka::future::Cache;

use super::{Cause, Store, StoreError};
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

/// What a browser does with a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Disposition {
    /// Shows it, under the name that it has in storage.
    #[default]
    Inline,
    /// Saves it.
    Attachment,
}

/// Nothing is handed out that has less left than this.
const MARGIN: Duration = Duration::from_secs(60);

/// URLs by what they open: the key, the hash of what lies there, so that a new file never hides behind an old URL, and the
/// credentials in use, so that nothing is handed out that was signed with those before.
#[derive(Clone)]
pub struct Urls {
    store: Store,
    life: Duration,
    entries: Cache<Opened, SignedUrl>,
}

type Opened = (String, ContentHash, Disposition, u32);

impl Urls {
    /// URLs that live for `life`; at most `capacity` are kept, each for less than half its life.
    pub fn new(store: Store, life: Duration, capacity: u64) -> Self {
        let entries = Cache::builder().max_capacity(capacity).time_to_live(life * 2 / 5).build();
        Self { store, life, entries }
    }

    /// A URL for the object that was made from `hash`.
    pub async fn get(
        &self,
        key: &str,
        hash: ContentHash,
        disposition: Disposition,
    ) -> Result<SignedUrl, Arc<StoreError>> {
        let entry = (key.to_owned(), hash, disposition, self.store.credentials().generation());
        if let Some(url) = self.entries.get(&entry).await {
            // The cache counts by its own clock; the URL dies by storage's.
            if url.expires_at.duration_since(self.store.now()).is_ok_and(|left| left >= MARGIN) {
                metrics::counter!(CACHE_REQUESTS, "cache" => "urls", "outcome" => "hit").increment(1);
                return Ok(url);
            }
            self.entries.invalidate(&entry).await;
        }
        metrics::counter!(CACHE_REQUESTS, "cache" => "urls", "outcome" => "miss").increment(1);
        self.entries.try_get_with(entry, self.store.presign(key, self.life, disposition)).await
    }

    /// Forgets the URLs of an object that must not be handed out any more.
    pub async fn forget(&self, key: &str, hash: ContentHash) {
        let generation = self.store.credentials().generation();
        for disposition in [Disposition::Inline, Disposition::Attachment] {
            self.entries.invalidate(&(key.to_owned(), hash, disposition, generation)).await;
        }
    }

    /// How long URLs live if nobody asks for less or more.
    pub fn life(&self) -> Duration {
        self.life
    }

    /// The store behind the URLs.
    pub fn store(&self) -> &Store {
        &self.store
    }
}

impl Store {
    /// Signs a GET of the object, for `life` or as long as the credentials live. Does not ask the store.
    pub async fn presign(&self, key: &str, life: Duration, disposition: Disposition) -> Result<SignedUrl, StoreError> {
        let failed = |cause, reason: String| StoreError::new("presign", key, cause, reason);
        let start = self.now();
        let credentials =
            self.credentials().get().await.map_err(|error| failed(Cause::Credentials, error.to_string()))?;
        let left = credentials.expiry().map(|at| at.duration_since(start).unwrap_or_default());
        let life = left.map_or(life, |left| left.min(life));
        if life < MARGIN {
            return Err(failed(Cause::Credentials, "the credentials are about to expire".into()));
        }
        let refused = |error: &dyn std::error::Error| failed(Cause::Refused, DisplayErrorContext(error).to_string());
        let config = PresigningConfig::builder().start_time(start).expires_in(life).build();
        let config = config.map_err(|error| refused(&error))?;
        let (bucket, name) = self.places().locate(key);
        let saved_as = key.rsplit('/').next().unwrap_or(key);
        let attachment =
            (disposition == Disposition::Attachment).then(|| format!("attachment; filename=\"{saved_as}\""));
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
        Ok(SignedUrl { url, expires_at: start + life })
    }

    /// The same URL by way of the CDN, which asks storage as it was signed for.
    fn through_cdn(&self, url: &str) -> String {
        let Some(cdn) = &self.settings().cdn else { return url.to_owned() };
        let path = url.split_once("://").and_then(|(_, rest)| rest.split_once('/')).map_or("", |(_, path)| path);
        format!("{}/{path}", cdn.trim_end_matches('/'))
    }
}
