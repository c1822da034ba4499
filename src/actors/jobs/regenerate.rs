//! Makes the files of a chunk of registrations again if a file rendered now would differ.

use std::{
    collections::{HashMap, HashSet},
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    time::Duration,
};

use jiff::Timestamp;
use tokio::sync::mpsc;

use super::{JobTools, WorkError, progress::Progress};
use crate::{
    actors::{Outcome, OutcomeSender, RenderRequest},
    db::{Chunk, ChunkEnd, Claim, JobTarget},
    domain::{
        ContentHash, DocumentKind, DocumentRef, EventSetup, RegenerationReason, Registration, RegistrationRef,
        RegistrationStatus,
    },
    render::{Plan, Priority, RegistrationFile, RenderError},
};

/// Pause before the next attempt for files that storage did not accept.
const STORAGE_PAUSE: Duration = Duration::from_secs(1);
/// Longest interval between two writes of outcomes, so that a lost chunk repeats little work.
const RECORD_INTERVAL: Duration = Duration::from_secs(1);

type Registrations = HashMap<RegistrationRef, Arc<Registration>>;

/// A file to make, and the reason.
type Wanted = (DocumentRef, RegenerationReason);

/// Makes a chunk's files and finishes the chunk.
pub(super) async fn regenerate(tools: &JobTools, chunk: &Chunk) -> Result<(), WorkError> {
    let mut progress = Progress::of(chunk, tools.database.targets(chunk, chunk.first, chunk.last).await?);
    loop {
        // Read again in each round: other servers make files too, and the event may change.
        let setup = tools.setup(chunk).await?;
        let registrations = tools.database.registrations(chunk.event, &progress.numbers()).await?;
        let registrations: Registrations = registrations.into_iter().map(|r| (r.reference, Arc::new(r))).collect();
        let wanted = select(tools, &setup, &mut progress, &registrations).await?;
        if chunk.request.dry_run || wanted.is_empty() {
            break;
        }
        if make(tools, &setup, &registrations, &wanted, &mut progress).await? == 0 {
            break;
        }
        tokio::time::sleep(STORAGE_PAUSE).await;
        progress.refresh(tools.database.targets(chunk, chunk.first, chunk.last).await?);
    }
    match tools.database.finish_chunk(chunk, &progress.outcome()).await? {
        ChunkEnd::LeaseLost => Err(WorkError::Lost),
        ChunkEnd::Finished => Ok(()),
        ChunkEnd::LastFinished => Ok(tools.database.complete_job(chunk.job).await?),
    }
}

/// Returns the files to make, without those that failed already.
async fn select(
    tools: &JobTools,
    setup: &Arc<EventSetup>,
    progress: &mut Progress<'_>,
    registrations: &Registrations,
) -> Result<Vec<DocumentRef>, WorkError> {
    let (plans, setup, chunk) = (tools.plans.clone(), setup.clone(), progress.chunk.clone());
    let (registrations, targets) = (registrations.clone(), progress.targets.clone());
    let work = move || {
        let plan = plans.get_or_compile(&setup).map_err(|error| RenderError::Plan(error.to_string()))?;
        let mut wanted = Vec::new();
        for target in &targets {
            let registration = registrations.get(&target.registration(chunk.event));
            if let Some(registration) = registration.filter(|r| r.status == RegistrationStatus::Confirmed) {
                select_of(&chunk, &setup, &plan, target, registration, &mut wanted);
            }
        }
        Ok(wanted)
    };
    match tools.pool.run(Priority::Bulk, work).await {
        Ok(wanted) => Ok(progress.add_wanted(wanted)),
        Err(RenderError::Plan(cause)) => Err(WorkError::Permanent(format!("the layout does not compile: {cause}"))),
        Err(error) => Err(error.into()),
    }
}

/// Adds the files to make of one registration to `wanted`.
fn select_of(
    chunk: &Chunk,
    setup: &EventSetup,
    plan: &Arc<Plan>,
    target: &JobTarget,
    registration: &Registration,
    wanted: &mut Vec<Wanted>,
) {
    let reference = registration.reference;
    if target.files.iter().all(|file| file.kind != DocumentKind::Tickets) {
        wanted.push((DocumentRef::tickets(reference), RegenerationReason::Missing));
    }
    for row in &target.files {
        let (kind, part) = (row.kind, row.part);
        let file = RegistrationFile { setup, registration, kind, part, made_at: Timestamp::UNIX_EPOCH };
        let hash = match catch_unwind(AssertUnwindSafe(|| file.hash(plan))) {
            Ok(Ok(hash)) => hash,
            // A revoked ticket has no file.
            Ok(Err(_)) => continue,
            // Rendering reports the cause.
            Err(_) => ContentHash([0; 32]),
        };
        if let Some(reason) = super::progress::reason(chunk, setup, row, hash) {
            wanted.push((DocumentRef { registration: reference, kind, part }, reason));
        }
    }
}

/// Makes, stores and records these files. Returns the number of files that are left for another attempt.
async fn make(
    tools: &JobTools,
    setup: &Arc<EventSetup>,
    registrations: &Registrations,
    wanted: &[DocumentRef],
    progress: &mut Progress<'_>,
) -> Result<usize, WorkError> {
    let mut left = 0;
    let mut rest = wanted;
    while !rest.is_empty() {
        let (documents, others) = rest.split_at(tools.throttle.claim_size().min(rest.len()));
        rest = others;
        if tools.store.limiter().is_unavailable() {
            // The sweeper's uploads find out when storage answers again.
            left += documents.len();
            continue;
        }
        let lease_seconds = tools.leases.lease_seconds();
        let claims = tools.database.claim_files(progress.chunk.event, documents, lease_seconds).await?;
        tools.leases.keep(&claims);
        let (mut open, mut outcomes) = offer(tools, setup, registrations, claims).await;
        loop {
            let recorded = gather(&mut outcomes).await;
            if recorded.is_empty() {
                break;
            }
            record(tools, &mut open, recorded, progress).await?;
        }
        // The rest has no final outcome: the render queue was full, a task panicked, or storage is unavailable.
        left += open.len();
    }
    Ok(left)
}

/// Sends claimed files to the renderer. Returns the files that were sent, and the channel of their outcomes.
async fn offer(
    tools: &JobTools,
    setup: &Arc<EventSetup>,
    registrations: &Registrations,
    claims: Vec<Claim>,
) -> (HashSet<DocumentRef>, mpsc::UnboundedReceiver<Outcome>) {
    // The channel holds at most one outcome per claim.
    let (sender, outcomes) = mpsc::unbounded_channel();
    let mut open = HashSet::new();
    for claim in claims {
        let Some(registration) = registrations.get(&claim.document.registration).cloned() else { continue };
        let permit = tools.throttle.acquire().await;
        open.insert(claim.document);
        let outcome_sender = Some(OutcomeSender { outcomes: sender.clone(), permit: Arc::new(permit) });
        let request = RenderRequest { setup: setup.clone(), registration, claim, outcome_sender };
        if tools.renderer.send(request).await.is_err() {
            break;
        }
    }
    (open, outcomes)
}

/// Returns the outcomes of the next [`RECORD_INTERVAL`], at least one. Empty if there are no more.
async fn gather(receiver: &mut mpsc::UnboundedReceiver<Outcome>) -> Vec<Outcome> {
    let mut outcomes = Vec::new();
    let all = async {
        while let Some(outcome) = receiver.recv().await {
            outcomes.push(outcome);
        }
    };
    let ended = tokio::time::timeout(RECORD_INTERVAL, all).await.is_ok();
    if outcomes.is_empty() && !ended {
        outcomes.extend(receiver.recv().await);
    }
    outcomes
}

/// Writes outcomes to the database and removes their files from `open`. A file that storage may accept later stays in
/// `open`.
async fn record(
    tools: &JobTools,
    open: &mut HashSet<DocumentRef>,
    outcomes: Vec<Outcome>,
    progress: &mut Progress<'_>,
) -> Result<(), WorkError> {
    let (mut stored, mut missed, mut released) = (Vec::new(), Vec::new(), Vec::new());
    for outcome in outcomes {
        match outcome {
            Outcome::Stored(finished) => stored.push(finished),
            Outcome::NotStored(miss) => missed.push(miss),
            Outcome::Released(claim) => released.push(claim),
        }
    }
    // Always in the same order, so that two statements on the same rows do not deadlock.
    stored.sort_by_key(|finished| finished.claim.document);
    missed.sort_by_key(|miss| miss.claim.document);
    if !stored.is_empty() {
        tools.database.mark_stored(&stored).await?;
    }
    if !missed.is_empty() {
        tools.database.mark_missed(&missed, tools.max_failures).await?;
    }
    if !released.is_empty() {
        tools.database.release_claims(&released).await?;
    }
    for finished in &stored {
        open.remove(&finished.claim.document);
    }
    for miss in missed.into_iter().filter(|miss| miss.failed) {
        open.remove(&miss.claim.document);
        progress.add_failure(miss.claim.document, miss.error);
    }
    Ok(())
}
