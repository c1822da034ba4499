//! The values of a message to an address: links to all of its registrations.

use crate::{
    domain::{EventSetup, Registration, Secret, layout::Case, layout::Format, normal_address},
    mail::{Look, MailField, MailValues, OwnField, Row, RowKind},
    render::Facts,
};

/// A message with the registrations of an address. Its language is that of the first event.
#[derive(Debug, Default)]
pub struct AddressLetter {
    base_url: String,
    pub language: String,
    pub name: String,
    is_rtl: bool,
    rows: Vec<Row>,
}

impl AddressLetter {
    pub fn new(base_url: String) -> Self {
        Self { base_url, ..Self::default() }
    }

    /// Adds a registration if its contact has the address: its link gives access to all tickets. Returns false if not.
    pub fn add(&mut self, setup: &EventSetup, registration: &Registration, address: &str, secret: &Secret) -> bool {
        let facts = Facts::new(setup);
        let draft = &setup.event.draft;
        let own = |email: &str| normal_address(email) == normal_address(address);
        let Some(ticket) = registration.tickets.first().filter(|ticket| own(&ticket.email)) else {
            return false;
        };
        if self.rows.is_empty() {
            self.language.clone_from(&draft.language);
            self.is_rtl = facts.locale.is_rtl();
            self.name.clone_from(&ticket.name);
        }
        let number = registration.reference.number;
        let id = setup.registration_id(number);
        let token = secret.access_token(setup.event.id, number, registration.access_generation);
        self.rows.push(Row {
            title: draft.title.clone(),
            detail: format!("{} · {id}", facts.locale.days(draft.starts_at, draft.ends_at)),
            link: format!("{}/registrations/{id}?token={}", self.base_url, token.reveal()),
        });
        true
    }

    /// Returns the look of messages of the server.
    pub fn look(&self, sender: &str) -> Look {
        let (language, sender) = (self.language.clone(), sender.to_owned());
        Look { language, is_rtl: self.is_rtl, sender, ..Look::plain() }
    }
}

impl MailValues for AddressLetter {
    fn value(&self, field: &MailField, _: Format) -> String {
        match field {
            MailField::Own(OwnField::RecipientName) => self.name.clone(),
            MailField::Own(_) | MailField::Shared(_) => String::new(),
        }
    }

    fn in_case(&self, text: String, _: Case) -> String {
        text
    }

    fn rows(&self, kind: RowKind) -> Vec<Row> {
        match kind {
            RowKind::Registrations => self.rows.clone(),
            RowKind::Tickets => Vec::new(),
        }
    }
}
