//! The S3 client with its limits: concurrent requests, timeouts and a retry budget.

use std::{
    collections::HashMap,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant, SystemTime},
};

use aws_config::{BehaviorVersion, Region, retry::RetryConfig, timeout::TimeoutConfig};
use aws_sdk_s3::{
    Client,
    config::{IdentityCache, RequestChecksumCalculation, ResponseChecksumValidation},
    error::{ProvideErrorMetadata, SdkError},
    types::{ServerSideEncryption, StorageClass},
};
use aws_smithy_async::time::TimeSource;
use tokio::runtime::Handle;

use super::{
    Cause, Clock, CredentialCache, Credentials, Location, Locations, RequestLimiter, StoreError,
    pace::{Refusal, RetryBudget, full_jitter},
};
use crate::metrics::{S3_REQUESTS, S3_RETRIES};

/// Address, credentials, timeouts and limits of the storage.
#[derive(Debug, Clone)]
pub struct StoreSettings {
    pub places: Locations,
    pub region: String,
    /// URL of an S3 server other than AWS. Such a server gets path-style URLs and only required checksums.
    pub endpoint: Option<String>,
    /// URL at which clients reach the same server, if it differs from `endpoint`; pre-signed URLs use it.
    pub public_endpoint: Option<String>,
    /// Base URL of a CDN; replaces scheme and host of a pre-signed URL.
    pub cdn: Option<String>,
    /// Configured credentials. `None`: the SDK's default provider chain is used.
    pub credentials: Option<Credentials>,
    /// Maximum number of concurrent requests.
    pub in_flight: usize,
    /// Timeout for connecting.
    pub connect: Duration,
    /// Timeout for one attempt of a request.
    pub attempt: Duration,
    /// Timeout for a request with all its attempts and pauses.
    pub operation: Duration,
    /// Server-side encryption, `AES256` or `aws:kms`. `None`: the bucket's default.
    pub encryption: Option<String>,
    pub kms_key: Option<String>,
    /// Storage class. `None`: the bucket's default.
    pub class: Option<String>,
    /// Part size of a multipart upload; an object larger than this is uploaded in parts.
    pub part_bytes: usize,
}

/// A type of request to storage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    Put,
    Get,
    UploadHeader,
    List,
    Delete,
    Copy,
    CreateMultipart,
    UploadPart,
    CompleteMultipart,
    AbortMultipart,
    ListMultiparts,
}

impl Operation {
    /// All operations.
    pub const ALL: [Self; 11] = [
        Self::Put,
        Self::Get,
        Self::UploadHeader,
        Self::List,
        Self::Delete,
        Self::Copy,
        Self::CreateMultipart,
        Self::UploadPart,
        Self::CompleteMultipart,
        Self::AbortMultipart,
        Self::ListMultiparts,
    ];

    /// Returns the name used in metrics, errors and reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Put => "put",
            Self::Get => "get",
            Self::UploadHeader => "head",
            Self::List => "list",
            Self::Delete => "delete",
            Self::Copy => "copy",
            Self::CreateMultipart => "create_multipart",
            Self::UploadPart => "upload_part",
            Self::CompleteMultipart => "complete_multipart",
            Self::AbortMultipart => "abort_multipart",
            Self::ListMultiparts => "list_multiparts",
        }
    }
}

/// Client for the configured buckets. Cheap to clone; all clones share one S3 client and its connections.
#[derive(Clone)]
pub struct Store(Arc<Inner>);

struct Inner {
    client: Client,
    /// Signs URLs for the endpoint that clients reach; sends no request.
    signer: Client,
    /// Sends requests without a signature.
    anonymous: Client,
    settings: StoreSettings,
    clock: Clock,
    credentials: CredentialCache,
    limiter: RequestLimiter,
    retries: RetryBudget,
    /// Requests sent since the last call of `take_request_counts`, for each operation.
    sent: [AtomicU64; Operation::ALL.len()],
    /// Places that another installation owns: nothing is removed there.
    foreign: OnceLock<Vec<Location>>,
    io: Handle,
}

/// Maximum number of attempts of one request.
const MAX_ATTEMPTS: u32 = 4;
/// Pauses between attempts are random: up to twice this after the first attempt, doubling up to `MAX_PAUSE`.
const BASE_PAUSE: Duration = Duration::from_millis(50);
const MAX_PAUSE: Duration = Duration::from_secs(2);

impl Store {
    /// Creates the client; does not connect. Connections run on the runtime `io`: the runtimes of actors and web
    /// workers are single threads that end one by one, and a pooled connection must outlive them.
    pub async fn new(settings: StoreSettings, io: Handle) -> Self {
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(settings.connect)
            .read_timeout(settings.attempt)
            .operation_attempt_timeout(settings.attempt)
            .build();
        let clock = Clock::default();
        let region = Region::new(settings.region.clone());
        let credentials = CredentialCache::new(settings.credentials.as_ref(), region.clone(), clock.clone());
        let shared = aws_config::defaults(BehaviorVersion::latest())
            .region(region)
            .timeout_config(timeouts)
            .retry_config(RetryConfig::disabled())
            .credentials_provider(credentials.clone())
            .load()
            .await;
        let mut unsigned = shared.clone().into_builder();
        unsigned.set_credentials_provider(None);
        let unsigned = unsigned.build();
        let builder = |shared: &aws_config::SdkConfig, endpoint: Option<&String>| {
            let config = aws_sdk_s3::config::Builder::from(shared)
                .identity_cache(IdentityCache::no_cache())
                .time_source(clock.clone())
                .interceptor(clock.clone());
            match endpoint {
                None => config,
                Some(endpoint) => config
                    .endpoint_url(endpoint)
                    .force_path_style(true)
                    .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
                    .response_checksum_validation(ResponseChecksumValidation::WhenRequired),
            }
        };
        let endpoint = settings.endpoint.as_ref();
        Self(Arc::new(Inner {
            client: Client::from_conf(builder(&shared, endpoint).build()),
            signer: Client::from_conf(builder(&shared, settings.public_endpoint.as_ref().or(endpoint)).build()),
            anonymous: Client::from_conf(builder(&unsigned, endpoint).allow_no_auth().build()),
            clock,
            credentials,
            limiter: RequestLimiter::new(settings.in_flight),
            retries: RetryBudget::new(),
            sent: Default::default(),
            foreign: OnceLock::new(),
            settings,
            io,
        }))
    }

    /// Returns the limiter of concurrent requests, which also knows if storage is unavailable.
    pub fn limiter(&self) -> &RequestLimiter {
        &self.0.limiter
    }

    /// Returns the bucket and prefix of each kind of object.
    pub fn places(&self) -> &Locations {
        &self.0.settings.places
    }

    /// Removes nothing from these places from now on: another installation owns them. Called once, at the start.
    pub fn forbid_removals(&self, places: Vec<Location>) {
        self.0.foreign.set(places).expect("the owners are checked once");
    }

    /// True unless another installation owns this place.
    pub(super) fn may_remove_in(&self, place: &Location) -> bool {
        !self.0.foreign.get().is_some_and(|foreign| foreign.contains(place))
    }

    /// Returns the current time by storage's clock.
    pub fn now(&self) -> SystemTime {
        self.0.clock.now()
    }

    /// Returns the number of requests sent for each operation since the last call, and resets the counters.
    pub fn take_request_counts(&self) -> Vec<(Operation, u64)> {
        let counts = Operation::ALL.into_iter().zip(&self.0.sent);
        counts.map(|(operation, count)| (operation, count.swap(0, Ordering::Relaxed))).filter(|(_, n)| *n > 0).collect()
    }

    /// Returns the timeout of a request with all its attempts and pauses.
    pub fn request_timeout(&self) -> Duration {
        self.0.settings.operation
    }

    pub(super) fn client(&self) -> &Client {
        &self.0.client
    }

    pub(super) fn signer(&self) -> &Client {
        &self.0.signer
    }

    pub(super) fn anonymous(&self) -> &Client {
        &self.0.anonymous
    }

    pub(super) fn settings(&self) -> &StoreSettings {
        &self.0.settings
    }

    pub(super) fn credentials(&self) -> &CredentialCache {
        &self.0.credentials
    }

    pub(super) fn encryption(&self) -> Option<ServerSideEncryption> {
        self.0.settings.encryption.as_deref().map(ServerSideEncryption::from)
    }

    pub(super) fn class(&self) -> Option<StorageClass> {
        self.0.settings.class.as_deref().map(StorageClass::from)
    }

    /// Sends a request within all limits, with retries. `request` builds a new request for each attempt.
    pub(super) async fn execute<T, E, F>(
        &self,
        operation: Operation,
        key: &str,
        mut request: impl FnMut() -> F,
    ) -> Result<T, StoreError>
    where
        T: Send + 'static,
        E: std::error::Error + ProvideErrorMetadata + Send + 'static,
        F: Future<Output = Result<T, SdkError<E>>> + Send + 'static,
    {
        let inner = &*self.0;
        let deadline = Instant::now() + inner.settings.operation;
        let failed = |cause, reason: &str| StoreError::new(operation.name(), key, cause, reason);
        let mut attempts = 0;
        loop {
            let permit = inner.limiter.acquire(deadline).await.map_err(|refusal| match refusal {
                Refusal::Unavailable => failed(Cause::Unavailable, "storage is unavailable"),
                Refusal::TimedOut => failed(Cause::NoAnswer, "too many concurrent requests"),
            })?;
            inner.sent[operation as usize].fetch_add(1, Ordering::Relaxed);
            let sent = tokio::time::timeout_at(deadline.into(), self.on_io(request())).await;
            let result = match sent {
                Ok(Ok(answer)) => Ok(answer),
                Ok(Err(error)) => Err(StoreError::from_sdk(operation.name(), key, &error)),
                Err(_) => Err(failed(Cause::NoAnswer, "the request timed out")),
            };
            let outcome = result.as_ref().map_or_else(|error| error.cause.name(), |_| "ok");
            metrics::counter!(S3_REQUESTS, "operation" => operation.name(), "outcome" => outcome).increment(1);
            permit.finish(&result.as_ref().map(|_| ()).map_err(|error| error.cause));
            attempts += 1;
            let error = match result {
                Ok(answer) => {
                    inner.retries.record_success();
                    return Ok(answer);
                }
                Err(error) => error,
            };
            if error.cause == Cause::Credentials {
                inner.credentials.invalidate();
            }
            let pause = full_jitter(attempts, BASE_PAUSE, MAX_PAUSE);
            let in_time = Instant::now() + pause < deadline;
            let may_retry =
                attempts < MAX_ATTEMPTS && error.cause.is_transient() && in_time && !inner.limiter.is_unavailable();
            if !may_retry || !inner.retries.take() {
                return Err(error);
            }
            metrics::counter!(S3_RETRIES, "operation" => operation.name()).increment(1);
            tokio::time::sleep(pause).await;
        }
    }

    /// Runs a request on the runtime that owns the connections.
    async fn on_io<T: Send + 'static>(&self, work: impl Future<Output = T> + Send + 'static) -> T {
        match self.0.io.spawn(work).await {
            Ok(result) => result,
            Err(ended) => std::panic::resume_unwind(ended.into_panic()),
        }
    }
}

/// User metadata of an object: when it was made and from which data.
pub type Metadata = HashMap<String, String>;
