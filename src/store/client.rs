//! The S3 client with its limits: time-outs on everything, few attempts, checksums where the store asks for them.

use std::{collections::HashMap, fmt, time::Duration};

use aws_config::{BehaviorVersion, Region, retry::RetryConfig, timeout::TimeoutConfig};
use aws_sdk_s3::{
    Client,
    config::{RequestChecksumCalculation, ResponseChecksumValidation},
    error::{DisplayErrorContext, ProvideErrorMetadata, SdkError},
};
use aws_smithy_types::byte_stream::ByteStream;
use tokio::runtime::Handle;

use crate::metrics::S3_REQUESTS;

/// Which storage, and how long anything may take.
#[derive(Debug, Clone)]
pub struct StoreSettings {
    pub bucket: String,
    pub region: String,
    /// Another server than AWS: addressed by path, without checksums that only AWS knows.
    pub endpoint: Option<String>,
    /// Where clients reach it, if that is somewhere else: what links are signed for.
    pub public_endpoint: Option<String>,
    /// Given ones; else the SDK finds them where it always does.
    pub credentials: Option<Credentials>,
    pub connect_ms: u64,
    pub attempt_ms: u64,
    pub operation_ms: u64,
}

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

/// A request to storage that failed.
#[derive(Debug, thiserror::Error)]
#[error("{operation} {key}: {reason}")]
pub struct StoreError {
    pub operation: &'static str,
    pub key: String,
    pub reason: String,
}

/// An object to put.
#[derive(Debug)]
pub struct NewObject {
    pub key: String,
    pub bytes: Vec<u8>,
    pub content_type: &'static str,
    /// When and from what it was made.
    pub metadata: HashMap<String, String>,
}

/// A bucket. Cheap to clone; all clones share one client and its connections.
#[derive(Clone)]
pub struct Store {
    client: Client,
    /// Signs for the endpoint that clients reach; never sends anything.
    pub(super) signer: Client,
    pub(super) bucket: String,
    io: Handle,
}

/// The SDK tries twice; what fails then goes back to the database and is tried later.
const ATTEMPTS: u32 = 2;

impl Store {
    /// A client for the bucket. Does not connect. `io` is the runtime that carries the connections: those of actors and
    /// web workers are single threads that end one by one, and a pooled connection must outlive them.
    pub async fn new(settings: &StoreSettings, io: Handle) -> Self {
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(Duration::from_millis(settings.connect_ms))
            .read_timeout(Duration::from_millis(settings.attempt_ms))
            .operation_attempt_timeout(Duration::from_millis(settings.attempt_ms))
            .operation_timeout(Duration::from_millis(settings.operation_ms))
            .build();
        let mut loader = aws_config::defaults(BehaviorVersion::latest())
            .region(Region::new(settings.region.clone()))
            .timeout_config(timeouts)
            .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS));
        if let Some(given) = &settings.credentials {
            loader = loader.credentials_provider(aws_sdk_s3::config::Credentials::new(
                &given.access_key_id,
                &given.secret_access_key,
                given.session_token.clone(),
                None,
                "onsale configuration",
            ));
        }
        let shared = loader.load().await;
        let client = |endpoint: Option<&String>| {
            let mut config = aws_sdk_s3::config::Builder::from(&shared);
            if let Some(endpoint) = endpoint {
                config = config
                    .endpoint_url(endpoint)
                    .force_path_style(true)
                    .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
                    .response_checksum_validation(ResponseChecksumValidation::WhenRequired);
            }
            Client::from_conf(config.build())
        };
        Self {
            client: client(settings.endpoint.as_ref()),
            signer: client(settings.public_endpoint.as_ref().or(settings.endpoint.as_ref())),
            bucket: settings.bucket.clone(),
            io,
        }
    }

    /// Puts an object, replacing what was there.
    pub async fn put(&self, object: NewObject) -> Result<(), StoreError> {
        let request = self
            .client
            .put_object()
            .bucket(&self.bucket)
            .key(&object.key)
            .content_type(object.content_type)
            .content_disposition(super::content_disposition(&object.key))
            .set_metadata(Some(object.metadata))
            .body(ByteStream::from(object.bytes));
        let sent = self.on_io(async { request.send().await }).await;
        counted("put", &object.key, sent).map(drop)
    }

    /// Removes an object, if it is there.
    pub async fn delete(&self, key: &str) -> Result<(), StoreError> {
        let request = self.client.delete_object().bucket(&self.bucket).key(key);
        counted("delete", key, self.on_io(async { request.send().await }).await).map(drop)
    }

    /// Runs a request on the runtime that owns the connections.
    async fn on_io<T: Send + 'static>(&self, work: impl Future<Output = T> + Send + 'static) -> T {
        match self.io.spawn(work).await {
            Ok(result) => result,
            Err(ended) => std::panic::resume_unwind(ended.into_panic()),
        }
    }
}

fn counted<T, E, R>(operation: &'static str, key: &str, sent: Result<T, SdkError<E, R>>) -> Result<T, StoreError>
where
    E: std::error::Error + ProvideErrorMetadata + 'static,
    R: fmt::Debug,
    SdkError<E, R>: std::error::Error,
{
    let outcome = if sent.is_ok() { "ok" } else { "failed" };
    metrics::counter!(S3_REQUESTS, "operation" => operation, "outcome" => outcome).increment(1);
    sent.map_err(|error| StoreError {
        operation,
        key: key.into(),
        reason: match error.code() {
            Some(code) => format!("{code}: {}", error.message().unwrap_or("no message")),
            None => DisplayErrorContext(&error).to_string(),
        },
    })
}
