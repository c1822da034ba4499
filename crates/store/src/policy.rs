//! Recommended settings of a bucket as JSON documents: access rights, lifecycle and CORS.

use serde_json::{Value, json};

use super::{Location, Locations, ObjectKind, TRASH};

/// One of the documents; an administrator applies them one by one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policy {
    /// The rights of the server's role, reduced to the necessary ones.
    Iam,
    /// Denies requests without TLS.
    Bucket,
    PublicAccessBlock,
    Lifecycle,
    Cors,
}

impl Policy {
    /// All documents.
    pub const ALL: [Self; 5] = [Self::Iam, Self::Bucket, Self::PublicAccessBlock, Self::Lifecycle, Self::Cors];

    /// Returns the name used on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Iam => "iam",
            Self::Bucket => "bucket-policy",
            Self::PublicAccessBlock => "public-access-block",
            Self::Lifecycle => "lifecycle",
            Self::Cors => "cors",
        }
    }

    /// Returns the document for these places. `origin` is the web origin that CORS allows; archives are deleted after
    /// `archive_days`.
    pub fn document(self, places: &Locations, origin: &str, archive_days: u32) -> Value {
        match self {
            Self::Iam => iam(places),
            Self::Bucket => bucket(places),
            Self::PublicAccessBlock => json!({
                "BlockPublicAcls": true, "IgnorePublicAcls": true, "BlockPublicPolicy": true, "RestrictPublicBuckets": true,
            }),
            Self::Lifecycle => lifecycle(places, archive_days),
            Self::Cors => json!({"CORSRules": [{
                "AllowedMethods": ["GET", "HEAD"],
                "AllowedOrigins": [origin],
                "AllowedHeaders": ["range"],
                "ExposeHeaders": ["content-disposition", "content-length", "etag"],
                "MaxAgeSeconds": 3600,
            }]}),
        }
    }
}

fn iam(places: &Locations) -> Value {
    let objects: Vec<_> = resources(places).into_iter().collect();
    let buckets: Vec<_> = places.buckets().into_iter().map(|bucket| format!("arn:aws:s3:::{bucket}")).collect();
    json!({"Version": "2012-10-17", "Statement": [
        {"Sid": "Objects", "Effect": "Allow",
         "Action": ["s3:PutObject", "s3:GetObject", "s3:DeleteObject", "s3:AbortMultipartUpload"], "Resource": objects},
        {"Sid": "Lists", "Effect": "Allow", "Action": ["s3:ListBucket", "s3:ListBucketMultipartUploads"], "Resource": buckets},
    ]})
}

fn bucket(places: &Locations) -> Value {
    let resources = places
        .buckets()
        .into_iter()
        .flat_map(|bucket| [format!("arn:aws:s3:::{bucket}"), format!("arn:aws:s3:::{bucket}/*")]);
    json!({"Version": "2012-10-17", "Statement": [{
        "Sid": "OnlyWithTls", "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": resources.collect::<Vec<_>>(),
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }]})
}

/// Days after which the bucket aborts unfinished multipart uploads; longer than the reconciler's grace period.
const UNFINISHED_UPLOAD_DAYS: u32 = 3;
/// Days after which a bucket with versioning deletes old versions.
const OLD_VERSION_DAYS: u32 = 30;

fn lifecycle(places: &Locations, archive_days: u32) -> Value {
    let Location { prefix, .. } = places.of(ObjectKind::Archives);
    json!({"Rules": [
        {"ID": "parts-of-uploads", "Status": "Enabled", "Filter": {"Prefix": ""},
         "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": UNFINISHED_UPLOAD_DAYS}},
        {"ID": "versions-before-the-last", "Status": "Enabled", "Filter": {"Prefix": ""},
         "NoncurrentVersionExpiration": {"NoncurrentDays": OLD_VERSION_DAYS}},
        {"ID": "archives", "Status": "Enabled", "Filter": {"Prefix": format!("{prefix}archives/")},
         "Expiration": {"Days": archive_days}},
    ]})
}

/// Returns the ARN patterns of all objects that the server uses.
fn resources(places: &Locations) -> std::collections::BTreeSet<String> {
    let of_kinds = ObjectKind::ALL.into_iter().flat_map(|kind| {
        let Location { bucket, prefix } = places.of(kind);
        let keys = kind.key_prefixes().iter().map(move |key| format!("arn:aws:s3:::{bucket}/{prefix}{key}*"));
        let own = ["onsale/", TRASH].map(|own| format!("arn:aws:s3:::{bucket}/{prefix}{own}*"));
        keys.chain(own)
    });
    of_kinds.chain(places.buckets().into_iter().map(|bucket| format!("arn:aws:s3:::{bucket}/onsale/*"))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_servers_role_may_access_its_own_places_only() {
        let places = Locations::new("main", "invoices=receipts/2025").unwrap();
        let text = Policy::Iam.document(&places, "https://x", 7).to_string();
        for expected in ["main/tickets/*", "main/registrations/*", "receipts/2025/invoices/*", "main/onsale/*"] {
            assert!(text.contains(&format!("\"arn:aws:s3:::{expected}\"")), "{expected}: {text}");
        }
        assert!(!text.contains("main/*\"") && !text.contains("s3:*"), "{text}");
    }
}
