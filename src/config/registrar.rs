//! The sale: the queue of registrations, their transactions, and holds of unpaid seats.

use super::{
    Sources,
    key::{keys, number},
};
use crate::actors::{BatchSettings, RegistrarSettings};

keys! {
    QUEUE = number("registrar.queue", 4096, 1..=1_000_000,
        "Registrations accepted and not answered, of all events; more get 503. 4096 take 0.1 s at 40,000 per second.");
    WAIT_MS = number("registrar.wait_ms", 100, 1..=600_000,
        "Milliseconds a registration should wait in the queue of its event; a longer wait shortens the queue.");
    STUCK_MS = number("registrar.stuck_ms", 500, 50..=600_000,
        "Milliseconds after which a transaction counts as stuck; the registrations behind it then get 503.");
    BATCH_MAX = number("registrar.batch_max", 512, 1..=10_000,
        "Registrations in one transaction; beyond a few hundred only the wait grows, the rate does not.");
    SURGE = number("registrar.surge", 16, 1..=1_000_000,
        "Registrations in one transaction that count as a surge; files are made after the surge.");
    HOLD_SECONDS = number("registrar.hold_seconds", 900, 1..=86_400, "Seconds until an unpaid seat is on sale again.");
    RESOLVE_MS = number("registrar.resolve_ms", 5000, 100..=600_000,
        "Milliseconds to look up the outcome of a transaction after the connection broke; then it is unknown.");
}

/// Reads the settings of the registrar. `grace_seconds` is `sweeper.grace_seconds`.
pub fn read(sources: &mut Sources, grace_seconds: f64) -> RegistrarSettings {
    RegistrarSettings {
        queue: QUEUE.number(sources),
        wait: WAIT_MS.millis(sources),
        stuck_after: STUCK_MS.millis(sources),
        batch_max: BATCH_MAX.number(sources),
        grace_seconds,
        batch: BatchSettings {
            hold_seconds: HOLD_SECONDS.seconds(sources).as_secs_f64(),
            resolve_ms: RESOLVE_MS.number(sources),
        },
    }
}

/// Reads the number of registrations in one transaction that counts as a surge.
pub fn read_surge(sources: &mut Sources) -> usize {
    SURGE.number(sources)
}
