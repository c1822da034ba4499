//! Quotas: the most that one organizer may have.

use super::{
    Sources,
    key::{keys, number},
};
use crate::work::Quotas;

keys! {
    EVENTS = number("quotas.events", 10_000, 1..=1_000_000, "Events of one organizer.");
    JOBS_PER_DAY = number("quotas.jobs_per_day", 1_000, 1..=1_000_000, "Jobs that one organizer starts within 24 hours.");
    LAYOUT_MEGABYTES = number("quotas.layout_megabytes", 100, 1..=1_000_000,
        "MiB of pictures in the layouts of one organizer's events; earlier versions do not count.");
}

/// Reads the quotas.
pub fn read(sources: &mut Sources) -> Quotas {
    Quotas {
        events: EVENTS.number::<u32>(sources).into(),
        jobs_per_day: JOBS_PER_DAY.number::<u32>(sources).into(),
        layout_bytes: i64::from(LAYOUT_MEGABYTES.number::<u32>(sources)) << 20,
    }
}
