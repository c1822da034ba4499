//! Batches of registrations: inserted in one statement, found again after a lost answer, and the keys of repeated requests.

use std::time::Instant;

use jiff::Timestamp;
use serde_json::Value;
use tokio_postgres::Row;
use uuid::Uuid;

use super::{Database, DbError};
use crate::domain::{EventKey, IdempotencyKey, NewRegistration, TicketId, TypeNumber};

/// A registration of a batch with the ids of its tickets.
#[derive(Debug, Clone)]
pub struct BatchRow {
    pub request: std::sync::Arc<NewRegistration>,
    pub key: Option<IdempotencyKey>,
    pub tickets: Vec<TicketId>,
}

/// Result of a batch, which is written completely or not at all.
#[derive(Debug)]
pub enum BatchOutcome {
    Written(WrittenBatch),
    /// Nothing was written, because the event is not on sale.
    NotOnSale(NotOnSale),
}

/// The numbers and the time of a written batch.
#[derive(Debug, Clone)]
pub struct WrittenBatch {
    /// Number of its first registration; the others follow without a gap.
    pub first_number: i32,
    pub created_at: Timestamp,
}

/// An idempotency key of an earlier registration of the event.
#[derive(Debug, Clone)]
pub struct UsedKey {
    pub key: String,
    pub body_hash: Vec<u8>,
    pub number: i32,
}

/// Sold-out parts of an event, and the idempotency keys that hold its seats, in one snapshot.
#[derive(Debug)]
pub struct SoldOutKeys {
    /// True if no seat of any type is left.
    pub whole: bool,
    pub types: Vec<TypeNumber>,
    pub keys: Vec<String>,
}

/// Reason why an event is not on sale, by the database's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotOnSale {
    /// A draft, or no event.
    Hidden,
    NotOpen,
    Closed,
}

/// A registration found by the random id of its first ticket.
#[derive(Debug, Clone, Copy)]
pub struct FoundRow {
    pub first_ticket: TicketId,
    pub number: i32,
    pub created_at: Timestamp,
}

impl Database {
    /// Inserts a batch of registrations of one event in one statement.
    pub async fn register_batch(
        &self,
        event: EventKey,
        batch: &[BatchRow],
        hold_seconds: f64,
        deadline: Instant,
    ) -> Result<BatchOutcome, DbError> {
        let c = Columns::of(batch);
        let count = i32::try_from(batch.len()).expect("a batch is small");
        let sql = include_str!("queries/registrations/register_batch.sql");
        let rows = self
            .rows_until(
                deadline,
                "writing a batch of registrations",
                sql,
                &[
                    &event.0,
                    &c.type_seats.iter().sum::<i32>(),
                    &count,
                    &c.types,
                    &c.type_seats,
                    &c.type_numbers,
                    &c.quantities,
                    &c.amounts,
                    &c.keys,
                    &c.hashes,
                    &c.answers,
                    &hold_seconds,
                    &c.owners,
                    &c.positions,
                    &c.ticket_ids,
                    &c.names,
                    &c.emails,
                    &c.currencies,
                ],
            )
            .await?;
        Ok(rows.first().map_or(BatchOutcome::NotOnSale(NotOnSale::Hidden), outcome_from))
    }

    /// Returns the committed registrations whose first tickets have these ids. Locks the event's row first, so no batch
    /// is still running.
    pub async fn find_batch(
        &self,
        event: EventKey,
        first_tickets: &[TicketId],
        deadline: Instant,
    ) -> Result<Vec<FoundRow>, DbError> {
        let doing = "reading a batch of registrations";
        let ids: Vec<Uuid> = first_tickets.iter().map(|id| id.0).collect();
        self.rows_until(deadline, doing, include_str!("queries/events/lock_seats.sql"), &[&event.0]).await?;
        let rows =
            self.rows_until(deadline, doing, include_str!("queries/registrations/find_batch.sql"), &[&ids]).await?;
        Ok(rows
            .iter()
            .map(|row| FoundRow {
                first_ticket: TicketId(row.get("ticket_id")),
                number: row.get("number"),
                created_at: row.get("created_at"),
            })
            .collect())
    }

    /// Returns those of the keys that earlier registrations of the event have.
    pub async fn used_keys(&self, event: EventKey, keys: &[&str]) -> Result<Vec<UsedKey>, DbError> {
        let sql = include_str!("queries/registrations/known_keys.sql");
        let rows = self.rows("reading idempotency keys", sql, &[&event.0, &keys]).await?;
        Ok(rows
            .iter()
            .map(|row| UsedKey {
                key: row.get("idempotency_key"),
                body_hash: row.get("body_hash"),
                number: row.get("number"),
            })
            .collect())
    }

    /// Returns the sold-out parts of an event, and at most `limit` idempotency keys that hold its seats.
    pub async fn sold_out_keys(&self, event: EventKey, limit: i64) -> Result<Option<SoldOutKeys>, DbError> {
        let sql = include_str!("queries/registrations/sold_out.sql");
        let row = self.row("reading sold-out ticket types", sql, &[&event.0, &limit]).await?;
        Ok(row.map(|row| SoldOutKeys {
            whole: row.get("whole_event"),
            types: row.get::<_, Vec<i16>>("types").into_iter().map(TypeNumber).collect(),
            keys: row.get("keys"),
        }))
    }
}

/// A batch by column, as arguments of `unnest`. `owners` are the positions in the batch of the tickets' registrations.
#[derive(Default)]
struct Columns<'a> {
    types: Vec<i16>,
    type_seats: Vec<i32>,
    type_numbers: Vec<i16>,
    quantities: Vec<i16>,
    amounts: Vec<Option<i64>>,
    currencies: Vec<Option<&'a str>>,
    keys: Vec<Option<&'a str>>,
    hashes: Vec<Option<&'a [u8]>>,
    answers: Vec<Option<&'a Value>>,
    owners: Vec<i32>,
    positions: Vec<i16>,
    ticket_ids: Vec<Uuid>,
    names: Vec<&'a str>,
    emails: Vec<&'a str>,
}

impl<'a> Columns<'a> {
    fn of(batch: &'a [BatchRow]) -> Self {
        let mut columns = Self::default();
        for (row, owner) in batch.iter().zip(1..) {
            columns.push_registration(row);
            for ((attendee, id), position) in row.request.attendees.iter().zip(&row.tickets).zip(1..) {
                columns.owners.push(owner);
                columns.positions.push(position);
                columns.ticket_ids.push(id.0);
                columns.names.push(&attendee.name);
                columns.emails.push(&attendee.email);
            }
        }
        columns
    }

    fn push_registration(&mut self, row: &'a BatchRow) {
        let request = &*row.request;
        let seats = i32::from(request.seats());
        match self.types.iter().position(|number| *number == request.type_number.0) {
            Some(at) => self.type_seats[at] += seats,
            None => {
                self.types.push(request.type_number.0);
                self.type_seats.push(seats);
            }
        }
        self.type_numbers.push(request.type_number.0);
        self.quantities.push(request.seats());
        self.amounts.push(request.amount);
        self.currencies.push(request.currency);
        self.keys.push(row.key.as_ref().map(IdempotencyKey::as_str));
        self.hashes.push(row.key.is_some().then_some(request.body_hash.as_slice()));
        self.answers.push(request.answers.as_ref());
    }
}

fn outcome_from(row: &Row) -> BatchOutcome {
    if let Some(base) = row.get::<_, Option<i32>>("base") {
        return BatchOutcome::Written(WrittenBatch { first_number: base + 1, created_at: row.get("at") });
    }
    BatchOutcome::NotOnSale(match (row.get("hidden"), row.get("not_open")) {
        (true, _) => NotOnSale::Hidden,
        (false, true) => NotOnSale::NotOpen,
        (false, false) => NotOnSale::Closed,
    })
}
