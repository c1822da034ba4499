//! The progress of a regeneration's chunk: the files to make, why, and the failures.

use std::collections::{BTreeMap, HashMap};

use crate::{
    db::{Chunk, ChunkOutcome, FileFailure, FileRow, JobTarget},
    domain::{ContentHash, DocumentKind, DocumentRef, DocumentState, EventSetup, RegenerationReason},
};

/// The progress of a chunk.
pub(super) struct Progress<'a> {
    pub chunk: &'a Chunk,
    pub targets: Vec<JobTarget>,
    /// Why each file had to be made.
    reasons: HashMap<DocumentRef, RegenerationReason>,
    failures: Vec<FileFailure>,
}

impl<'a> Progress<'a> {
    /// A chunk of which nothing is done yet.
    pub fn of(chunk: &'a Chunk, targets: Vec<JobTarget>) -> Self {
        Self { chunk, targets, reasons: HashMap::new(), failures: Vec::new() }
    }

    /// Numbers of the chunk's registrations.
    pub fn numbers(&self) -> Vec<i32> {
        self.targets.iter().map(|target| target.number).collect()
    }

    /// Notes why files have to be made. Returns them without those that failed already.
    pub fn note(&mut self, wanted: Vec<(DocumentRef, RegenerationReason)>) -> Vec<DocumentRef> {
        let mut documents = Vec::with_capacity(wanted.len());
        for (document, reason) in wanted {
            if self.has_failed(document) {
                continue;
            }
            self.reasons.entry(document).or_insert(reason);
            documents.push(document);
        }
        documents
    }

    fn has_failed(&self, DocumentRef { registration, kind, part }: DocumentRef) -> bool {
        let wanted = (registration.number, kind, part);
        self.failures.iter().any(|failure| (failure.number, failure.kind, failure.part) == wanted)
    }

    /// Notes that a file cannot be made.
    pub fn fail(&mut self, DocumentRef { registration, kind, part }: DocumentRef, error: String) {
        let number = registration.number;
        let tickets = self.targets.iter().find(|target| target.number == number).map_or(1, |target| target.tickets);
        self.failures.push(FileFailure { number, kind, part, tickets, error });
    }

    /// Takes over the present state of the files. The registrations that are counted stay those of the beginning.
    pub fn refresh(&mut self, targets: Vec<JobTarget>) {
        let mut now: HashMap<i32, JobTarget> = targets.into_iter().map(|target| (target.number, target)).collect();
        for target in &mut self.targets {
            // A registration that was cancelled meanwhile has no files to make.
            target.files = now.remove(&target.number).map_or_else(Vec::new, |target| target.files);
        }
    }

    /// Counts in tickets: those of a registration are done when all its files are, and failed when one file is.
    pub fn outcome(self) -> ChunkOutcome {
        let mut by_number = BTreeMap::<i32, RegenerationReason>::new();
        for (document, reason) in &self.reasons {
            let known = by_number.entry(document.registration.number).or_insert(*reason);
            *known = (*known).min(*reason);
        }
        let mut outcome = ChunkOutcome::default();
        for target in &self.targets {
            let tickets = i64::from(target.tickets);
            let since = target.files.iter().any(|file| file.stored_since_start && file.kind == DocumentKind::Tickets);
            if self.failures.iter().any(|failure| failure.number == target.number) {
                outcome.failed += tickets;
            } else if let Some(reason) = by_number.get(&target.number) {
                *outcome.reasons.entry(*reason).or_default() += tickets;
                outcome.done += tickets;
            } else if since && self.chunk.pass == 1 && !self.chunk.request.dry_run {
                // MadeFile by a server that had this chunk before, or for a download.
                outcome.done += tickets;
            } else {
                outcome.skipped += tickets;
            }
        }
        outcome.failures = self.failures;
        outcome
    }
}

/// The reason to make a file; `None` if it is current. `hash` is the hash of the file as it would be made now.
pub(super) fn reason(
    chunk: &Chunk,
    setup: &EventSetup,
    known: &FileRow,
    hash: ContentHash,
) -> Option<RegenerationReason> {
    let request = &chunk.request;
    if known.imported || known.state == DocumentState::Withdrawn {
        return None;
    }
    if known.state != DocumentState::Stored {
        // Reissuing a code sets its stored file back to pending.
        return Some(if request.reissue && known.hash.is_some() {
            RegenerationReason::Reissue
        } else {
            RegenerationReason::Missing
        });
    }
    if known.hash == Some(hash) {
        let again = !request.only_stale && !known.stored_since_start && chunk.pass == 1;
        let anew = request.reissue && request.dry_run;
        return if anew { Some(RegenerationReason::Reissue) } else { again.then_some(RegenerationReason::Asked) };
    }
    Some(if known.layout_version != Some(setup.layout_version()) {
        RegenerationReason::Layout
    } else if known.key.is_some_and(|key| key != i16::from(setup.signer.key_id())) {
        RegenerationReason::Key
    } else if known.revision != Some(setup.event.revision) {
        RegenerationReason::Event
    } else if request.reissue {
        RegenerationReason::Reissue
    } else {
        RegenerationReason::Attendee
    })
}
