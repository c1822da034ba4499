//! The body of a request for an invoice.

use jiff::Timestamp;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::domain::{InvoiceDraft, InvoiceLine, Party, Segment};

/// A part of the invoice's key: a text or a number.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum KeyPart {
    Text(String),
    Number(u64),
}

/// Seller or buyer.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PartyBody {
    #[schema(example = "Gardenia Collective")]
    name: String,
    /// Lines separated by line breaks.
    address: Option<String>,
    tax_id: Option<String>,
    email: Option<String>,
}

/// A line of an invoice.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LineBody {
    #[schema(example = "General Admission")]
    description: String,
    #[schema(minimum = 1, maximum = 1_000_000)]
    quantity: i64,
    /// Price of one unit without tax, in minor units of the currency; negative for a discount.
    #[schema(example = 1999)]
    unit_price: i64,
    /// In hundredths of a percent: 1900 is 19 %.
    #[serde(default)]
    #[schema(example = 1900, maximum = 10_000)]
    tax_basis_points: u32,
}

/// An invoice to make.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct InvoiceBody {
    shop_id: KeyPart,
    order_id: KeyPart,
    package_id: KeyPart,
    sequence_number: KeyPart,
    issued_at: Timestamp,
    seller: PartyBody,
    buyer: PartyBody,
    /// ISO 4217.
    #[schema(example = "EUR")]
    currency: String,
    #[schema(min_items = 1, max_items = 500)]
    lines: Vec<LineBody>,
    /// Total with tax, in minor units. If given, it must equal the computed total.
    total: Option<i64>,
    /// Language tag; default: English.
    language: Option<String>,
}

impl From<InvoiceBody> for InvoiceDraft {
    fn from(body: InvoiceBody) -> Self {
        let part = |part| match part {
            KeyPart::Text(text) => Segment::Text(text),
            KeyPart::Number(number) => Segment::Text(number.to_string()),
        };
        let party = |party: PartyBody| Party {
            name: party.name,
            address: party.address,
            tax_id: party.tax_id,
            email: party.email,
        };
        let line = |line: LineBody| InvoiceLine {
            description: line.description,
            quantity: line.quantity,
            unit_price: line.unit_price,
            tax_basis_points: line.tax_basis_points,
        };
        Self {
            shop_id: part(body.shop_id),
            order_id: part(body.order_id),
            package_id: part(body.package_id),
            sequence_number: part(body.sequence_number),
            issued_at: body.issued_at,
            seller: party(body.seller),
            buyer: party(body.buyer),
            currency: body.currency,
            lines: body.lines.into_iter().map(line).collect(),
            total: body.total,
            language: body.language,
        }
    }
}
