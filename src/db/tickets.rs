//! Tickets: found by their random id, and the list of those a gate must refuse.

use tokio_postgres::Row;

use super::{Database, DbError};
use crate::domain::{EventKey, RegistrationRef, Ticket, TicketId};

/// A code that is not valid any more.
#[derive(Debug, Clone, Copy)]
pub struct RevokedCode {
    pub number: i32,
    pub position: i16,
    pub ticket: TicketId,
    pub generation: i16,
}

impl Database {
    /// The registration a ticket belongs to.
    pub async fn find_ticket(&self, id: TicketId) -> Result<Option<RegistrationRef>, DbError> {
        let row = self.row("looking a ticket up", include_str!("queries/tickets/find.sql"), &[&id.0]).await?;
        Ok(row.map(|row| RegistrationRef { event: EventKey(row.get("event_key")), number: row.get("number") }))
    }

    /// A page of the event's revoked codes, from behind `after` on.
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
