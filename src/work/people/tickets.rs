//! My tickets: the registrations whose contact or attendee has the confirmed address of a person.

use std::sync::Arc;

use jiff::Timestamp;

use super::super::{Caller, Records, Refusal};
use crate::{
    db::EventName,
    domain::{AccessToken, EventKey, EventSetup, Registration, RegistrationRef, Ticket, normal_address},
};

/// A registration of a person.
#[derive(Debug)]
pub struct OwnRegistration {
    pub setup: Arc<EventSetup>,
    pub registration: Registration,
    /// All tickets for the contact; for others, the own ones.
    pub tickets: Vec<Ticket>,
    /// Of the contact: gives access to the registration.
    pub access_token: Option<AccessToken>,
}

/// The place of a registration in the list: the start of its event, and the registration.
pub type Place = (Timestamp, RegistrationRef);

/// After 9999: before the first registration of the list.
pub(super) const FIRST: Place =
    (Timestamp::constant(253_402_207_200, 0), RegistrationRef { event: EventKey(i32::MAX), number: i32::MAX });

/// Returns a page of the person's registrations, the latest event first, and their places.
pub async fn list(
    records: &Records,
    caller: &Caller,
    after: Option<Place>,
    limit: i64,
) -> Result<(Vec<Place>, Vec<OwnRegistration>), Refusal> {
    let person = records.person(caller).await?;
    page(records, &person.address, after.unwrap_or(FIRST), limit, false).await
}

/// Returns a page of the registrations of an address.
pub(super) async fn page(
    records: &Records,
    address: &str,
    after: Place,
    limit: i64,
    with_drafts: bool,
) -> Result<(Vec<Place>, Vec<OwnRegistration>), Refusal> {
    let places = records.database.registrations_of_address(address, after, limit, with_drafts).await?;
    let mut own = Vec::with_capacity(places.len());
    for (_, of) in &places {
        let setup = records.catalog.find(EventName::Key(of.event)).await?;
        let registration = records.database.registration_without_answers(*of).await?;
        if let Some((setup, registration)) = setup.zip(registration) {
            own.extend(own_part(records, address, setup, registration));
        }
    }
    Ok((places, own))
}

fn own_part(
    records: &Records,
    address: &str,
    setup: Arc<EventSetup>,
    registration: Registration,
) -> Option<OwnRegistration> {
    let is_contact = registration.has_contact(address);
    let is_own = |ticket: &&Ticket| is_contact || normal_address(&ticket.email) == address;
    let tickets: Vec<_> = registration.tickets.iter().filter(is_own).cloned().collect();
    let number = registration.reference.number;
    let token = || records.catalog.secret().access_token(setup.event.id, number, registration.access_generation);
    let access_token = is_contact.then(token);
    (!tickets.is_empty()).then_some(OwnRegistration { setup, registration, tickets, access_token })
}
