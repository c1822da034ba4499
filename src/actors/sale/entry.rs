//! One request of a batch on its way: the row it becomes, its twins, and how all of them are answered.

use std::{sync::Arc, time::Duration};

use super::ask::{Ask, Refusal, Registered};
use crate::{
    db::BatchRow,
    domain::{EventSetup, Registration, RegistrationRef, RegistrationStatus, Ticket},
};

/// An ask with the row it becomes, and the later ones with the same key.
pub(super) struct Entry {
    pub ask: Ask,
    pub row: BatchRow,
    pub twins: Vec<Ask>,
}

/// Somebody whose seats are committed.
pub(super) struct Seated {
    pub entry: Entry,
    pub registration: Arc<Registration>,
}

impl Seated {
    /// Tells whoever waits for it.
    pub fn tell(self) -> (Arc<EventSetup>, Arc<Registration>) {
        let Self { entry, registration } = self;
        let setup = entry.ask.setup.clone();
        entry.answer(|replayed| Ok(Registered { registration: registration.clone(), replayed }));
        (setup, registration)
    }
}

impl Entry {
    /// Answers the ask, and its twins if they are the same request; `result` is told whether it is for a twin.
    pub fn answer(self, result: impl Fn(bool) -> Result<Registered, Refusal>) {
        let body_hash = self.ask.request.body_hash;
        self.ask.answer(result(false));
        for twin in self.twins {
            let same = twin.request.body_hash == body_hash;
            twin.answer(match result(true) {
                result if same => result,
                Ok(_) => Err(Refusal::KeyReused),
                // The key is free after all, and for what this one asks there may be seats.
                Err(Refusal::SoldOut) => Err(Refusal::Unavailable),
                Err(refusal) => Err(refusal),
            });
        }
    }
}

/// The registration that a row became.
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
        answers: request.answers.clone(),
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
