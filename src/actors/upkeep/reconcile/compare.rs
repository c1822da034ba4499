//! Compares one page of the bucket listing with the rows of the same range of keys.

use std::{
    collections::HashMap,
    time::{Instant, SystemTime},
};

use bytes::Bytes;
use md5::{Digest, Md5};
use serde_json::json;

use super::{Comparison, Finding, ListedPrefix, ReconcileError, Report, numbers::numbers_between};
use crate::{
    actors::invoice_object,
    db::{AuditEntry, ExpectedObject, ImportedFiles, NumberRange},
    domain::{InvoiceDraft, RegistrationId, Stored},
    render::{Priority, invoice as render_invoice},
    store::{Location, StoreError, StoredObject, is_own_key},
};

/// Maximum of invoices read at once.
const MAX_INVOICES: i64 = 1000;
/// Maximum of registration numbers in one range of a query, and of ranges in one query: this bounds the rows in memory.
const NUMBERS_PER_RANGE: i32 = 5000;
const RANGES_PER_QUERY: usize = 8;
/// Rows that changed later than this before the listing are not compared: the listing may be older than the change.
const MIN_AGE_SECONDS: f64 = 5.0;
/// Objects in a row with a different `ETag` but the right content, after which `ETag`s are ignored.
const MAX_MISLEADING_TAGS: u32 = 20;
/// Largest object whose content is read.
const MAX_OBJECT_BYTES: usize = 256 << 20;
/// More orphaned objects on one page look like a mistake: a bucket that others use, or a restored older database.
const MAX_ORPHANS_PER_PAGE: usize = 50;

impl<P: FnMut(&Report)> Comparison<'_, P> {
    /// Compares the objects of a page with the rows whose keys are greater than `after` and not greater than `to`.
    pub(super) async fn compare_page(
        &mut self,
        listed: &ListedPrefix,
        after: &str,
        to: Option<&str>,
        objects: Vec<(String, StoredObject)>,
        listed_at: Instant,
        is_owner: bool,
    ) -> Result<(), ReconcileError> {
        self.report.objects += objects.len() as u64;
        self.report.bytes += objects.iter().map(|(_, object)| object.bytes).sum::<u64>();
        let mut objects: HashMap<String, StoredObject> = objects.into_iter().collect();
        if listed.kinds.is_empty() {
            let mut after = after.to_owned();
            loop {
                let rows = self.tools.database.expected_invoices(&after, to, MAX_INVOICES).await?;
                let Some(last) = rows.last().map(|row| row.key.clone()) else { break };
                self.compare_rows(rows, &mut objects, listed_at).await?;
                after = last;
            }
        } else {
            let mut ranges = Vec::new();
            for event in &self.events {
                let prefix = format!("{}{}-", listed.prefix, event.code);
                for (first, last) in numbers_between(&prefix, after, to) {
                    let last = last.min(event.last_number);
                    let pieces = (first..=last).step_by(usize::try_from(NUMBERS_PER_RANGE).unwrap_or(1));
                    ranges.extend(pieces.map(|first| NumberRange {
                        event: event.event,
                        first,
                        last: last.min(first.saturating_add(NUMBERS_PER_RANGE - 1)),
                    }));
                }
            }
            for some_ranges in ranges.chunks(RANGES_PER_QUERY) {
                let rows = self.tools.database.expected_documents(some_ranges, &listed.kinds).await?;
                let in_range =
                    |row: &ExpectedObject| row.key.as_str() > after && to.is_none_or(|to| row.key.as_str() <= to);
                self.compare_rows(rows.into_iter().filter(in_range).collect(), &mut objects, listed_at).await?;
            }
        }
        self.handle_orphans(&listed.place, objects, is_owner).await
    }

    /// Removes the objects with a row from `objects`, and reports and repairs those that differ from their row.
    async fn compare_rows(
        &mut self,
        rows: Vec<ExpectedObject>,
        objects: &mut HashMap<String, StoredObject>,
        listed_at: Instant,
    ) -> Result<(), ReconcileError> {
        let mut to_repair = Vec::new();
        for row in rows {
            let object = objects.remove(&row.key);
            if !row.stored {
                continue;
            }
            self.report.rows += 1;
            if row.age_seconds < listed_at.elapsed().as_secs_f64() + MIN_AGE_SECONDS {
                continue;
            }
            let finding = match self.check_object(&row, object).await {
                Ok(Some(finding)) => finding,
                Ok(None) => continue,
                Err(error) if error.cause.is_general() => return Err(error.into()),
                Err(error) => {
                    tracing::warn!(%error, "an object cannot be compared");
                    continue;
                }
            };
            self.report.add_finding(finding, &row.key);
            match (row.document, row.hash) {
                _ if !self.options.repair => {}
                (Some(document), Some(hash)) => to_repair.push((finding, (document, hash))),
                _ => {
                    let restored = self.restore_invoice(&row.key).await?;
                    self.report.add_repaired(finding, usize::from(restored));
                }
            }
        }
        let imported = if self.options.by_operator { ImportedFiles::Replace } else { ImportedFiles::Keep };
        for finding in [Finding::Missing, Finding::Damaged] {
            let files: Vec<_> =
                to_repair.iter().filter(|(found, _)| *found == finding).map(|(_, file)| *file).collect();
            if !files.is_empty() {
                let pending = self.tools.database.mark_lost(&files, imported).await?;
                self.report.add_repaired(finding, pending);
            }
        }
        Ok(())
    }

    /// Returns the finding for a row; `None` if its object is right. A listing may be out of date, so an object that
    /// differs from its row is requested by its key.
    async fn check_object(
        &mut self,
        row: &ExpectedObject,
        listed: Option<StoredObject>,
    ) -> Result<Option<Finding>, StoreError> {
        let object = match listed {
            Some(object) if object.bytes == row.bytes => Some(object),
            _ => self.tools.store.head(&row.key).await?,
        };
        Ok(match object {
            None => Some(Finding::Missing),
            Some(object) if object.bytes != row.bytes => Some(Finding::Damaged),
            Some(object) if self.has_other_content(row, &object).await? => Some(Finding::Damaged),
            Some(_) => None,
        })
    }

    /// True if an object of the right size has another content. If its `ETag` differs from the row's, the content is
    /// read, because the `ETag`s of some S3 servers are no hashes.
    async fn has_other_content(&mut self, row: &ExpectedObject, object: &StoredObject) -> Result<bool, StoreError> {
        let (Some(expected), Some(found)) = (&row.tag, &object.tag) else { return Ok(false) };
        if expected == found || expected.len() != 32 || self.misleading_tags >= MAX_MISLEADING_TAGS {
            return Ok(false);
        }
        let bytes = self.tools.store.get(&row.key, MAX_OBJECT_BYTES).await?;
        let digest: String = Md5::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        let differs = digest != *expected;
        self.misleading_tags = if differs { 0 } else { self.misleading_tags + 1 };
        Ok(differs)
    }

    /// Reports objects with keys of our form, without a row, that are older than the grace time. Moves them to the trash
    /// if this database owns the place and has everything that its owner had, and if their metadata says that this
    /// program has written them.
    async fn handle_orphans(
        &mut self,
        place: &Location,
        objects: HashMap<String, StoredObject>,
        is_owner: bool,
    ) -> Result<(), ReconcileError> {
        *self.unknown.entry(place.clone()).or_default() += objects.len() as u64;
        let objects = objects.into_iter().filter(|(key, _)| is_own_key(key));
        // Ages count from the start of the comparison: objects stored since may have rows that were not read.
        let started_at = self.started_at;
        let is_old = |at: &Option<SystemTime>| {
            at.is_some_and(|at| started_at.duration_since(at).is_ok_and(|age| age >= self.options.orphan_grace))
        };
        let mut orphans: Vec<_> = objects.filter(|(_, object)| is_old(&object.modified)).map(|(key, _)| key).collect();
        orphans.sort_unstable();
        for key in &orphans {
            self.report.add_finding(Finding::Orphan, key);
        }
        let too_many = orphans.len() > MAX_ORPHANS_PER_PAGE && !self.options.by_operator;
        if too_many {
            tracing::error!(
                orphans = orphans.len(),
                "too many orphaned objects to remove; `onsale storage check` lists them"
            );
        }
        let is_behind = orphans.iter().any(|key| self.is_newer_than_the_database(key));
        if is_behind {
            tracing::error!(
                "an object belongs to a registration that the database does not have yet: it was restored from a backup"
            );
        }
        if !self.options.repair || !is_owner || orphans.is_empty() || too_many || is_behind {
            return Ok(());
        }
        let ours = self.written_by_us(place, orphans).await?;
        if ours.is_empty() {
            return Ok(());
        }
        let detail = json!({ "bucket": place.bucket, "prefix": place.prefix, "keys": ours });
        let entry =
            AuditEntry { actor: "reconciler", action: "storage.remove_orphans", organizer: None, event: None, detail };
        self.tools.database.audit(&entry).await?;
        let mut moved = 0;
        for key in &ours {
            match self.tools.store.move_to_trash(place, key).await {
                Ok(()) => moved += 1,
                Err(error) if error.cause.is_general() => return Err(error.into()),
                Err(error) => tracing::warn!(%error, "an orphaned object was not moved to the trash"),
            }
        }
        self.report.add_repaired(Finding::Orphan, moved);
        Ok(())
    }

    /// Returns those of the objects that this program has written, by their metadata. If an operator has seen the list of
    /// keys, all of them.
    async fn written_by_us(&self, place: &Location, keys: Vec<String>) -> Result<Vec<String>, StoreError> {
        if self.options.by_operator {
            return Ok(keys);
        }
        let mut ours = Vec::with_capacity(keys.len());
        for key in keys {
            match self.tools.store.is_written_by_us(place, &key).await {
                Ok(true) => ours.push(key),
                Ok(false) => tracing::warn!(
                    key,
                    "an object has a key like ours, but its metadata does not say that it is ours: it was left there. \
                     `onsale storage check --repair` moves it to the trash"
                ),
                Err(error) if error.cause.is_general() => return Err(error),
                Err(error) => tracing::warn!(%error, "an orphaned object was not looked at"),
            }
        }
        Ok(ours)
    }

    /// True if a key belongs to a registration with a higher number than any that its event has had.
    fn is_newer_than_the_database(&self, key: &str) -> bool {
        let id = key.split('/').nth(1).map(|id| id.trim_end_matches(".pdf"));
        let Some(id) = id.and_then(|id| id.parse::<RegistrationId>().ok()) else { return false };
        self.events.iter().any(|event| event.code == id.code.as_str() && event.last_number < id.number)
    }

    /// Renders and stores an invoice again from its request. Returns false if the request cannot be read.
    async fn restore_invoice(&self, key: &str) -> Result<bool, ReconcileError> {
        let Some(request) = self.tools.database.invoice_request(key).await? else { return Ok(false) };
        let draft: Option<InvoiceDraft> = serde_json::from_value(request).ok();
        let Some(invoice) = draft.and_then(|draft| draft.check().ok()) else {
            tracing::error!(key, "an invoice cannot be restored: its request is not valid");
            return Ok(false);
        };
        let library = self.tools.plans.library().clone();
        let work = move || render_invoice(&library, &invoice);
        let rendered = self.tools.pool.run(Priority::Bulk, work).await?;
        let bytes = Bytes::from(rendered.bytes);
        let tag = self.tools.store.put(invoice_object(key, rendered.hash, bytes.clone())).await?;
        let length = i32::try_from(bytes.len()).unwrap_or(i32::MAX);
        let stored = Stored { key: key.to_owned(), hash: rendered.hash, bytes: length, tag };
        self.tools.database.mark_invoice_replaced(&stored).await?;
        Ok(true)
    }
}
