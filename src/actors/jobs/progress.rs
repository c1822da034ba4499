//! Progress of a chunk of a regeneration: the files to make, the reasons, and the failures.

use std::collections::{BTreeMap, HashMap};

use crate::{
    db::{Chunk, ChunkOutcome, FileFailure, FileRow, JobTarget},
    domain::{ContentHash, DocumentKind, DocumentRef, DocumentState, EventSetup, RegenerationReason},
};

/// Progress of a chunk.
pub(super) struct Progress<'a> {
    pub chunk: &'a Chunk,
    pub targets: Vec<JobTarget>,
    /// Reason to make each file.
    reasons: HashMap<DocumentRef, RegenerationReason>,
    failures: Vec<FileFailure>,
}

impl<'a> Progress<'a> {
    /// Creates the progress of a chunk that was just claimed.
    pub fn of(chunk: &'a Chunk, targets: Vec<JobTarget>) -> Self {
        Self { chunk, targets, reasons: HashMap::new(), failures: Vec::new() }
    }

    /// Returns the numbers of the chunk's registrations.
    pub fn numbers(&self) -> Vec<i32> {
        self.targets.iter().map(|target| target.number).collect()
    }

    /// Records the reasons to make files. Returns the files that have not failed yet.
    pub fn add_wanted(&mut self, wanted: Vec<(DocumentRef, RegenerationReason)>) -> Vec<DocumentRef> {
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

    /// Records that a file cannot be made.
    pub fn add_failure(&mut self, DocumentRef { registration, kind, part }: DocumentRef, error: String) {
        let number = registration.number;
        let tickets = self.targets.iter().find(|target| target.number == number).map_or(1, |target| target.tickets);
        self.failures.push(FileFailure { number, kind, part, tickets, error });
    }

    /// Updates the state of the files. The counted registrations stay the same.
    pub fn refresh(&mut self, targets: Vec<JobTarget>) {
        let mut current: HashMap<i32, JobTarget> = targets.into_iter().map(|target| (target.number, target)).collect();
        for target in &mut self.targets {
            // A registration that was cancelled meanwhile has no files to make.
            target.files = current.remove(&target.number).map_or_else(Vec::new, |target| target.files);
        }
    }

    /// Counts tickets: those of a registration are done if all its files are, and failed if one file is.
    pub fn outcome(self) -> ChunkOutcome {
        let mut by_number = BTreeMap::<i32, RegenerationReason>::new();
        for (document, reason) in &self.reasons {
            let first = by_number.entry(document.registration.number).or_insert(*reason);
            *first = (*first).min(*reason);
        }
        let mut outcome = ChunkOutcome::default();
        for target in &self.targets {
            let tickets = i64::from(target.tickets);
            let stored_since_start =
                target.files.iter().any(|file| file.stored_since_start && file.kind == DocumentKind::Tickets);
            if self.failures.iter().any(|failure| failure.number == target.number) {
                outcome.failed += tickets;
            } else if let Some(reason) = by_number.get(&target.number) {
                *outcome.reasons.entry(*reason).or_default() += tickets;
                outcome.done += tickets;
            } else if stored_since_start && self.chunk.pass == 1 && !self.chunk.request.dry_run {
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

/// Returns the reason to make a file; `None` if the file is current. `hash` is the hash of the file as it would be made
/// now.
pub(super) fn reason(
    chunk: &Chunk,
    setup: &EventSetup,
    row: &FileRow,
    hash: ContentHash,
) -> Option<RegenerationReason> {
    let request = &chunk.request;
    if row.imported || row.state == DocumentState::Withdrawn {
        return None;
    }
    if row.state != DocumentState::Stored {
        // Reissuing a code sets its stored file back to pending.
        return Some(if request.reissue && row.hash.is_some() {
            RegenerationReason::Reissue
        } else {
            RegenerationReason::Missing
        });
    }
    if row.hash == Some(hash) {
        let remake = !request.only_stale && !row.stored_since_start && chunk.pass == 1;
        let reissued = request.reissue && request.dry_run;
        return if reissued { Some(RegenerationReason::Reissue) } else { remake.then_some(RegenerationReason::Asked) };
    }
    Some(if row.layout_version != Some(setup.layout_version()) {
        RegenerationReason::Layout
    } else if row.key.is_some_and(|key| key != i16::from(setup.signer.key_id())) {
        RegenerationReason::Key
    } else if row.revision != Some(setup.event.revision) {
        RegenerationReason::Event
    } else if request.reissue {
        RegenerationReason::Reissue
    } else {
        RegenerationReason::Attendee
    })
}
