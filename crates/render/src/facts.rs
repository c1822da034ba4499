//! Values of a layout's fields: those of the event and its ticket types, and those of one ticket.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Value;
use uuid::Uuid;

use super::locale::LocaleFormatter;
use crate::domain::{
    EventSetup, Registration, RegistrationId, Ticket, TicketCode, TicketId, TypeNumber,
    layout::{Case, Field, Format, Known, OneOrMany, Piece, Template, When},
};

/// Field values of one ticket.
#[derive(Debug, Clone)]
pub struct TicketValues {
    pub name: String,
    pub email: String,
    pub label: String,
    pub position: i16,
    pub count: usize,
    pub registration: String,
    pub contact: String,
    pub created_at: Timestamp,
    pub answers: Option<Value>,
    pub code: TicketCode,
}

impl TicketValues {
    /// Returns the values of one ticket.
    pub fn of(setup: &EventSetup, registration: &Registration, ticket: &Ticket) -> Self {
        let id = RegistrationId { code: setup.event.code.clone(), number: registration.reference.number };
        Self {
            name: ticket.name.clone(),
            email: ticket.email.clone(),
            label: id.ticket_label(ticket.position),
            position: ticket.position,
            count: registration.tickets.len(),
            registration: id.to_string(),
            contact: registration.tickets.first().map(|first| first.name.clone()).unwrap_or_default(),
            created_at: registration.created_at,
            answers: registration.answers.clone(),
            code: TicketCode {
                ticket: ticket.id,
                type_number: registration.type_number,
                generation: ticket.generation,
            },
        }
    }

    /// Returns a sample ticket for previews and benchmarks. Its code has the nil ticket id.
    pub fn sample(setup: &EventSetup, name: &str) -> Self {
        let id = RegistrationId { code: setup.event.code.clone(), number: 42 };
        let type_number = setup.types.first().map_or(TypeNumber(1), |first| first.number);
        Self {
            name: name.into(),
            email: "ada@example.com".into(),
            label: id.ticket_label(1),
            position: 1,
            count: 1,
            registration: id.to_string(),
            contact: name.into(),
            created_at: setup.event.draft.starts_at,
            answers: None,
            code: TicketCode { ticket: TicketId(Uuid::nil()), type_number, generation: 1 },
        }
    }

    /// Returns the values of all valid (not revoked) tickets of a registration.
    pub fn all(setup: &EventSetup, registration: &Registration) -> Vec<Self> {
        let valid = registration.tickets.iter().filter(|ticket| !ticket.revoked);
        valid.map(|ticket| Self::of(setup, registration, ticket)).collect()
    }
}

/// Field values of an event and its ticket types.
pub struct Facts<'s> {
    pub locale: LocaleFormatter,
    setup: &'s EventSetup,
}

impl<'s> Facts<'s> {
    /// Creates the values of an event.
    pub fn new(setup: &'s EventSetup) -> Self {
        let draft = &setup.event.draft;
        Self { locale: LocaleFormatter::new(&draft.timezone, &draft.language), setup }
    }

    /// Returns the value of an event field; empty for a ticket field.
    fn value(&self, field: &Field, format: Format) -> String {
        let event = &self.setup.event;
        let draft = &event.draft;
        let Field::Known(known) = field else { return String::new() };
        match known {
            Known::EventTitle => draft.title.clone(),
            Known::EventDescription => draft.description.clone().unwrap_or_default(),
            Known::EventCategory => draft.category.clone().unwrap_or_default(),
            Known::EventVenue => draft.venue.name.clone(),
            Known::EventAddress => draft.venue.address.clone().unwrap_or_default(),
            Known::EventOrganizer => event.organizer_name.clone(),
            Known::EventCode => draft.code.clone(),
            Known::EventTimezone => draft.timezone.clone(),
            Known::EventDate => self.locale.days(draft.starts_at, draft.ends_at),
            Known::EventTime => self.locale.hours(draft.starts_at, draft.ends_at),
            Known::EventStartsAt => self.locale.moment(draft.starts_at, format),
            Known::EventEndsAt => self.locale.moment(draft.ends_at, format),
            _ => String::new(),
        }
    }

    /// Returns the values of each ticket type.
    pub fn types(&self) -> BTreeMap<TypeNumber, TypeFacts> {
        let facts = self.setup.types.iter().map(|t| {
            let price = |format| self.locale.money(t.price, format);
            let facts = TypeFacts {
                name: t.name.clone(),
                code: t.code.to_string(),
                description: t.description.clone().unwrap_or_default(),
                price: price(Format::Plain),
                amount: price(Format::Amount),
            };
            (t.number, facts)
        });
        facts.collect()
    }

    /// Returns the value of a field that is the same for all tickets of the event. `None` for others.
    pub fn event_value(&self, field: &Field, format: Format) -> Option<String> {
        (!field.is_of_ticket()).then(|| self.value(field, format))
    }

    /// Returns the value of any field for a ticket.
    pub fn value_for(&self, ticket: &TicketValues, field: &Field, format: Format) -> String {
        if !field.is_of_ticket() {
            return self.value(field, format);
        }
        let piece = Piece::Value { field: field.clone(), format, case: Case::Kept };
        let of_type = match piece.is_of_type() {
            true => self.types().remove(&ticket.code.type_number).unwrap_or_default(),
            false => TypeFacts::default(),
        };
        let mut text = String::new();
        append_value(&mut text, ticket, &of_type, &self.locale, field, format, Case::Kept);
        text
    }

    /// Replaces event fields with their values. Ticket fields stay in the result.
    pub fn fill(&self, template: &Template) -> Vec<Piece> {
        let mut pieces: Vec<Piece> = Vec::new();
        for piece in &template.0 {
            let words = match piece {
                Piece::Words(words) => words.clone(),
                Piece::Value { field, .. } if field.is_of_ticket() => {
                    pieces.push(piece.clone());
                    continue;
                }
                Piece::Value { field, format, case } => self.locale.in_case(self.value(field, *format), *case),
            };
            match pieces.last_mut() {
                _ if words.is_empty() => {}
                Some(Piece::Words(before)) => before.push_str(&words),
                _ => pieces.push(Piece::Words(words)),
            }
        }
        pieces
    }

    /// Evaluates a condition on an event field. Returns a condition on a ticket field as `Err`.
    pub fn evaluate(&self, when: &When) -> Result<bool, Condition> {
        let field = Field::parse(&when.field).unwrap_or_else(|_| Field::Answer(when.field.clone()));
        let condition = Condition { field, is: when.is.clone(), not: when.not };
        if condition.field.is_of_ticket() {
            Err(condition)
        } else {
            Ok(condition.holds(&self.value(&condition.field, Format::Plain)))
        }
    }
}

/// A condition under which an element is shown.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition {
    pub field: Field,
    is: Option<OneOrMany>,
    not: bool,
}

impl Condition {
    /// True if the condition holds for the field value.
    pub fn holds(&self, value: &str) -> bool {
        let holds = match &self.is {
            None => !value.is_empty(),
            Some(values) => values.as_slice().iter().any(|one| one == value),
        };
        holds != self.not
    }
}

/// Field values of a ticket type.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TypeFacts {
    pub name: String,
    pub code: String,
    pub description: String,
    pub price: String,
    pub amount: String,
}

impl TypeFacts {
    /// Returns the value of a ticket type field; empty for other fields.
    fn value(&self, known: Known, format: Format) -> &str {
        match known {
            Known::TicketType => &self.name,
            Known::TicketTypeCode => &self.code,
            Known::TicketTypeDescription => &self.description,
            Known::TicketPrice if format == Format::Amount => &self.amount,
            Known::TicketPrice => &self.price,
            _ => "",
        }
    }

    /// Fills in a text. `None` if it has a field that is not of the ticket type.
    pub fn fill(&self, pieces: &[Piece], locale: &LocaleFormatter) -> Option<String> {
        let mut text = String::new();
        for piece in pieces {
            match piece {
                Piece::Words(words) => text.push_str(words),
                Piece::Value { field: Field::Known(known), format, case } if piece.is_of_type() => {
                    text.push_str(&locale.in_case(self.value(*known, *format).to_owned(), *case));
                }
                Piece::Value { .. } => return None,
            }
        }
        Some(text)
    }
}

/// Appends the value of a ticket field to `text`.
pub fn append_value(
    text: &mut String,
    page: &TicketValues,
    facts: &TypeFacts,
    locale: &LocaleFormatter,
    field: &Field,
    format: Format,
    case: Case,
) {
    use std::fmt::Write;
    let start = text.len();
    match field {
        Field::Answer(key) => match page.answers.as_ref().and_then(|answers| answers.get(key)) {
            None | Some(Value::Null | Value::Bool(false)) => {}
            Some(Value::String(answer)) => text.push_str(answer),
            Some(Value::Array(answers)) => {
                let parts: Vec<_> = answers
                    .iter()
                    .map(|answer| answer.as_str().map_or_else(|| answer.to_string(), str::to_owned))
                    .collect();
                text.push_str(&parts.join(", "));
            }
            Some(Value::Bool(true)) => text.push('✓'),
            Some(answer) => drop(write!(text, "{answer}")),
        },
        Field::Known(known) => match known {
            Known::AttendeeName => text.push_str(&page.name),
            Known::AttendeeEmail => text.push_str(&page.email),
            Known::TicketLabel => text.push_str(&page.label),
            Known::TicketPosition => drop(write!(text, "{}", page.position)),
            Known::TicketCount => drop(write!(text, "{}", page.count)),
            Known::RegistrationId => text.push_str(&page.registration),
            Known::RegistrationContact => text.push_str(&page.contact),
            Known::RegistrationCreatedAt => text.push_str(&locale.moment(page.created_at, format)),
            of_type => text.push_str(facts.value(*of_type, format)),
        },
    }
    if case != Case::Kept {
        let cased = locale.in_case(text.split_off(start), case);
        text.push_str(&cased);
    }
}
