//! Registrations, their attendees and their tickets.

use std::{fmt, str::FromStr};

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::{
    EventSetup, Faults, Questions, RegistrationRef, TicketId, TypeNumber,
    address::{check_email, normal_address},
    answers::check_answers,
    fault::check_line,
};

const MAX_NAME: usize = 200;

/// The person named on a ticket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Attendee {
    pub name: String,
    pub email: String,
}

/// A validated registration request.
#[derive(Debug, Clone, PartialEq)]
pub struct NewRegistration {
    pub type_number: TypeNumber,
    /// Price of all seats together, in minor units; `None` if free.
    pub amount: Option<i64>,
    /// Currency of the price; `None` if free.
    pub currency: Option<&'static str>,
    pub attendees: Vec<Attendee>,
    pub answers: Option<Value>,
    /// Distinguishes a repeated request from a different one with the same idempotency key.
    pub body_hash: [u8; 16],
}

impl NewRegistration {
    /// Validates a request against its event and its questions.
    pub fn check(
        setup: &EventSetup,
        ticket_type: Option<&str>,
        attendees: Vec<Attendee>,
        answers: Map<String, Value>,
    ) -> Result<Self, Faults> {
        Self::check_with(setup, ticket_type, attendees, answers, &setup.event.draft.questions)
    }

    /// Validates a registration of another system, which was not asked the questions of this one.
    pub fn check_imported(
        setup: &EventSetup,
        ticket_type: Option<&str>,
        attendees: Vec<Attendee>,
        answers: Map<String, Value>,
    ) -> Result<Self, Faults> {
        Self::check_with(setup, ticket_type, attendees, answers, &Questions::default())
    }

    fn check_with(
        setup: &EventSetup,
        ticket_type: Option<&str>,
        attendees: Vec<Attendee>,
        answers: Map<String, Value>,
        questions: &Questions,
    ) -> Result<Self, Faults> {
        let body_hash = body_hash(ticket_type, &attendees, &answers);
        let mut faults = Faults::default();
        let chosen = setup.choose_type(ticket_type).map_err(|fault| faults.0.push(fault)).ok();
        let most = chosen.map_or(i16::MAX, |t| t.max_per_registration);
        if attendees.is_empty() || attendees.len() > usize::from(most.unsigned_abs()) {
            faults.add("/attendees", format!("must have 1 to {most} entries, has {}", attendees.len()));
        }
        let attendees: Vec<_> =
            attendees.into_iter().enumerate().map(|(i, attendee)| check_attendee(&mut faults, i, attendee)).collect();
        check_answers(&mut faults, &answers);
        if let Some(of) = chosen {
            questions.check_answers(of.code.as_str(), &answers, &mut faults);
        }
        let Some(ticket_type) = chosen.filter(|_| faults.0.is_empty()) else { return Err(faults) };
        let quantity = i16::try_from(attendees.len()).expect("at most maxPerRegistration");
        Ok(Self {
            type_number: ticket_type.number,
            amount: (!ticket_type.price.is_free()).then(|| ticket_type.price.times(quantity)),
            currency: (!ticket_type.price.is_free()).then(|| ticket_type.price.currency.code()),
            body_hash,
            attendees,
            answers: (!answers.is_empty()).then_some(Value::Object(answers)),
        })
    }

    /// Returns the number of seats, which is the number of attendees.
    pub fn seats(&self) -> i16 {
        i16::try_from(self.attendees.len()).expect("checked against maxPerRegistration")
    }
}

fn check_attendee(faults: &mut Faults, index: usize, attendee: Attendee) -> Attendee {
    attendee.check(faults, &format!("/attendees/{index}"))
}

impl Attendee {
    /// Validates name and address, and trims the name. Adds faults below `pointer`.
    #[must_use]
    pub fn check(self, faults: &mut Faults, pointer: &str) -> Self {
        let name = faults.check(format!("{pointer}/name"), check_line(&self.name, MAX_NAME));
        let email = faults.check(format!("{pointer}/email"), check_email(&self.email));
        match (name, email) {
            (Some(name), Some(email)) => Self { name, email },
            _ => self,
        }
    }
}

/// Returns a hash of the whole request as submitted, to detect that two requests differ.
pub fn body_hash(ticket_type: Option<&str>, attendees: &[Attendee], answers: &Map<String, Value>) -> [u8; 16] {
    let canonical = serde_json::to_vec(&(ticket_type, attendees, answers)).expect("strings and JSON values serialize");
    let digest: [u8; 32] = Sha256::digest(canonical).into();
    *digest.first_chunk().expect("32 bytes hold 16")
}

/// Identifies a client's request, so that repeating the request is safe. Scoped to the event. It is a credential: it
/// gives the access token of the registration again, for [`Self::GIVES_TOKEN`].
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct IdempotencyKey(Box<str>);

impl IdempotencyKey {
    /// Time after a registration in which repeating its request gives the access token again.
    pub const GIVES_TOKEN: SignedDuration = SignedDuration::from_hours(24);

    /// Returns the key without quotes.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for IdempotencyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IdempotencyKey(…)")
    }
}

impl FromStr for IdempotencyKey {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bare = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(text);
        if (1..=255).contains(&bare.len()) && bare.bytes().all(|b| b.is_ascii_graphic()) {
            Ok(Self(bare.into()))
        } else {
            Err("Idempotency-Key must be 1 to 255 visible ASCII characters")
        }
    }
}

/// Status of a registration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RegistrationStatus {
    Confirmed,
    AwaitingPayment,
    Cancelled,
    Expired,
}

impl RegistrationStatus {
    /// Every status.
    pub const ALL: [Self; 4] = [Self::Confirmed, Self::AwaitingPayment, Self::Cancelled, Self::Expired];

    /// Returns the status of a new registration: `Confirmed` if free, else `AwaitingPayment`.
    pub const fn at_creation(amount: Option<i64>) -> Self {
        match amount {
            None => Self::Confirmed,
            Some(_) => Self::AwaitingPayment,
        }
    }

    /// Returns the number in the database.
    pub const fn number(self) -> i16 {
        match self {
            Self::Confirmed => 1,
            Self::AwaitingPayment => 2,
            Self::Cancelled => 3,
            Self::Expired => 4,
        }
    }

    /// Returns the name in API responses.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::AwaitingPayment => "awaiting_payment",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
        }
    }

    /// True if its seats are taken.
    pub const fn is_valid(self) -> bool {
        matches!(self, Self::Confirmed | Self::AwaitingPayment)
    }

    /// Parses a number that [`Self::number`] returns.
    pub fn from_number(number: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.number() == number)
    }

    /// Parses a name that [`Self::name`] returns.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.name() == name)
    }
}

/// Payment status of a registration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PaymentStatus {
    Free,
    Pending,
    Paid,
}

impl PaymentStatus {
    /// Returns the name in API responses.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Free => "FREE",
            Self::Pending => "PENDING",
            Self::Paid => "PAID",
        }
    }
}

/// A committed registration.
#[derive(Debug, Clone, PartialEq)]
pub struct Registration {
    pub reference: RegistrationRef,
    pub type_number: TypeNumber,
    pub status: RegistrationStatus,
    pub created_at: Timestamp,
    pub expires_at: Option<Timestamp>,
    pub paid_at: Option<Timestamp>,
    pub amount: Option<i64>,
    /// Currency of the amount, an ISO 4217 code.
    pub currency: Option<&'static str>,
    /// Generation of its access tokens: tokens of other generations are revoked.
    pub access_generation: i16,
    /// Answers to the event's additional questions; `None` if there are none.
    pub answers: Option<Value>,
    /// True if it comes from another system, under its number there.
    pub imported: bool,
    pub tickets: Vec<Ticket>,
}

impl Registration {
    /// Returns the registration as the response to a repeated request shows it: in its initial state, unless it was
    /// cancelled or has expired since. Its tickets keep their present codes.
    #[must_use]
    pub fn as_created(mut self) -> Self {
        if matches!(self.status, RegistrationStatus::Confirmed | RegistrationStatus::AwaitingPayment) {
            self.status = RegistrationStatus::at_creation(self.amount);
            self.paid_at = None;
        }
        self
    }

    /// True if its contact, the attendee of the first ticket, has this address, given in its normal form.
    pub fn has_contact(&self, address: &str) -> bool {
        self.tickets.first().is_some_and(|ticket| normal_address(&ticket.email) == address)
    }

    /// Returns the payment status.
    pub fn payment_status(&self) -> PaymentStatus {
        match (self.amount, self.paid_at) {
            (None, _) => PaymentStatus::Free,
            (Some(_), Some(_)) => PaymentStatus::Paid,
            (Some(_), None) => PaymentStatus::Pending,
        }
    }
}

/// One admission for one attendee.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ticket {
    pub id: TicketId,
    pub position: i16,
    pub generation: i16,
    pub revoked: bool,
    pub name: String,
    pub email: String,
}

impl Ticket {
    /// A ticket whose code has this generation is not issued again.
    pub const MAX_GENERATION: i16 = 10_000;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_idempotency_key_may_be_quoted() {
        let bare: IdempotencyKey = "abc-1".parse().unwrap();
        assert_eq!(bare, "\"abc-1\"".parse().unwrap());
        for bad in ["", "\"\"", "a b", "é", &"x".repeat(256)] {
            assert!(bad.parse::<IdempotencyKey>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn an_email_is_exactly_one_address() {
        for good in ["ada@example.com", "ada+tag@sub.example.org", "ñandú@example.com"] {
            assert_eq!(check_email(good).unwrap(), good);
        }
        for bad in ["", "ada", "Ada <ada@example.com>", "a@b.c\nBcc: x@y.z", "a b@example.com", "a@@b.c"] {
            assert!(check_email(bad).is_err(), "{bad:?}");
        }
    }
}
