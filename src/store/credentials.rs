//! Credentials that are looked for again when they are about to expire, or when storage no longer takes them.

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

/// Nothing is signed with credentials that have less left than this, if others can be had.
const EARLY: Duration = Duration::from_secs(300);

/// The credentials in use. Clones share them.
#[derive(Clone)]
pub struct Kept(Arc<Inner>);

struct Inner {
    given: Option<SdkCredentials>,
    region: Region,
    clock: Clock,
    kept: RwLock<Option<SdkCredentials>>,
    finding: tokio::sync::Mutex<()>,
    /// One more with each other key: what was signed with an older one is not handed out any more.
    generation: AtomicU32,
}

impl fmt::Debug for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Kept(…)")
    }
}

impl Kept {
    /// The given ones, or what the SDK finds where it always looks.
    pub fn new(given: Option<&Credentials>, region: Region, clock: Clock) -> Self {
        let given = given.map(|given| {
            let (id, secret) = (&given.access_key_id, &given.secret_access_key);
            SdkCredentials::new(id, secret, given.session_token.clone(), None, "onsale configuration")
        });
        let kept = RwLock::new(given.clone());
        Self(Arc::new(Inner {
            given,
            region,
            clock,
            kept,
            finding: tokio::sync::Mutex::default(),
            generation: AtomicU32::new(0),
        }))
    }

    /// Which key is in use, counted.
    pub fn generation(&self) -> u32 {
        self.0.generation.load(Ordering::Acquire)
    }

    /// Storage did not take them: the next request looks for others.
    pub fn forget(&self) {
        if self.0.given.is_none() {
            self.0.kept.write().unwrap_or_else(PoisonError::into_inner).take();
        }
    }

    fn fresh(&self) -> Option<SdkCredentials> {
        let kept = self.0.kept.read().unwrap_or_else(PoisonError::into_inner);
        let expired = |at: SystemTime| at <= self.0.clock.now() + EARLY;
        kept.clone().filter(|kept| self.0.given.is_some() || !kept.expiry().is_some_and(expired))
    }

    /// Credentials that can be signed with.
    pub async fn get(&self) -> Result<SdkCredentials, aws_sdk_s3::error::BoxError> {
        if let Some(fresh) = self.fresh() {
            return Ok(fresh);
        }
        let _one_at_a_time = self.0.finding.lock().await;
        if let Some(fresh) = self.fresh() {
            return Ok(fresh);
        }
        // A new chain each time: an older one remembers files as it read them first.
        let chain = DefaultCredentialsChain::builder().region(self.0.region.clone()).build().await;
        let found = chain.provide_credentials().await?;
        let mut kept = self.0.kept.write().unwrap_or_else(PoisonError::into_inner);
        let same = kept.as_ref().is_some_and(|kept| kept.access_key_id() == found.access_key_id());
        if !same {
            self.0.generation.fetch_add(1, Ordering::AcqRel);
        }
        Ok(kept.insert(found).clone())
    }
}

impl ProvideCredentials for Kept {
    fn provide_credentials<'a>(&'a self) -> aws_credential_types::provider::future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        aws_credential_types::provider::future::ProvideCredentials::new(async {
            self.get().await.map_err(aws_credential_types::provider::error::CredentialsError::provider_error)
        })
    }
}
