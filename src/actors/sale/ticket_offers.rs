//! Offers new tickets to the renderer while their data is still in memory.

use std::sync::Arc;

use crate::{
    actors::{Inbox, RenderRequest, Renderer, Surge},
    db::Claim,
    domain::{DocumentRef, EventSetup, Registration, RegistrationStatus},
};

/// The renderer that new tickets are offered to.
pub(super) struct TicketOffers {
    pub renderer: Inbox<Renderer>,
    pub surge: Surge,
    pub grace_seconds: f64,
}

impl TicketOffers {
    /// Offers the tickets of confirmed registrations, except during a surge. A ticket that is not offered, or refused,
    /// is not lost: the confirmed registration is the promise of its file, and the sweeper finds the promise.
    pub fn offer(&self, registered: Vec<(Arc<EventSetup>, Arc<Registration>)>) {
        if self.surge.is_on() {
            return;
        }
        for (setup, registration) in registered {
            if registration.status == RegistrationStatus::Confirmed {
                let claim = Claim::fresh(DocumentRef::tickets(registration.reference), self.grace_seconds);
                drop(self.renderer.offer(RenderRequest { setup, registration, claim, outcome_sender: None }));
            }
        }
    }
}
