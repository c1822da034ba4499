//! Rendering: threads and their queues, compiled layouts, and fonts.

use std::path::PathBuf;

use super::{
    Sources,
    key::{keys, number, text},
};
use crate::render::PoolSettings;

keys! {
    THREADS = number("render.threads", 0, 0..=1024, "Threads that render; 0 is one per core.");
    LIVE_QUEUE = number("render.live_queue", 1024, 1..=1_000_000,
        "Downloads that wait to be rendered; more get 503.");
    BULK_QUEUE = number("render.bulk_queue", 4096, 1..=1_000_000,
        "Other files that wait to be rendered; at least renderer.queue.");
    PLANS_MB = number("render.plans_mb", 64, 1..=100_000, "Memory for compiled layouts, in MiB.");
    FONT_DIRS = text("render.font_dirs", Some("/usr/share/fonts:/usr/local/share/fonts"),
        "Folders of additional fonts, separated by colons; a character that no font has is printed as a box.")
        .variables(&["FONT_DIRS"]);
}

/// Reads the threads and their queues. The bulk queue must have room for the tickets in `renderer_queue`.
pub fn read(sources: &mut Sources, renderer_queue: usize) -> PoolSettings {
    let pool = PoolSettings {
        threads: THREADS.threads(sources),
        live_queue: LIVE_QUEUE.number(sources),
        bulk_queue: BULK_QUEUE.number(sources),
    };
    if pool.bulk_queue < renderer_queue {
        BULK_QUEUE.fault(sources, "must not be smaller than renderer.queue");
    }
    pool
}

/// Reads the memory for compiled layouts, in bytes.
pub fn read_plans(sources: &mut Sources) -> u64 {
    PLANS_MB.number::<u64>(sources) << 20
}

/// Returns the folders of additional fonts.
pub fn font_dirs(sources: &Sources) -> Vec<PathBuf> {
    let folders = FONT_DIRS.text(sources).unwrap_or_default();
    folders.split(':').filter(|folder| !folder.is_empty()).map(PathBuf::from).collect()
}
