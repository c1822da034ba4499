//! Corrections of the names and e-mail addresses of a registration.

use std::sync::Arc;

use jiff::Timestamp;

use super::{Caller, Refusal, Tools, registrations::after_write, rights::Changeable};
use crate::domain::{Attendee, EventSetup, Faults, Registration, RegistrationStatus, Scope, TicketId};

const NOT_VALID: &str = "the registration is not valid any more";
/// Codes of one ticket that a holder can have.
const MAX_HOLDER_CODES: i16 = 50;

/// A correction of a ticket; `None` keeps the value.
#[derive(Debug)]
pub struct Correction {
    pub ticket: TicketId,
    pub name: Option<String>,
    pub email: Option<String>,
}

/// Corrects names and e-mail addresses of a valid registration. Its files are made again. A new address of the first
/// ticket revokes the access tokens. A holder may correct until the time that the organizer has set; the tickets get new
/// codes then, because the former attendee has the present ones. An organizer decides about that.
pub async fn correct(
    tools: &Tools,
    caller: &Caller,
    id: &str,
    corrections: Vec<Correction>,
    with_new_codes: bool,
) -> Result<(Arc<EventSetup>, Registration), Refusal> {
    let Tools { records, files, .. } = tools;
    let changeable = records.changeable(caller, Scope::RegistrationsWrite, id).await?;
    let is_holder = matches!(changeable, Changeable::ByHolder(_));
    let (actor, setup, reference) = changeable.parts();
    if is_holder && setup.renames_end() <= Timestamp::now() {
        return Err(Refusal::conflict("names cannot be changed any more"));
    }
    let before = records.database.registration_without_answers(reference).await?.ok_or(Refusal::NotFound)?;
    if matches!(before.status, RegistrationStatus::Cancelled | RegistrationStatus::Expired) {
        return Err(Refusal::conflict(NOT_VALID));
    }
    let corrected = check_corrections(&before, corrections)?;
    if is_holder {
        check_by_holder(&before, &corrected)?;
    }
    let tickets = records.database.correct_tickets(&before, &corrected, is_holder || with_new_codes, &actor).await;
    if tickets.map_err(Refusal::from_write)? == 0 {
        return Err(Refusal::conflict(NOT_VALID));
    }
    files.links.invalidate(reference.event);
    Ok((setup, after_write(records, reference).await?))
}

/// A holder keeps the contact's address, which the registration belongs to, and cannot have new codes without end.
fn check_by_holder(before: &Registration, corrected: &[(i16, Attendee)]) -> Result<(), Refusal> {
    let mut faults = Faults::default();
    for (index, (position, attendee)) in corrected.iter().enumerate() {
        let known = before.tickets.iter().find(|ticket| ticket.position == *position);
        if known.is_some_and(|known| known.position == 1 && known.email != attendee.email) {
            faults.add(format!("/tickets/{index}/email"), "is the contact's address: the organizer changes it");
        }
        if known.is_some_and(|known| MAX_HOLDER_CODES <= known.generation) {
            return Err(Refusal::conflict("the ticket was changed many times; the organizer can change it"));
        }
    }
    Ok(faults.into_result()?)
}

/// Returns the corrected tickets by position.
fn check_corrections(before: &Registration, corrections: Vec<Correction>) -> Result<Vec<(i16, Attendee)>, Faults> {
    let mut faults = Faults::default();
    let mut corrected: Vec<(i16, Attendee)> = Vec::new();
    if corrections.is_empty() {
        faults.add("/tickets", "must have at least one entry");
    }
    for (index, Correction { ticket, name, email }) in corrections.into_iter().enumerate() {
        let pointer = format!("/tickets/{index}");
        match before.tickets.iter().find(|known| known.id == ticket) {
            None => faults.add(format!("{pointer}/ticketId"), "is no ticket of this registration"),
            Some(known) if corrected.iter().any(|(position, _)| *position == known.position) => {
                faults.add(format!("{pointer}/ticketId"), "is corrected twice");
            }
            Some(known) => {
                let attendee = Attendee {
                    name: name.unwrap_or_else(|| known.name.clone()),
                    email: email.unwrap_or_else(|| known.email.clone()),
                };
                corrected.push((known.position, attendee.check(&mut faults, &pointer)));
            }
        }
    }
    faults.into_result().map(|()| corrected)
}
