//! The current time by storage's clock. A signature contains its time, and storage refuses a difference of 15 minutes
//! or more; so the `date` header of storage's answers corrects a wrong local clock.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, SystemTime},
};

use aws_sdk_s3::config::{
    ConfigBag, Intercept, RuntimeComponents, interceptors::BeforeDeserializationInterceptorContextRef,
};
use aws_smithy_async::time::TimeSource;
use aws_smithy_types::{DateTime, date_time::Format};

use crate::metrics::STORAGE_CLOCK_SKEW;

/// Differences up to this, in seconds, come from network delay and are not corrected.
const TOLERATED_SKEW: i64 = 30;

/// The local clock plus its measured difference to storage's clock, in seconds. Clones share the difference.
#[derive(Debug, Clone, Default)]
pub struct Clock(Arc<AtomicI64>);

impl Clock {
    /// Updates the difference from storage's time, in seconds since 1970.
    fn adjust(&self, storage_time: i64) {
        let local = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let skew = storage_time - i64::try_from(local.as_secs()).unwrap_or(i64::MAX);
        let skew = if skew.abs() <= TOLERATED_SKEW { 0 } else { skew };
        let before = self.0.swap(skew, Ordering::Relaxed);
        if (before - skew).abs() > TOLERATED_SKEW {
            metrics::gauge!(STORAGE_CLOCK_SKEW).set(skew as f64);
            if skew == 0 {
                tracing::info!("the local clock and storage's clock agree again");
            } else {
                tracing::error!(seconds = skew, "storage's clock is ahead of the local clock; signatures use its time");
            }
        }
    }
}

impl TimeSource for Clock {
    fn now(&self) -> SystemTime {
        let skew = self.0.load(Ordering::Relaxed);
        let by = Duration::from_secs(skew.unsigned_abs());
        if skew < 0 { SystemTime::now() - by } else { SystemTime::now() + by }
    }
}

impl Intercept for Clock {
    fn name(&self) -> &'static str {
        "clock correction"
    }

    fn read_before_deserialization(
        &self,
        context: &BeforeDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), aws_sdk_s3::error::BoxError> {
        let date = context.response().headers().get("date");
        if let Some(Ok(date)) = date.map(|date| DateTime::from_str(date, Format::HttpDate)) {
            self.adjust(date.secs());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_clock_is_corrected_and_a_right_one_is_not_changed() {
        let clock = Clock::default();
        let now = || SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs() as i64;
        let skew = || clock.now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs() as i64 - now();
        clock.adjust(now() + 7200);
        assert!((7199..=7201).contains(&skew()));
        clock.adjust(now() - 7200);
        assert!((-7201..=-7199).contains(&skew()));
        clock.adjust(now() + 3);
        assert!(skew().abs() <= 1);
    }
}
