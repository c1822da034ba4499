//! The address book: registrations by the addresses of their tickets.

use super::{Database, DbError};
use crate::domain::{EventKey, RegistrationRef};

impl Database {
    /// Returns registrations for coming events with a ticket for this address, given in its normal form.
    pub async fn coming_registrations(&self, address: &str, limit: i64) -> Result<Vec<RegistrationRef>, DbError> {
        let sql = include_str!("queries/address_book/coming.sql");
        let rows = self.rows("reading the address book", sql, &[&address, &limit]).await?;
        let entry = |row: &tokio_postgres::Row| RegistrationRef {
            event: EventKey(row.get("event_key")),
            number: row.get("number"),
        };
        Ok(rows.iter().map(entry).collect())
    }
}
