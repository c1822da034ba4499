//! Compares storage with the database, one page of the bucket listing at a time, and repairs differences: missing,
//! damaged and stale files are set back to pending, orphaned objects are removed after a grace time.

mod compare;
mod numbers;
mod report;
mod stale;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

pub use report::{Finding, Report};

use crate::{
    actors::Surge,
    db::{Database, DbError, EventCache, EventCodeRow},
    domain::DocumentKind,
    render::{PlanCache, RenderError, RenderPool},
    store::{Location, ObjectKind, ObjectPage, Store, StoreError, TRASH},
};

/// Interval at which a paused comparison checks if the surge is over.
const SURGE_POLL_INTERVAL: Duration = Duration::from_millis(200);

/// Error that ended a comparison.
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
}

/// Options of a comparison.
#[derive(Debug, Clone, Copy)]
pub struct ReconcileOptions {
    /// True to repair findings, false to report them only.
    pub repair: bool,
    /// Minimum age of an orphaned object.
    pub orphan_grace: Duration,
    /// True if an operator started the comparison: then findings that look like a mistake are repaired too, such as a
    /// bucket full of unknown objects, or missing imported files.
    pub by_operator: bool,
}

/// Compares storage with the database.
#[derive(Clone)]
pub struct Reconciler {
    pub database: Database,
    pub store: Store,
    pub catalog: EventCache,
    pub plans: PlanCache,
    pub pool: RenderPool,
    /// The comparison pauses during a surge.
    pub surge: Option<Surge>,
}

/// A key prefix in a place, and the kinds of documents whose objects have this prefix.
struct ListedPrefix {
    place: Location,
    prefix: &'static str,
    /// Empty for invoices.
    kinds: Vec<DocumentKind>,
}

/// A running comparison.
struct Comparison<'a, P> {
    tools: &'a Reconciler,
    options: ReconcileOptions,
    events: Vec<EventCodeRow>,
    report: Report,
    progress: P,
    started_at: SystemTime,
    /// Number of objects without a row, of any age, by place.
    unknown: BTreeMap<Location, u64>,
    /// Places that this database owns: only there are objects removed.
    own_places: BTreeSet<Location>,
    /// Objects in a row whose `ETag` differed although their content was right.
    misleading_tags: u32,
}

impl Reconciler {
    /// Compares all objects with their rows. Calls `progress` after each page.
    pub async fn run(
        &self,
        options: ReconcileOptions,
        progress: impl FnMut(&Report),
    ) -> Result<Report, ReconcileError> {
        let events = self.database.event_codes().await?;
        let (report, started_at) = (Report::default(), self.store.now());
        let (unknown, own_places) = (BTreeMap::new(), BTreeSet::new());
        let mut comparison = Comparison {
            tools: self,
            options,
            events,
            report,
            progress,
            started_at,
            unknown,
            own_places,
            misleading_tags: 0,
        };
        let installation_id = self.database.installation_id().await?;
        let mut owners = BTreeMap::new();
        for listed in self.listed_prefixes() {
            let owner = match owners.get(&listed.place) {
                Some(owner) => Option::clone(owner),
                None => self.store.owner(&listed.place).await?,
            };
            let is_owner = owner.as_ref() == Some(&installation_id);
            let may_remove = is_owner && options.repair && self.is_not_behind(&listed.place).await?;
            comparison.compare_prefix(&listed, may_remove).await?;
            owners.insert(listed.place, owner);
        }
        for (place, owner) in owners {
            match owner {
                Some(owner) if owner == installation_id => {
                    if options.repair && self.is_not_behind(&place).await? {
                        self.raise_high_water_mark(&place).await?;
                        comparison.own_places.insert(place);
                    }
                }
                // A place without an owner and without unknown objects becomes this database's.
                None if comparison.unknown.get(&place).is_none_or(|unknown| *unknown == 0) => {
                    if options.repair {
                        self.store.set_owner(&place, &installation_id).await?;
                        comparison.own_places.insert(place);
                    }
                }
                None if comparison.report.found(Finding::Orphan) == 0 => {}
                _ => comparison.report.foreign_places.push(place),
            }
        }
        comparison.check_stale_files().await?;
        comparison.check_abandoned_uploads().await?;
        Ok(comparison.report)
    }

    /// True unless the database lacks the audit entry that its place was marked with: then an older state of the database
    /// was restored, and objects without a row may belong to rows that are missing.
    async fn is_not_behind(&self, place: &Location) -> Result<bool, ReconcileError> {
        let Some(mark) = self.store.high_water_mark(place).await? else { return Ok(true) };
        let has_mark = self.database.has_audit_mark(&mark).await?;
        if !has_mark {
            tracing::error!(
                bucket = place.bucket,
                prefix = place.prefix,
                "the database lacks entries that it had before: it was restored from a backup. No orphaned objects are removed; \
                 after a check, `onsale storage adopt` allows it again"
            );
        }
        Ok(has_mark)
    }

    async fn raise_high_water_mark(&self, place: &Location) -> Result<(), ReconcileError> {
        let newest = self.database.newest_audit_mark().await?;
        match newest {
            Some(mark) if self.store.high_water_mark(place).await?.as_ref() != Some(&mark) => {
                Ok(self.store.set_high_water_mark(place, &mark).await?)
            }
            _ => Ok(()),
        }
    }

    /// Makes this database the owner of every configured place: only the owner removes orphaned objects.
    pub async fn adopt(&self) -> Result<(), ReconcileError> {
        let installation_id = self.database.installation_id().await?;
        for listed in self.listed_prefixes() {
            self.store.set_owner(&listed.place, &installation_id).await?;
            self.raise_high_water_mark(&listed.place).await?;
        }
        Ok(())
    }

    /// Deletes the objects in the trash of this database's places that are older than `days`. Returns their number.
    pub async fn empty_trash(&self, days: u32) -> Result<u64, ReconcileError> {
        let (installation_id, max_age) = (self.database.installation_id().await?, Duration::from_secs(86_400) * days);
        let places: BTreeSet<Location> = self.listed_prefixes().into_iter().map(|listed| listed.place).collect();
        let mut deleted = 0;
        for place in places {
            let is_owner = self.store.owner(&place).await?.as_ref() == Some(&installation_id);
            if !is_owner || !self.is_not_behind(&place).await? {
                continue;
            }
            let mut from = None;
            loop {
                let ObjectPage { objects, next } = self.store.list(&place, TRASH, from.as_deref()).await?;
                let now = self.store.now();
                for (key, object) in objects {
                    let age = object.modified.and_then(|at| now.duration_since(at).ok());
                    if age.is_none_or(|age| age < max_age) {
                        continue;
                    }
                    match self.store.delete_in(&place, &key).await {
                        Ok(()) => deleted += 1,
                        Err(error) if error.cause.is_general() => return Err(error.into()),
                        Err(error) => tracing::warn!(%error, "an object was not deleted from the trash"),
                    }
                }
                from = next;
                if from.is_none() {
                    break;
                }
            }
        }
        Ok(deleted)
    }

    fn listed_prefixes(&self) -> Vec<ListedPrefix> {
        let places = self.store.places();
        let place_of = |kind| places.of(kind).clone();
        let tickets = ListedPrefix {
            place: place_of(ObjectKind::Tickets),
            prefix: "tickets/",
            kinds: vec![DocumentKind::Tickets],
        };
        let invoices = ListedPrefix { place: place_of(ObjectKind::Invoices), prefix: "invoices/", kinds: Vec::new() };
        let per_registration = [
            (ObjectKind::Tickets, DocumentKind::Ticket),
            (ObjectKind::Codes, DocumentKind::Code),
            (ObjectKind::Confirmations, DocumentKind::Confirmation),
        ];
        let distinct: BTreeSet<Location> = per_registration.iter().map(|(kind, _)| place_of(*kind)).collect();
        let registrations = distinct.into_iter().map(|place| {
            let kinds =
                per_registration.iter().filter(|(kind, _)| place_of(*kind) == place).map(|(_, document)| *document);
            ListedPrefix { kinds: kinds.collect(), place, prefix: "registrations/" }
        });
        [tickets, invoices].into_iter().chain(registrations).collect()
    }
}

impl<P: FnMut(&Report)> Comparison<'_, P> {
    /// Compares all objects with a prefix, page by page.
    async fn compare_prefix(&mut self, listed: &ListedPrefix, is_owner: bool) -> Result<(), ReconcileError> {
        let (mut after, mut from) = (String::new(), None);
        loop {
            self.wait_for_surge_end().await;
            let listed_at = Instant::now();
            let ObjectPage { objects, next } =
                self.tools.store.list(&listed.place, listed.prefix, from.as_deref()).await?;
            let to = objects.last().filter(|_| next.is_some()).map(|(key, _)| key.clone());
            if to.is_some() || next.is_none() {
                self.compare_page(listed, &after, to.as_deref(), objects, listed_at, is_owner).await?;
                after = to.unwrap_or_default();
            }
            (self.progress)(&self.report);
            from = next;
            if from.is_none() {
                return Ok(());
            }
        }
    }

    async fn wait_for_surge_end(&self) {
        while self.tools.surge.as_ref().is_some_and(Surge::is_on) {
            tokio::time::sleep(SURGE_POLL_INTERVAL).await;
        }
    }

    /// Finds multipart uploads that were never completed, and aborts them.
    async fn check_abandoned_uploads(&mut self) -> Result<(), ReconcileError> {
        let places: BTreeSet<Location> =
            ObjectKind::ALL.iter().map(|kind| self.tools.store.places().of(*kind).clone()).collect();
        for place in places {
            let uploads = match self.tools.store.unfinished_uploads(&place).await {
                Ok(uploads) => uploads,
                Err(error) => {
                    // Not every S3 server can list them.
                    tracing::debug!(%error, "storage does not list unfinished uploads");
                    continue;
                }
            };
            let now = self.tools.store.now();
            for upload in uploads {
                let age = upload.begun.and_then(|begun| now.duration_since(begun).ok());
                if age.is_none_or(|age| age < self.options.orphan_grace) || ObjectKind::of(&upload.key).is_none() {
                    continue;
                }
                self.report.add_finding(Finding::AbandonedUpload, &upload.key);
                if self.options.repair && self.own_places.contains(&place) {
                    self.tools.store.abort(&place, &upload.key, &upload.upload).await?;
                    self.report.add_repaired(Finding::AbandonedUpload, 1);
                }
            }
        }
        Ok(())
    }
}
