//! The values of messages about a registration.

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    domain::{
        EventDraft, EventSetup, Registration, RegistrationRef, RegistrationStatus, Ticket, TicketId, TypeNumber, Venue,
        layout::{Case, Format, Rgb},
    },
    mail::{Look, MailField, MailTemplate, MailValues, OwnField, Row, RowKind},
    render::{Facts, LocaleFormatter, TicketValues},
};

/// Number of the sample registration.
const SAMPLE_NUMBER: i32 = 42;
/// Names on the sample registration.
const SAMPLE_NAMES: [&str; 2] = ["Ada Lovelace", "Grace Hopper"];
/// Time for which the sample's seats are held.
const SAMPLE_HOLD: SignedDuration = SignedDuration::from_mins(15);

/// A message about a registration.
pub struct RegistrationLetter<'s> {
    setup: &'s EventSetup,
    registration: &'s Registration,
    facts: Facts<'s>,
    /// Values of the first ticket, which names the contact.
    first: TicketValues,
    pub links: Links,
    /// Facts besides the registration, such as what has changed; an object.
    pub detail: Option<&'s Value>,
}

/// Where the links of a message lead.
#[derive(Debug, Clone, Default)]
pub struct Links {
    pub base_url: String,
    /// Token that gives access to the registration; `None`: the links contain none.
    pub token: Option<String>,
    /// Signature of the link that ends announcements.
    pub unsubscribe: Option<String>,
}

/// The facts of an event before a change.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct FactsBefore {
    title: String,
    starts_at: Timestamp,
    ends_at: Timestamp,
    timezone: String,
    venue: Venue,
}

impl<'s> RegistrationLetter<'s> {
    /// Collects the values of a registration that has at least one ticket.
    pub fn new(setup: &'s EventSetup, registration: &'s Registration, links: Links) -> Self {
        let first = match registration.tickets.first() {
            Some(ticket) => TicketValues::of(setup, registration, ticket),
            None => TicketValues::sample(setup, ""),
        };
        Self { setup, registration, facts: Facts::new(setup), first, links, detail: None }
    }

    /// Returns a sample registration for previews.
    pub fn sample(setup: &EventSetup) -> Registration {
        let first = setup.types.first();
        let price = first.map(|first| first.price).filter(|price| !price.is_free());
        let created_at = Timestamp::now();
        let ticket = |(index, name): (usize, &&str)| Ticket {
            id: TicketId(Uuid::nil()),
            position: i16::try_from(index + 1).expect("the sample has few tickets"),
            generation: 1,
            revoked: false,
            name: (*name).to_owned(),
            email: "ada@example.com".to_owned(),
        };
        let tickets: Vec<_> = SAMPLE_NAMES.iter().enumerate().map(ticket).collect();
        Registration {
            reference: RegistrationRef { event: setup.event.key, number: SAMPLE_NUMBER },
            type_number: first.map_or(TypeNumber(1), |first| first.number),
            status: RegistrationStatus::Confirmed,
            created_at,
            expires_at: created_at.checked_add(SAMPLE_HOLD).ok(),
            paid_at: None,
            amount: price.map(|price| price.times(2)),
            currency: price.map(|price| price.currency.code()),
            access_generation: 1,
            answers: None,
            imported: false,
            tickets,
        }
    }

    /// Fills in what is the same in all messages of an event.
    pub fn fill_known(setup: &EventSetup, template: MailTemplate) -> MailTemplate {
        let facts = Facts::new(setup);
        template.with_known(|field, format, case| match field {
            MailField::Shared(field) => Some(facts.locale.in_case(facts.event_value(field, format)?, case)),
            MailField::Own(_) => None,
        })
    }

    /// Returns what a sample message says that a registration does not.
    pub fn sample_detail(setup: &EventSetup) -> Value {
        let draft = &setup.event.draft;
        json!({ "subject": draft.title, "body": draft.description })
    }

    /// Returns the look of the event's messages.
    pub fn look(setup: &EventSetup) -> Look {
        let draft = &setup.event.draft;
        let accent = Rgb::parse_accent(&draft.accent_color).unwrap_or_default();
        let [red, green, blue] = Rgb::OnAccent.resolve(accent);
        Look {
            language: draft.language.clone(),
            is_rtl: Facts::new(setup).locale.is_rtl(),
            sender: setup.event.organizer_name.clone(),
            accent: draft.accent_color.clone(),
            on_accent: format!("#{red:02x}{green:02x}{blue:02x}"),
            banner: None,
        }
    }

    /// Returns the facts of an event that its registrants are told of if they change.
    pub fn facts_of(draft: &EventDraft) -> Value {
        json!({
            "title": draft.title, "startsAt": draft.starts_at, "endsAt": draft.ends_at, "timezone": draft.timezone,
            "venue": draft.venue,
        })
    }

    /// True if the event has other facts than `before`; true without any.
    pub fn has_changed(setup: &EventSetup, before: Option<&Value>) -> bool {
        before.is_none_or(|before| *before != Self::facts_of(&setup.event.draft))
    }

    /// Returns each fact that has changed, before and after, on a line of its own.
    fn changes(&self) -> String {
        let draft = &self.setup.event.draft;
        let arrow = if self.facts.locale.is_rtl() { "←" } else { "→" };
        let place = |venue: &Venue| {
            [Some(venue.name.as_str()), venue.address.as_deref()].into_iter().flatten().collect::<Vec<_>>().join(", ")
        };
        let times = |locale: &LocaleFormatter, starts, ends| {
            format!("{}, {}", locale.days(starts, ends), locale.hours(starts, ends))
        };
        let now = [draft.title.clone(), times(&self.facts.locale, draft.starts_at, draft.ends_at), place(&draft.venue)];
        let before = self.detail.cloned().and_then(|detail| serde_json::from_value::<FactsBefore>(detail).ok());
        let Some(before) = before else { return now.join("\n") };
        let locale = LocaleFormatter::new(&before.timezone, &draft.language);
        let before = [before.title, times(&locale, before.starts_at, before.ends_at), place(&before.venue)];
        let changed = before.iter().zip(&now).filter(|(before, now)| before != now);
        changed.map(|(before, now)| format!("{before} {arrow} {now}")).collect::<Vec<_>>().join("\n")
    }

    /// Returns the address of the registration's page, followed by `rest`.
    pub fn page(&self, rest: &str) -> String {
        self.with_token(format!("{}{rest}", self.page_without_token()))
    }

    /// Returns the address of the registration's page, for files that are passed on.
    pub fn page_without_token(&self) -> String {
        format!("{}/registrations/{}", self.links.base_url, self.first.registration)
    }

    fn with_token(&self, address: String) -> String {
        match &self.links.token {
            Some(token) => format!("{address}?token={token}"),
            None => address,
        }
    }

    /// Returns a text of the detail; empty if it has none.
    fn text(&self, name: &str) -> String {
        self.detail.and_then(|detail| detail.get(name)?.as_str()).unwrap_or_default().to_owned()
    }

    /// Returns the amount of the registration; empty if it is free.
    fn amount(&self, format: Format) -> String {
        let kind = self.setup.ticket_type(self.registration.type_number);
        let amount = self.registration.amount.zip(kind);
        amount.map(|(amount, kind)| self.facts.locale.amount(amount, kind.price.currency, format)).unwrap_or_default()
    }
}

impl MailValues for RegistrationLetter<'_> {
    fn value(&self, field: &MailField, format: Format) -> String {
        let own = match field {
            MailField::Shared(field) => return self.facts.value_for(&self.first, field, format),
            MailField::Own(own) => own,
        };
        let locale = &self.facts.locale;
        match own {
            OwnField::RecipientName => self.first.name.clone(),
            OwnField::CalendarLink => self.page(".ics"),
            // The page of the registration leads on to the payment.
            OwnField::OrderLink | OwnField::PayLink => self.page(""),
            OwnField::UnsubscribeLink => self.links.unsubscribe.clone().unwrap_or_default(),
            OwnField::PaymentTotal | OwnField::PaymentRefunded => self.amount(format),
            OwnField::PaymentUntil => {
                self.registration.expires_at.map(|until| locale.moment(until, format)).unwrap_or_default()
            }
            OwnField::Changes => self.changes(),
            OwnField::AnnouncementSubject => self.text("subject"),
            OwnField::AnnouncementBody => self.text("body"),
            OwnField::ConfirmLink
            | OwnField::Code
            | OwnField::TeamOrganizer
            | OwnField::TeamInviter
            | OwnField::NoticeTitle
            | OwnField::NoticeText => String::new(),
        }
    }

    fn in_case(&self, text: String, case: Case) -> String {
        self.facts.locale.in_case(text, case)
    }

    fn rows(&self, kind: RowKind) -> Vec<Row> {
        let row = |values: TicketValues| Row {
            link: self.with_token(format!("{}/api/tickets/{}/pdf", self.links.base_url, values.code.ticket)),
            title: values.label,
            detail: values.name,
        };
        match kind {
            RowKind::Tickets => TicketValues::all(self.setup, self.registration).into_iter().map(row).collect(),
            RowKind::Registrations => Vec::new(),
        }
    }
}
