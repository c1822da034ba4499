//! Errors of storage, classified by the reaction they need.

use std::fmt;

use aws_sdk_s3::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};
use aws_smithy_types::error::metadata::ErrorMetadata;

use super::Operation;

/// A request to storage that failed.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{operation} {key}: {reason}")]
pub struct StoreError {
    pub operation: &'static str,
    pub key: String,
    pub cause: Cause,
    pub reason: String,
}

/// Class of a storage error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// No request was sent: storage is unavailable, and the next probe is not due.
    Unavailable,
    /// No answer, or none before the timeout.
    NoAnswer,
    /// Storage throttles requests.
    SlowDown,
    /// Status 5xx.
    ServerError,
    /// Storage refuses the credentials, or the time in the signature.
    Credentials,
    /// The object does not exist.
    Missing,
    /// The bucket does not exist, or the server has no access to it.
    Bucket,
    /// The key already has an object, or another client writes it at the same time.
    Conflict,
    /// The received content differs from the sent content.
    Damaged,
    /// Storage refuses this request; a retry would fail too.
    Refused,
}

impl Cause {
    /// Returns the name used in metrics.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unavailable => "away",
            Self::NoAnswer => "silent",
            Self::SlowDown => "slow_down",
            Self::ServerError => "broken",
            Self::Credentials => "credentials",
            Self::Missing => "missing",
            Self::Bucket => "bucket",
            Self::Conflict => "conflict",
            Self::Damaged => "damaged",
            Self::Refused => "refused",
        }
    }

    /// True if the error concerns storage as a whole, not one object.
    pub const fn is_general(self) -> bool {
        matches!(
            self,
            Self::Unavailable | Self::NoAnswer | Self::SlowDown | Self::ServerError | Self::Credentials | Self::Bucket
        )
    }

    /// True if fewer concurrent requests may help.
    pub const fn is_overload(self) -> bool {
        matches!(self, Self::NoAnswer | Self::SlowDown | Self::ServerError)
    }

    /// True if the error is transient: a retry of the same request may succeed.
    pub const fn is_transient(self) -> bool {
        matches!(self, Self::NoAnswer | Self::SlowDown | Self::ServerError | Self::Credentials | Self::Damaged)
    }
}

/// S3 error codes that mean [`Cause::Credentials`].
const CREDENTIAL_CODES: [&str; 8] = [
    "ExpiredToken",
    "ExpiredTokenException",
    "InvalidAccessKeyId",
    "InvalidToken",
    "RequestExpired",
    "RequestTimeTooSkewed",
    "SignatureDoesNotMatch",
    "TokenRefreshRequired",
];
/// S3 error codes that mean [`Cause::Bucket`]: a wrong region or bucket name.
const BUCKET_CODES: [&str; 3] = ["PermanentRedirect", "AuthorizationHeaderMalformed", "InvalidBucketName"];
/// S3 error codes that mean [`Cause::SlowDown`].
const THROTTLING_CODES: [&str; 6] = [
    "SlowDown",
    "Throttling",
    "ThrottlingException",
    "TooManyRequests",
    "RequestLimitExceeded",
    "BandwidthLimitExceeded",
];

impl StoreError {
    /// Creates an error that was detected here and not reported by storage.
    pub fn new(operation: &'static str, key: &str, cause: Cause, reason: impl Into<String>) -> Self {
        Self { operation, key: key.to_owned(), cause, reason: reason.into() }
    }

    pub(super) fn from_sdk<E>(operation: &'static str, key: &str, error: &SdkError<E>) -> Self
    where
        E: std::error::Error + ProvideErrorMetadata + 'static,
    {
        let cause = match error {
            // An object under a legal hold or a retention cannot be removed, while the others can.
            SdkError::ServiceError(service)
                if operation == Operation::Delete.name() && service.err().meta().code() == Some("AccessDenied") =>
            {
                Cause::Refused
            }
            SdkError::ServiceError(service) => classify(service.err().meta(), service.raw().status().as_u16()),
            // The SDK fetches the credentials while it builds a request; no other step of that can fail here.
            SdkError::ConstructionFailure(_) => Cause::Credentials,
            // No connection, a timeout, or an answer that cannot be read.
            _ => Cause::NoAnswer,
        };
        let reason = match error.code() {
            Some(code) => format!("{code}: {}", error.message().unwrap_or("no message")),
            // The SDK's own text names hosts and addresses, and `reason` can be shown to users.
            None => {
                tracing::debug!(error = %DisplayErrorContext(error), "a storage request failed without an error code");
                public_reason(error).to_owned()
            }
        };
        Self::new(operation, key, cause, reason)
    }
}

fn public_reason<E>(error: &SdkError<E>) -> &'static str {
    match error {
        SdkError::ConstructionFailure(_) => "no credentials for the signature",
        SdkError::TimeoutError(_) => "the request timed out",
        SdkError::DispatchFailure(_) => "the connection failed",
        SdkError::ResponseError(_) => "the answer is incomplete",
        _ => "the answer cannot be read",
    }
}

fn classify(meta: &ErrorMetadata, status: u16) -> Cause {
    let code = meta.code().unwrap_or_default();
    match status {
        _ if THROTTLING_CODES.contains(&code) => Cause::SlowDown,
        // A wrong region or a failing KMS key affects every object of the bucket.
        _ if code.starts_with("KMS") || BUCKET_CODES.contains(&code) => Cause::Bucket,
        _ if CREDENTIAL_CODES.contains(&code) => Cause::Credentials,
        _ if ["BadDigest", "XAmzContentSHA256Mismatch", "XAmzContentChecksumMismatch"].contains(&code) => {
            Cause::Damaged
        }
        _ if ["RequestTimeout", "InternalError"].contains(&code) => Cause::NoAnswer,
        429 | 503 => Cause::SlowDown,
        404 if code == "NoSuchBucket" => Cause::Bucket,
        404 => Cause::Missing,
        401 | 403 => Cause::Bucket,
        409 | 412 => Cause::Conflict,
        // CompleteMultipartUpload can report an error in the body of a 200 answer.
        500..=599 | 200..=299 => Cause::ServerError,
        _ => Cause::Refused,
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
