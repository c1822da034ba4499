//! Documents on their way into storage: rendered, uploaded, recorded, and retried by the sweeper.

use super::{
    Sources,
    key::{keys, number},
};
use crate::actors::{RecorderSettings, RendererSettings, SweeperSettings, UploaderSettings};

keys! {
    RENDERER_QUEUE = number("renderer.queue", 1024, 1..=1_000_000,
        "New tickets between registration and upload, 20 KB each; the rest waits in the database.");
    MAX_FAILURES = number("renderer.max_failures", 5, 1..=1000,
        "Attempts after which a file that cannot be rendered or stored is set aside.");
    IN_FLIGHT = number("uploader.in_flight", 64, 1..=10_000,
        "Largest number of simultaneous uploads; fewer while storage is slow. More make nearby storage slower.");
    MAX_BACKOFF_SECONDS = number("uploader.max_backoff_seconds", 60, 1..=86_400,
        "Longest pause before a file that storage refused is retried, in seconds.");
    RECORDER_QUEUE = number("recorder.queue", 8192, 1..=1_000_000,
        "Results of uploads that wait to be written to the database; a lost one is only done again.");
    INTERVAL_MS = number("sweeper.interval_ms", 1000, 10..=3_600_000,
        "Milliseconds between searches for documents that are due.");
    CLAIM = number("sweeper.claim", 256, 1..=100_000, "Documents claimed at once.");
    LEASE_SECONDS = number("sweeper.lease_seconds", 30, 1..=86_400, "Seconds until the claim of a document expires.");
    GRACE_SECONDS = number("sweeper.grace_seconds", 15, 1..=86_400,
        "Seconds before a new document is claimed; until then the server that registered it has it in memory.");
}

/// Reads the settings of the renderer.
pub fn read_renderer(sources: &mut Sources) -> RendererSettings {
    RendererSettings { queue: RENDERER_QUEUE.number(sources) }
}

/// Reads the settings of the uploader.
pub fn read_uploader(sources: &mut Sources) -> UploaderSettings {
    UploaderSettings {
        in_flight: IN_FLIGHT.number(sources),
        max_backoff_seconds: MAX_BACKOFF_SECONDS.seconds(sources).as_secs_f64(),
    }
}

/// Reads the settings of the recorder.
pub fn read_recorder(sources: &mut Sources) -> RecorderSettings {
    RecorderSettings { queue: RECORDER_QUEUE.number(sources), max_failures: MAX_FAILURES.number(sources) }
}

/// Reads the settings of the sweeper.
pub fn read_sweeper(sources: &mut Sources) -> SweeperSettings {
    SweeperSettings {
        interval_ms: INTERVAL_MS.number(sources),
        max_claims: CLAIM.number(sources),
        lease_seconds: LEASE_SECONDS.seconds(sources).as_secs_f64(),
        grace_seconds: GRACE_SECONDS.seconds(sources).as_secs_f64(),
    }
}
