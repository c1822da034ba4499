//! Prices in integer minor units with an ISO 4217 currency. No floats, no conversion.

use iso_currency::Currency;
use serde::Serialize;

/// A price in minor units; 0 is free.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Price {
    pub amount: i64,
    pub currency: Currency,
}

/// Maximum price of one ticket, in minor units; the total of 100 tickets is still exact in an `i64` and in JSON.
const MAX_AMOUNT: i64 = 1_000_000_000_000;

impl Price {
    /// Validates the amount and the currency code.
    pub fn new(amount: i64, currency: &str) -> Result<Self, String> {
        if !(0..=MAX_AMOUNT).contains(&amount) {
            return Err(format!("amount must lie between 0 and {MAX_AMOUNT} minor units"));
        }
        let currency = Currency::from_code(currency).ok_or_else(|| "currency must be an ISO 4217 code".to_owned())?;
        Ok(Self { amount, currency })
    }

    /// Returns true if the price is 0.
    pub fn is_free(&self) -> bool {
        self.amount == 0
    }

    /// Returns the total for `quantity` pieces, in minor units.
    pub fn times(&self, quantity: i16) -> i64 {
        self.amount * i64::from(quantity)
    }
}

/// Returns the code of a currency as a constant. `None` if it is no ISO 4217 code.
pub fn currency_code(code: &str) -> Option<&'static str> {
    Currency::from_code(code).map(|currency| currency.code())
}

impl Serialize for Price {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct;
        let mut price = serializer.serialize_struct("Price", 2)?;
        price.serialize_field("amount", &self.amount)?;
        price.serialize_field("currency", self.currency.code())?;
        price.end()
    }
}
