//! Compares what should lie in storage with what does, a page of the bucket's list at a time, and puts right what differs: what
//! is missing, damaged or stale is promised anew, what belongs to nobody is removed after a grace time.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use bytes::Bytes;
use md5::{Digest, Md5};
use serde_json::json;

use super::{Surge, uploader::invoice_object};
use crate::{
    db::{AuditEntry, Catalog, Database, DbError, EventCodeRow, EventName, Expected, Numbers, Suspect},
    domain::{ContentHash, DocumentKind, DocumentRef, EventSetup, InvoiceDraft, Registration, RegistrationRef, Stored},
    metrics::RECONCILED,
    render::{Plans, Priority, RegistrationFile, RenderError, RenderPool, invoice as render_invoice},
    store::{Kind, Object, Page, Place, Store, StoreError},
};

/// Something that is not as it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Finding {
    /// A row says that an object lies there, and none does.
    Missing,
    /// An object has another size or content than it was put with.
    Damaged,
    /// A file was overtaken by a change of its event.
    Stale,
    /// An object that no row knows, older than the grace time.
    Orphan,
    /// Parts of an upload that nobody finished.
    LeftOver,
}

impl Finding {
    /// Every finding there is.
    pub const ALL: [Self; 5] = [Self::Missing, Self::Damaged, Self::Stale, Self::Orphan, Self::LeftOver];

    /// Its name in reports and metrics.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Damaged => "damaged",
            Self::Stale => "stale",
            Self::Orphan => "orphan",
            Self::LeftOver => "left_over",
        }
    }
}

/// What was found, and done about it.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// Objects seen.
    pub objects: u64,
    pub bytes: u64,
    /// Rows that say that an object lies there.
    pub rows: u64,
    found: HashMap<Finding, u64>,
    repaired: HashMap<Finding, u64>,
    /// Some of what was found, by key.
    pub examples: Vec<(Finding, String)>,
    /// Places that belong to another database, or to nobody and hold what no row knows: nothing is removed there.
    pub strangers: Vec<Place>,
}

/// Examples kept of what was found.
const EXAMPLES: usize = 100;

impl Report {
    /// How often this was found.
    pub fn found(&self, finding: Finding) -> u64 {
        self.found.get(&finding).copied().unwrap_or(0)
    }

    /// How often it was put right.
    pub fn repaired(&self, finding: Finding) -> u64 {
        self.repaired.get(&finding).copied().unwrap_or(0)
    }

    /// Whether everything is as it should be, or was put right.
    pub fn is_clean(&self) -> bool {
        Finding::ALL.iter().all(|finding| self.found(*finding) == self.repaired(*finding)) && self.strangers.is_empty()
    }

    fn note(&mut self, finding: Finding, key: &str) {
        *self.found.entry(finding).or_default() += 1;
        metrics::counter!(RECONCILED, "finding" => finding.name()).increment(1);
        if self.examples.len() < EXAMPLES {
            self.examples.push((finding, key.to_owned()));
        }
    }

    fn mend(&mut self, finding: Finding, count: usize) {
        *self.repaired.entry(finding).or_default() += count as u64;
    }
}

/// Why a comparison ended early.
#[derive(Debug, thiserror::Error)]
pub enum ReconcileError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Database(#[from] DbError),
    #[error(transparent)]
    Event(#[from] Arc<DbError>),
    #[error("rendering: {0}")]
    Render(#[from] RenderError),
    #[error("the render pool is full")]
    Full,
}

/// What to do with what is found.
#[derive(Debug, Clone, Copy)]
pub struct Repair {
    pub repair: bool,
    /// How old an object must be before it counts as nobody's.
    pub grace: Duration,
    /// Whether somebody has said so just now: then also what looks like a mistake is put right, such as a bucket full of what
    /// nobody knows, or another program's files that are all gone.
    pub on_purpose: bool,
}

/// Compares.
#[derive(Clone)]
pub struct Reconciler {
    pub database: Database,
    pub store: Store,
    pub catalog: Catalog,
    pub plans: Plans,
    pub pool: RenderPool,
    /// What it gives way to.
    pub surge: Option<Surge>,
}

/// A part of a bucket, and which rows say what should lie in it.
struct Walk {
    place: Place,
    root: &'static str,
    /// No kinds: invoices.
    kinds: Vec<DocumentKind>,
}

/// Rows looked at together.
const ROWS: i64 = 1000;
const NUMBERS: i32 = 5000;
const SUSPECTS: i64 = 500;
/// What changed while a page was on its way is not compared.
const FRESH_SECONDS: f64 = 5.0;
/// Contents read because of a tag that differs, before tags count as meaningless.
const TRIALS: u32 = 20;
const LARGEST: usize = 256 << 20;
/// More orphans than this on one page look like a mistake of somebody's: a bucket that belongs to others, a database of yesterday.
const MANY: usize = 50;

/// One comparison.
struct Run<'a, P> {
    tools: &'a Reconciler,
    options: Repair,
    events: Vec<EventCodeRow>,
    report: Report,
    progress: P,
    begun: SystemTime,
    /// Objects that no row knows, of whatever age, by place.
    unknown: BTreeMap<Place, u64>,
    /// Where this database may clean up.
    ours: BTreeSet<Place>,
    /// Contents that were right although their tags were not, in a row.
    in_vain: u32,
}

impl Reconciler {
    /// Compares everything. `progress` is told after each step.
    pub async fn run(&self, options: Repair, progress: impl FnMut(&Report)) -> Result<Report, ReconcileError> {
        let events = self.database.event_codes().await?;
        let (report, begun) = (Report::default(), self.store.now());
        let (unknown, ours) = (BTreeMap::new(), BTreeSet::new());
        let mut run = Run { tools: self, options, events, report, progress, begun, unknown, ours, in_vain: 0 };
        let house = self.database.house().await?;
        let mut owners = BTreeMap::new();
        for walk in self.walks() {
            let owner = match owners.get(&walk.place) {
                Some(owner) => Option::clone(owner),
                None => self.store.owner(&walk.place).await?,
            };
            run.walk(&walk, owner.as_ref() == Some(&house)).await?;
            owners.insert(walk.place, owner);
        }
        for (place, owner) in owners {
            match owner {
                Some(owner) if owner == house => drop(run.ours.insert(place)),
                // Where everything that lies there is ours, the place is too.
                None if run.unknown.get(&place).is_none_or(|unknown| *unknown == 0) => {
                    if options.repair {
                        self.store.take_over(&place, &house).await?;
                        run.ours.insert(place);
                    }
                }
                None if run.report.found(Finding::Orphan) == 0 => {}
                _ => run.report.strangers.push(place),
            }
        }
        run.look_for_stale().await?;
        run.look_for_left_overs().await?;
        Ok(run.report)
    }

    /// Takes over every place of this configuration: from now on this database decides what belongs there.
    pub async fn adopt(&self) -> Result<(), ReconcileError> {
        let house = self.database.house().await?;
        for walk in self.walks() {
            self.store.take_over(&walk.place, &house).await?;
        }
        Ok(())
    }

    fn walks(&self) -> Vec<Walk> {
        let places = self.store.places();
        let place_of = |kind| places.of(kind).clone();
        let tickets = Walk { place: place_of(Kind::Tickets), root: "tickets/", kinds: vec![DocumentKind::Tickets] };
        let invoices = Walk { place: place_of(Kind::Invoices), root: "invoices/", kinds: Vec::new() };
        let below = [
            (Kind::Tickets, DocumentKind::Ticket),
            (Kind::Codes, DocumentKind::Code),
            (Kind::Confirmations, DocumentKind::Confirmation),
        ];
        let distinct: BTreeSet<Place> = below.iter().map(|(kind, _)| place_of(*kind)).collect();
        let registrations = distinct.into_iter().map(|place| {
            let kinds = below.iter().filter(|(kind, _)| place_of(*kind) == place).map(|(_, document)| *document);
            Walk { kinds: kinds.collect(), place, root: "registrations/" }
        });
        [tickets, invoices].into_iter().chain(registrations).collect()
    }
}

impl<P: FnMut(&Report)> Run<'_, P> {
    async fn walk(&mut self, walk: &Walk, ours: bool) -> Result<(), ReconcileError> {
        let (mut after, mut from) = (String::new(), None);
        loop {
            self.give_way().await;
            let asked = Instant::now();
            let Page { objects, next } = self.tools.store.list(&walk.place, walk.root, from.as_deref()).await?;
            let to = objects.last().filter(|_| next.is_some()).map(|(key, _)| key.clone());
            if to.is_some() || next.is_none() {
                self.compare(walk, &after, to.as_deref(), objects, asked, ours).await?;
                after = to.unwrap_or_default();
            }
            (self.progress)(&self.report);
            from = next;
            if from.is_none() {
                return Ok(());
            }
        }
    }

    async fn give_way(&self) {
        while self.tools.surge.as_ref().is_some_and(Surge::is_on) {
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }

    /// Compares the objects after one key and up to another with the rows of the same stretch.
    async fn compare(
        &mut self,
        walk: &Walk,
        after: &str,
        to: Option<&str>,
        objects: Vec<(String, Object)>,
        asked: Instant,
        ours: bool,
    ) -> Result<(), ReconcileError> {
        self.report.objects += objects.len() as u64;
        self.report.bytes += objects.iter().map(|(_, object)| object.bytes).sum::<u64>();
        let mut objects: HashMap<String, Object> = objects.into_iter().collect();
        if walk.kinds.is_empty() {
            let mut after = after.to_owned();
            loop {
                let rows = self.tools.database.invoices_between(&after, to, ROWS).await?;
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
                    stretches.extend(pieces.map(|first| Numbers {
                        event: event.event,
                        first,
                        last: last.min(first.saturating_add(NUMBERS - 1)),
                    }));
                }
            }
            // So many numbers at a time, however few of them are taken: rows, not numbers, are kept in memory.
            for some in stretches.chunks(8) {
                let rows = self.tools.database.documents_between(some, &walk.kinds).await?;
                let here = |row: &Expected| row.key.as_str() > after && to.is_none_or(|to| row.key.as_str() <= to);
                self.compare_rows(rows.into_iter().filter(here).collect(), &mut objects, asked).await?;
            }
        }
        self.sort_out(&walk.place, objects, ours).await
    }

    /// Takes the objects that rows know out of `objects`, and notes what is not as the rows say.
    async fn compare_rows(
        &mut self,
        rows: Vec<Expected>,
        objects: &mut HashMap<String, Object>,
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
    async fn judge_object(&mut self, row: &Expected, listed: Option<Object>) -> Result<Option<Finding>, StoreError> {
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
    async fn is_other(&mut self, row: &Expected, object: &Object) -> Result<bool, StoreError> {
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
        place: &Place,
        objects: HashMap<String, Object>,
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
        let rendered = self.tools.pool.run(Priority::Bulk, work).await.map_err(|_| ReconcileError::Full)??;
        let bytes = Bytes::from(rendered.bytes);
        let tag = self.tools.store.put(invoice_object(key, rendered.hash, bytes.clone())).await?;
        let length = i32::try_from(bytes.len()).unwrap_or(i32::MAX);
        let stored = Stored { key: key.to_owned(), hash: rendered.hash, bytes: length, tag };
        self.tools.database.invoice_replaced(&stored).await?;
        Ok(true)
    }

    /// Files that were made before their event's last change, if the change shows on them.
    async fn look_for_stale(&mut self) -> Result<(), ReconcileError> {
        for row in std::mem::take(&mut self.events) {
            let Some(setup) = self.tools.catalog.find(EventName::Key(row.event)).await? else { continue };
            let mut from = 0;
            loop {
                self.give_way().await;
                let revision = setup.event.revision;
                let mut some = self.tools.database.old_revisions(row.event, revision, from, SUSPECTS).await?;
                let full = i64::try_from(some.len()) == Ok(SUSPECTS);
                let Some(last) = some.last().map(|suspect| suspect.document.registration.number) else { break };
                if full {
                    // Its other files come with the next.
                    some.retain(|suspect| suspect.document.registration.number < last);
                }
                from = if full { last } else { last.saturating_add(1) };
                self.judge(&setup, some).await?;
                (self.progress)(&self.report);
                if !full {
                    break;
                }
            }
        }
        Ok(())
    }

    async fn judge(&mut self, setup: &Arc<EventSetup>, suspects: Vec<Suspect>) -> Result<(), ReconcileError> {
        let mut numbers: Vec<_> = suspects.iter().map(|suspect| suspect.document.registration.number).collect();
        numbers.dedup();
        let registrations = self.tools.database.registrations(setup.event.key, &numbers).await?;
        let by_reference: HashMap<RegistrationRef, Registration> =
            registrations.into_iter().map(|registration| (registration.reference, registration)).collect();
        let (plans, own) = (self.tools.plans.clone(), setup.clone());
        let work = move || {
            let plan = plans.of(&own).map_err(|error| RenderError::Plan(error.to_string()))?;
            let is_stale = |suspect: &Suspect| {
                let DocumentRef { registration, kind, part } = suspect.document;
                let made_at = suspect.promised_at;
                let Some(registration) = by_reference.get(&registration) else { return false };
                let file = RegistrationFile { setup: &own, registration, kind, part, made_at };
                file.hash(&plan).is_ok_and(|hash| hash != suspect.hash)
            };
            Ok(suspects.into_iter().partition::<Vec<_>, _>(is_stale))
        };
        let judged = self.tools.pool.run(Priority::Bulk, work).await.map_err(|_| ReconcileError::Full)?;
        let (stale, current) = judged?;
        let files = |suspects: &[Suspect]| -> Vec<(DocumentRef, ContentHash)> {
            suspects.iter().map(|suspect| (suspect.document, suspect.hash)).collect()
        };
        for suspect in &stale {
            let DocumentRef { registration, kind, .. } = suspect.document;
            let name = format!("{}-{:04} ({})", setup.event.code, registration.number, kind.name());
            self.report.note(Finding::Stale, &name);
        }
        if self.options.repair {
            if !stale.is_empty() {
                let promised = self.tools.database.mark_lost(&files(&stale), false).await?;
                self.report.mend(Finding::Stale, promised);
            }
            if !current.is_empty() {
                self.tools.database.mark_current(&files(&current), setup.event.revision).await?;
            }
        }
        Ok(())
    }

    /// Parts of uploads that nobody finished.
    async fn look_for_left_overs(&mut self) -> Result<(), ReconcileError> {
        let places: BTreeSet<Place> =
            Kind::ALL.iter().map(|kind| self.tools.store.places().of(*kind).clone()).collect();
        for place in places {
            let left = match self.tools.store.left_over(&place).await {
                Ok(left) => left,
                Err(error) => {
                    // Not every server tells.
                    tracing::debug!(%error, "uploads that nobody finished are not listed");
                    continue;
                }
            };
            let now = self.tools.store.now();
            for upload in left {
                let age = upload.begun.and_then(|begun| now.duration_since(begun).ok());
                if age.is_none_or(|age| age < self.options.grace) || Kind::of(&upload.key).is_none() {
                    continue;
                }
                self.report.note(Finding::LeftOver, &upload.key);
                if self.options.repair && self.ours.contains(&place) {
                    self.tools.store.abort(&place, &upload.key, &upload.upload).await?;
                    self.report.mend(Finding::LeftOver, 1);
                }
            }
        }
        Ok(())
    }
}

/// Which registrations may have keys after one key and up to another. Numbers are written with at least four digits, so that
/// within one length they are in the order of their keys, and lengths lie between each other.
fn numbers_between(prefix: &str, after: &str, to: Option<&str>) -> Vec<(i32, i32)> {
    // Most events lie before the stretch, or behind it.
    if to.is_some_and(|to| prefix > to) || (prefix < after && !after.starts_with(prefix)) {
        return Vec::new();
    }
    let begin = |number: i64| format!("{prefix}{number:04}");
    // Behind every key of this number: what follows it is a dot or a slash.
    let end = |number: i64| format!("{prefix}{number:04}:");
    let mut ranges = Vec::new();
    for digits in 4..=10 {
        let low = if digits == 4 { 1 } else { 10_i64.pow(digits - 1) };
        let high = (10_i64.pow(digits) - 1).min(i64::from(i32::MAX));
        let first = low + first_that(high - low + 1, |step| end(low + step).as_str() > after);
        let past = low + first_that(high - low + 1, |step| to.is_some_and(|to| begin(low + step).as_str() > to));
        if let (Ok(first), Ok(last)) = (i32::try_from(first), i32::try_from(past - 1))
            && first <= last
        {
            ranges.push((first, last));
        }
    }
    ranges
}

/// The first of `count` steps that `holds`, which all after it do too; `count` if none does.
fn first_that(count: i64, holds: impl Fn(i64) -> bool) -> i64 {
    let (mut low, mut high) = (0, count);
    while low < high {
        let middle = low + (high - low) / 2;
        if holds(middle) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    low
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_key_of_a_stretch_is_in_its_numbers(number in 1..2_000_000_i32, ends in any::<[u32; 2]>()) {
            let key = |number: u32| format!("tickets/GDN-{:04}.pdf", number % 2_000_000 + 1);
            let mut ends = ends.map(key);
            ends.sort();
            let [after, to] = ends;
            let mine = format!("tickets/GDN-{number:04}.pdf");
            let ranges = numbers_between("tickets/GDN-", &after, Some(&to));
            let within = ranges.iter().any(|(first, last)| (*first..=*last).contains(&number));
            let lies_there = mine > after && mine <= to;
            prop_assert!(within || !lies_there, "{mine} in ({after}, {to}]: {ranges:?}");
            // And hardly more than that.
            let near = mine.as_str() >= after.as_str() && mine <= to;
            prop_assert!(!within || near || mine.starts_with(to.trim_end_matches(".pdf")), "{mine} in ({after}, {to}]");
        }
    }

    #[test]
    fn a_whole_list_is_all_numbers_and_a_page_is_few() {
        let all = numbers_between("tickets/GDN-", "", None);
        assert_eq!((all[0], all.last().unwrap().1), ((1, 9999), i32::MAX));
        let page = numbers_between("tickets/GDN-", "tickets/GDN-1000.pdf", Some("tickets/GDN-1001.pdf"));
        assert_eq!(page[0], (1000, 1001));
        assert_eq!(page[1], (10_000, 10_009));
        assert!(numbers_between("tickets/AAA-", "tickets/GDN-1000.pdf", None).is_empty());
        assert!(numbers_between("tickets/ZZZ-", "", Some("tickets/GDN-1000.pdf")).is_empty());
    }
}
