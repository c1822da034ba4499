//! Registrations of another system, brought in under their own numbers.

use jiff::Timestamp;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::{Caller, Records, Refusal};
use crate::{
    db::{EventName, ImportedRegistration},
    domain::{Attendee, NewRegistration, Price, RegistrationId, RegistrationRef, Scope, TicketId},
};

/// A registration of another system.
#[derive(Debug)]
pub struct ImportRegistration {
    pub id: RegistrationId,
    /// Code of the ticket type; optional if the event has one type.
    pub ticket_type: Option<String>,
    pub attendees: Vec<Attendee>,
    pub created_at: Option<Timestamp>,
    /// Amount paid and its currency; `None` if it was free.
    pub paid: Option<(i64, String)>,
    pub answers: Map<String, Value>,
}

/// The outcome of an import.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Imported {
    /// The registration was inserted, or would be in a dry run.
    Inserted,
    /// An earlier import inserted it with the same attendees.
    Present,
}

/// Reserves the numbers up to that of `last`, so that none of them is sold during an import.
pub async fn reserve(records: &Records, caller: &Caller, last: &RegistrationId) -> Result<(), Refusal> {
    let by = records.authorize(caller, Scope::RegistrationsWrite).await?;
    let setup = records.catalog.find(EventName::Code(last.code.clone())).await?;
    match setup.filter(|setup| by.owns(setup.event.organizer)) {
        Some(setup) => {
            records.database.reserve_numbers(setup.event.key, last.number).await.map_err(Refusal::from_write)
        }
        // Each of its registrations is refused.
        None => Ok(()),
    }
}

/// Inserts a registration of another system, or only checks it if `dry_run` is true.
pub async fn import(
    records: &Records,
    caller: &Caller,
    command: ImportRegistration,
    dry_run: bool,
) -> Result<Imported, Refusal> {
    let by = records.authorize(caller, Scope::RegistrationsWrite).await?;
    let ImportRegistration { id, ticket_type, attendees, created_at, paid, answers } = command;
    let setup = records.catalog.find(EventName::Code(id.code.clone())).await?;
    let no_event = || Refusal::conflict("no event has the code of this registration");
    let setup = setup.filter(|setup| by.owns(setup.event.organizer)).ok_or_else(no_event)?;
    let new = NewRegistration::check_imported(&setup, ticket_type.as_deref(), attendees, answers)?;
    let paid = paid.map(|(amount, currency)| Price::new(amount, &currency)).transpose();
    let paid = paid.map_err(|fault| Refusal::invalid("/amount", fault))?;
    let reference = RegistrationRef { event: setup.event.key, number: id.number };
    if let Some(known) = records.database.registration_without_answers(reference).await? {
        let known: Vec<_> = known.tickets.into_iter().map(|t| Attendee { name: t.name, email: t.email }).collect();
        return match known == new.attendees {
            true => Ok(Imported::Present),
            false => Err(Refusal::conflict("another registration has this number")),
        };
    }
    if dry_run {
        return Ok(Imported::Inserted);
    }
    let tickets: Vec<_> = new.attendees.iter().map(|_| TicketId(Uuid::new_v4())).collect();
    let row = ImportedRegistration { reference, new: &new, tickets: &tickets, created_at, paid };
    let inserted = records.database.import_registration(&row, &by.actor).await;
    let inserted = inserted.map_err(|error| match error.violated_constraint() {
        Some("event_not_oversold" | "ticket_type_not_oversold") => {
            Refusal::conflict("the event or the ticket type has too few seats left")
        }
        _ => Refusal::from_write(error),
    })?;
    if inserted { Ok(Imported::Inserted) } else { Err(Refusal::conflict("another registration has this number")) }
}
