//! Housekeeping: the comparison of storage with the database, and its repairs.

use super::{
    Sources,
    key::{flag, keys, number},
    prices, retention,
};
use crate::{
    actors::{HousekeeperSettings, ReconcileOptions},
    db::SessionLife,
};

keys! {
    INTERVAL_SECONDS = number("housekeeper.interval_seconds", 3600, 0..=864_000,
        "Seconds between two rounds, on one of the servers: storage is compared, old files are removed; 0 is never.");
    REPAIR = flag("housekeeper.repair", true, "Repair missing, damaged and stale files, and remove orphaned objects.");
    BOUND_GB = number("housekeeper.bound_gb", 0, 0..=10_000_000,
        "Gigabytes in storage above which the alert StorageUsed fires; 0 is never.");
    GRACE_SECONDS = number("housekeeper.grace_seconds", 86_400, 0..=31_536_000,
        "Age in seconds from which an object without a row in the database counts as orphaned.");
}

/// Reads the settings of housekeeping, retention and prices included.
pub fn read(sources: &mut Sources, session_life: SessionLife) -> HousekeeperSettings {
    HousekeeperSettings {
        interval_seconds: INTERVAL_SECONDS.seconds(sources).as_secs_f64(),
        reconcile: ReconcileOptions {
            repair: REPAIR.flag(sources),
            orphan_grace: GRACE_SECONDS.seconds(sources),
            by_operator: false,
        },
        retention: retention::read(sources),
        session_life,
        shorten_after_days: retention::read_shorten_after_days(sources),
        prices: prices::read(sources),
        bound_bytes: BOUND_GB.number::<u64>(sources) * 1_000_000_000,
    }
}
