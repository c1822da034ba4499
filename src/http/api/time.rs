//! Times as answers give them.

use std::time::SystemTime;

use jiff::Timestamp;

/// A time in whole seconds.
pub fn whole_seconds(at: SystemTime) -> Timestamp {
    let since = at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_second(i64::try_from(since.as_secs()).unwrap_or(i64::MAX)).unwrap_or(Timestamp::MAX)
}
