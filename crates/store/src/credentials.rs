//! Credentials that are refreshed before they expire, and after storage has refused them.

use std::{
    fmt,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, SystemTime},
};

use aws_config::default_provider::credentials::DefaultCredentialsChain;
use aws_sdk_s3::config::{Credentials as SdkCredentials, ProvideCredentials, Region};
use aws_smithy_async::time::TimeSource;

use super::Clock;

/// An access key.
#[derive(Clone)]
pub struct Credentials {
    pub access_key_id: String,
    pub secret_access_key: String,
    pub session_token: Option<String>,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials(…)")
    }
}

/// Credentials are refreshed this long before they expire.
const REFRESH_BEFORE_EXPIRY: Duration = Duration::from_secs(300);

/// Cache of the credentials in use. Clones share it.
#[derive(Clone)]
pub struct CredentialCache(Arc<Inner>);

struct Inner {
    configured: Option<SdkCredentials>,
    region: Region,
    clock: Clock,
    current: RwLock<Option<SdkCredentials>>,
    refreshing: tokio::sync::Mutex<()>,
    /// Incremented with each new access key; a URL signed in an older generation is no longer used.
    generation: AtomicU32,
}

impl fmt::Debug for CredentialCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CredentialCache(…)")
    }
}

impl CredentialCache {
    /// Creates a cache of the configured credentials; `None` selects the SDK's default provider chain.
    pub fn new(configured: Option<&Credentials>, region: Region, clock: Clock) -> Self {
        let configured = configured.map(|key| {
            let (id, secret) = (&key.access_key_id, &key.secret_access_key);
            SdkCredentials::new(id, secret, key.session_token.clone(), None, "onsale configuration")
        });
        let current = RwLock::new(configured.clone());
        Self(Arc::new(Inner {
            configured,
            region,
            clock,
            current,
            refreshing: tokio::sync::Mutex::default(),
            generation: AtomicU32::new(0),
        }))
    }

    /// Returns the number of key changes so far.
    pub fn generation(&self) -> u32 {
        self.0.generation.load(Ordering::Acquire)
    }

    /// Drops credentials that storage has refused, so that the next request refreshes them. Configured ones stay.
    pub fn invalidate(&self) {
        if self.0.configured.is_none() {
            self.0.current.write().unwrap_or_else(PoisonError::into_inner).take();
        }
    }

    fn fresh(&self) -> Option<SdkCredentials> {
        let current = self.0.current.read().unwrap_or_else(PoisonError::into_inner);
        let is_expiring = |at: SystemTime| at <= self.0.clock.now() + REFRESH_BEFORE_EXPIRY;
        current.clone().filter(|key| self.0.configured.is_some() || !key.expiry().is_some_and(is_expiring))
    }

    /// Returns valid credentials, refreshed if necessary.
    pub async fn get(&self) -> Result<SdkCredentials, aws_sdk_s3::error::BoxError> {
        if let Some(fresh) = self.fresh() {
            return Ok(fresh);
        }
        let _one_at_a_time = self.0.refreshing.lock().await;
        if let Some(fresh) = self.fresh() {
            return Ok(fresh);
        }
        // A new chain each time: a chain caches the credential files it has read.
        let chain = DefaultCredentialsChain::builder().region(self.0.region.clone()).build().await;
        let found = chain.provide_credentials().await?;
        let mut current = self.0.current.write().unwrap_or_else(PoisonError::into_inner);
        let same = current.as_ref().is_some_and(|key| key.access_key_id() == found.access_key_id());
        if !same {
            self.0.generation.fetch_add(1, Ordering::AcqRel);
        }
        Ok(current.insert(found).clone())
    }
}

impl ProvideCredentials for CredentialCache {
    fn provide_credentials<'a>(&'a self) -> aws_credential_types::provider::future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        aws_credential_types::provider::future::ProvideCredentials::new(async {
            self.get().await.map_err(aws_credential_types::provider::error::CredentialsError::provider_error)
        })
    }
}
