//! Registrations: read one by one or in pages, imported, corrected, cancelled, paid, expired.

use std::collections::HashMap;

use jiff::Timestamp;
use tokio_postgres::{Row, types::ToSql};

use super::{Database, DbError, RegistrationFilter, tickets::ticket_from};
use crate::domain::{
    Attendee, EventKey, NewRegistration, Price, Registration, RegistrationRef, RegistrationStatus, Ticket, TicketId,
    TypeNumber, currency_code, normal_address, ticket_words,
};

/// A page of a listing.
#[derive(Debug)]
pub struct RegistrationPage {
    pub rows: Vec<Registration>,
    /// True if further registrations may follow.
    pub is_followed: bool,
}

/// A registration of another system.
#[derive(Debug)]
pub struct ImportedRegistration<'a> {
    pub reference: RegistrationRef,
    pub new: &'a NewRegistration,
    pub tickets: &'a [TicketId],
    pub created_at: Option<Timestamp>,
    /// Amount that was paid; `None` if it was free.
    pub paid: Option<Price>,
}

/// A page of a listing ends before its answers exceed this many bytes.
const MAX_PAGE_BYTES: i64 = 1024 * 1024;

impl Database {
    /// Returns registrations of an event with their tickets, in no particular order.
    pub async fn registrations(&self, event: EventKey, numbers: &[i32]) -> Result<Vec<Registration>, DbError> {
        self.find_registrations(event, numbers, true).await
    }

    async fn find_registrations(
        &self,
        event: EventKey,
        numbers: &[i32],
        with_answers: bool,
    ) -> Result<Vec<Registration>, DbError> {
        let sql = include_str!("queries/registrations/find.sql");
        let rows = self.rows("reading registrations", sql, &[&event.0, &numbers, &with_answers]).await?;
        let mut tickets = self.tickets_of(event, numbers).await?;
        rows.iter().map(|row| registration_from(event, row, &mut tickets)).collect()
    }

    /// Returns those of the numbers that no registration of the event has.
    pub async fn unknown_registrations(&self, event: EventKey, numbers: &[i32]) -> Result<Vec<i32>, DbError> {
        let sql = include_str!("queries/registrations/unknown.sql");
        let rows = self.rows("reading registrations", sql, &[&event.0, &numbers]).await?;
        Ok(rows.iter().map(|row| row.get("number")).collect())
    }

    /// True if the event has or had registrations: numbers begin at 1 and have no gaps.
    pub async fn has_registrations(&self, event: EventKey) -> Result<bool, DbError> {
        let sql = include_str!("queries/registrations/any.sql");
        Ok(self.row("reading registrations", sql, &[&event.0]).await?.is_some())
    }

    /// Returns one registration with its tickets.
    pub async fn registration(&self, reference: RegistrationRef) -> Result<Option<Registration>, DbError> {
        Ok(self.registrations(reference.event, &[reference.number]).await?.pop())
    }

    /// Returns registrations like [`Self::registrations`], but without their answers, for work that does not print them.
    pub async fn registrations_without_answers(
        &self,
        event: EventKey,
        numbers: &[i32],
    ) -> Result<Vec<Registration>, DbError> {
        self.find_registrations(event, numbers, false).await
    }

    /// Returns one registration like [`Self::registration`], but without its answers.
    pub async fn registration_without_answers(
        &self,
        reference: RegistrationRef,
    ) -> Result<Option<Registration>, DbError> {
        Ok(self.registrations_without_answers(reference.event, &[reference.number]).await?.pop())
    }

    /// Returns a page of an event's registrations, the newest first.
    pub async fn list_registrations(
        &self,
        event: EventKey,
        filter: &RegistrationFilter,
    ) -> Result<RegistrationPage, DbError> {
        let numbers = self.matching_numbers(event, filter).await?;
        let sql = include_str!("queries/registrations/page.sql");
        let rows = self.rows("listing registrants", sql, &[&event.0, &numbers, &MAX_PAGE_BYTES]).await?;
        let mut tickets = self.tickets_of(event, &numbers).await?;
        Ok(RegistrationPage {
            is_followed: numbers.len() as i64 >= filter.limit || rows.len() < numbers.len(),
            rows: rows.iter().map(|row| registration_from(event, row, &mut tickets)).collect::<Result<_, _>>()?,
        })
    }

    /// Cancels a registration; `actor` is for the audit log. `false` if there is none, or it was over already.
    pub async fn cancel_registration(
        &self,
        registration: RegistrationRef,
        only_unpaid: bool,
        actor: &str,
    ) -> Result<bool, DbError> {
        let sql = include_str!("queries/registrations/cancel.sql");
        let params: [&(dyn ToSql + Sync); 4] = [&registration.event.0, &registration.number, &actor, &only_unpaid];
        let lock = (include_str!("queries/registrations/lock.sql"), 2);
        let rows = self.rows_after_lock("cancelling a registration", lock, sql, &params).await?;
        Ok(rows.first().is_some_and(|row| row.get::<_, i64>("cancelled") > 0))
    }

    /// Keeps the seats of an unpaid registration for `seconds` from now, if they are held until before `most` seconds after it
    /// was made. Returns the new end; `None` if nothing changed.
    pub async fn extend_hold(
        &self,
        registration: RegistrationRef,
        seconds: f64,
        most: f64,
    ) -> Result<Option<Timestamp>, DbError> {
        let sql = include_str!("queries/registrations/extend_hold.sql");
        let RegistrationRef { event, number } = registration;
        let row = self.row("extending a hold", sql, &[&event.0, &number, &seconds, &most]).await?;
        Ok(row.map(|row| row.get("expires_at")))
    }

    /// Inserts a registration of another system; `actor` is for the audit log. `false` if its number is taken.
    pub async fn import_registration(&self, row: &ImportedRegistration<'_>, actor: &str) -> Result<bool, DbError> {
        let ImportedRegistration { reference, new, tickets, created_at, paid } = row;
        let ids: Vec<_> = tickets.iter().map(|id| id.0).collect();
        let names: Vec<_> = new.attendees.iter().map(|attendee| attendee.name.as_str()).collect();
        let emails: Vec<_> = new.attendees.iter().map(|attendee| attendee.email.as_str()).collect();
        let (amount, currency) = (paid.map(|paid| paid.amount), paid.map(|paid| paid.currency.code()));
        let seats = new.seats();
        let words: Vec<_> = new.attendees.iter().map(ticket_words).collect();
        let addresses: Vec<_> = new.attendees.iter().map(|attendee| normal_address(&attendee.email)).collect();
        let sql = include_str!("queries/registrations/import.sql");
        let params: [&(dyn ToSql + Sync); 14] = [
            &reference.event.0,
            &reference.number,
            &new.type_number.0,
            &seats,
            created_at,
            &amount,
            &currency,
            &new.answers,
            &ids,
            &names,
            &emails,
            &actor,
            &words,
            &addresses,
        ];
        // Seats are locked before registrations are written, as in a batch.
        let lock = (include_str!("queries/events/lock_seats.sql"), 1);
        Ok(!self.rows_after_lock("importing a registration", lock, sql, &params).await?.is_empty())
    }

    /// Reserves the numbers up to `last` for an import: registrations sold from now on get higher ones.
    pub async fn reserve_numbers(&self, event: EventKey, last: i32) -> Result<(), DbError> {
        let sql = include_str!("queries/registrations/reserve_numbers.sql");
        self.rows("reserving numbers", sql, &[&event.0, &last]).await.map(drop)
    }

    /// Replaces the names and e-mail addresses of tickets of the registration `before`, given by position; `actor` is for
    /// the audit log. Returns the number of tickets.
    pub async fn correct_tickets(
        &self,
        before: &Registration,
        corrected: &[(i16, Attendee)],
        with_new_codes: bool,
        actor: &str,
    ) -> Result<i64, DbError> {
        let new_codes = i32::from(with_new_codes);
        let positions: Vec<_> = corrected.iter().map(|(position, _)| *position).collect();
        let names: Vec<_> = corrected.iter().map(|(_, attendee)| attendee.name.as_str()).collect();
        let emails: Vec<_> = corrected.iter().map(|(_, attendee)| attendee.email.as_str()).collect();
        let words: Vec<_> = corrected.iter().map(|(_, attendee)| ticket_words(attendee)).collect();
        let addresses: Vec<_> = corrected.iter().map(|(_, attendee)| normal_address(&attendee.email)).collect();
        let (changed, kept): (Vec<_>, Vec<_>) =
            before.tickets.iter().partition(|ticket| positions.contains(&ticket.position));
        let kept: Vec<_> = kept.iter().map(|ticket| normal_address(&ticket.email)).collect();
        let left = changed.iter().map(|ticket| normal_address(&ticket.email));
        let left: Vec<_> = left.filter(|address| !addresses.contains(address) && !kept.contains(address)).collect();
        let sql = include_str!("queries/registrations/correct.sql");
        let RegistrationRef { event, number } = before.reference;
        let params: [&(dyn ToSql + Sync); 10] =
            [&event.0, &number, &positions, &names, &emails, &actor, &words, &addresses, &left, &new_codes];
        let lock = (include_str!("queries/registrations/lock.sql"), 2);
        let rows = self.rows_after_lock("correcting a registration", lock, sql, &params).await?;
        Ok(rows.first().map_or(0, |row| row.get("corrected")))
    }

    /// Confirms a held registration as paid. `false` if its hold has expired or there is none.
    pub async fn mark_paid(
        &self,
        registration: RegistrationRef,
        grace_seconds: f64,
        actor: &str,
    ) -> Result<bool, DbError> {
        let sql = include_str!("queries/registrations/mark_paid.sql");
        let params: [&(dyn ToSql + Sync); 4] = [&registration.event.0, &registration.number, &grace_seconds, &actor];
        Ok(self.row("marking a registration paid", sql, &params).await?.is_some())
    }

    /// Expires at most `limit` unpaid holds and releases their seats. Returns the number of registrations.
    pub async fn expire_holds(&self, limit: i64) -> Result<i64, DbError> {
        let sql = include_str!("queries/registrations/expire_holds.sql");
        Ok(self.row("expiring holds", sql, &[&limit]).await?.map_or(0, |row| row.get("expired")))
    }
}

fn registration_from(
    event: EventKey,
    row: &Row,
    tickets: &mut HashMap<i32, Vec<Ticket>>,
) -> Result<Registration, DbError> {
    let number = row.get("number");
    Ok(Registration {
        reference: RegistrationRef { event, number },
        type_number: TypeNumber(row.get("type_number")),
        status: RegistrationStatus::from_number(row.get("status"))
            .ok_or(DbError::Unexpected { doing: "reading registrations", what: "status" })?,
        created_at: row.get("created_at"),
        expires_at: row.get("expires_at"),
        paid_at: row.get("paid_at"),
        amount: row.get("amount"),
        currency: row.get::<_, Option<&str>>("currency").and_then(currency_code),
        access_generation: row.get("access_generation"),
        answers: row.get("answers"),
        imported: row.get("imported"),
        tickets: tickets.remove(&number).unwrap_or_default(),
    })
}

impl Database {
    async fn tickets_of(&self, event: EventKey, numbers: &[i32]) -> Result<HashMap<i32, Vec<Ticket>>, DbError> {
        let sql = include_str!("queries/tickets/of_registrations.sql");
        let mut tickets = HashMap::<_, Vec<_>>::new();
        for row in self.rows("reading tickets", sql, &[&event.0, &numbers]).await? {
            tickets.entry(row.get("number")).or_default().push(ticket_from(&row));
        }
        Ok(tickets)
    }
}
