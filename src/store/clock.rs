//! The time as storage sees it. A signature is dated, and storage refuses dates that are a quarter of an hour off: so what
//! its answers say of the time corrects a clock that is wrong.

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

/// Differences up to this are the network's, and left alone.
const TOLERATED: i64 = 30;

/// A clock that learns. Clones learn together.
#[derive(Debug, Clone, Default)]
pub struct Clock(Arc<AtomicI64>);

impl Clock {
    fn learn(&self, theirs: i64) {
        let ours = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let off = theirs - i64::try_from(ours.as_secs()).unwrap_or(i64::MAX);
        let off = if off.abs() <= TOLERATED { 0 } else { off };
        let before = self.0.swap(off, Ordering::Relaxed);
        if (before - off).abs() > TOLERATED {
            metrics::gauge!(STORAGE_CLOCK_SKEW).set(off as f64);
            if off == 0 {
                tracing::info!("this clock and storage's agree again");
            } else {
                tracing::error!(seconds = off, "storage's clock is ahead by so much; signatures are dated by it");
            }
        }
    }
}

impl TimeSource for Clock {
    fn now(&self) -> SystemTime {
        let off = self.0.load(Ordering::Relaxed);
        let by = Duration::from_secs(off.unsigned_abs());
        if off < 0 { SystemTime::now() - by } else { SystemTime::now() + by }
    }
}

impl Intercept for Clock {
    fn name(&self) -> &'static str {
        "the time in storage's answers"
    }

    fn read_before_deserialization(
        &self,
        context: &BeforeDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), aws_sdk_s3::error::BoxError> {
        let date = context.response().headers().get("date");
        if let Some(Ok(date)) = date.map(|date| DateTime::from_str(date, Format::HttpDate)) {
            self.learn(date.secs());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_clock_is_corrected_and_a_right_one_left_alone() {
        let clock = Clock::default();
        let now = || SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs() as i64;
        let off = || clock.now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs() as i64 - now();
        clock.learn(now() + 7200);
        assert!((7199..=7201).contains(&off()));
        clock.learn(now() - 7200);
        assert!((-7201..=-7199).contains(&off()));
        clock.learn(now() + 3);
        assert!(off().abs() <= 1);
    }
}
