//! What is large, or of unknown length, goes up in parts: a few at once, and nothing is left behind if it fails.

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
    Cause, Kind, Metadata, NewObject, Operation, Place, Store, StoreError, content_disposition,
    objects::{CACHE_CONTROL, as_md5, plain},
};

/// Parts under way at once: with the one that is being filled, what a stream holds in memory.
const PARTS_AT_ONCE: usize = 4;
/// Unfinished uploads looked at in one go; the rest follows once these are gone.
const MOST_LEFT_OVER: usize = 100_000;
/// Storage takes no more.
const MOST_PARTS: i32 = 10_000;

/// An upload that nobody finished.
#[derive(Debug, Clone)]
pub struct LeftOver {
    pub key: String,
    pub upload: String,
    pub begun: Option<SystemTime>,
}

impl Store {
    pub(super) async fn put_in_parts(&self, object: NewObject) -> Result<Option<String>, StoreError> {
        let NewObject { key, bytes, content_type, metadata, replace } = object;
        let part = self.settings().part_bytes;
        let pieces = (0..bytes.len()).step_by(part).map(move |at| {
            let end = (at + part).min(bytes.len());
            Ok::<_, std::io::Error>(bytes.slice(at..end))
        });
        let head = Head { key, content_type, metadata, replace };
        self.put_stream(head, stream::iter(pieces)).await.map(|(tag, _)| tag)
    }

    /// Puts what a stream brings. Returns the tag and how many bytes there were.
    pub async fn put_stream<E: std::fmt::Display>(
        &self,
        head: Head,
        body: impl Stream<Item = Result<Bytes, E>> + Unpin,
    ) -> Result<(Option<String>, u64), StoreError> {
        let upload = self.begin_upload(&head).await?;
        let upload = Parts { store: self.clone(), key: head.key.clone(), upload: Arc::from(upload), ended: false };
        upload.send(body, head.replace).await
    }

    /// Begins an upload in parts. Whoever does sees to its end; what is forgotten the reconciler removes.
    pub async fn begin_upload(&self, head: &Head) -> Result<String, StoreError> {
        let (bucket, name) = self.places().locate(&head.key);
        let created = self.ask(Operation::CreateMultipart, &head.key, || {
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

    /// Puts one part of an upload.
    pub async fn put_part(&self, key: &str, upload: &str, number: i32, bytes: Bytes) -> Result<Part, StoreError> {
        let content = bytes.clone();
        // Megabytes take their time, and whoever asks may share a thread with others.
        let digest = tokio::task::spawn_blocking(move || <[u8; 16]>::from(Md5::digest(&content))).await;
        let digest = digest.unwrap_or_else(|ended| std::panic::resume_unwind(ended.into_panic()));
        let (bucket, name) = self.places().locate(key);
        let sent = self.ask(Operation::UploadPart, key, || {
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
        let theirs = as_md5(&plain(tag.clone()));
        if theirs.is_some_and(|theirs| theirs != digest) && self.settings().encryption.as_deref() != Some("aws:kms") {
            let reason = format!("part {number} arrived as something else");
            return Err(StoreError::new(Operation::UploadPart.name(), key, Cause::Damaged, reason));
        }
        Ok(Part { number, tag })
    }

    /// Makes an object of the parts of an upload.
    pub async fn finish_upload(
        &self,
        key: &str,
        upload: &str,
        parts: &[Part],
        replace: bool,
    ) -> Result<Option<String>, StoreError> {
        let (bucket, name) = self.places().locate(key);
        let completed = |part: &Part| CompletedPart::builder().part_number(part.number).e_tag(&part.tag).build();
        let parts = parts.iter().map(completed).collect();
        let whole = CompletedMultipartUpload::builder().set_parts(Some(parts)).build();
        let completed = self.ask(Operation::CompleteMultipart, key, || {
            self.client()
                .complete_multipart_upload()
                .bucket(bucket)
                .key(&name)
                .upload_id(upload)
                .set_if_none_match((!replace).then(|| "*".to_owned()))
                .multipart_upload(whole.clone())
                .send()
        });
        Ok(completed.await?.e_tag.map(plain))
    }

    /// Throws away the parts of an upload of one's own.
    pub async fn throw_away(&self, key: &str, upload: &str) -> Result<(), StoreError> {
        self.abort(&place_of(self, key), key, upload).await
    }

    /// How large a part is that does not end its upload.
    pub fn part_bytes(&self) -> usize {
        self.settings().part_bytes
    }

    /// Uploads of a place that were begun and not finished.
    pub async fn left_over(&self, place: &Place) -> Result<Vec<LeftOver>, StoreError> {
        let (mut left, mut after) = (Vec::new(), (None, None));
        loop {
            let (key, upload) = after.clone();
            let listed = self.ask(Operation::ListMultiparts, &place.bucket, || {
                let asked = self.client().list_multipart_uploads().bucket(&place.bucket).prefix(&place.prefix);
                asked.set_key_marker(key.clone()).set_upload_id_marker(upload.clone()).send()
            });
            let page = listed.await?;
            left.extend(page.uploads.unwrap_or_default().into_iter().filter_map(|upload| {
                Some(LeftOver {
                    key: upload.key?.strip_prefix(&place.prefix)?.to_owned(),
                    upload: upload.upload_id?,
                    begun: upload.initiated.and_then(|at| at.try_into().ok()),
                })
            }));
            let next = (page.next_key_marker, page.next_upload_id_marker);
            if !page.is_truncated.unwrap_or(false) || next.0.is_none() || next == after || left.len() >= MOST_LEFT_OVER
            {
                return Ok(left);
            }
            after = next;
        }
    }

    /// Throws away the parts of an upload into a place.
    pub async fn abort(&self, place: &Place, key: &str, upload: &str) -> Result<(), StoreError> {
        let name = format!("{}{key}", place.prefix);
        let aborted = self.ask(Operation::AbortMultipart, key, || {
            self.client().abort_multipart_upload().bucket(&place.bucket).key(&name).upload_id(upload).send()
        });
        match aborted.await {
            Ok(_) => Ok(()),
            Err(error) if error.cause == Cause::Missing => Ok(()),
            Err(error) => Err(error),
        }
    }
}

/// A part of an upload that lies in storage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    pub number: i32,
    pub tag: String,
}

/// What is known of an object before its content is.
#[derive(Debug, Clone)]
pub struct Head {
    pub key: String,
    pub content_type: &'static str,
    pub metadata: Metadata,
    pub replace: bool,
}

/// An upload under way. Dropped before its end, its parts are thrown away.
struct Parts {
    store: Store,
    key: String,
    upload: Arc<str>,
    ended: bool,
}

impl Parts {
    async fn send<E: std::fmt::Display>(
        mut self,
        body: impl Stream<Item = Result<Bytes, E>> + Unpin,
        replace: bool,
    ) -> Result<(Option<String>, u64), StoreError> {
        let sent = match self.send_parts(body).await {
            Ok((parts, bytes)) => {
                let finished = self.store.finish_upload(&self.key, &self.upload, &parts, replace).await;
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
    ) -> Result<(Vec<Part>, u64), StoreError> {
        let size = self.store.settings().part_bytes;
        let (mut under_way, mut done, mut number, mut total) = (JoinSet::new(), Vec::new(), 0, 0);
        let mut filling = BytesMut::new();
        let mut ended = false;
        while !ended {
            match body.next().await {
                Some(Ok(bytes)) => {
                    total += bytes.len() as u64;
                    filling.extend_from_slice(&bytes);
                }
                Some(Err(error)) => return Err(self.failed(Cause::Refused, error.to_string())),
                None => ended = true,
            }
            while filling.len() >= size || (ended && (number == 0 || !filling.is_empty())) {
                number += 1;
                if number > MOST_PARTS {
                    return Err(self.failed(Cause::Refused, format!("it has more than {MOST_PARTS} parts")));
                }
                let part = filling.split_to(size.min(filling.len())).freeze();
                if under_way.len() == PARTS_AT_ONCE {
                    done.extend(joined(under_way.join_next().await).transpose()?);
                }
                let (store, key, upload) = (self.store.clone(), self.key.clone(), self.upload.clone());
                under_way.spawn(async move { store.put_part(&key, &upload, number, part).await });
            }
        }
        while let Some(part) = joined(under_way.join_next().await).transpose()? {
            done.push(part);
        }
        done.sort_by_key(|part: &Part| part.number);
        Ok((done, total))
    }

    async fn abort(&self) {
        if let Err(error) = self.store.throw_away(&self.key, &self.upload).await {
            tracing::warn!(%error, "parts of a failed upload were left behind; the reconciler removes them");
        }
    }

    fn failed(&self, cause: Cause, reason: String) -> StoreError {
        StoreError::new(Operation::UploadPart.name(), &self.key, cause, reason)
    }
}

impl Drop for Parts {
    fn drop(&mut self) {
        if !self.ended
            && let Ok(runtime) = tokio::runtime::Handle::try_current()
        {
            let (store, key, upload) = (self.store.clone(), self.key.clone(), self.upload.clone());
            runtime.spawn(async move { drop(store.throw_away(&key, &upload).await) });
        }
    }
}

fn place_of(store: &Store, key: &str) -> Place {
    store.places().of(Kind::of(key).unwrap_or(Kind::Tickets)).clone()
}

fn joined<T>(part: Option<Result<T, tokio::task::JoinError>>) -> Option<T> {
    part.map(|part| part.unwrap_or_else(|ended| std::panic::resume_unwind(ended.into_panic())))
}
