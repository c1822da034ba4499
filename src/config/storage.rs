//! Object storage: buckets, credentials, timeouts and pre-signed URLs.

use std::time::Duration;

use super::{
    Sources,
    key::{choice, flag, keys, number, text},
};
use crate::store::{Credentials, Locations, StoreSettings};

keys! {
    BUCKET = text("storage.bucket", None, "Bucket of all files; serve needs it, unless with --dev.")
        .variables(&["S3_BUCKET_NAME", "AWS_S3_BUCKET_NAME"]);
    PLACES = text("storage.places", Some(""),
        "Kinds of objects with a bucket or prefix of their own: invoices=BUCKET/PREFIX, codes=/PREFIX.");
    REGION = text("storage.region", Some("us-east-1"), "Region of the bucket.")
        .variables(&["AWS_REGION", "AWS_DEFAULT_REGION"]);
    ENDPOINT = text("storage.endpoint", None, "URL of an S3 server other than AWS.")
        .variables(&["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"]);
    PUBLIC_ENDPOINT = text("storage.public_endpoint", None,
        "URL under which clients reach storage and for which links are signed; if not set, storage.endpoint.");
    CDN_BASE_URL = text("storage.cdn_base_url", None,
        "Beginning of links instead of the address of storage: a CDN in front of it that forwards the query.");
    ENCRYPTION = choice("storage.encryption", None, &["AES256", "aws:kms"],
        "Server-side encryption of objects; if not set, the default of the bucket.");
    KMS_KEY = text("storage.kms_key", None, "Key for aws:kms; if not set, the key of the bucket.");
    CLASS = text("storage.class", None,
        "Storage class of objects, such as STANDARD_IA; if not set, the default of the bucket.");
    ALLOW_PUBLIC = flag("storage.allow_public", false, "Start even if anonymous readers can read the bucket.");
    ALLOW_FOREIGN = flag("storage.allow_foreign", false,
        "Start even if another installation owns the bucket; files are written there, but nothing is removed.");
    ACCESS_KEY_ID = text("storage.access_key_id", None,
        "Access key, together with its secret; if not set, the SDK searches its usual sources of credentials.")
        .variables(&["AWS_ACCESS_KEY_ID"]);
    SECRET_ACCESS_KEY = text("storage.secret_access_key", None, "Secret of the access key.")
        .variables(&["AWS_SECRET_ACCESS_KEY"]).secret();
    SESSION_TOKEN = text("storage.session_token", None, "Session token of temporary credentials.")
        .variables(&["AWS_SESSION_TOKEN"]).secret();
    PART_MB = number("storage.part_mb", 8, 5..=1024,
        "Size of a part of an upload, in MiB; larger objects are sent in parts, and S3 refuses parts below 5.");
    CONNECT_MS = number("storage.connect_ms", 2000, 10..=600_000, "Milliseconds in which a connection must open.");
    ATTEMPT_MS = number("storage.attempt_ms", 5000, 10..=600_000, "Milliseconds for one attempt of a request.");
    OPERATION_MS = number("storage.operation_ms", 15_000, 10..=600_000,
        "Milliseconds for all attempts of a request together.");
    URL_LIFE_SECONDS = number("storage.url_life_seconds", 300, 120..=604_800,
        "Seconds until a pre-signed URL expires, also one that leaked; S3 allows at most seven days.");
    URL_CACHE = number("storage.url_cache", 100_000, 1..=100_000_000, "Pre-signed URLs kept in memory.");
}

/// Settings of pre-signed URLs.
#[derive(Debug, Clone)]
pub struct UrlConfig {
    pub life: Duration,
    /// URLs kept in memory.
    pub cache: u64,
}

/// Reads the access to storage. `None` if the bucket or a place is missing or faulty.
pub fn read(sources: &mut Sources, in_flight: usize) -> Option<StoreSettings> {
    let credentials = read_credentials(sources);
    let places = read_places(sources);
    Some(StoreSettings {
        region: REGION.text(sources).unwrap_or_default(),
        endpoint: ENDPOINT.text(sources),
        public_endpoint: PUBLIC_ENDPOINT.text(sources),
        cdn: CDN_BASE_URL.text(sources),
        credentials,
        in_flight,
        connect: CONNECT_MS.millis(sources),
        attempt: ATTEMPT_MS.millis(sources),
        operation: OPERATION_MS.millis(sources),
        encryption: ENCRYPTION.choice(sources),
        kms_key: KMS_KEY.text(sources),
        class: CLASS.text(sources),
        part_bytes: PART_MB.number::<usize>(sources) << 20,
        places: places?,
    })
}

/// Reads the bucket or prefix of each kind of objects.
pub fn read_places(sources: &mut Sources) -> Option<Locations> {
    let Some(bucket) = BUCKET.text(sources) else {
        BUCKET.fault(sources, "is needed (S3_BUCKET_NAME), or serve --dev");
        return None;
    };
    let own = PLACES.text(sources).unwrap_or_default();
    Locations::new(&bucket, &own).map_err(|problem| PLACES.fault(sources, problem)).ok()
}

/// Reads an access key and its secret; one without the other is a fault.
fn read_credentials(sources: &mut Sources) -> Option<Credentials> {
    match (ACCESS_KEY_ID.text(sources), SECRET_ACCESS_KEY.text(sources)) {
        (Some(access_key_id), Some(secret_access_key)) => {
            let session_token = SESSION_TOKEN.text(sources);
            return Some(Credentials { access_key_id, secret_access_key, session_token });
        }
        (None, None) => {}
        (Some(_), None) => ACCESS_KEY_ID.fault(sources, "is set without storage.secret_access_key"),
        (None, Some(_)) => SECRET_ACCESS_KEY.fault(sources, "is set without storage.access_key_id"),
    }
    None
}

/// Reads the settings of pre-signed URLs.
pub fn read_urls(sources: &mut Sources) -> UrlConfig {
    UrlConfig { life: URL_LIFE_SECONDS.seconds(sources), cache: URL_CACHE.number(sources) }
}

/// Returns true if the server starts even if another installation owns the bucket.
pub fn read_allow_foreign(sources: &mut Sources) -> bool {
    ALLOW_FOREIGN.flag(sources)
}

/// Returns true if the server starts even if anonymous readers can read the bucket.
pub fn read_allow_public(sources: &mut Sources) -> bool {
    ALLOW_PUBLIC.flag(sources)
}
