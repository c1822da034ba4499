//! One entry of a batch: a request, its row, and the duplicates that are answered with it.

use std::{sync::Arc, time::Duration};

use crate::{
    actors::{Registered, SeatRefusal, SeatRequest},
    db::BatchRow,
    domain::{EventSetup, Registration, RegistrationRef, RegistrationStatus, Ticket},
};

/// A request with its row, and later requests of the same batch with the same key.
pub(in crate::actors::sale) struct BatchEntry {
    pub request: SeatRequest,
    pub row: BatchRow,
    pub duplicates: Vec<SeatRequest>,
}

/// An entry whose registration is committed, but not answered yet.
pub(in crate::actors::sale) struct CommittedEntry {
    pub entry: BatchEntry,
    pub registration: Arc<Registration>,
}

impl CommittedEntry {
    /// Answers the request and its duplicates.
    pub fn answer(self) -> (Arc<EventSetup>, Arc<Registration>) {
        let Self { entry, registration } = self;
        let setup = entry.request.setup.clone();
        entry.answer(|replayed| Ok(Registered { registration: registration.clone(), replayed }));
        (setup, registration)
    }
}

impl BatchEntry {
    /// Answers the request, and its duplicates if their bodies are the same. `result` gets true for a duplicate.
    pub fn answer(self, result: impl Fn(bool) -> Result<Registered, SeatRefusal>) {
        let body_hash = self.request.registration.body_hash;
        self.request.answer(result(false));
        for duplicate in self.duplicates {
            let same = duplicate.registration.body_hash == body_hash;
            duplicate.answer(match result(true) {
                result if same => result,
                Ok(_) => Err(SeatRefusal::KeyReused),
                // The first request did not use the key, and there may be seats for this different request.
                Err(SeatRefusal::SoldOut) => Err(SeatRefusal::Unavailable),
                Err(refusal) => Err(refusal),
            });
        }
    }
}

/// Builds the registration that a row became.
pub(super) fn registration_of(
    row: &BatchRow,
    reference: RegistrationRef,
    created_at: jiff::Timestamp,
    hold: Duration,
) -> Registration {
    let request = &row.request;
    let attendees = request.attendees.iter().zip(&row.tickets).zip(1..);
    Registration {
        reference,
        type_number: request.type_number,
        status: RegistrationStatus::at_creation(request.amount),
        created_at,
        expires_at: request.amount.map(|_| created_at + hold),
        paid_at: None,
        amount: request.amount,
        currency: request.currency,
        access_generation: 1,
        answers: request.answers.clone(),
        imported: false,
        tickets: attendees
            .map(|((attendee, id), position)| Ticket {
                id: *id,
                position,
                generation: 1,
                revoked: false,
                name: attendee.name.clone(),
                email: attendee.email.clone(),
            })
            .collect(),
    }
}
