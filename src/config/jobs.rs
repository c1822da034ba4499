//! Jobs: their chunks, their watchers and their archives.

use super::{
    Sources,
    key::{keys, number},
};
use crate::actors::ForemanSettings;

keys! {
    CHUNKS = number("jobs.chunks", 2, 0..=64,
        "Chunks of jobs that this server works on at once; 0 leaves jobs to other servers.");
    REGISTRATIONS = number("jobs.registrations", 512, 1..=5_000, "Registrations in a chunk.");
    LEASE_SECONDS = number("jobs.lease_seconds", 10, 1..=86_400,
        "Seconds until the lease of a chunk expires if its server does not renew it.");
    PATIENCE_MS = number("jobs.patience_ms", 10, 1..=60_000,
        "Milliseconds a transaction of registrations may take before jobs slow down.");
    STREAMS = number("jobs.streams", 256, 1..=100_000,
        "Clients that watch jobs at once; each keeps a connection open.");
    ARCHIVE_DAYS = number("jobs.archive_days", 7, 1..=3650, "Days until an archive is removed.");
}

/// Reads the settings of jobs. They use at most three quarters of `uploads`; clients wait for the other files.
pub fn read(sources: &mut Sources, uploads: usize) -> ForemanSettings {
    ForemanSettings {
        chunks: CHUNKS.number(sources),
        registrations: REGISTRATIONS.number::<u16>(sources).into(),
        lease_seconds: LEASE_SECONDS.seconds(sources).as_secs_f64(),
        in_flight: (uploads - uploads.div_ceil(4)).max(1),
        max_transaction_time: PATIENCE_MS.millis(sources),
        archive_days: ARCHIVE_DAYS.number::<u16>(sources).into(),
    }
}

/// Reads the number of clients that may watch jobs at once.
pub fn read_streams(sources: &mut Sources) -> usize {
    STREAMS.number(sources)
}

/// Reads the days for which an archive is kept.
pub fn read_archive_days(sources: &mut Sources) -> u32 {
    ARCHIVE_DAYS.number(sources)
}
