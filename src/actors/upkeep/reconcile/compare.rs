//! Comparing a page of the bucket's list with the rows of the same stretch.

use std::{
    collections::HashMap,
    time::{Instant, SystemTime},
};

use bytes::Bytes;
use md5::{Digest, Md5};
use serde_json::json;

use super::{Finding, ReconcileError, Report, Run, Walk, numbers::numbers_between};
use crate::{
    actors::invoice_object,
    db::{AuditEntry, ExpectedObject, NumberRange},
    domain::{InvoiceDraft, Stored},
    render::{Priority, invoice as render_invoice},
    store::{Location, StoreError, StoredObject},
};

/// Rows looked at together.
const ROWS: i64 = 1000;
const NUMBERS: i32 = 5000;
/// What changed while a page was on its way is not compared.
const FRESH_SECONDS: f64 = 5.0;
/// Contents read because of a tag that differs, before tags count as meaningless.
const TRIALS: u32 = 20;
const LARGEST: usize = 256 << 20;
/// More orphans than this on one page look like a mistake of somebody's: a bucket that belongs to others, a database of yesterday.
const MANY: usize = 50;

impl<P: FnMut(&Report)> Run<'_, P> {
    /// Compares the objects after one key and up to another with the rows of the same stretch.
    pub(super) async fn compare(
        &mut self,
        walk: &Walk,
        after: &str,
        to: Option<&str>,
        objects: Vec<(String, StoredObject)>,
        asked: Instant,
        ours: bool,
    ) -> Result<(), ReconcileError> {
        self.report.objects += objects.len() as u64;
        self.report.bytes += objects.iter().map(|(_, object)| object.bytes).sum::<u64>();
        let mut objects: HashMap<String, StoredObject> = objects.into_iter().collect();
        if walk.kinds.is_empty() {
            let mut after = after.to_owned();
            loop {
                let rows = self.tools.database.expected_invoices(&after, to, ROWS).await?;
                let Some(last) = rows.last().map(|row| row.key.clone()) else { break };
                self.compare_rows(rows, &mut objects, asked).await?;
                after = last;
            }
        } else {
            let mut stretches = Vec::new();
            for event in &self.events {
                let prefix = format!("{}{}-", walk.root, event.code);
                for (first, last) in numbers_between(&prefix, after, to) {
                    let last = last.min(event.last_number);
                    let pieces = (first..=last).step_by(usize::try_from(NUMBERS).unwrap_or(1));
                    stretches.extend(pieces.map(|first| NumberRange {
                        event: event.event,
                        first,
                        last: last.min(first.saturating_add(NUMBERS - 1)),
                    }));
                }
            }
            // So many numbers at a time, however few of them are taken: rows, not numbers, are kept in memory.
            for some in stretches.chunks(8) {
                let rows = self.tools.database.expected_documents(some, &walk.kinds).await?;
                let here =
                    |row: &ExpectedObject| row.key.as_str() > after && to.is_none_or(|to| row.key.as_str() <= to);
                self.compare_rows(rows.into_iter().filter(here).collect(), &mut objects, asked).await?;
            }
        }
        self.sort_out(&walk.place, objects, ours).await
    }

    /// Takes the objects that rows know out of `objects`, and notes what is not as the rows say.
    async fn compare_rows(
        &mut self,
        rows: Vec<ExpectedObject>,
        objects: &mut HashMap<String, StoredObject>,
        asked: Instant,
    ) -> Result<(), ReconcileError> {
        let mut lost = Vec::new();
        for row in rows {
            let object = objects.remove(&row.key);
            if !row.stored {
                continue;
            }
            self.report.rows += 1;
            if row.age_seconds < asked.elapsed().as_secs_f64() + FRESH_SECONDS {
                continue;
            }
            let finding = match self.judge_object(&row, object).await {
                Ok(Some(finding)) => finding,
                Ok(None) => continue,
                Err(error) if error.cause.is_general() => return Err(error.into()),
                Err(error) => {
                    tracing::warn!(%error, "an object cannot be compared");
                    continue;
                }
            };
            self.report.note(finding, &row.key);
            match (row.document, row.hash) {
                _ if !self.options.repair => {}
                (Some(document), Some(hash)) => lost.push((finding, (document, hash))),
                _ => {
                    let made = self.remake_invoice(&row.key).await?;
                    self.report.mend(finding, usize::from(made));
                }
            }
        }
        for finding in [Finding::Missing, Finding::Damaged] {
            let some: Vec<_> = lost.iter().filter(|(found, _)| *found == finding).map(|(_, file)| *file).collect();
            if !some.is_empty() {
                let promised = self.tools.database.mark_lost(&some, self.options.on_purpose).await?;
                self.report.mend(finding, promised);
            }
        }
        Ok(())
    }

    /// What is wrong with an object. A list may be behind: what it does not show as it should is asked for by its name.
    async fn judge_object(
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
            Some(object) if self.is_other(row, &object).await? => Some(Finding::Damaged),
            Some(_) => None,
        })
    }

    /// Whether an object of the right size has another content. Its tag says so; but some servers' tags say nothing, so what
    /// lies there is read.
    async fn is_other(&mut self, row: &ExpectedObject, object: &StoredObject) -> Result<bool, StoreError> {
        let (Some(known), Some(found)) = (&row.tag, &object.tag) else { return Ok(false) };
        if known == found || known.len() != 32 || self.in_vain >= TRIALS {
            return Ok(false);
        }
        let bytes = self.tools.store.get(&row.key, LARGEST).await?;
        let digest: String = Md5::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        let other = digest != *known;
        self.in_vain = if other { 0 } else { self.in_vain + 1 };
        Ok(other)
    }

    /// What no row knows, and has not for a while, is nobody's.
    async fn sort_out(
        &mut self,
        place: &Location,
        objects: HashMap<String, StoredObject>,
        ours: bool,
    ) -> Result<(), ReconcileError> {
        *self.unknown.entry(place.clone()).or_default() += objects.len() as u64;
        // Compared with the time this run began: whose rows were made since are not known here.
        let begun = self.begun;
        let old = |at: &Option<SystemTime>| {
            at.is_some_and(|at| begun.duration_since(at).is_ok_and(|age| age >= self.options.grace))
        };
        let mut orphans: Vec<_> =
            objects.into_iter().filter(|(_, object)| old(&object.modified)).map(|(key, _)| key).collect();
        orphans.sort_unstable();
        for key in &orphans {
            self.report.note(Finding::Orphan, key);
        }
        let too_many = orphans.len() > MANY && !self.options.on_purpose;
        if too_many {
            tracing::error!(orphans = orphans.len(), "too much belongs to nobody: `onsale storage check` shows it");
        }
        if !self.options.repair || !ours || orphans.is_empty() || too_many {
            return Ok(());
        }
        let detail = json!({ "bucket": place.bucket, "prefix": place.prefix, "keys": orphans });
        let entry =
            AuditEntry { actor: "reconciler", action: "storage.remove_orphans", organizer: None, event: None, detail };
        self.tools.database.audit(&entry).await?;
        for key in &orphans {
            self.tools.store.delete_in(place, key).await?;
        }
        self.report.mend(Finding::Orphan, orphans.len());
        Ok(())
    }

    /// Makes an invoice's object once more from what it was asked for, if that is understood.
    async fn remake_invoice(&self, key: &str) -> Result<bool, ReconcileError> {
        let Some(request) = self.tools.database.invoice_request(key).await? else { return Ok(false) };
        let draft: Option<InvoiceDraft> = serde_json::from_value(request).ok();
        let Some(invoice) = draft.and_then(|draft| draft.check().ok()) else {
            tracing::error!(key, "an invoice cannot be made again: its request is not understood");
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
