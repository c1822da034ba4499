//! Invoices. Totals are computed exactly, in minor units.

use std::collections::BTreeMap;

use icu_locale_core::Locale;
use iso_currency::Currency;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{
    ContentHash, Faults,
    event::is_supported_time,
    fault::{check_line, check_paragraph},
};

const MAX_LINES: usize = 500;
const MAX_QUANTITY: i64 = 1_000_000;
/// Maximum price of one piece, in minor units.
const MAX_PRICE: i64 = 1_000_000_000_000;
/// Maximum tax rate, in basis points: 100 %.
const MAX_TAX: u32 = 10_000;
const MAX_TEXT: usize = 200;

/// One part of an invoice's key: a text or a number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Segment {
    Text(String),
    Number(u64),
}

impl Segment {
    /// Returns the segment as text if it is safe in an object key: it has no characters with a meaning in paths.
    fn check(&self) -> Result<String, &'static str> {
        let text = match self {
            Self::Number(number) => return Ok(number.to_string()),
            Self::Text(text) => text,
        };
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        let first = text.starts_with(|c: char| c.is_ascii_alphanumeric());
        let valid = first && text.len() <= 64 && text.chars().all(plain) && !text.contains("..");
        if valid {
            Ok(text.clone())
        } else {
            Err("must be 1 to 64 letters, digits, '-', '_' and single '.', and must start with a letter or digit")
        }
    }
}

/// The seller or the buyer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Party {
    pub name: String,
    /// Address; may have several lines.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
}

/// One line of an invoice: a quantity of one product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct InvoiceLine {
    pub description: String,
    pub quantity: i64,
    /// Price of one piece in minor units, without tax. A negative price is a discount.
    pub unit_price: i64,
    /// Tax rate in hundredths of a percent: 1900 is 19 %.
    #[serde(default)]
    pub tax_basis_points: u32,
}

impl InvoiceLine {
    /// Returns the amount of the line in minor units, without tax.
    pub fn net(&self) -> i64 {
        self.quantity * self.unit_price
    }
}

/// An invoice as requested; not validated until [`InvoiceDraft::check`] returns `Ok`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct InvoiceDraft {
    pub shop_id: Segment,
    pub order_id: Segment,
    pub package_id: Segment,
    pub sequence_number: Segment,
    pub issued_at: Timestamp,
    pub seller: Party,
    pub buyer: Party,
    pub currency: String,
    pub lines: Vec<InvoiceLine>,
    /// Total in minor units, tax included. If present, it must equal the computed total.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<i64>,
    /// Language tag; English if `None`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
}

/// The validated parts of an invoice's key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvoiceId {
    pub shop: String,
    pub order: String,
    pub package: String,
    pub sequence: String,
}

impl InvoiceId {
    /// Parses the segments of a URL path.
    pub fn parse([shop, order, package, sequence]: [&str; 4]) -> Option<Self> {
        let part = |text: &str| Segment::Text(text.to_owned()).check().ok();
        Some(Self { shop: part(shop)?, order: part(order)?, package: part(package)?, sequence: part(sequence)? })
    }
}

/// The tax of all lines with one tax rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TaxTotal {
    pub basis_points: u32,
    pub net: i64,
    pub tax: i64,
    /// True if `net` and `tax` fit into an `i64`; otherwise the invoice is rejected.
    fits: bool,
}

/// A validated invoice with its totals.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invoice {
    pub id: InvoiceId,
    pub issued_at: Timestamp,
    pub seller: Party,
    pub buyer: Party,
    pub currency: Currency,
    pub lines: Vec<InvoiceLine>,
    pub language: String,
    pub net: i64,
    /// Taxes by rate, in ascending order. Rounded once for each rate, half away from zero.
    pub taxes: Vec<TaxTotal>,
    pub total: i64,
    /// Hash of the whole draft.
    pub hash: ContentHash,
}

impl InvoiceDraft {
    /// Validates all fields and computes the totals.
    pub fn check(self) -> Result<Invoice, Faults> {
        let mut faults = Faults::default();
        let json = serde_json::to_vec(&self).expect("plain data serializes");
        let hash = Sha256::new_with_prefix("onsale invoice 1\n");
        let hash = ContentHash(hash.chain_update(json).finalize().into());
        let mut part = |pointer: &str, segment: &Segment| faults.check(pointer, segment.check()).unwrap_or_default();
        let id = InvoiceId {
            shop: part("/shopId", &self.shop_id),
            order: part("/orderId", &self.order_id),
            package: part("/packageId", &self.package_id),
            sequence: part("/sequenceNumber", &self.sequence_number),
        };
        if !is_supported_time(self.issued_at) {
            faults.add("/issuedAt", "must lie between the years 2000 and 2999");
        }
        let currency = Currency::from_code(&self.currency);
        if currency.is_none() {
            faults.add("/currency", "must be an ISO 4217 code");
        }
        let language = self.language.unwrap_or_else(|| "en".into());
        if language.parse::<Locale>().is_err() {
            faults.add("/language", "must be a language tag such as en or de-CH");
        }
        let seller = check_party(&mut faults, "/seller", self.seller);
        let buyer = check_party(&mut faults, "/buyer", self.buyer);
        let lines = check_lines(&mut faults, self.lines);
        let (net, taxes, total) = add_up(&lines);
        let valid_total = i64::try_from(total).ok().filter(|total| *total >= 0);
        let valid_total = valid_total.filter(|_| i64::try_from(net).is_ok() && taxes.iter().all(|tax| tax.fits));
        if valid_total.is_none() {
            faults.add(
                "/lines",
                "must have a total of at least 0, and sums of at most 9,223,372,036,854,775,807 minor units",
            );
        } else if self.total.is_some_and(|given| Some(given) != valid_total) {
            faults.add("/total", format!("must equal the sum of the lines and their taxes, which is {total}"));
        }
        faults.into_result()?;
        Ok(Invoice {
            id,
            issued_at: self.issued_at,
            seller,
            buyer,
            currency: currency.expect("checked"),
            lines,
            language,
            net: i64::try_from(net).expect("checked with the total"),
            taxes,
            total: valid_total.expect("checked"),
            hash,
        })
    }
}

fn check_party(faults: &mut Faults, at: &str, party: Party) -> Party {
    let mut tidy = |name: &str, text: String, rule: fn(&str, usize) -> Result<String, String>| {
        faults.check(format!("{at}/{name}"), rule(&text, MAX_TEXT)).unwrap_or_default()
    };
    Party {
        name: tidy("name", party.name, check_line),
        address: party.address.map(|text| tidy("address", text, check_paragraph)),
        tax_id: party.tax_id.map(|text| tidy("taxId", text, check_line)),
        email: party.email.map(|text| tidy("email", text, check_line)),
    }
}

fn check_lines(faults: &mut Faults, lines: Vec<InvoiceLine>) -> Vec<InvoiceLine> {
    if !(1..=MAX_LINES).contains(&lines.len()) {
        faults.add("/lines", format!("must have 1 to {MAX_LINES} entries"));
    }
    let checked = lines.into_iter().take(MAX_LINES).enumerate().map(|(index, mut entry)| {
        let at = |name: &str| format!("/lines/{index}/{name}");
        entry.description =
            faults.check(at("description"), check_line(&entry.description, MAX_TEXT)).unwrap_or_default();
        if !(1..=MAX_QUANTITY).contains(&entry.quantity) {
            faults.add(at("quantity"), format!("must lie between 1 and {MAX_QUANTITY}"));
            entry.quantity = 1;
        }
        if !(-MAX_PRICE..=MAX_PRICE).contains(&entry.unit_price) {
            faults.add(at("unitPrice"), format!("must lie between -{MAX_PRICE} and {MAX_PRICE} minor units"));
            entry.unit_price = 0;
        }
        if entry.tax_basis_points > MAX_TAX {
            faults.add(at("taxBasisPoints"), format!("must lie between 0 and {MAX_TAX}: 1900 is 19 %"));
            entry.tax_basis_points = 0;
        }
        entry
    });
    checked.collect()
}

/// Returns the net sum, the taxes by rate and the total.
fn add_up(lines: &[InvoiceLine]) -> (i128, Vec<TaxTotal>, i128) {
    let mut by_rate = BTreeMap::<u32, i128>::new();
    for line in lines {
        *by_rate.entry(line.tax_basis_points).or_default() += i128::from(line.net());
    }
    let net: i128 = by_rate.values().sum();
    let taxes = by_rate.into_iter().filter(|(rate, _)| *rate > 0).map(|(basis_points, net)| {
        let exact = net * i128::from(basis_points);
        let rounded = (exact.abs() + 5_000) / 10_000 * exact.signum();
        let (narrow_net, narrow_tax) = (i64::try_from(net), i64::try_from(rounded));
        let fits = narrow_net.is_ok() && narrow_tax.is_ok();
        TaxTotal { basis_points, net: narrow_net.unwrap_or(0), tax: narrow_tax.unwrap_or(0), fits }
    });
    let taxes: Vec<_> = taxes.collect();
    let total = net + taxes.iter().map(|tax| i128::from(tax.tax)).sum::<i128>();
    (net, taxes, total)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn draft(change: impl FnOnce(&mut Value)) -> Result<Invoice, Vec<String>> {
        let mut value = json!({
            "shopId": "shop-1", "orderId": "o.1", "packageId": 7, "sequenceNumber": 1, "issuedAt": "2025-11-08T09:00:00Z",
            "seller": {"name": "Gardenia"}, "buyer": {"name": "Ada"}, "currency": "EUR",
            "lines": [{"description": "Ticket", "quantity": 3, "unitPrice": 1999, "taxBasisPoints": 1900}],
        });
        change(&mut value);
        let draft: InvoiceDraft = serde_json::from_value(value).unwrap();
        draft.check().map_err(|faults| faults.0.into_iter().map(|fault| fault.pointer).collect())
    }

    #[test]
    fn totals_are_exact_and_rounded_once_a_rate() {
        let invoice = draft(|_| ()).unwrap();
        assert_eq!((invoice.net, invoice.total), (5997, 5997 + 1139));
        let mixed = draft(|value| {
            value["lines"] = json!([
                {"description": "a", "quantity": 1, "unitPrice": 50, "taxBasisPoints": 700},
                {"description": "b", "quantity": 1, "unitPrice": 50, "taxBasisPoints": 700},
                {"description": "c", "quantity": 2, "unitPrice": 33},
                {"description": "less", "quantity": 1, "unitPrice": -10, "taxBasisPoints": 1950},
            ]);
            value["total"] = json!(166 - 10 + 7 - 2);
        });
        let mixed = mixed.unwrap();
        assert_eq!(mixed.taxes.iter().map(|tax| tax.tax).collect::<Vec<_>>(), [7, -2]);
        assert_eq!((mixed.net, mixed.total), (156, 161));
    }

    #[test]
    fn an_invalid_key_segment_or_total_is_refused() {
        for shop in ["", "..", "a/b", "a\\b", "é", "a b", "-a", "a..b", ".a", "a\0", &"x".repeat(65)] {
            assert_eq!(draft(|value| value["shopId"] = json!(shop)).unwrap_err(), ["/shopId"], "{shop}");
        }
        assert_eq!(draft(|value| value["total"] = json!(1)).unwrap_err(), ["/total"]);
        assert_eq!(draft(|value| value["lines"] = json!([])).unwrap_err(), ["/lines"]);
        assert_eq!(draft(|value| value["lines"][0]["unitPrice"] = json!(-1)).unwrap_err(), ["/lines"]);
        assert_eq!(draft(|value| value["lines"][0]["quantity"] = json!(0)).unwrap_err(), ["/lines/0/quantity"]);
        assert_eq!(draft(|value| value["currency"] = json!("XX")).unwrap_err(), ["/currency"]);
        let huge = draft(|value| {
            let line = json!({"description": "x", "quantity": 1_000_000, "unitPrice": 1_000_000_000_000_i64});
            value["lines"] = Value::Array(vec![line; 500]);
        });
        assert_eq!(huge.unwrap_err(), ["/lines"]);
        let cancelled = draft(|value| {
            let line = |price: i64, tax| {
                json!({"description": "x", "quantity": 1_000_000, "unitPrice": price,
                "taxBasisPoints": tax})
            };
            let lines = std::iter::repeat_n(line(1_000_000_000_000, 0), 20);
            value["lines"] = lines.chain(std::iter::repeat_n(line(-1_000_000_000_000, 9000), 10)).collect();
        });
        assert_eq!(
            cancelled.unwrap_err(),
            ["/lines"],
            "a sum that does not fit into an i64 is refused, even if the total fits"
        );
    }
}
