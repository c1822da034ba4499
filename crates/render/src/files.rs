//! All kinds of file that a registration has: their bytes, and the hash of their inputs.

use std::sync::Arc;

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use super::{
    RENDERER_VERSION,
    confirmation::{confirmation, confirmation_hash},
    facts::TicketValues,
    plan::{Plan, PlanCache},
    pool::RenderError,
    qr::QrImage,
    ticket::Rendered,
};
use crate::domain::{ContentHash, DocumentKind, EventSetup, Level, Registration, Ticket, TicketCode};

/// A file of a registration, rendered from the current state.
pub struct RegistrationFile<'a> {
    pub setup: &'a EventSetup,
    pub registration: &'a Registration,
    pub kind: DocumentKind,
    /// Position of the ticket, if the file is of one ticket.
    pub part: i16,
    /// Time of the request; it is printed on a confirmation.
    pub made_at: Timestamp,
}

impl RegistrationFile<'_> {
    /// Renders the file. Slow: call on a thread of the render pool.
    pub fn render(&self, plans: &PlanCache) -> Result<Rendered, RenderError> {
        match self.kind {
            DocumentKind::Confirmation => confirmation(plans.library(), self.setup, self.registration, self.made_at),
            DocumentKind::Code => {
                let code = self.code()?;
                let image = QrImage::encode(&self.setup.signer.sign(&code), Level::M);
                Ok(Rendered { bytes: image.png(), hash: self.code_hash(&code) })
            }
            DocumentKind::Tickets | DocumentKind::Ticket => {
                let plan = plans.get_or_compile(self.setup).map_err(|error| RenderError::Plan(error.to_string()))?;
                plan.render(&self.pages()?, &self.setup.signer)
            }
        }
    }

    /// Returns the hash that the rendered file would have. `plan` is the plan of the event.
    pub fn hash(&self, plan: &Arc<Plan>) -> Result<ContentHash, RenderError> {
        match self.kind {
            DocumentKind::Confirmation => Ok(confirmation_hash(self.setup, self.registration, self.made_at)),
            DocumentKind::Code => Ok(self.code_hash(&self.code()?)),
            DocumentKind::Tickets | DocumentKind::Ticket => Ok(plan.hash(&self.pages()?, &self.setup.signer)),
        }
    }

    /// Returns the ticket that the file is of, if it is not revoked.
    pub fn ticket(&self) -> Result<&Ticket, RenderError> {
        let mut tickets = self.registration.tickets.iter();
        tickets.find(|ticket| ticket.position == self.part && !ticket.revoked).ok_or(RenderError::NoTickets)
    }

    fn code(&self) -> Result<TicketCode, RenderError> {
        Ok(TicketValues::of(self.setup, self.registration, self.ticket()?).code)
    }

    fn pages(&self) -> Result<Vec<TicketValues>, RenderError> {
        match self.kind {
            DocumentKind::Ticket => Ok(vec![TicketValues::of(self.setup, self.registration, self.ticket()?)]),
            _ => Ok(TicketValues::all(self.setup, self.registration)),
        }
    }

    fn code_hash(&self, code: &TicketCode) -> ContentHash {
        let mut hash = Sha256::new();
        hash.update(RENDERER_VERSION);
        hash.update(" code\n");
        hash.update(self.setup.event.id.0);
        hash.update([self.setup.signer.key_id()]);
        hash.update(code.ticket.0);
        hash.update(code.type_number.0.to_be_bytes());
        hash.update(code.generation.to_be_bytes());
        ContentHash(hash.finalize().into())
    }
}
