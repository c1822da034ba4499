//! What goes wrong with storage, sorted by what can be done about it.

use std::fmt;

use aws_sdk_s3::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};
use aws_smithy_types::error::metadata::ErrorMetadata;

/// A request to storage that failed.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{operation} {key}: {reason}")]
pub struct StoreError {
    pub operation: &'static str,
    pub key: String,
    pub cause: Cause,
    pub reason: String,
}

/// Why, as far as it matters to whoever has to go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// Nothing was asked: storage is known to be away, and the next probe is not due.
    Away,
    /// No answer, or not in time.
    Silent,
    /// An answer that asks for less.
    SlowDown,
    /// An answer of the 500s.
    Broken,
    /// Credentials that storage does not take, or a clock that it does not believe.
    Credentials,
    /// There is no such object.
    Missing,
    /// The bucket is not there, or not for us.
    Bucket,
    /// Another object is there, or somebody else writes it at the same time.
    Conflict,
    /// What arrived is not what was sent.
    Damaged,
    /// The request itself is refused, and will be again.
    Refused,
}

impl Cause {
    /// Its name in metrics.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Away => "away",
            Self::Silent => "silent",
            Self::SlowDown => "slow_down",
            Self::Broken => "broken",
            Self::Credentials => "credentials",
            Self::Missing => "missing",
            Self::Bucket => "bucket",
            Self::Conflict => "conflict",
            Self::Damaged => "damaged",
            Self::Refused => "refused",
        }
    }

    /// Whether storage as a whole is in trouble, and not this one object.
    pub const fn is_general(self) -> bool {
        matches!(self, Self::Away | Self::Silent | Self::SlowDown | Self::Broken | Self::Credentials | Self::Bucket)
    }

    /// Whether fewer requests at once may help.
    pub const fn asks_for_less(self) -> bool {
        matches!(self, Self::Silent | Self::SlowDown | Self::Broken)
    }

    /// Whether the same request may succeed in a moment.
    pub const fn may_pass(self) -> bool {
        matches!(self, Self::Silent | Self::SlowDown | Self::Broken | Self::Credentials | Self::Damaged)
    }
}

/// Codes of errors that say something of the sender and not of the request.
const CREDENTIALS: [&str; 8] = [
    "ExpiredToken",
    "ExpiredTokenException",
    "InvalidAccessKeyId",
    "InvalidToken",
    "RequestExpired",
    "RequestTimeTooSkewed",
    "SignatureDoesNotMatch",
    "TokenRefreshRequired",
];
const ELSEWHERE: [&str; 3] = ["PermanentRedirect", "AuthorizationHeaderMalformed", "InvalidBucketName"];
const LESS: [&str; 6] = [
    "SlowDown",
    "Throttling",
    "ThrottlingException",
    "TooManyRequests",
    "RequestLimitExceeded",
    "BandwidthLimitExceeded",
];

impl StoreError {
    /// An error that no answer brought.
    pub fn new(operation: &'static str, key: &str, cause: Cause, reason: impl Into<String>) -> Self {
        Self { operation, key: key.to_owned(), cause, reason: reason.into() }
    }

    pub(super) fn of_sdk<E>(operation: &'static str, key: &str, error: &SdkError<E>) -> Self
    where
        E: std::error::Error + ProvideErrorMetadata + 'static,
    {
        let cause = match error {
            SdkError::ServiceError(service) => of_answer(service.err().meta(), service.raw().status().as_u16()),
            SdkError::ConstructionFailure(_) => {
                // Credentials are looked for while a request is put together; nothing else of ours can fail there.
                Cause::Credentials
            }
            // No connection, no answer in time, or an answer that is none.
            _ => Cause::Silent,
        };
        let reason = match error.code() {
            Some(code) => format!("{code}: {}", error.message().unwrap_or("no message")),
            // Where storage is and how it is reached is nobody's business who reads this.
            None => {
                tracing::debug!(error = %DisplayErrorContext(error), "storage");
                told(error).to_owned()
            }
        };
        Self::new(operation, key, cause, reason)
    }
}

fn told<E>(error: &SdkError<E>) -> &'static str {
    match error {
        SdkError::ConstructionFailure(_) => "there are no credentials to sign with",
        SdkError::TimeoutError(_) => "there was no answer in time",
        SdkError::DispatchFailure(_) => "there is no connection",
        SdkError::ResponseError(_) => "the answer broke off",
        _ => "the answer makes no sense",
    }
}

fn of_answer(meta: &ErrorMetadata, status: u16) -> Cause {
    let code = meta.code().unwrap_or_default();
    match status {
        _ if LESS.contains(&code) => Cause::SlowDown,
        // Another region, or an encryption that does not work: true of every object.
        _ if code.starts_with("KMS") || ELSEWHERE.contains(&code) => Cause::Bucket,
        _ if CREDENTIALS.contains(&code) => Cause::Credentials,
        _ if ["BadDigest", "XAmzContentSHA256Mismatch", "XAmzContentChecksumMismatch"].contains(&code) => {
            Cause::Damaged
        }
        _ if ["RequestTimeout", "InternalError"].contains(&code) => Cause::Silent,
        429 | 503 => Cause::SlowDown,
        404 if code == "NoSuchBucket" => Cause::Bucket,
        404 => Cause::Missing,
        401 | 403 => Cause::Bucket,
        409 | 412 => Cause::Conflict,
        // An error may come within an answer of success, as CompleteMultipartUpload gives it.
        500..=599 | 200..=299 => Cause::Broken,
        _ => Cause::Refused,
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
