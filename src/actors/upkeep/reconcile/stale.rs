//! Finds files that a change of their event has made stale.

use std::{collections::HashMap, sync::Arc};

use super::{Comparison, Finding, ReconcileError, Report};
use crate::{
    db::{EventName, ImportedFiles, StaleCandidate},
    domain::{ContentHash, DocumentRef, EventSetup, Registration, RegistrationRef},
    render::{Priority, RegistrationFile, RenderError},
};

/// Maximum of files checked together.
const MAX_CANDIDATES: i64 = 500;

impl<P: FnMut(&Report)> Comparison<'_, P> {
    /// Checks all files that were made before the last change of their event.
    pub(super) async fn check_stale_files(&mut self) -> Result<(), ReconcileError> {
        for row in std::mem::take(&mut self.events) {
            let Some(setup) = self.tools.catalog.find(EventName::Key(row.event)).await? else { continue };
            let mut from = 0;
            loop {
                self.wait_for_surge_end().await;
                let revision = setup.event.revision;
                let mut candidates =
                    self.tools.database.stale_candidates(row.event, revision, from, MAX_CANDIDATES).await?;
                let full = i64::try_from(candidates.len()) == Ok(MAX_CANDIDATES);
                let Some(last) = candidates.last().map(|candidate| candidate.document.registration.number) else {
                    break;
                };
                if full {
                    // The last registration may have more files: the next query returns all of them.
                    candidates.retain(|candidate| candidate.document.registration.number < last);
                }
                from = if full { last } else { last.saturating_add(1) };
                self.check_candidates(&setup, candidates).await?;
                (self.progress)(&self.report);
                if !full {
                    break;
                }
            }
        }
        Ok(())
    }

    /// Sets stale files back to pending, and marks the others as current.
    async fn check_candidates(
        &mut self,
        setup: &Arc<EventSetup>,
        candidates: Vec<StaleCandidate>,
    ) -> Result<(), ReconcileError> {
        let mut numbers: Vec<_> = candidates.iter().map(|candidate| candidate.document.registration.number).collect();
        numbers.dedup();
        let registrations = self.tools.database.registrations(setup.event.key, &numbers).await?;
        let by_reference: HashMap<RegistrationRef, Registration> =
            registrations.into_iter().map(|registration| (registration.reference, registration)).collect();
        let (plans, event_setup) = (self.tools.plans.clone(), setup.clone());
        let work = move || {
            let plan = plans.get_or_compile(&event_setup).map_err(|error| RenderError::Plan(error.to_string()))?;
            let is_stale = |candidate: &StaleCandidate| {
                let DocumentRef { registration, kind, part } = candidate.document;
                let made_at = candidate.promised_at;
                let Some(registration) = by_reference.get(&registration) else { return false };
                let file = RegistrationFile { setup: &event_setup, registration, kind, part, made_at };
                file.hash(&plan).is_ok_and(|hash| hash != candidate.hash)
            };
            Ok(candidates.into_iter().partition::<Vec<_>, _>(is_stale))
        };
        let (stale, current) = self.tools.pool.run(Priority::Bulk, work).await?;
        let files = |candidates: &[StaleCandidate]| -> Vec<(DocumentRef, ContentHash)> {
            candidates.iter().map(|candidate| (candidate.document, candidate.hash)).collect()
        };
        for candidate in &stale {
            let DocumentRef { registration, kind, .. } = candidate.document;
            let name = format!("{}-{:04} ({})", setup.event.code, registration.number, kind.name());
            self.report.add_finding(Finding::Stale, &name);
        }
        if self.options.repair {
            if !stale.is_empty() {
                let pending = self.tools.database.mark_lost(&files(&stale), ImportedFiles::Keep).await?;
                self.report.add_repaired(Finding::Stale, pending);
            }
            if !current.is_empty() {
                self.tools.database.mark_current(&files(&current), setup.event.revision).await?;
            }
        }
        Ok(())
    }
}
