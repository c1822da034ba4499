//! Events and their ticket types, as an organizer defines them.

mod draft;
mod fields;
mod names;

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

pub use draft::{
    CreateEvent, CreateTicketType, EventDraft, EventPatch, PriceDraft, TicketTypeDraft, TicketTypePatch, Venue,
    is_supported_time,
};
pub use names::{AccentColor, EventCode, Slug, TypeCode};

use super::{
    ContentHash, EventId, EventKey, EventLayout, EventSigner, Fault, OrganizerKey, Price, RegistrationId, SeatCount,
    TypeNumber,
};

/// Publication status of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EventStatus {
    /// Visible to its organizer only.
    Draft,
    /// Visible to everyone; tickets are on sale inside the sale window.
    Published,
    /// No tickets are sold any more.
    Cancelled,
}

impl EventStatus {
    /// Returns the name in the database and in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Published => "published",
            Self::Cancelled => "cancelled",
        }
    }

    /// Parses a name that [`Self::name`] returns.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Draft, Self::Published, Self::Cancelled].into_iter().find(|status| status.name() == name)
    }
}

/// An event as stored in the database, without its seat counters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    pub key: EventKey,
    pub id: EventId,
    pub organizer: OrganizerKey,
    pub organizer_name: String,
    pub code: EventCode,
    /// Incremented with each change; anything derived from an older revision is stale.
    pub revision: i32,
    pub draft: EventDraft,
}

/// A ticket type of an event: its price and its capacity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TicketType {
    pub number: TypeNumber,
    pub code: TypeCode,
    pub name: String,
    pub description: Option<String>,
    pub price: Price,
    pub capacity: SeatCount,
    pub max_per_registration: i16,
}

/// All event data that selling and rendering need, cached in memory and shared.
#[derive(Debug)]
pub struct EventSetup {
    pub event: Event,
    pub types: Vec<TicketType>,
    pub signer: EventSigner,
    /// The organizer's own layout; `None` if the event uses the built-in default.
    pub layout: Option<Arc<EventLayout>>,
    /// Hash of all data that the event's tickets share in print; events with the same hash can share a plan.
    pub print_hash: ContentHash,
}

impl TicketType {
    /// A ticket type with the fields of a draft. Fails if its code or its price is not valid.
    pub fn new(number: TypeNumber, draft: TicketTypeDraft) -> Result<Self, String> {
        let TicketTypeDraft { code, name, description, price, capacity, max_per_registration } = draft;
        Ok(Self {
            number,
            code: code.parse()?,
            name,
            description,
            price: Price::new(price.amount, &price.currency)?,
            capacity,
            max_per_registration,
        })
    }
}

impl EventSetup {
    /// Combines the parts and computes the `printed` hash.
    pub fn new(event: Event, types: Vec<TicketType>, signer: EventSigner, layout: Option<Arc<EventLayout>>) -> Self {
        let draft = &event.draft;
        let mut hash = Sha256::new();
        hash.update(layout.as_ref().map_or([0; 32], |layout| layout.hash.0));
        let texts =
            [&draft.title, &draft.code, &draft.timezone, &draft.language, &draft.accent_color, &draft.venue.name];
        hash.update(format!("{texts:?} {:?} {:?}\n", event.organizer_name, draft.venue.address));
        hash.update(format!("{:?} {:?} {} {}\n", draft.category, draft.description, draft.starts_at, draft.ends_at));
        for t in &types {
            let price = (t.price.amount, t.price.currency.code());
            hash.update(format!("{:?} {:?} {:?} {:?} {price:?}\n", t.number, t.code, t.name, t.description));
        }
        Self { event, types, signer, layout, print_hash: ContentHash(hash.finalize().into()) }
    }

    /// Returns the version of the layout that tickets are printed with; 0 is the built-in default.
    pub fn layout_version(&self) -> i32 {
        self.layout.as_ref().map_or(0, |layout| layout.version)
    }

    /// The public id of the registration with this number.
    pub fn registration_id(&self, number: i32) -> RegistrationId {
        RegistrationId { code: self.event.code.clone(), number }
    }

    /// Returns the time until which attendees change names themselves.
    pub fn renames_end(&self) -> Timestamp {
        self.event.draft.renames_until.unwrap_or(self.event.draft.starts_at)
    }

    /// Returns the time until which attendees give tickets back themselves.
    pub fn returns_end(&self) -> Timestamp {
        self.event.draft.returns_until.unwrap_or(self.event.draft.starts_at)
    }

    /// Returns the ticket type with this number.
    pub fn ticket_type(&self, number: TypeNumber) -> Option<&TicketType> {
        self.types.iter().find(|t| t.number == number)
    }

    /// Returns the ticket type that a registration requests; `code` is optional if the event has only one type.
    pub fn choose_type(&self, code: Option<&str>) -> Result<&TicketType, Fault> {
        let fault = |detail: &str| Fault { pointer: "/ticketType".into(), detail: detail.into() };
        match (code, self.types.as_slice()) {
            (_, []) => Err(fault("the event has no ticket types yet")),
            (None, [only]) => Ok(only),
            (None, _) => Err(fault("is required: the event has several ticket types")),
            (Some(code), types) => {
                types.iter().find(|t| t.code.as_str() == code).ok_or_else(|| fault("the event has no such ticket type"))
            }
        }
    }
}
