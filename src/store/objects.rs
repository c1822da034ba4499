//! Objects: put, looked at, listed, fetched and removed.

use std::time::SystemTime;

use aws_sdk_s3::primitives::ByteStream;
use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use md5::{Digest, Md5};

use super::{Cause, Metadata, Operation, Place, Store, StoreError, content_disposition};

/// An object to put.
#[derive(Debug, Clone)]
pub struct NewObject {
    pub key: String,
    pub bytes: Bytes,
    pub content_type: &'static str,
    /// When and from what it was made.
    pub metadata: Metadata,
    /// Whether it may replace another.
    pub replace: bool,
}

/// An object that lies in storage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    pub bytes: u64,
    /// What storage calls this content of it: another tag, another content.
    pub tag: Option<String>,
    pub modified: Option<SystemTime>,
}

/// A part of a bucket's list.
#[derive(Debug)]
pub struct Page {
    /// Keys without the place's prefix, in the order of their bytes.
    pub objects: Vec<(String, Object)>,
    /// Where to go on.
    pub next: Option<String>,
}

/// A ticket is nobody's to keep between storage and its holder.
pub(super) const CACHE_CONTROL: &str = "private, no-store";

/// Entries of a page.
const PAGE: i32 = 1000;

impl Store {
    /// Puts an object and returns its tag. What storage says that it has must be what was sent.
    pub async fn put(&self, object: NewObject) -> Result<Option<String>, StoreError> {
        if object.bytes.len() > self.settings().part_bytes {
            return self.put_in_parts(object).await;
        }
        let digest: [u8; 16] = Md5::digest(&object.bytes).into();
        let (bucket, name) = self.places().locate(&object.key);
        let put = self.ask(Operation::Put, &object.key, || {
            self.client()
                .put_object()
                .bucket(bucket)
                .key(&name)
                .content_type(object.content_type)
                .content_disposition(content_disposition(&object.key))
                .cache_control(CACHE_CONTROL)
                .content_md5(STANDARD.encode(digest))
                .set_if_none_match((!object.replace).then(|| "*".to_owned()))
                .set_server_side_encryption(self.encryption())
                .set_ssekms_key_id(self.settings().kms_key.clone())
                .set_storage_class(self.class())
                .set_metadata(Some(object.metadata.clone()))
                .body(ByteStream::from(object.bytes.clone()))
                .send()
        });
        let tag = put.await?.e_tag.map(plain);
        match tag.as_deref().and_then(as_md5) {
            // What is encrypted with a key of its own has a tag that says nothing about the content.
            Some(theirs) if theirs != digest && self.settings().encryption.as_deref() != Some("aws:kms") => {
                self.compare(&object).await?;
            }
            _ => {}
        }
        Ok(tag)
    }

    /// Whether what lies there is what was put: reads it back.
    pub async fn compare(&self, object: &NewObject) -> Result<(), StoreError> {
        if self.get(&object.key, object.bytes.len()).await? == object.bytes {
            return Ok(());
        }
        let reason = "what lies there is not what was put";
        Err(StoreError::new(Operation::Get.name(), &object.key, Cause::Damaged, reason))
    }

    /// The whole object, if it has at most `most` bytes.
    pub async fn get(&self, key: &str, most: usize) -> Result<Bytes, StoreError> {
        let (bucket, name) = self.places().locate(key);
        let got = self.ask(Operation::Get, key, || self.client().get_object().bucket(bucket).key(&name).send()).await?;
        let length = got.content_length.and_then(|length| usize::try_from(length).ok());
        let damaged = |reason: String| StoreError::new(Operation::Get.name(), key, Cause::Damaged, reason);
        if length.is_some_and(|length| length > most) {
            return Err(damaged(format!("it has more than {most} bytes")));
        }
        let body = tokio::time::timeout(self.settings().operation, got.body.collect()).await;
        let body = body.map_err(|_| StoreError::new(Operation::Get.name(), key, Cause::Silent, "it took too long"))?;
        let bytes = body.map_err(|error| damaged(error.to_string()))?.into_bytes();
        match length {
            Some(length) if length != bytes.len() => Err(damaged(format!("{} of {length} bytes came", bytes.len()))),
            _ => Ok(bytes),
        }
    }

    /// What lies there, if anything does.
    pub async fn head(&self, key: &str) -> Result<Option<Object>, StoreError> {
        let (bucket, name) = self.places().locate(key);
        let head = self.ask(Operation::Head, key, || self.client().head_object().bucket(bucket).key(&name).send());
        match head.await {
            Ok(head) => Ok(Some(Object {
                bytes: head.content_length.and_then(|length| u64::try_from(length).ok()).unwrap_or(0),
                tag: head.e_tag.map(plain),
                modified: head.last_modified.and_then(|at| at.try_into().ok()),
            })),
            Err(error) if error.cause == Cause::Missing => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Removes an object, if it is there.
    pub async fn delete(&self, key: &str) -> Result<(), StoreError> {
        let (bucket, name) = self.places().locate(key);
        let deleted =
            self.ask(Operation::Delete, key, || self.client().delete_object().bucket(bucket).key(&name).send());
        match deleted.await {
            Ok(_) => Ok(()),
            Err(error) if error.cause == Cause::Missing => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// The objects of a place whose keys begin with `root`, a page at a time.
    pub async fn list(&self, place: &Place, root: &str, from: Option<&str>) -> Result<Page, StoreError> {
        let prefix = format!("{}{root}", place.prefix);
        let listed = self.ask(Operation::List, &prefix, || {
            self.client()
                .list_objects_v2()
                .bucket(&place.bucket)
                .prefix(&prefix)
                .max_keys(PAGE)
                .set_continuation_token(from.map(str::to_owned))
                .send()
        });
        let listed = listed.await?;
        let objects = listed.contents.unwrap_or_default().into_iter().filter_map(|object| {
            let key = object.key?.strip_prefix(&place.prefix)?.to_owned();
            let bytes = object.size.and_then(|size| u64::try_from(size).ok()).unwrap_or(0);
            let modified = object.last_modified.and_then(|at| at.try_into().ok());
            Some((key, Object { bytes, tag: object.e_tag.map(plain), modified }))
        });
        let mut objects: Vec<_> = objects.collect();
        objects.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        let next = listed.next_continuation_token.filter(|_| listed.is_truncated == Some(true));
        Ok(Page { objects, next })
    }

    /// Who cleans up in a place; `None` if nobody has said so yet.
    pub async fn owner(&self, place: &Place) -> Result<Option<String>, StoreError> {
        let name = format!("{}onsale/house", place.prefix);
        let get =
            self.ask(Operation::Get, &name, || self.client().get_object().bucket(&place.bucket).key(&name).send());
        let got = match get.await {
            Ok(got) => got,
            Err(error) if error.cause == Cause::Missing => return Ok(None),
            Err(error) => return Err(error),
        };
        let broken = |error: aws_sdk_s3::primitives::ByteStreamError| {
            StoreError::new(Operation::Get.name(), &name, Cause::Silent, error.to_string())
        };
        let bytes = got.body.collect().await.map_err(broken)?.into_bytes();
        Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
    }

    /// Removes what a list of a place has shown: there, wherever objects of its kind lie now.
    pub async fn delete_in(&self, place: &Place, key: &str) -> Result<(), StoreError> {
        let name = format!("{}{key}", place.prefix);
        let deleted =
            self.ask(Operation::Delete, key, || self.client().delete_object().bucket(&place.bucket).key(&name).send());
        match deleted.await {
            Ok(_) => Ok(()),
            Err(error) if error.cause == Cause::Missing => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Makes a place belong to the house of this id, whoever had it before.
    pub async fn take_over(&self, place: &Place, house: &str) -> Result<(), StoreError> {
        let name = format!("{}onsale/house", place.prefix);
        let body = Bytes::copy_from_slice(house.as_bytes());
        let put = self.ask(Operation::Put, &name, || {
            let body = ByteStream::from(body.clone());
            self.client().put_object().bucket(&place.bucket).key(&name).body(body).send()
        });
        put.await.map(drop)
    }

    /// Whether strangers may list a bucket or read an object in it. `None` if storage did not say.
    pub async fn is_open_to_strangers(&self) -> Option<bool> {
        let stranger = self.stranger();
        for bucket in self.places().buckets() {
            let probe = "onsale/who-may-read-this";
            let text = "Whoever can read this without a signature can read every ticket.\n";
            let put = self.ask(Operation::Put, probe, || {
                self.client()
                    .put_object()
                    .bucket(bucket)
                    .key(probe)
                    .body(ByteStream::from_static(text.as_bytes()))
                    .send()
            });
            put.await.ok()?;
            // Not counted as a failure if it is refused, as it should be.
            let (list, read) = tokio::join!(
                stranger.list_objects_v2().bucket(bucket).max_keys(1).send(),
                stranger.get_object().bucket(bucket).key(probe).send()
            );
            if list.is_ok() || read.is_ok() {
                return Some(true);
            }
        }
        Some(false)
    }
}

/// Without the quotes it comes in.
pub(super) fn plain(tag: String) -> String {
    tag.trim_matches('"').to_owned()
}

/// A tag that may be the MD5 of what was put.
pub(super) fn as_md5(tag: &str) -> Option<[u8; 16]> {
    let mut digest = [0; 16];
    if tag.len() != 32 {
        return None;
    }
    for (index, byte) in digest.iter_mut().enumerate() {
        *byte = u8::from_str_radix(tag.get(index * 2..index * 2 + 2)?, 16).ok()?;
    }
    Some(digest)
}
