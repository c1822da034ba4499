//! Prices of storage, for the estimate of its cost.

use super::{
    Key, Sources,
    key::{keys, parsed, text},
};
use crate::domain::Prices;

const PRICE: &str = "a price such as 0.023";

keys! {
    CURRENCY = text("prices.currency", Some("USD"), "Currency of the prices of storage; only shown.");
    WRITES = parsed("prices.writes_per_1000", Some("0.005"), PRICE, "Price of 1000 requests that write or list.");
    READS = parsed("prices.reads_per_1000", Some("0.0004"), PRICE, "Price of 1000 requests that read.");
    KEPT = parsed("prices.kept_per_gb_month", Some("0.023"), PRICE, "Price of a gigabyte stored for a month.");
    SENT = parsed("prices.sent_per_gb", Some("0.09"), PRICE, "Price of a gigabyte sent to clients.");
}

/// Reads the prices of storage.
pub fn read(sources: &mut Sources) -> Prices {
    Prices {
        currency: CURRENCY.text(sources).unwrap_or_default(),
        writes: read_price(sources, &WRITES),
        reads: read_price(sources, &READS),
        kept: read_price(sources, &KEPT),
        sent: read_price(sources, &SENT),
    }
}

fn read_price(sources: &mut Sources, key: &Key) -> f64 {
    let price: f64 = key.parsed(sources).unwrap_or(0.0);
    if !(price.is_finite() && price >= 0.0) {
        key.fault(sources, "must be 0 or more");
    }
    price
}
