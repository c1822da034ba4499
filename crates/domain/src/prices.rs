//! Prices of storage and the estimated costs, in the provider's currency. The estimate is not a bill.

/// Prices of a storage provider.
#[derive(Debug, Clone, PartialEq)]
pub struct Prices {
    /// ISO 4217 code, for display only.
    pub currency: String,
    /// Price of 1,000 requests that write or list.
    pub writes: f64,
    /// Price of 1,000 requests that read.
    pub reads: f64,
    /// Price of one gigabyte stored for a month.
    pub kept: f64,
    /// Price of one gigabyte sent to clients.
    pub sent: f64,
}

/// Costs by part, in the currency of [`Prices`].
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Costs {
    pub writes: f64,
    pub reads: f64,
    pub kept: f64,
    pub sent: f64,
}

impl Costs {
    /// Returns the sum of all parts.
    pub fn total(&self) -> f64 {
        self.writes + self.reads + self.kept + self.sent
    }

    /// Returns each part with its name.
    pub fn parts(&self) -> [(&'static str, f64); 4] {
        [("writes", self.writes), ("reads", self.reads), ("kept", self.kept), ("sent", self.sent)]
    }
}

const GIGABYTE: f64 = 1e9;

impl Prices {
    /// Estimates the costs of `days` days with these request counts by operation and `bytes` stored in `objects`.
    /// A file that a client fetched is assumed to have the average size.
    pub fn costs<'a>(
        &self,
        days: i32,
        counts: impl Iterator<Item = (&'a str, i64)>,
        objects: i64,
        bytes: i64,
    ) -> Costs {
        let months = f64::from(days) / 30.0;
        let mut costs = Costs { kept: bytes as f64 / GIGABYTE * self.kept * months, ..Costs::default() };
        let average = if objects == 0 { 0.0 } else { bytes as f64 / objects as f64 };
        for (operation, count) in counts {
            let thousands = count as f64 / 1000.0;
            match operation {
                // Providers do not charge for these.
                "delete" | "abort_multipart" => {}
                "client_get" => {
                    costs.reads += thousands * self.reads;
                    costs.sent += count as f64 * average / GIGABYTE * self.sent;
                }
                "get" | "head" => costs.reads += thousands * self.reads,
                _ => costs.writes += thousands * self.writes,
            }
        }
        costs
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_million_tickets_cost_what_the_table_says() {
        let prices = Prices { currency: "USD".into(), writes: 0.005, reads: 0.0004, kept: 0.023, sent: 0.09 };
        let counts = [("put", 1_000_000), ("delete", 5_000), ("client_get", 2_000_000), ("list", 1_000)];
        let costs = prices.costs(30, counts.into_iter(), 1_000_000, 15_000_000_000);
        assert!((costs.writes - 5.005).abs() < 1e-9);
        assert!((costs.reads - 0.8).abs() < 1e-9);
        assert!((costs.kept - 0.345).abs() < 1e-9);
        assert!((costs.sent - 2.7).abs() < 1e-9);
        assert!((costs.total() - 8.85).abs() < 1e-9);
    }
}
