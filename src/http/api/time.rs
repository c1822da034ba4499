//! Times in answers.

use std::time::SystemTime;

use jiff::Timestamp;

/// Returns a time rounded down to seconds.
pub fn whole_seconds(at: SystemTime) -> Timestamp {
    let since = at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_second(i64::try_from(since.as_secs()).unwrap_or(i64::MAX)).unwrap_or(Timestamp::MAX)
}
