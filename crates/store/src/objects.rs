//! Operations on objects: put, get, head, list and delete; the owner file of a place; the check for public access.

use std::time::SystemTime;

use aws_sdk_s3::primitives::ByteStream;
use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use md5::{Digest, Md5};

use super::{Cause, Location, Metadata, Operation, Store, StoreError, content_disposition, keys::trash_key};

/// An object to upload.
#[derive(Debug, Clone)]
pub struct NewObject {
    pub key: String,
    pub bytes: Bytes,
    pub content_type: &'static str,
    pub metadata: Metadata,
    /// True if it may replace an existing object.
    pub replace: bool,
}

/// Size, tag and time of a stored object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredObject {
    pub bytes: u64,
    /// `ETag` without quotes; it changes with the content.
    pub tag: Option<String>,
    pub modified: Option<SystemTime>,
}

/// One page of a list of objects.
#[derive(Debug)]
pub struct ObjectPage {
    /// Keys without the place's prefix, sorted by bytes.
    pub objects: Vec<(String, StoredObject)>,
    /// Token of the next page. `None` on the last page.
    pub next: Option<String>,
}

/// Tickets are personal: neither proxies nor browsers may cache them.
pub(super) const CACHE_CONTROL: &str = "private, no-store";

/// Name of the metadata that says which program has written an object.
const SOURCE: &str = "source";

/// Returns the metadata that says that this program has written an object, and by which of its ways if not the usual one.
pub fn written_by_us(way: &str) -> (String, String) {
    (SOURCE.to_owned(), format!("onsale {}{way}", env!("CARGO_PKG_VERSION")))
}

/// Keys in a page; S3's maximum.
const PAGE_SIZE: i32 = 1000;

impl Store {
    /// Uploads an object and returns its tag. If the tag is another MD5 than that of the content, the object is read
    /// back and compared.
    pub async fn put(&self, object: NewObject) -> Result<Option<String>, StoreError> {
        if object.bytes.len() > self.settings().part_bytes {
            return self.put_in_parts(object).await;
        }
        let digest: [u8; 16] = Md5::digest(&object.bytes).into();
        let (bucket, name) = self.places().locate(&object.key);
        let put = self.execute(Operation::Put, &object.key, || {
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
        let tag = put.await?.e_tag.map(unquoted);
        match tag.as_deref().and_then(md5_of_tag) {
            // With KMS encryption the tag is not the MD5 of the content.
            Some(stored) if stored != digest && self.settings().encryption.as_deref() != Some("aws:kms") => {
                self.compare(&object).await?;
            }
            _ => {}
        }
        Ok(tag)
    }

    /// Reads an object back. Fails with [`Cause::Damaged`] if its content differs from `object`.
    pub async fn compare(&self, object: &NewObject) -> Result<(), StoreError> {
        if self.get(&object.key, object.bytes.len()).await? == object.bytes {
            return Ok(());
        }
        let reason = "the stored content differs from the sent content";
        Err(StoreError::new(Operation::Get.name(), &object.key, Cause::Damaged, reason))
    }

    /// Returns the content of an object; an object of more than `max` bytes is an error.
    pub async fn get(&self, key: &str, max: usize) -> Result<Bytes, StoreError> {
        let (bucket, name) = self.places().locate(key);
        let got =
            self.execute(Operation::Get, key, || self.client().get_object().bucket(bucket).key(&name).send()).await?;
        let length = got.content_length.and_then(|length| usize::try_from(length).ok());
        let damaged = |reason: String| StoreError::new(Operation::Get.name(), key, Cause::Damaged, reason);
        if length.is_some_and(|length| length > max) {
            return Err(damaged(format!("the object has more than {max} bytes")));
        }
        let body = tokio::time::timeout(self.settings().operation, got.body.collect()).await;
        let timed_out = |_| StoreError::new(Operation::Get.name(), key, Cause::NoAnswer, "the request timed out");
        let bytes = body.map_err(timed_out)?.map_err(|error| damaged(error.to_string()))?.into_bytes();
        match length {
            Some(length) if length != bytes.len() => {
                Err(damaged(format!("received {} of {length} bytes", bytes.len())))
            }
            _ => Ok(bytes),
        }
    }

    /// Returns size, tag and time of an object. `None` if it does not exist.
    pub async fn head(&self, key: &str) -> Result<Option<StoredObject>, StoreError> {
        let (bucket, name) = self.places().locate(key);
        let head =
            self.execute(Operation::UploadHeader, key, || self.client().head_object().bucket(bucket).key(&name).send());
        match head.await {
            Ok(head) => Ok(Some(StoredObject {
                bytes: head.content_length.and_then(|length| u64::try_from(length).ok()).unwrap_or(0),
                tag: head.e_tag.map(unquoted),
                modified: head.last_modified.and_then(|at| at.try_into().ok()),
            })),
            Err(error) if error.cause == Cause::Missing => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// True if the metadata of an object that was listed in a place says that this program has written it.
    pub async fn is_written_by_us(&self, place: &Location, key: &str) -> Result<bool, StoreError> {
        let name = format!("{}{key}", place.prefix);
        let head = self.execute(Operation::UploadHeader, key, || {
            self.client().head_object().bucket(&place.bucket).key(&name).send()
        });
        match head.await {
            Ok(head) => {
                let source = head.metadata().and_then(|metadata| metadata.get(SOURCE));
                Ok(source.is_some_and(|source| source.starts_with("onsale ")))
            }
            Err(error) if error.cause == Cause::Missing => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Deletes an object. Succeeds if it does not exist, or if another installation owns it: then it is left there.
    pub async fn delete(&self, key: &str) -> Result<(), StoreError> {
        let (bucket, name) = self.places().locate(key);
        if !self.may_remove_in(self.places().place_of(key)) {
            return Ok(());
        }
        let deleted =
            self.execute(Operation::Delete, key, || self.client().delete_object().bucket(bucket).key(&name).send());
        match deleted.await {
            Ok(_) => Ok(()),
            Err(error) if error.cause == Cause::Missing => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Lists one page of the objects of a place whose keys begin with `root`. `from` is the token of the page, `None`
    /// for the first.
    pub async fn list(&self, place: &Location, root: &str, from: Option<&str>) -> Result<ObjectPage, StoreError> {
        let prefix = format!("{}{root}", place.prefix);
        let listed = self.execute(Operation::List, &prefix, || {
            self.client()
                .list_objects_v2()
                .bucket(&place.bucket)
                .prefix(&prefix)
                .max_keys(PAGE_SIZE)
                .set_continuation_token(from.map(str::to_owned))
                .send()
        });
        let listed = listed.await?;
        let objects = listed.contents.unwrap_or_default().into_iter().filter_map(|object| {
            let key = object.key?.strip_prefix(&place.prefix)?.to_owned();
            let bytes = object.size.and_then(|size| u64::try_from(size).ok()).unwrap_or(0);
            let modified = object.last_modified.and_then(|at| at.try_into().ok());
            Some((key, StoredObject { bytes, tag: object.e_tag.map(unquoted), modified }))
        });
        let mut objects: Vec<_> = objects.collect();
        objects.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        let next = listed.next_continuation_token.filter(|_| listed.is_truncated == Some(true));
        Ok(ObjectPage { objects, next })
    }

    /// Returns the id of the installation that owns a place and may delete objects there. `None` if it has no owner.
    pub async fn owner(&self, place: &Location) -> Result<Option<String>, StoreError> {
        self.note(place, OWNER_KEY).await
    }

    /// Moves an object that was listed in a place to the trash there.
    pub async fn move_to_trash(&self, place: &Location, key: &str) -> Result<(), StoreError> {
        let (from, to) = (format!("{}{key}", place.prefix), format!("{}{}", place.prefix, trash_key(key)));
        // Keys of this program need no encoding in the header.
        let source = format!("{}/{from}", place.bucket);
        self.execute(Operation::Copy, key, || {
            self.client().copy_object().bucket(&place.bucket).key(&to).copy_source(&source).send()
        })
        .await?;
        self.delete_in(place, key).await
    }

    /// Returns a small text object of a place. `None` if there is none.
    async fn note(&self, place: &Location, name: &str) -> Result<Option<String>, StoreError> {
        let name = format!("{}{name}", place.prefix);
        let get =
            self.execute(Operation::Get, &name, || self.client().get_object().bucket(&place.bucket).key(&name).send());
        let got = match get.await {
            Ok(got) => got,
            Err(error) if error.cause == Cause::Missing => return Ok(None),
            Err(error) => return Err(error),
        };
        let broken = |error: aws_sdk_s3::primitives::ByteStreamError| {
            StoreError::new(Operation::Get.name(), &name, Cause::NoAnswer, error.to_string())
        };
        let bytes = got.body.collect().await.map_err(broken)?.into_bytes();
        Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
    }

    async fn set_note(&self, place: &Location, name: &str, text: &str) -> Result<(), StoreError> {
        let name = format!("{}{name}", place.prefix);
        let body = Bytes::copy_from_slice(text.as_bytes());
        let put = self.execute(Operation::Put, &name, || {
            let body = ByteStream::from(body.clone());
            self.client().put_object().bucket(&place.bucket).key(&name).body(body).send()
        });
        put.await.map(drop)
    }

    /// Returns the high-water mark of a place: the newest audit entry that its owner's database had.
    pub async fn high_water_mark(&self, place: &Location) -> Result<Option<String>, StoreError> {
        self.note(place, HIGH_WATER_MARK).await
    }

    /// Sets the high-water mark of a place.
    pub async fn set_high_water_mark(&self, place: &Location, mark: &str) -> Result<(), StoreError> {
        self.set_note(place, HIGH_WATER_MARK, mark).await
    }

    /// Deletes an object that was listed in a place, even if its kind is now configured for another place.
    pub async fn delete_in(&self, place: &Location, key: &str) -> Result<(), StoreError> {
        let name = format!("{}{key}", place.prefix);
        if !self.may_remove_in(place) {
            return Ok(());
        }
        let deleted = self
            .execute(Operation::Delete, key, || self.client().delete_object().bucket(&place.bucket).key(&name).send());
        match deleted.await {
            Ok(_) => Ok(()),
            Err(error) if error.cause == Cause::Missing => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Makes an installation the owner of a place; replaces the former owner.
    pub async fn set_owner(&self, place: &Location, installation: &str) -> Result<(), StoreError> {
        self.set_note(place, OWNER_KEY, installation).await
    }

    /// True if anonymous readers may list a bucket or read an object in it. `None` if the probe object could not be
    /// stored.
    pub async fn is_public(&self) -> Option<bool> {
        let anonymous = self.anonymous();
        for bucket in self.places().buckets() {
            let probe = "onsale/who-may-read-this";
            let text = "If this object can be read without a signature, every ticket can be.\n";
            let put = self.execute(Operation::Put, probe, || {
                self.client()
                    .put_object()
                    .bucket(bucket)
                    .key(probe)
                    .body(ByteStream::from_static(text.as_bytes()))
                    .send()
            });
            put.await.ok()?;
            // Sent without `execute`: a refusal is expected and is not counted as a failure.
            let (list, read) = tokio::join!(
                anonymous.list_objects_v2().bucket(bucket).max_keys(1).send(),
                anonymous.get_object().bucket(bucket).key(probe).send()
            );
            if list.is_ok() || read.is_ok() {
                return Some(true);
            }
        }
        Some(false)
    }
}

/// Name of the object that holds the id of the installation that owns a place.
pub const OWNER_KEY: &str = "onsale/owner";
/// Name of the object that holds the high-water mark of a place.
const HIGH_WATER_MARK: &str = "onsale/high-water-mark";

/// Removes the quotes of an `ETag`.
pub(super) fn unquoted(tag: String) -> String {
    tag.trim_matches('"').to_owned()
}

/// Returns the MD5 digest in a tag. `None` if the tag does not have the form of one.
pub(super) fn md5_of_tag(tag: &str) -> Option<[u8; 16]> {
    let mut digest = [0; 16];
    if tag.len() != 32 {
        return None;
    }
    for (index, byte) in digest.iter_mut().enumerate() {
        *byte = u8::from_str_radix(tag.get(index * 2..index * 2 + 2)?, 16).ok()?;
    }
    Some(digest)
}
