//! Quotas: how much one organizer may have, so that nobody fills the database for the others. They are approximate:
//! requests at the same time are each compared with what there was before.

use super::{Records, Refusal};
use crate::domain::{EventSetup, Layout, OrganizerKey};

/// The most that one organizer may have.
#[derive(Debug, Clone, Copy)]
pub struct Quotas {
    pub events: i64,
    /// Jobs started within 24 hours.
    pub jobs_per_day: i64,
    /// The layouts in use, with their pictures. Up to 20 versions of each are kept.
    pub layout_bytes: i64,
}

impl Quotas {
    /// No limits: for operators.
    pub const NONE: Self = Self { events: i64::MAX, jobs_per_day: i64::MAX, layout_bytes: i64::MAX };
}

impl Records {
    /// Refuses a further event of an organizer that has the most already.
    pub(super) async fn check_event_quota(&self, organizer: OrganizerKey) -> Result<(), Refusal> {
        let most = self.quotas.events;
        match self.database.count_events(organizer, most).await? < most {
            true => Ok(()),
            false => Err(Refusal::invalid("", format!("the organizer has {most} events, the most that are allowed"))),
        }
    }

    /// Refuses a further job of an organizer that has started the most of a day already.
    pub(super) async fn check_job_quota(&self, organizer: OrganizerKey) -> Result<(), Refusal> {
        let most = self.quotas.jobs_per_day;
        match self.database.count_jobs_of_day(organizer, most).await? < most {
            true => Ok(()),
            false => Err(Refusal::invalid(
                "",
                format!("the organizer has started {most} jobs within 24 hours, the most that are allowed"),
            )),
        }
    }

    /// Refuses a layout that would be too large together with those of the organizer's other events.
    pub(super) async fn check_layout_quota(&self, setup: &EventSetup, layout: &Layout) -> Result<(), Refusal> {
        let most = self.quotas.layout_bytes;
        let others = self.database.layout_bytes(setup.event.organizer, setup.event.key).await?;
        let pictures: usize = layout.images.values().map(|image| image.0.len()).sum();
        match others.saturating_add(i64::try_from(pictures).unwrap_or(i64::MAX)) <= most {
            true => Ok(()),
            false => Err(Refusal::invalid(
                "",
                format!("all layouts of the organizer would have more than {} MiB together", most >> 20),
            )),
        }
    }
}
