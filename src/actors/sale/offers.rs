//! Offering fresh tickets to the renderer while their data is still in memory.

use std::sync::Arc;

use crate::{
    actors::{Inbox, Make, Renderer, Surge},
    db::Claim,
    domain::{DocumentRef, EventSetup, Registration, RegistrationStatus},
};

/// Where fresh tickets are offered.
pub(super) struct Offers {
    pub renderer: Inbox<Renderer>,
    pub surge: Surge,
    pub grace_seconds: f64,
}

impl Offers {
    /// Offers what can be rendered. What is refused, or left out in a hurry, is no loss: the registration is the promise of
    /// its file, and the sweeper finds it.
    pub fn make(&self, registered: Vec<(Arc<EventSetup>, Arc<Registration>)>) {
        if self.surge.is_on() {
            return;
        }
        for (setup, registration) in registered {
            if registration.status == RegistrationStatus::Confirmed {
                let claim = Claim::fresh(DocumentRef::tickets(registration.reference), self.grace_seconds);
                drop(self.renderer.offer(Make { setup, registration, claim, tell: None }));
            }
        }
    }
}
