//! Multipart uploads for objects that are large or of unknown length. A few parts are sent at once; after a failure,
//! the parts in storage are deleted.

use std::{sync::Arc, time::SystemTime};

use aws_sdk_s3::{
    primitives::ByteStream,
    types::{CompletedMultipartUpload, CompletedPart},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt, stream};
use md5::{Digest, Md5};
use tokio::task::JoinSet;

use super::{
    Cause, Location, Metadata, NewObject, ObjectKind, Operation, Store, StoreError, content_disposition,
    objects::{CACHE_CONTROL, md5_of_tag, unquoted},
};

/// Parts sent at once. An upload holds these and the part being filled in memory.
const PARTS_AT_ONCE: usize = 4;
/// Maximum number of unfinished uploads in one answer, which bounds memory; once they are aborted, the next call
/// returns the rest.
const MAX_UNFINISHED_UPLOADS: usize = 100_000;
/// S3's limit of parts in one upload.
const MAX_PARTS: i32 = 10_000;

/// A multipart upload that was begun and neither finished nor aborted.
#[derive(Debug, Clone)]
pub struct UnfinishedUpload {
    pub key: String,
    pub upload: String,
    pub begun: Option<SystemTime>,
}

impl Store {
    pub(super) async fn put_in_parts(&self, object: NewObject) -> Result<Option<String>, StoreError> {
        let NewObject { key, bytes, content_type, metadata, replace } = object;
        let part = self.settings().part_bytes;
        let chunks = (0..bytes.len()).step_by(part).map(move |at| {
            let end = (at + part).min(bytes.len());
            Ok::<_, std::io::Error>(bytes.slice(at..end))
        });
        let head = UploadHeader { key, content_type, metadata, replace };
        self.put_stream(head, stream::iter(chunks)).await.map(|(tag, _)| tag)
    }

    /// Uploads the content of a stream. Returns the object's tag and its size in bytes.
    pub async fn put_stream<E: std::fmt::Display>(
        &self,
        head: UploadHeader,
        body: impl Stream<Item = Result<Bytes, E>> + Unpin,
    ) -> Result<(Option<String>, u64), StoreError> {
        let upload = self.begin_upload(&head).await?;
        let upload = Upload { store: self.clone(), key: head.key.clone(), id: Arc::from(upload), ended: false };
        upload.send(body, head.replace).await
    }

    /// Begins a multipart upload and returns its id. The caller must finish or abort the upload; the reconciler aborts
    /// uploads that were forgotten.
    pub async fn begin_upload(&self, head: &UploadHeader) -> Result<String, StoreError> {
        let (bucket, name) = self.places().locate(&head.key);
        let created = self.execute(Operation::CreateMultipart, &head.key, || {
            self.client()
                .create_multipart_upload()
                .bucket(bucket)
                .key(&name)
                .content_type(head.content_type)
                .content_disposition(content_disposition(&head.key))
                .cache_control(CACHE_CONTROL)
                .set_server_side_encryption(self.encryption())
                .set_ssekms_key_id(self.settings().kms_key.clone())
                .set_storage_class(self.class())
                .set_metadata(Some(head.metadata.clone()))
                .send()
        });
        Ok(created.await?.upload_id.unwrap_or_default())
    }

    /// Uploads one part.
    pub async fn upload_part(
        &self,
        key: &str,
        upload: &str,
        number: i32,
        bytes: Bytes,
    ) -> Result<UploadedPart, StoreError> {
        let content = bytes.clone();
        // Hashing megabytes would block the caller's thread, which may serve other tasks.
        let digest = tokio::task::spawn_blocking(move || <[u8; 16]>::from(Md5::digest(&content))).await;
        let digest = digest.unwrap_or_else(|ended| std::panic::resume_unwind(ended.into_panic()));
        let (bucket, name) = self.places().locate(key);
        let sent = self.execute(Operation::UploadPart, key, || {
            self.client()
                .upload_part()
                .bucket(bucket)
                .key(&name)
                .upload_id(upload)
                .part_number(number)
                .content_md5(STANDARD.encode(digest))
                .body(ByteStream::from(bytes.clone()))
                .send()
        });
        let tag = sent.await?.e_tag.unwrap_or_default();
        let stored = md5_of_tag(&unquoted(tag.clone()));
        if stored.is_some_and(|stored| stored != digest) && self.settings().encryption.as_deref() != Some("aws:kms") {
            let reason = format!("the stored content of part {number} differs from the sent content");
            return Err(StoreError::new(Operation::UploadPart.name(), key, Cause::Damaged, reason));
        }
        Ok(UploadedPart { number, tag })
    }

    /// Completes an upload: its parts become the object. Returns the object's tag.
    pub async fn complete_upload(
        &self,
        key: &str,
        upload: &str,
        parts: &[UploadedPart],
        replace: bool,
    ) -> Result<Option<String>, StoreError> {
        let (bucket, name) = self.places().locate(key);
        let completed =
            |part: &UploadedPart| CompletedPart::builder().part_number(part.number).e_tag(&part.tag).build();
        let parts = parts.iter().map(completed).collect();
        let list = CompletedMultipartUpload::builder().set_parts(Some(parts)).build();
        let completed = self.execute(Operation::CompleteMultipart, key, || {
            self.client()
                .complete_multipart_upload()
                .bucket(bucket)
                .key(&name)
                .upload_id(upload)
                .set_if_none_match((!replace).then(|| "*".to_owned()))
                .multipart_upload(list.clone())
                .send()
        });
        Ok(completed.await?.e_tag.map(unquoted))
    }

    /// Aborts an upload to the bucket that is configured for the key.
    pub async fn abort_upload(&self, key: &str, upload: &str) -> Result<(), StoreError> {
        self.abort(&place_of(self, key), key, upload).await
    }

    /// Returns the size in bytes of each part except the last.
    pub fn part_bytes(&self) -> usize {
        self.settings().part_bytes
    }

    /// Lists the unfinished uploads of a place; stops once `MAX_UNFINISHED_UPLOADS` are found.
    pub async fn unfinished_uploads(&self, place: &Location) -> Result<Vec<UnfinishedUpload>, StoreError> {
        let (mut unfinished, mut after) = (Vec::new(), (None, None));
        loop {
            let (key, upload) = after.clone();
            let listed = self.execute(Operation::ListMultiparts, &place.bucket, || {
                let list = self.client().list_multipart_uploads().bucket(&place.bucket).prefix(&place.prefix);
                list.set_key_marker(key.clone()).set_upload_id_marker(upload.clone()).send()
            });
            let page = listed.await?;
            unfinished.extend(page.uploads.unwrap_or_default().into_iter().filter_map(|upload| {
                Some(UnfinishedUpload {
                    key: upload.key?.strip_prefix(&place.prefix)?.to_owned(),
                    upload: upload.upload_id?,
                    begun: upload.initiated.and_then(|at| at.try_into().ok()),
                })
            }));
            let next = (page.next_key_marker, page.next_upload_id_marker);
            let is_last = !page.is_truncated.unwrap_or(false) || next.0.is_none() || next == after;
            if is_last || unfinished.len() >= MAX_UNFINISHED_UPLOADS {
                return Ok(unfinished);
            }
            after = next;
        }
    }

    /// Aborts an upload to a place: storage deletes its parts. Succeeds if the upload does not exist.
    pub async fn abort(&self, place: &Location, key: &str, upload: &str) -> Result<(), StoreError> {
        let name = format!("{}{key}", place.prefix);
        let aborted = self.execute(Operation::AbortMultipart, key, || {
            self.client().abort_multipart_upload().bucket(&place.bucket).key(&name).upload_id(upload).send()
        });
        match aborted.await {
            Ok(_) => Ok(()),
            Err(error) if error.cause == Cause::Missing => Ok(()),
            Err(error) => Err(error),
        }
    }
}

/// A part that was uploaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UploadedPart {
    pub number: i32,
    pub tag: String,
}

/// Key and properties of an object whose content is uploaded in parts.
#[derive(Debug, Clone)]
pub struct UploadHeader {
    pub key: String,
    pub content_type: &'static str,
    pub metadata: Metadata,
    /// True if the upload may replace an existing object.
    pub replace: bool,
}

/// A running multipart upload. If it is dropped before its end, it is aborted.
struct Upload {
    store: Store,
    key: String,
    id: Arc<str>,
    ended: bool,
}

impl Upload {
    async fn send<E: std::fmt::Display>(
        mut self,
        body: impl Stream<Item = Result<Bytes, E>> + Unpin,
        replace: bool,
    ) -> Result<(Option<String>, u64), StoreError> {
        let sent = match self.send_parts(body).await {
            Ok((parts, bytes)) => {
                let finished = self.store.complete_upload(&self.key, &self.id, &parts, replace).await;
                finished.map(|tag| (tag, bytes))
            }
            Err(error) => Err(error),
        };
        self.ended = true;
        if sent.is_err() {
            self.abort().await;
        }
        sent
    }

    async fn send_parts<E: std::fmt::Display>(
        &self,
        mut body: impl Stream<Item = Result<Bytes, E>> + Unpin,
    ) -> Result<(Vec<UploadedPart>, u64), StoreError> {
        let size = self.store.settings().part_bytes;
        let (mut sending, mut sent, mut number, mut total) = (JoinSet::new(), Vec::new(), 0, 0);
        let mut buffer = BytesMut::new();
        let mut ended = false;
        while !ended {
            match body.next().await {
                Some(Ok(bytes)) => {
                    total += bytes.len() as u64;
                    buffer.extend_from_slice(&bytes);
                }
                Some(Err(error)) => return Err(self.failed(Cause::Refused, error.to_string())),
                None => ended = true,
            }
            while buffer.len() >= size || (ended && (number == 0 || !buffer.is_empty())) {
                number += 1;
                if number > MAX_PARTS {
                    return Err(self.failed(Cause::Refused, format!("the object has more than {MAX_PARTS} parts")));
                }
                let part = buffer.split_to(size.min(buffer.len())).freeze();
                if sending.len() == PARTS_AT_ONCE {
                    sent.extend(joined(sending.join_next().await).transpose()?);
                }
                let (store, key, id) = (self.store.clone(), self.key.clone(), self.id.clone());
                sending.spawn(async move { store.upload_part(&key, &id, number, part).await });
            }
        }
        while let Some(part) = joined(sending.join_next().await).transpose()? {
            sent.push(part);
        }
        sent.sort_by_key(|part: &UploadedPart| part.number);
        Ok((sent, total))
    }

    async fn abort(&self) {
        if let Err(error) = self.store.abort_upload(&self.key, &self.id).await {
            tracing::warn!(%error, "a failed upload could not be aborted; the reconciler deletes its parts");
        }
    }

    fn failed(&self, cause: Cause, reason: String) -> StoreError {
        StoreError::new(Operation::UploadPart.name(), &self.key, cause, reason)
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        if !self.ended
            && let Ok(runtime) = tokio::runtime::Handle::try_current()
        {
            let (store, key, id) = (self.store.clone(), self.key.clone(), self.id.clone());
            runtime.spawn(async move { drop(store.abort_upload(&key, &id).await) });
        }
    }
}

fn place_of(store: &Store, key: &str) -> Location {
    store.places().of(ObjectKind::of(key).unwrap_or(ObjectKind::Tickets)).clone()
}

/// Takes the result of a task and passes a panic on.
fn joined<T>(part: Option<Result<T, tokio::task::JoinError>>) -> Option<T> {
    part.map(|part| part.unwrap_or_else(|ended| std::panic::resume_unwind(ended.into_panic())))
}
