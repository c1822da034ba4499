//! Tickets by their random id, and the codes that gates refuse.

use tokio_postgres::Row;

use super::{Database, DbError};
use crate::domain::{EventKey, RegistrationRef, Ticket, TicketId};

/// A revoked code: this generation and all before it are refused.
#[derive(Debug, Clone, Copy)]
pub struct RevokedCode {
    pub number: i32,
    pub position: i16,
    pub ticket: TicketId,
    pub generation: i16,
}

impl Database {
    /// Returns the registration of a ticket.
    pub async fn find_ticket(&self, id: TicketId) -> Result<Option<RegistrationRef>, DbError> {
        let row = self.row("reading a ticket", include_str!("queries/tickets/find.sql"), &[&id.0]).await?;
        Ok(row.map(|row| RegistrationRef { event: EventKey(row.get("event_key")), number: row.get("number") }))
    }

    /// Returns a page of an event's revoked codes; `after` is the number and position of the last one of the page
    /// before.
    pub async fn revoked_codes(
        &self,
        event: EventKey,
        after: (i32, i16),
        limit: i64,
    ) -> Result<Vec<RevokedCode>, DbError> {
        let sql = include_str!("queries/tickets/revoked.sql");
        let rows = self.rows("listing revoked codes", sql, &[&event.0, &after.0, &after.1, &limit]).await?;
        Ok(rows
            .iter()
            .map(|row| RevokedCode {
                number: row.get("number"),
                position: row.get("position"),
                ticket: TicketId(row.get("ticket_id")),
                generation: row.get("generation"),
            })
            .collect())
    }
}

pub(super) fn ticket_from(row: &Row) -> Ticket {
    Ticket {
        id: TicketId(row.get("ticket_id")),
        position: row.get("position"),
        generation: row.get("generation"),
        revoked: row.get("revoked"),
        name: row.get("name"),
        email: row.get("email"),
    }
}
