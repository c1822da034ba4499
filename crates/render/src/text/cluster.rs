//! Clusters: letters that are drawn as one.

use unicode_normalization::UnicodeNormalization;

use super::clean::is_invisible;

/// True if all letters of a cluster are available, decomposed or composed (NFC).
pub fn has_all(cluster: &str, has: impl Fn(char) -> bool) -> bool {
    let is_available = |letter| has(letter) || is_invisible(letter);
    cluster.chars().all(is_available) || cluster.nfc().all(is_available)
}

/// True if a cluster must be shown as an emoji even if a text font has its letters.
pub fn wants_emoji(cluster: &str) -> bool {
    cluster.chars().any(|letter| letter == '\u{fe0f}' || matches!(letter, '\u{1f000}'..='\u{1faff}'))
}
