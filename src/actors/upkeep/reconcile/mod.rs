//! Compares what should lie in storage with what does, a page of the bucket's list at a time, and puts right what differs: what
//! is missing, damaged or stale is promised anew, what belongs to nobody is removed after a grace time.

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
    store::{Location, ObjectKind, ObjectPage, Store, StoreError},
};

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
    pub catalog: EventCache,
    pub plans: PlanCache,
    pub pool: RenderPool,
    /// What it gives way to.
    pub surge: Option<Surge>,
}

/// A part of a bucket, and which rows say what should lie in it.
struct Walk {
    place: Location,
    root: &'static str,
    /// No kinds: invoices.
    kinds: Vec<DocumentKind>,
}

/// One comparison.
struct Run<'a, P> {
    tools: &'a Reconciler,
    options: Repair,
    events: Vec<EventCodeRow>,
    report: Report,
    progress: P,
    begun: SystemTime,
    /// Objects that no row knows, of whatever age, by place.
    unknown: BTreeMap<Location, u64>,
    /// Where this database may clean up.
    ours: BTreeSet<Location>,
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
        let installation_id = self.database.installation_id().await?;
        let mut owners = BTreeMap::new();
        for walk in self.walks() {
            let owner = match owners.get(&walk.place) {
                Some(owner) => Option::clone(owner),
                None => self.store.owner(&walk.place).await?,
            };
            run.walk(&walk, owner.as_ref() == Some(&installation_id)).await?;
            owners.insert(walk.place, owner);
        }
        for (place, owner) in owners {
            match owner {
                Some(owner) if owner == installation_id => drop(run.ours.insert(place)),
                // Where everything that lies there is ours, the place is too.
                None if run.unknown.get(&place).is_none_or(|unknown| *unknown == 0) => {
                    if options.repair {
                        self.store.set_owner(&place, &installation_id).await?;
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
        let installation_id = self.database.installation_id().await?;
        for walk in self.walks() {
            self.store.set_owner(&walk.place, &installation_id).await?;
        }
        Ok(())
    }

    fn walks(&self) -> Vec<Walk> {
        let places = self.store.places();
        let place_of = |kind| places.of(kind).clone();
        let tickets =
            Walk { place: place_of(ObjectKind::Tickets), root: "tickets/", kinds: vec![DocumentKind::Tickets] };
        let invoices = Walk { place: place_of(ObjectKind::Invoices), root: "invoices/", kinds: Vec::new() };
        let below = [
            (ObjectKind::Tickets, DocumentKind::Ticket),
            (ObjectKind::Codes, DocumentKind::Code),
            (ObjectKind::Confirmations, DocumentKind::Confirmation),
        ];
        let distinct: BTreeSet<Location> = below.iter().map(|(kind, _)| place_of(*kind)).collect();
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
            let ObjectPage { objects, next } = self.tools.store.list(&walk.place, walk.root, from.as_deref()).await?;
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

    /// Parts of uploads that nobody finished.
    async fn look_for_left_overs(&mut self) -> Result<(), ReconcileError> {
        let places: BTreeSet<Location> =
            ObjectKind::ALL.iter().map(|kind| self.tools.store.places().of(*kind).clone()).collect();
        for place in places {
            let left = match self.tools.store.unfinished_uploads(&place).await {
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
                if age.is_none_or(|age| age < self.options.grace) || ObjectKind::of(&upload.key).is_none() {
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
