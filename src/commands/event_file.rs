//! An event from a file, for rendering without a database: as for `POST /api/events`, with all fields optional.

use jiff::Timestamp;
use serde::{Deserialize, de::IgnoredAny};
use uuid::Uuid;

use crate::domain::{
    Event, EventDraft, EventId, EventKey, EventSetup, EventSigner, EventStatus, OrganizerKey, Price, TicketType,
    TypeNumber, Venue, random_key, sample_draft,
};

/// Content of an event's file.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct EventFile {
    slug: String,
    code: String,
    title: String,
    description: Option<String>,
    category: Option<String>,
    organizer: String,
    starts_at: Timestamp,
    ends_at: Timestamp,
    timezone: String,
    language: String,
    accent_color: String,
    venue: VenueFile,
    ticket_types: Vec<TypeFile>,
    // Accepted and ignored: these fields are not printed.
    #[serde(rename = "salesOpenAt")]
    _sales_open_at: Option<IgnoredAny>,
    #[serde(rename = "salesCloseAt")]
    _sales_close_at: Option<IgnoredAny>,
    #[serde(rename = "capacity")]
    _capacity: Option<IgnoredAny>,
    #[serde(rename = "status")]
    _status: Option<IgnoredAny>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct VenueFile {
    name: String,
    address: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct TypeFile {
    code: String,
    name: String,
    description: Option<String>,
    price: Option<PriceFile>,
    #[serde(rename = "capacity")]
    _capacity: Option<IgnoredAny>,
    #[serde(rename = "maxPerRegistration")]
    _max_per_registration: Option<IgnoredAny>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PriceFile {
    amount: i64,
    currency: String,
}

impl Default for EventFile {
    fn default() -> Self {
        let moment = |text: &str| text.parse().expect("the constants below are in RFC 3339");
        Self {
            slug: "sample".into(),
            code: "SAMPLE".into(),
            title: "A Sample Event".into(),
            description: None,
            category: Some("festival".into()),
            organizer: "The Organizer".into(),
            starts_at: moment("2025-11-08T09:00:00Z"),
            ends_at: moment("2025-11-08T18:00:00Z"),
            timezone: "UTC".into(),
            language: "en".into(),
            accent_color: "#1f6f4a".into(),
            venue: VenueFile { name: "Main Lawn".into(), address: Some("Palace Road".into()) },
            ticket_types: vec![TypeFile {
                code: "general".into(),
                name: "General Admission".into(),
                description: None,
                price: None,
                _capacity: None,
                _max_per_registration: None,
            }],
            _sales_open_at: None,
            _sales_close_at: None,
            _capacity: None,
            _status: None,
        }
    }
}

impl TypeFile {
    /// Checks a ticket type; without a price, it is free.
    fn into_type(self, number: TypeNumber) -> anyhow::Result<TicketType> {
        let price = self.price.unwrap_or(PriceFile { amount: 0, currency: "EUR".into() });
        Ok(TicketType {
            number,
            code: self.code.parse().map_err(|error| anyhow::anyhow!("ticket type `{}`: {error}", self.code))?,
            name: self.name,
            description: self.description,
            price: Price::new(price.amount, &price.currency)
                .map_err(|error| anyhow::anyhow!("ticket type price: {error}"))?,
            capacity: None,
            max_per_registration: 1,
        })
    }
}

impl EventFile {
    /// Checks the event like the server does, and gives it a new signing key.
    pub fn into_setup(self) -> anyhow::Result<EventSetup> {
        let draft = EventDraft {
            slug: self.slug,
            code: self.code,
            title: self.title,
            description: self.description,
            category: self.category,
            status: EventStatus::Published,
            starts_at: self.starts_at,
            ends_at: self.ends_at,
            timezone: self.timezone,
            language: self.language,
            accent_color: self.accent_color,
            venue: Venue { name: self.venue.name, address: self.venue.address },
            ..sample_draft()
        };
        let draft = draft.check().map_err(|faults| {
            let lines: Vec<_> =
                faults.0.iter().map(|fault| format!("event{}: {}", fault.pointer, fault.detail)).collect();
            anyhow::anyhow!(lines.join("; "))
        })?;
        let id = EventId(Uuid::now_v7());
        let types = self.ticket_types.into_iter().zip(1..).map(|(file, number)| file.into_type(TypeNumber(number)));
        let types = types.collect::<anyhow::Result<Vec<_>>>()?;
        let event = Event {
            key: EventKey(1),
            id,
            organizer: OrganizerKey(1),
            organizer_name: self.organizer,
            code: draft.code.parse().map_err(|error| anyhow::anyhow!("event/code: {error}"))?,
            revision: 1,
            draft,
        };
        Ok(EventSetup::new(event, types, EventSigner::new(id, 1, &random_key()), None))
    }
}
