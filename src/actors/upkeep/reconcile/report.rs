//! Result of a comparison: findings and repairs.

use std::collections::HashMap;

use crate::{metrics::RECONCILER_FINDINGS, store::Location};

/// A difference between storage and the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Finding {
    /// A stored file without an object.
    Missing,
    /// An object with another size or content than its row.
    Damaged,
    /// A file made before a change of its event that shows in the file.
    Stale,
    /// An object without a row, older than the grace time.
    Orphan,
    /// A multipart upload that was never completed.
    AbandonedUpload,
}

impl Finding {
    /// Every finding.
    pub const ALL: [Self; 5] = [Self::Missing, Self::Damaged, Self::Stale, Self::Orphan, Self::AbandonedUpload];

    /// Returns the name in reports and metrics.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Damaged => "damaged",
            Self::Stale => "stale",
            Self::Orphan => "orphan",
            Self::AbandonedUpload => "left_over",
        }
    }
}

/// Findings and repairs of a comparison.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// Objects in storage, and their size.
    pub objects: u64,
    pub bytes: u64,
    /// Rows of stored files.
    pub rows: u64,
    found: HashMap<Finding, u64>,
    repaired: HashMap<Finding, u64>,
    /// The first findings, with their object keys.
    pub examples: Vec<(Finding, String)>,
    /// Places of another database, or without an owner but with unknown objects: nothing is removed there.
    pub foreign_places: Vec<Location>,
}

/// Maximum of examples in a report.
const MAX_EXAMPLES: usize = 100;

impl Report {
    /// Returns the number of findings of this type.
    pub fn found(&self, finding: Finding) -> u64 {
        self.found.get(&finding).copied().unwrap_or(0)
    }

    /// Returns the number of repaired findings of this type.
    pub fn repaired(&self, finding: Finding) -> u64 {
        self.repaired.get(&finding).copied().unwrap_or(0)
    }

    /// True if every finding was repaired and no place is foreign.
    pub fn is_clean(&self) -> bool {
        Finding::ALL.iter().all(|finding| self.found(*finding) == self.repaired(*finding))
            && self.foreign_places.is_empty()
    }

    pub(super) fn add_finding(&mut self, finding: Finding, key: &str) {
        *self.found.entry(finding).or_default() += 1;
        metrics::counter!(RECONCILER_FINDINGS, "finding" => finding.name()).increment(1);
        if self.examples.len() < MAX_EXAMPLES {
            self.examples.push((finding, key.to_owned()));
        }
    }

    pub(super) fn add_repaired(&mut self, finding: Finding, count: usize) {
        *self.repaired.entry(finding).or_default() += count as u64;
    }
}
