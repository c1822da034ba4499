//! The outcome of a comparison: what was found and what was repaired.

use std::collections::HashMap;

use crate::{metrics::RECONCILER_FINDINGS, store::Location};

/// Something that is not as it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Finding {
    /// A row says that an object lies there, and none does.
    Missing,
    /// An object has another size or content than it was put with.
    Damaged,
    /// A file was overtaken by a change of its event.
    Stale,
    /// An object that no row knows, older than the grace time.
    Orphan,
    /// Parts of an upload that nobody finished.
    LeftOver,
}

impl Finding {
    /// Every finding there is.
    pub const ALL: [Self; 5] = [Self::Missing, Self::Damaged, Self::Stale, Self::Orphan, Self::LeftOver];

    /// Its name in reports and metrics.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Damaged => "damaged",
            Self::Stale => "stale",
            Self::Orphan => "orphan",
            Self::LeftOver => "left_over",
        }
    }
}

/// What was found, and done about it.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// Objects seen.
    pub objects: u64,
    pub bytes: u64,
    /// Rows that say that an object lies there.
    pub rows: u64,
    found: HashMap<Finding, u64>,
    repaired: HashMap<Finding, u64>,
    /// Some of what was found, by key.
    pub examples: Vec<(Finding, String)>,
    /// Places that belong to another database, or to nobody and hold what no row knows: nothing is removed there.
    pub strangers: Vec<Location>,
}

/// Examples kept of what was found.
const EXAMPLES: usize = 100;

impl Report {
    /// How often this was found.
    pub fn found(&self, finding: Finding) -> u64 {
        self.found.get(&finding).copied().unwrap_or(0)
    }

    /// How often it was put right.
    pub fn repaired(&self, finding: Finding) -> u64 {
        self.repaired.get(&finding).copied().unwrap_or(0)
    }

    /// Whether everything is as it should be, or was put right.
    pub fn is_clean(&self) -> bool {
        Finding::ALL.iter().all(|finding| self.found(*finding) == self.repaired(*finding)) && self.strangers.is_empty()
    }

    pub(super) fn note(&mut self, finding: Finding, key: &str) {
        *self.found.entry(finding).or_default() += 1;
        metrics::counter!(RECONCILER_FINDINGS, "finding" => finding.name()).increment(1);
        if self.examples.len() < EXAMPLES {
            self.examples.push((finding, key.to_owned()));
        }
    }

    pub(super) fn mend(&mut self, finding: Finding, count: usize) {
        *self.repaired.entry(finding).or_default() += count as u64;
    }
}
