//! Files that a change of their event has made stale.

use std::{collections::HashMap, sync::Arc};

use super::{Finding, ReconcileError, Report, Run};
use crate::{
    db::{EventName, StaleCandidate},
    domain::{ContentHash, DocumentRef, EventSetup, Registration, RegistrationRef},
    render::{Priority, RegistrationFile, RenderError},
};

/// Files looked at together.
const SUSPECTS: i64 = 500;

impl<P: FnMut(&Report)> Run<'_, P> {
    /// Files that were made before their event's last change, if the change shows on them.
    pub(super) async fn look_for_stale(&mut self) -> Result<(), ReconcileError> {
        for row in std::mem::take(&mut self.events) {
            let Some(setup) = self.tools.catalog.find(EventName::Key(row.event)).await? else { continue };
            let mut from = 0;
            loop {
                self.give_way().await;
                let revision = setup.event.revision;
                let mut some = self.tools.database.stale_candidates(row.event, revision, from, SUSPECTS).await?;
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

    async fn judge(&mut self, setup: &Arc<EventSetup>, suspects: Vec<StaleCandidate>) -> Result<(), ReconcileError> {
        let mut numbers: Vec<_> = suspects.iter().map(|suspect| suspect.document.registration.number).collect();
        numbers.dedup();
        let registrations = self.tools.database.registrations(setup.event.key, &numbers).await?;
        let by_reference: HashMap<RegistrationRef, Registration> =
            registrations.into_iter().map(|registration| (registration.reference, registration)).collect();
        let (plans, own) = (self.tools.plans.clone(), setup.clone());
        let work = move || {
            let plan = plans.get_or_compile(&own).map_err(|error| RenderError::Plan(error.to_string()))?;
            let is_stale = |suspect: &StaleCandidate| {
                let DocumentRef { registration, kind, part } = suspect.document;
                let made_at = suspect.promised_at;
                let Some(registration) = by_reference.get(&registration) else { return false };
                let file = RegistrationFile { setup: &own, registration, kind, part, made_at };
                file.hash(&plan).is_ok_and(|hash| hash != suspect.hash)
            };
            Ok(suspects.into_iter().partition::<Vec<_>, _>(is_stale))
        };
        let judged = self.tools.pool.run(Priority::Bulk, work).await;
        let (stale, current) = judged?;
        let files = |suspects: &[StaleCandidate]| -> Vec<(DocumentRef, ContentHash)> {
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
}
