//! The cache of events.

use std::time::Duration;

use super::{
    Sources,
    key::{keys, number},
};

keys! {
    CAPACITY = number("catalog.capacity", 10_000, 1..=10_000_000, "Events kept in memory.");
    LIFETIME_MS = number("catalog.lifetime_ms", 1000, 1..=3_600_000,
        "Milliseconds until a cached event is read again: the longest delay of a change by another server.");
}

/// Settings of the cache of events.
#[derive(Debug, Clone)]
pub struct CatalogConfig {
    pub capacity: u64,
    pub lifetime: Duration,
}

/// Reads the settings of the cache.
pub fn read(sources: &mut Sources) -> CatalogConfig {
    CatalogConfig { capacity: CAPACITY.number(sources), lifetime: LIFETIME_MS.millis(sources) }
}
