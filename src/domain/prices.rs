//! What storage charges, and what that comes to: an estimate in the provider's currency, not money that anybody owes.

/// A provider's prices.
#[derive(Debug, Clone, PartialEq)]
pub struct Prices {
    /// An ISO 4217 code, only shown.
    pub currency: String,
    /// A thousand requests that write or list.
    pub writes: f64,
    /// A thousand requests that read.
    pub reads: f64,
    /// A gigabyte kept for a month.
    pub kept: f64,
    /// A gigabyte sent to clients.
    pub sent: f64,
}

/// What something comes to.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Costs {
    pub writes: f64,
    pub reads: f64,
    pub kept: f64,
    pub sent: f64,
}

impl Costs {
    /// All of it.
    pub fn total(&self) -> f64 {
        self.writes + self.reads + self.kept + self.sent
    }

    /// Each part with its name.
    pub fn parts(&self) -> [(&'static str, f64); 4] {
        [("writes", self.writes), ("reads", self.reads), ("kept", self.kept), ("sent", self.sent)]
    }
}

const GIGABYTE: f64 = 1e9;

impl Prices {
    /// What `days` cost in which this was asked and `bytes` in `objects` were kept. Files that clients fetched are taken to be
    /// of the usual size.
    pub fn costs<'a>(&self, days: i32, asked: impl Iterator<Item = (&'a str, i64)>, objects: i64, bytes: i64) -> Costs {
        let months = f64::from(days) / 30.0;
        let mut costs = Costs { kept: bytes as f64 / GIGABYTE * self.kept * months, ..Costs::default() };
        let usual = if objects == 0 { 0.0 } else { bytes as f64 / objects as f64 };
        for (operation, count) in asked {
            let thousands = count as f64 / 1000.0;
            match operation {
                // Nobody charges for these.
                "delete" | "abort_multipart" => {}
                "client_get" => {
                    costs.reads += thousands * self.reads;
                    costs.sent += count as f64 * usual / GIGABYTE * self.sent;
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
        let asked = [("put", 1_000_000), ("delete", 5_000), ("client_get", 2_000_000), ("list", 1_000)];
        let costs = prices.costs(30, asked.into_iter(), 1_000_000, 15_000_000_000);
        assert!((costs.writes - 5.005).abs() < 1e-9);
        assert!((costs.reads - 0.8).abs() < 1e-9);
        assert!((costs.kept - 0.345).abs() < 1e-9);
        assert!((costs.sent - 2.7).abs() < 1e-9);
        assert!((costs.total() - 8.85).abs() < 1e-9);
    }
}
