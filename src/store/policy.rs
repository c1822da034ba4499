//! What a real bucket should be told: who may do what in it, and what it does by itself.

use serde_json::{Value, json};

use super::{Kind, Place, Places};

/// One of the documents, for whoever applies them one by one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policy {
    /// What the server's own role needs, and nothing else.
    Iam,
    /// Nobody without TLS.
    Bucket,
    PublicAccessBlock,
    Lifecycle,
    Cors,
}

impl Policy {
    /// Every document there is.
    pub const ALL: [Self; 5] = [Self::Iam, Self::Bucket, Self::PublicAccessBlock, Self::Lifecycle, Self::Cors];

    /// Its name on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Iam => "iam",
            Self::Bucket => "bucket-policy",
            Self::PublicAccessBlock => "public-access-block",
            Self::Lifecycle => "lifecycle",
            Self::Cors => "cors",
        }
    }

    /// The document for these places; `origin` is where people's browsers are.
    pub fn document(self, places: &Places, origin: &str) -> Value {
        match self {
            Self::Iam => iam(places),
            Self::Bucket => bucket(places),
            Self::PublicAccessBlock => json!({
                "BlockPublicAcls": true, "IgnorePublicAcls": true, "BlockPublicPolicy": true, "RestrictPublicBuckets": true,
            }),
            Self::Lifecycle => lifecycle(places),
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

fn iam(places: &Places) -> Value {
    let objects: Vec<_> = resources(places).into_iter().collect();
    let buckets: Vec<_> = places.buckets().into_iter().map(|bucket| format!("arn:aws:s3:::{bucket}")).collect();
    json!({"Version": "2012-10-17", "Statement": [
        {"Sid": "Objects", "Effect": "Allow",
         "Action": ["s3:PutObject", "s3:GetObject", "s3:DeleteObject", "s3:AbortMultipartUpload"], "Resource": objects},
        {"Sid": "Lists", "Effect": "Allow", "Action": ["s3:ListBucket", "s3:ListBucketMultipartUploads"], "Resource": buckets},
    ]})
}

fn bucket(places: &Places) -> Value {
    let named = places
        .buckets()
        .into_iter()
        .flat_map(|bucket| [format!("arn:aws:s3:::{bucket}"), format!("arn:aws:s3:::{bucket}/*")]);
    json!({"Version": "2012-10-17", "Statement": [{
        "Sid": "OnlyWithTls", "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": named.collect::<Vec<_>>(),
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }]})
}

/// Days after which the bucket itself throws away parts of uploads that nobody finished: later than the reconciler does.
const LEFT_OVER_DAYS: u32 = 3;
/// Days for which a bucket with versions keeps those before the last.
const OLD_VERSION_DAYS: u32 = 30;
/// Days for which an archive can be fetched.
const ARCHIVE_DAYS: u32 = 14;

fn lifecycle(places: &Places) -> Value {
    let Place { prefix, .. } = places.of(Kind::Archives);
    json!({"Rules": [
        {"ID": "parts-of-uploads", "Status": "Enabled", "Filter": {"Prefix": ""},
         "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": LEFT_OVER_DAYS}},
        {"ID": "versions-before-the-last", "Status": "Enabled", "Filter": {"Prefix": ""},
         "NoncurrentVersionExpiration": {"NoncurrentDays": OLD_VERSION_DAYS}},
        {"ID": "archives", "Status": "Enabled", "Filter": {"Prefix": format!("{prefix}archives/")},
         "Expiration": {"Days": ARCHIVE_DAYS}},
    ]})
}

fn resources(places: &Places) -> std::collections::BTreeSet<String> {
    let below = Kind::ALL.into_iter().flat_map(|kind| {
        let Place { bucket, prefix } = places.of(kind);
        let roots = kind.roots().iter().map(move |root| format!("arn:aws:s3:::{bucket}/{prefix}{root}*"));
        roots.chain([format!("arn:aws:s3:::{bucket}/{prefix}onsale/*")])
    });
    below.chain(places.buckets().into_iter().map(|bucket| format!("arn:aws:s3:::{bucket}/onsale/*"))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_servers_role_may_touch_its_own_places_only() {
        let places = Places::new("main", "invoices=receipts/2025").unwrap();
        let text = Policy::Iam.document(&places, "https://x").to_string();
        for expected in ["main/tickets/*", "main/registrations/*", "receipts/2025/invoices/*", "main/onsale/*"] {
            assert!(text.contains(&format!("\"arn:aws:s3:::{expected}\"")), "{expected}: {text}");
        }
        assert!(!text.contains("main/*\"") && !text.contains("s3:*"), "{text}");
    }
}
