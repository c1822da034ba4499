//! The address book: registrations by the addresses of their tickets.

use jiff::Timestamp;
use tokio_postgres::types::ToSql;

use super::{Database, DbError};
use crate::domain::{Attendee, EventKey, MessageKind, MessageState, RegistrationRef};

/// A message that an address was sent, or is going to be.
#[derive(Debug)]
pub struct MessageTo {
    pub kind: MessageKind,
    pub state: MessageState,
    pub created_at: Timestamp,
    pub sent_at: Option<Timestamp>,
}

impl Database {
    /// Returns registrations for coming events with a ticket for this address, given in its normal form.
    pub async fn coming_registrations(&self, address: &str, limit: i64) -> Result<Vec<RegistrationRef>, DbError> {
        let sql = include_str!("queries/address_book/coming.sql");
        let rows = self.rows(READING, sql, &[&address, &limit]).await?;
        Ok(rows.iter().map(reference_from).collect())
    }

    /// Returns registrations with a ticket for this address, given in its normal form, the latest event first: those after
    /// the event's start and the registration of `after`. Those of drafts are left out, unless they are asked for.
    pub async fn registrations_of_address(
        &self,
        address: &str,
        after: (Timestamp, RegistrationRef),
        limit: i64,
        with_drafts: bool,
    ) -> Result<Vec<(Timestamp, RegistrationRef)>, DbError> {
        let sql = include_str!("queries/address_book/of_address.sql");
        let (start, of) = after;
        let rows = self.rows(READING, sql, &[&address, &start, &of.event.0, &of.number, &limit, &with_drafts]).await?;
        Ok(rows.iter().map(|row| (row.get("starts_at"), reference_from(row))).collect())
    }

    /// Removes a person's name and address from the tickets at `positions` of a registration.
    pub async fn erase_person(
        &self,
        of: RegistrationRef,
        address: &str,
        positions: &[i16],
        instead: &Attendee,
        words: &str,
    ) -> Result<(), DbError> {
        let sql = include_str!("queries/registrations/erase_person.sql");
        let RegistrationRef { event, number } = of;
        let params: [&(dyn ToSql + Sync); 7] =
            [&event.0, &number, &address, &positions, &instead.name, &instead.email, &words];
        let lock = (include_str!("queries/registrations/lock.sql"), 2);
        self.rows_after_lock("erasing a person", lock, sql, &params).await.map(drop)
    }

    /// Deletes what is known about an address itself, given in its normal form.
    pub async fn forget_address(&self, address: &str) -> Result<(), DbError> {
        let sql = include_str!("queries/messages/forget_address.sql");
        self.long_rows("forgetting an address", sql, &[&address]).await.map(drop)
    }

    /// Returns the keys of the copies of messages to an address, given in its normal form.
    pub async fn copies_to(&self, address: &str) -> Result<Vec<String>, DbError> {
        let sql = include_str!("queries/messages/copies_to.sql");
        let rows = self.long_rows(READING_COPIES, sql, &[&address]).await?;
        Ok(rows.iter().map(|row| row.get("storage_key")).collect())
    }

    /// Returns messages to an address, given in its normal form.
    pub async fn messages_to(&self, address: &str, limit: i64) -> Result<Vec<MessageTo>, DbError> {
        let doing = "reading messages to an address";
        let rows = self.rows(doing, include_str!("queries/messages/to_address.sql"), &[&address, &limit]).await?;
        let message = |row: &tokio_postgres::Row| {
            let unknown = DbError::Unexpected { doing, what: "kind or state" };
            let kind = MessageKind::from_number(row.get("kind"));
            let (kind, state) = kind.zip(MessageState::from_number(row.get("state"))).ok_or(unknown)?;
            Ok(MessageTo { kind, state, created_at: row.get("created_at"), sent_at: row.get("sent_at") })
        };
        rows.iter().map(message).collect()
    }

    /// Returns the suppressions of an address: organizer, reason and time.
    pub async fn suppressions_of(&self, address: &str) -> Result<Vec<(String, String, Timestamp)>, DbError> {
        let sql = include_str!("queries/suppressions/of_address.sql");
        let rows = self.rows("reading suppressions of an address", sql, &[&address]).await?;
        Ok(rows.iter().map(|row| (row.get("organizer"), row.get("reason"), row.get("created_at"))).collect())
    }

    /// Returns the keys of the copies of messages about a registration.
    pub async fn copies_of_registration(&self, of: RegistrationRef) -> Result<Vec<String>, DbError> {
        let sql = include_str!("queries/messages/copies_of.sql");
        let rows = self.rows(READING_COPIES, sql, &[&of.event.0, &of.number]).await?;
        Ok(rows.iter().map(|row| row.get("storage_key")).collect())
    }
}

const READING: &str = "reading the address book";
const READING_COPIES: &str = "reading copies of messages";

fn reference_from(row: &tokio_postgres::Row) -> RegistrationRef {
    RegistrationRef { event: EventKey(row.get("event_key")), number: row.get("number") }
}
