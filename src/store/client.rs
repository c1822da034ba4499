//! The S3 client with its limits: so many requests at once, a time for each, few second tries, and answers believed only as
//! far as they can be checked.

use std::{
    collections::HashMap,
    sync::{
        Arc,
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
    Cause, Clock, Credentials, Kept, Pace, Places, StoreError,
    pace::{RetryBudget, Wait, full_jitter},
};
use crate::metrics::{S3_REQUESTS, S3_RETRIES};

/// Which storage, and how long anything may take.
#[derive(Debug, Clone)]
pub struct StoreSettings {
    pub places: Places,
    pub region: String,
    /// Another server than AWS: addressed by path, without checksums that only AWS knows.
    pub endpoint: Option<String>,
    /// Where clients reach it, if that is somewhere else: what links are signed for.
    pub public_endpoint: Option<String>,
    /// What links begin with instead of the address they were signed for.
    pub cdn: Option<String>,
    /// Given ones; else the SDK finds them where it always does.
    pub credentials: Option<Credentials>,
    /// Requests under way at once.
    pub in_flight: usize,
    pub connect: Duration,
    pub attempt: Duration,
    pub operation: Duration,
    /// How objects are encrypted by the server: as the bucket says, or `AES256`, or `aws:kms`.
    pub encryption: Option<String>,
    pub kms_key: Option<String>,
    /// How objects are kept: as the bucket says, or a class by its name.
    pub class: Option<String>,
    /// What is larger goes up in parts.
    pub part_bytes: usize,
}

/// What storage is asked to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    Put,
    Get,
    Head,
    List,
    Delete,
    CreateMultipart,
    UploadPart,
    CompleteMultipart,
    AbortMultipart,
    ListMultiparts,
}

impl Operation {
    /// Every operation there is.
    pub const ALL: [Self; 10] = [
        Self::Put,
        Self::Get,
        Self::Head,
        Self::List,
        Self::Delete,
        Self::CreateMultipart,
        Self::UploadPart,
        Self::CompleteMultipart,
        Self::AbortMultipart,
        Self::ListMultiparts,
    ];

    /// Its name in metrics, errors and reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Put => "put",
            Self::Get => "get",
            Self::Head => "head",
            Self::List => "list",
            Self::Delete => "delete",
            Self::CreateMultipart => "create_multipart",
            Self::UploadPart => "upload_part",
            Self::CompleteMultipart => "complete_multipart",
            Self::AbortMultipart => "abort_multipart",
            Self::ListMultiparts => "list_multiparts",
        }
    }
}

/// Some buckets. Cheap to clone; all clones share one client and its connections.
#[derive(Clone)]
pub struct Store(Arc<Inner>);

struct Inner {
    client: Client,
    /// Signs for the endpoint that clients reach; never sends anything.
    signer: Client,
    /// Asks as a stranger would.
    stranger: Client,
    settings: StoreSettings,
    clock: Clock,
    credentials: Kept,
    pace: Pace,
    retries: RetryBudget,
    asked: [AtomicU64; Operation::ALL.len()],
    io: Handle,
}

/// Tries of one request.
const TRIES: u32 = 4;
const PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

impl Store {
    /// A client for the buckets. Does not connect. `io` is the runtime that carries the connections: those of actors and
    /// web workers are single threads that end one by one, and a pooled connection must outlive them.
    pub async fn new(settings: StoreSettings, io: Handle) -> Self {
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(settings.connect)
            .read_timeout(settings.attempt)
            .operation_attempt_timeout(settings.attempt)
            .build();
        let clock = Clock::default();
        let region = Region::new(settings.region.clone());
        let credentials = Kept::new(settings.credentials.as_ref(), region.clone(), clock.clone());
        let shared = aws_config::defaults(BehaviorVersion::latest())
            .region(region)
            .timeout_config(timeouts)
            .retry_config(RetryConfig::disabled())
            .credentials_provider(credentials.clone())
            .load()
            .await;
        let mut nobody = shared.clone().into_builder();
        nobody.set_credentials_provider(None);
        let nobody = nobody.build();
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
            stranger: Client::from_conf(builder(&nobody, endpoint).allow_no_auth().build()),
            clock,
            credentials,
            pace: Pace::new(settings.in_flight),
            retries: RetryBudget::new(),
            asked: Default::default(),
            settings,
            io,
        }))
    }

    /// Whether storage is there, and how much it is asked at once.
    pub fn pace(&self) -> &Pace {
        &self.0.pace
    }

    /// Where each kind of object lies.
    pub fn places(&self) -> &Places {
        &self.0.settings.places
    }

    /// The time as storage sees it.
    pub fn now(&self) -> SystemTime {
        self.0.clock.now()
    }

    /// How often each operation was asked for since this was last called.
    pub fn take_asked(&self) -> Vec<(Operation, u64)> {
        let counts = Operation::ALL.into_iter().zip(&self.0.asked);
        counts.map(|(operation, count)| (operation, count.swap(0, Ordering::Relaxed))).filter(|(_, n)| *n > 0).collect()
    }

    /// How long any request takes at most, tries and waiting included.
    pub fn longest_request(&self) -> Duration {
        self.0.settings.operation
    }

    pub(super) fn client(&self) -> &Client {
        &self.0.client
    }

    pub(super) fn signer(&self) -> &Client {
        &self.0.signer
    }

    pub(super) fn stranger(&self) -> &Client {
        &self.0.stranger
    }

    pub(super) fn settings(&self) -> &StoreSettings {
        &self.0.settings
    }

    pub(super) fn credentials(&self) -> &Kept {
        &self.0.credentials
    }

    pub(super) fn encryption(&self) -> Option<ServerSideEncryption> {
        self.0.settings.encryption.as_deref().map(ServerSideEncryption::from)
    }

    pub(super) fn class(&self) -> Option<StorageClass> {
        self.0.settings.class.as_deref().map(StorageClass::from)
    }

    /// Asks, within all limits. `request` makes a new one for each try.
    pub(super) async fn ask<T, E, F>(
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
        let own = &*self.0;
        let deadline = Instant::now() + own.settings.operation;
        let failed = |cause, reason: &str| StoreError::new(operation.name(), key, cause, reason);
        let mut tries = 0;
        loop {
            let turn = own.pace.turn(deadline).await.map_err(|wait| match wait {
                Wait::Away => failed(Cause::Away, "storage is away"),
                Wait::TooLong => failed(Cause::Silent, "too much is under way already"),
            })?;
            own.asked[operation as usize].fetch_add(1, Ordering::Relaxed);
            let sent = tokio::time::timeout_at(deadline.into(), self.on_io(request())).await;
            let result = match sent {
                Ok(Ok(answer)) => Ok(answer),
                Ok(Err(error)) => Err(StoreError::of_sdk(operation.name(), key, &error)),
                Err(_) => Err(failed(Cause::Silent, "it took too long")),
            };
            let outcome = result.as_ref().map_or_else(|error| error.cause.name(), |_| "ok");
            metrics::counter!(S3_REQUESTS, "operation" => operation.name(), "outcome" => outcome).increment(1);
            turn.finish(&result.as_ref().map(|_| ()).map_err(|error| error.cause));
            tries += 1;
            let error = match result {
                Ok(answer) => {
                    own.retries.earn();
                    return Ok(answer);
                }
                Err(error) => error,
            };
            if error.cause == Cause::Credentials {
                own.credentials.forget();
            }
            let pause = full_jitter(tries, PAUSE, LONGEST_PAUSE);
            let in_time = Instant::now() + pause < deadline;
            if tries >= TRIES || !error.cause.may_pass() || !in_time || own.pace.is_away() || !own.retries.spend() {
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

/// When and from what an object was made, as it is kept beside it.
pub type Metadata = HashMap<String, String>;
