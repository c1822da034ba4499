//! Every kind of file a registration has: its bytes, and the hash of what goes into it.

use std::sync::Arc;

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use super::{
    confirmation::{confirmation, confirmation_hash},
    facts::TicketPage,
    plan::{Plan, Plans},
    pool::RenderError,
    qr::QrImage,
    ticket::Rendered,
};
use crate::domain::{ContentHash, DocumentKind, EventSetup, Level, Registration, Ticket, TicketCode};

/// One file of a registration, as it would be made now.
pub struct RegistrationFile<'a> {
    pub setup: &'a EventSetup,
    pub registration: &'a Registration,
    pub kind: DocumentKind,
    /// The ticket's position, where the file is of one ticket.
    pub part: i16,
    /// When it was asked for: a confirmation says so.
    pub made_at: Timestamp,
}

impl RegistrationFile<'_> {
    /// Its bytes. Takes its time: a matter for the pool.
    pub fn render(&self, plans: &Plans) -> Result<Rendered, RenderError> {
        match self.kind {
            DocumentKind::Confirmation => confirmation(plans.library(), self.setup, self.registration, self.made_at),
            DocumentKind::Code => {
                let code = self.code()?;
                let image = QrImage::encode(&self.setup.signer.sign(&code), Level::M);
                Ok(Rendered { bytes: image.png(), hash: self.hash_of_code(&code) })
            }
            DocumentKind::Tickets | DocumentKind::Ticket => {
                let plan = plans.of(self.setup).map_err(|error| RenderError::Plan(error.to_string()))?;
                plan.render(&self.pages()?, &self.setup.signer)
            }
        }
    }

    /// The hash that it would carry. `plan` is the event's.
    pub fn hash(&self, plan: &Arc<Plan>) -> Result<ContentHash, RenderError> {
        match self.kind {
            DocumentKind::Confirmation => Ok(confirmation_hash(self.setup, self.registration, self.made_at)),
            DocumentKind::Code => Ok(self.hash_of_code(&self.code()?)),
            DocumentKind::Tickets | DocumentKind::Ticket => Ok(plan.hash(&self.pages()?, &self.setup.signer)),
        }
    }

    /// The ticket it is of.
    pub fn ticket(&self) -> Result<&Ticket, RenderError> {
        let mut tickets = self.registration.tickets.iter();
        tickets.find(|ticket| ticket.position == self.part && !ticket.revoked).ok_or(RenderError::NoTickets)
    }

    fn code(&self) -> Result<TicketCode, RenderError> {
        Ok(TicketPage::of(self.setup, self.registration, self.ticket()?).code)
    }

    fn pages(&self) -> Result<Vec<TicketPage>, RenderError> {
        match self.kind {
            DocumentKind::Ticket => Ok(vec![TicketPage::of(self.setup, self.registration, self.ticket()?)]),
            _ => Ok(TicketPage::all(self.setup, self.registration)),
        }
    }

    fn hash_of_code(&self, code: &TicketCode) -> ContentHash {
        let mut hash = Sha256::new();
        hash.update(concat!("onsale ", env!("CARGO_PKG_VERSION"), " code 1\n"));
        hash.update(self.setup.event.id.0);
        hash.update([self.setup.signer.key_id()]);
        hash.update(code.ticket.0);
        hash.update(code.type_number.0.to_be_bytes());
        hash.update(code.generation.to_be_bytes());
        ContentHash(hash.finalize().into())
    }
}
