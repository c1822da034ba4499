//! Quotas: how much one organizer may have, so that nobody fills the database for the others.

use super::{Records, Refusal};
use crate::domain::OrganizerKey;

/// The most that one organizer may have.
#[derive(Debug, Clone, Copy)]
pub struct Quotas {
    pub events: i64,
    /// Jobs started within 24 hours.
    pub jobs_per_day: i64,
    /// All versions of all layouts, with their pictures.
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

    /// Refuses a further layout of an organizer whose layouts have too many bytes.
    pub(super) async fn check_layout_quota(&self, organizer: OrganizerKey) -> Result<(), Refusal> {
        let most = self.quotas.layout_bytes;
        match self.database.layout_bytes(organizer).await? < most {
            true => Ok(()),
            false => Err(Refusal::invalid(
                "",
                format!("the organizer's layouts have more than {} MiB, the most that is allowed", most >> 20),
            )),
        }
    }
}
