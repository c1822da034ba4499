//! The regenerator makes an event's files anew: those of a chunk of registrations, as far as they are not as they would be made now.

use std::{
    collections::{BTreeMap, HashMap},
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    time::Duration,
};

use jiff::Timestamp;
use tokio::sync::mpsc;

use super::{Inbox, LeaseKeeper, Make, Outcome, Renderer, Tell, Throttle};
use crate::{
    db::{Catalog, Chunk, ChunkOutcome, Claim, Database, DbError, EventName, Failure, KnownFile, Target},
    domain::{
        ContentHash, DocumentKind, DocumentRef, DocumentState, EventSetup, Reason, Registration, RegistrationRef,
        RegistrationStatus,
    },
    render::{Plans, Priority, RegistrationFile, RenderError, RenderPool},
    store::Store,
};

/// Why a chunk was not finished.
#[derive(Debug, thiserror::Error)]
pub enum WorkError {
    #[error(transparent)]
    Database(#[from] DbError),
    #[error(transparent)]
    Event(#[from] Arc<DbError>),
    #[error("the render pool is full")]
    Full,
    #[error("storage: {0}")]
    Store(#[from] crate::store::StoreError),
    #[error("rendering: {0}")]
    Render(#[from] RenderError),
    #[error("somebody else has it")]
    Lost,
    #[error("others wait")]
    Yield,
    /// Trying again would not help.
    #[error("{0}")]
    Hopeless(String),
}

/// Makes files anew.
#[derive(Clone)]
pub struct Regenerator {
    pub database: Database,
    pub catalog: Catalog,
    pub plans: Plans,
    pub pool: RenderPool,
    pub store: Store,
    pub renderer: Inbox<Renderer>,
    /// A file that failed so often is set aside.
    pub max_failures: i16,
    pub leases: LeaseKeeper,
}

/// While storage is in trouble, what it did not take is tried again after this.
const PAUSE: Duration = Duration::from_secs(1);
/// Outcomes of slow work are recorded this often, so that little is done again if the chunk is lost.
const RECORD_INTERVAL: Duration = Duration::from_secs(1);

/// What has become of a chunk so far.
struct Progress<'a> {
    chunk: &'a Chunk,
    targets: Vec<Target>,
    /// Why each file that had to be made had to.
    reasons: HashMap<DocumentRef, Reason>,
    failures: Vec<Failure>,
}

impl Regenerator {
    /// Does a chunk, and says so.
    pub async fn run(&self, chunk: &Chunk, throttle: &Throttle) -> Result<(), WorkError> {
        let targets = self.database.targets(chunk, chunk.first, chunk.last).await?;
        let mut progress = Progress { chunk, targets, reasons: HashMap::new(), failures: Vec::new() };
        loop {
            // Looked at anew each time: others make files too, and what they are made from may change.
            let setup = self.setup(chunk).await?;
            let numbers: Vec<_> = progress.targets.iter().map(|target| target.number).collect();
            let registrations = self.database.registrations(chunk.event, &numbers).await?;
            let registrations: HashMap<_, _> = registrations.into_iter().map(|r| (r.reference, Arc::new(r))).collect();
            let wanted = self.judge(&setup, &mut progress, &registrations).await?;
            if chunk.request.dry_run || wanted.is_empty() {
                break;
            }
            if self.make(&setup, &registrations, &wanted, &mut progress, throttle).await? == 0 {
                break;
            }
            tokio::time::sleep(PAUSE).await;
            progress.refresh(self.database.targets(chunk, chunk.first, chunk.last).await?);
        }
        let outcome = progress.outcome();
        match self.database.finish_chunk(chunk, &outcome).await? {
            None => return Err(WorkError::Lost),
            Some(false) => {}
            Some(true) => {
                self.database.complete_job(chunk.job).await?;
            }
        }
        Ok(())
    }

    /// The event, not older than the job wants it.
    pub(super) async fn setup(&self, chunk: &Chunk) -> Result<Arc<EventSetup>, WorkError> {
        let gone = || WorkError::Hopeless("the event is gone".into());
        let known = self.catalog.find(EventName::Key(chunk.event)).await?.ok_or_else(gone)?;
        if known.event.revision >= chunk.revision {
            return Ok(known);
        }
        self.catalog.forget(&known).await;
        self.catalog.find(EventName::Key(chunk.event)).await?.ok_or_else(gone)
    }

    /// Which files have to be made, and why.
    async fn judge(
        &self,
        setup: &Arc<EventSetup>,
        progress: &mut Progress<'_>,
        registrations: &HashMap<RegistrationRef, Arc<Registration>>,
    ) -> Result<Vec<DocumentRef>, WorkError> {
        let chunk = progress.chunk.clone();
        let (plans, setup, targets) = (self.plans.clone(), setup.clone(), progress.targets.clone());
        let registrations = registrations.clone();
        let work = move || {
            let plan = plans.of(&setup).map_err(|error| RenderError::Plan(error.to_string()))?;
            let mut found = Vec::new();
            for target in &targets {
                let Some(registration) = registrations.get(&target.registration(chunk.event)) else { continue };
                let reference = registration.reference;
                if registration.status != RegistrationStatus::Confirmed {
                    continue;
                }
                if target.files.iter().all(|file| file.kind != DocumentKind::Tickets) {
                    found.push((DocumentRef::tickets(reference), Reason::Missing));
                }
                for known in &target.files {
                    let document = DocumentRef { registration: reference, kind: known.kind, part: known.part };
                    // A ticket that is not there any more has no file.
                    let file = RegistrationFile {
                        setup: &setup,
                        registration,
                        kind: known.kind,
                        part: known.part,
                        made_at: Timestamp::UNIX_EPOCH,
                    };
                    let hash = match catch_unwind(AssertUnwindSafe(|| file.hash(&plan))) {
                        Ok(Ok(hash)) => hash,
                        Ok(Err(_)) => continue,
                        // Making it will say why.
                        Err(_) => ContentHash([0; 32]),
                    };
                    if let Some(reason) = reason(&chunk, &setup, known, hash) {
                        found.push((document, reason));
                    }
                }
            }
            Ok(found)
        };
        let found = self.pool.run(Priority::Bulk, work).await.map_err(|_| WorkError::Full)?;
        let found = match found {
            Ok(found) => found,
            Err(RenderError::Plan(why)) => {
                return Err(WorkError::Hopeless(format!("the layout does not compile: {why}")));
            }
            Err(error) => return Err(error.into()),
        };
        let failed = |document: &DocumentRef| {
            let same = |failure: &Failure| (failure.number, failure.kind, failure.part);
            let wanted = (document.registration.number, document.kind, document.part);
            progress.failures.iter().any(|failure| same(failure) == wanted)
        };
        let wanted: Vec<_> = found.into_iter().filter(|(document, _)| !failed(document)).collect();
        for (document, reason) in &wanted {
            progress.reasons.entry(*document).or_insert(*reason);
        }
        Ok(wanted.into_iter().map(|(document, _)| document).collect())
    }

    /// Makes these files and has them stored and recorded. Returns how many are left, because storage was in no state to take them.
    async fn make(
        &self,
        setup: &Arc<EventSetup>,
        registrations: &HashMap<RegistrationRef, Arc<Registration>>,
        wanted: &[DocumentRef],
        progress: &mut Progress<'_>,
        throttle: &Throttle,
    ) -> Result<usize, WorkError> {
        let mut left = 0;
        let mut rest = wanted;
        while !rest.is_empty() {
            let (some, others) = rest.split_at(throttle.bite().min(rest.len()));
            rest = others;
            if self.store.pace().is_away() {
                // The sweeper finds out when it is back.
                left += some.len();
                continue;
            }
            let claims = self.database.claim_files(progress.chunk.event, some, self.leases.lease_seconds()).await?;
            self.leases.keep(&claims);
            let (tell, mut told) = mpsc::unbounded_channel();
            let mut open: HashMap<DocumentRef, Claim> = HashMap::new();
            for claim in claims {
                let Some(registration) = registrations.get(&claim.document.registration).cloned() else { continue };
                let leave = throttle.enter().await;
                open.insert(claim.document, claim.clone());
                let tell = Tell { outcomes: tell.clone(), leave: Arc::new(leave) };
                let make = Make { setup: setup.clone(), registration, claim, tell: Some(tell) };
                if self.renderer.hand_over(make).await.is_err() {
                    break;
                }
            }
            drop(tell);
            loop {
                let outcomes = gather(&mut told).await;
                if outcomes.is_empty() {
                    break;
                }
                self.record(&mut open, outcomes, progress).await?;
            }
            // Nobody said what became of these: a full queue, a panic, a storage that is away.
            left += open.len();
        }
        Ok(left)
    }

    /// Writes down what became of files. What storage may take later stays open.
    async fn record(
        &self,
        open: &mut HashMap<DocumentRef, Claim>,
        outcomes: Vec<Outcome>,
        progress: &mut Progress<'_>,
    ) -> Result<(), WorkError> {
        let (mut stored, mut missed) = (Vec::new(), Vec::new());
        for outcome in outcomes {
            match outcome {
                Outcome::Stored(finished) => stored.push(finished),
                Outcome::Missed(miss) => missed.push(miss),
            }
        }
        stored.sort_by_key(|finished| finished.claim.document);
        missed.sort_by_key(|miss| miss.claim.document);
        if !stored.is_empty() {
            self.database.mark_stored(&stored).await?;
        }
        if !missed.is_empty() {
            self.database.mark_missed(&missed, self.max_failures).await?;
        }
        for finished in &stored {
            open.remove(&finished.claim.document);
        }
        for miss in missed.into_iter().filter(|miss| miss.failed) {
            let DocumentRef { registration, kind, part } = miss.claim.document;
            open.remove(&miss.claim.document);
            let tickets = progress.targets.iter().find(|target| target.number == registration.number);
            let tickets = tickets.map_or(1, |target| target.tickets);
            progress.failures.push(Failure { number: registration.number, kind, part, tickets, error: miss.error });
        }
        Ok(())
    }
}

/// Outcomes of the next [`RECORD_INTERVAL`], or up to the last one. Empty after that.
async fn gather(told: &mut mpsc::UnboundedReceiver<Outcome>) -> Vec<Outcome> {
    let mut outcomes = Vec::new();
    let all = async {
        while let Some(outcome) = told.recv().await {
            outcomes.push(outcome);
        }
    };
    let ended = tokio::time::timeout(RECORD_INTERVAL, all).await.is_ok();
    if outcomes.is_empty() && !ended {
        outcomes.extend(told.recv().await);
    }
    outcomes
}

impl Progress<'_> {
    /// Takes note of what became of the files meanwhile. What is counted is what there was at first.
    fn refresh(&mut self, targets: Vec<Target>) {
        let mut now: HashMap<i32, Target> = targets.into_iter().map(|target| (target.number, target)).collect();
        for target in &mut self.targets {
            // Who was cancelled meanwhile has no files to be made.
            target.files = now.remove(&target.number).map_or_else(Vec::new, |target| target.files);
        }
    }

    /// In tickets: a registration is done when all its files are, failed when one is.
    fn outcome(self) -> ChunkOutcome {
        let mut by_number = BTreeMap::<i32, Reason>::new();
        for (document, reason) in &self.reasons {
            let known = by_number.entry(document.registration.number).or_insert(*reason);
            *known = (*known).min(*reason);
        }
        let mut outcome = ChunkOutcome::default();
        for target in &self.targets {
            let tickets = i64::from(target.tickets);
            let since = target.files.iter().any(|file| file.stored_since && file.kind == DocumentKind::Tickets);
            if self.failures.iter().any(|failure| failure.number == target.number) {
                outcome.failed += tickets;
            } else if let Some(reason) = by_number.get(&target.number) {
                *outcome.reasons.entry(*reason).or_default() += tickets;
                outcome.done += tickets;
            } else if since && self.chunk.pass == 1 && !self.chunk.request.dry_run {
                // By whoever had this chunk before, or by a download that came first.
                outcome.done += tickets;
            } else {
                outcome.skipped += tickets;
            }
        }
        outcome.failures = self.failures;
        outcome
    }
}

/// Why a file has to be made, if it has to. `hash` is what it would carry now.
fn reason(chunk: &Chunk, setup: &EventSetup, known: &KnownFile, hash: ContentHash) -> Option<Reason> {
    let request = &chunk.request;
    if known.imported || known.state == DocumentState::Withdrawn {
        return None;
    }
    if known.state != DocumentState::Stored {
        // A code that is issued anew takes its file's promise back.
        return Some(if request.reissue && known.hash.is_some() { Reason::Reissue } else { Reason::Missing });
    }
    if known.hash == Some(hash) {
        let again = !request.only_stale && !known.stored_since && chunk.pass == 1;
        let anew = request.reissue && request.dry_run;
        return if anew { Some(Reason::Reissue) } else { again.then_some(Reason::Asked) };
    }
    Some(if known.layout_version != Some(setup.layout_version()) {
        Reason::Layout
    } else if known.key.is_some_and(|key| key != i16::from(setup.signer.key_id())) {
        Reason::Key
    } else if known.revision != Some(setup.event.revision) {
        Reason::Event
    } else if request.reissue {
        Reason::Reissue
    } else {
        Reason::Attendee
    })
}
