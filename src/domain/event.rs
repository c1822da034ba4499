//! Events and their ticket types, as an organizer defines them.

use std::{fmt, str::FromStr, sync::Arc};

use icu_locale_core::Locale;
use jiff::{Timestamp, tz::TimeZone};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{
    ContentHash, EventId, EventKey, EventLayout, EventSigner, Fault, Faults, OrganizerKey, Price, RegistrationId,
    SeatCount, TypeNumber,
    fault::{check_line, check_paragraph},
};

const MAX_TITLE: usize = 120;
const MAX_LINE: usize = 200;
const MAX_DESCRIPTION: usize = 10_000;
/// Seats are counted in an `i32`; sums of two capacities must not overflow.
const MAX_CAPACITY: i32 = 1_000_000_000;
/// Limit because all tickets of a registration are pages of one PDF and rows of one SQL statement.
const MAX_PER_REGISTRATION: i16 = 100;

macro_rules! text_newtype {
    ($($(#[$doc:meta])* $name:ident: $rule:literal, $accepts:expr;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// The text as a string slice.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl FromStr for $name {
            type Err = String;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let accepts: fn(&str) -> bool = $accepts;
                if accepts(text) { Ok(Self(text.into())) } else { Err($rule.into()) }
            }
        }
    )*};
}

text_newtype! {
    /// Name of an event in URLs.
    Slug: "must be 2 to 63 characters a-z, 0-9 and '-', the first a letter",
        |text| is_spelled(text, 2..=63, |c| c.is_ascii_lowercase(), |c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    /// Prefix of the event's registration ids, such as `GDN2025`.
    EventCode: "must be 2 to 12 characters A-Z and 0-9, the first a letter",
        |text| is_spelled(text, 2..=12, |c| c.is_ascii_uppercase(), |c| c.is_ascii_uppercase() || c.is_ascii_digit());
    /// Name of a ticket type, unique within its event.
    TypeCode: "must be 1 to 63 characters a-z, 0-9 and '-', and must not start with '-'",
        |text| is_spelled(text, 1..=63, |c| c != '-', |c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    /// The accent colour of an event's tickets, as `#rrggbb`.
    AccentColor: "must be a colour such as #1f6f4a",
        |text| text.len() == 7 && text.starts_with('#') && text[1..].bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
}

/// Returns true if `text` has an allowed length, first character and characters.
fn is_spelled(
    text: &str,
    length: std::ops::RangeInclusive<usize>,
    first: fn(char) -> bool,
    all: fn(char) -> bool,
) -> bool {
    length.contains(&text.len()) && text.chars().all(all) && text.chars().next().is_some_and(first)
}

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

/// The place of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Venue {
    pub name: String,
    pub address: Option<String>,
}

/// An event as submitted by an organizer; not validated until [`EventDraft::check`] returns `Ok`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventDraft {
    pub slug: String,
    pub code: String,
    pub title: String,
    pub description: Option<String>,
    pub category: Option<String>,
    pub status: EventStatus,
    pub starts_at: Timestamp,
    pub ends_at: Timestamp,
    pub timezone: String,
    pub language: String,
    pub accent_color: String,
    pub venue: Venue,
    pub sales_open_at: Option<Timestamp>,
    pub sales_close_at: Option<Timestamp>,
    pub capacity: SeatCount,
}

impl EventDraft {
    /// Validates every field and trims the texts.
    pub fn check(mut self) -> Result<Self, Faults> {
        let mut faults = Faults::default();
        faults.check("/slug", self.slug.parse::<Slug>());
        faults.check("/code", self.code.parse::<EventCode>());
        faults.check("/accentColor", self.accent_color.parse::<AccentColor>());
        tidy(&mut faults, "/title", &mut self.title, |text| check_line(text, MAX_TITLE));
        tidy(&mut faults, "/venue/name", &mut self.venue.name, |text| check_line(text, MAX_LINE));
        tidy_option(&mut faults, "/venue/address", &mut self.venue.address, |text| check_line(text, MAX_LINE));
        tidy_option(&mut faults, "/category", &mut self.category, |text| check_line(text, MAX_LINE));
        tidy_option(&mut faults, "/description", &mut self.description, |text| check_paragraph(text, MAX_DESCRIPTION));
        if TimeZone::get(&self.timezone).is_err() {
            faults.add("/timezone", "must be a time zone such as Asia/Kolkata");
        }
        if self.language.parse::<Locale>().is_err() {
            faults.add("/language", "must be a language tag such as en or de-CH");
        }
        if self.ends_at < self.starts_at {
            faults.add("/endsAt", "must not be before startsAt");
        }
        if let (Some(open), Some(close)) = (self.sales_open_at, self.sales_close_at)
            && close <= open
        {
            faults.add("/salesCloseAt", "must be after salesOpenAt");
        }
        for (pointer, moment) in [
            ("/startsAt", Some(self.starts_at)),
            ("/endsAt", Some(self.ends_at)),
            ("/salesOpenAt", self.sales_open_at),
            ("/salesCloseAt", self.sales_close_at),
        ] {
            check_moment(&mut faults, pointer, moment);
        }
        check_capacity(&mut faults, "/capacity", self.capacity);
        faults.into_result().map(|()| self)
    }
}

fn tidy(faults: &mut Faults, pointer: &str, text: &mut String, rule: impl Fn(&str) -> Result<String, String>) {
    if let Some(tidied) = faults.check(pointer, rule(text)) {
        *text = tidied;
    }
}

fn tidy_option(
    faults: &mut Faults,
    pointer: &str,
    text: &mut Option<String>,
    rule: impl Fn(&str) -> Result<String, String>,
) {
    if let Some(text) = text {
        tidy(faults, pointer, text, rule);
    }
}

/// Returns true if the year is 2000 to 2999: the calendar, PostgreSQL and printed dates agree on these years.
pub fn is_moment(at: Timestamp) -> bool {
    (2000..=2999).contains(&at.to_zoned(TimeZone::UTC).year())
}

fn check_moment(faults: &mut Faults, pointer: &str, moment: Option<Timestamp>) {
    if moment.is_some_and(|at| !is_moment(at)) {
        faults.add(pointer, "must lie between the years 2000 and 2999");
    }
}

fn check_capacity(faults: &mut Faults, pointer: &str, capacity: SeatCount) {
    if capacity.is_some_and(|seats| !(0..=MAX_CAPACITY).contains(&seats)) {
        faults.add(pointer, format!("must lie between 0 and {MAX_CAPACITY}, or be null for unlimited"));
    }
}

/// A ticket type as submitted by an organizer; not validated yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TicketTypeDraft {
    pub code: String,
    pub name: String,
    pub description: Option<String>,
    pub amount: i64,
    pub currency: String,
    pub capacity: SeatCount,
    pub max_per_registration: i16,
}

impl TicketTypeDraft {
    /// Validates every field; `at` is the JSON pointer of the ticket type in the request.
    pub fn check(mut self, at: &str) -> Result<Self, Faults> {
        let mut faults = Faults::default();
        faults.check(format!("{at}/code"), self.code.parse::<TypeCode>());
        tidy(&mut faults, &format!("{at}/name"), &mut self.name, |text| check_line(text, MAX_TITLE));
        tidy_option(&mut faults, &format!("{at}/description"), &mut self.description, |text| {
            check_paragraph(text, MAX_DESCRIPTION)
        });
        faults.check(format!("{at}/price"), Price::new(self.amount, &self.currency));
        check_capacity(&mut faults, &format!("{at}/capacity"), self.capacity);
        if !(1..=MAX_PER_REGISTRATION).contains(&self.max_per_registration) {
            faults.add(format!("{at}/maxPerRegistration"), format!("must lie between 1 and {MAX_PER_REGISTRATION}"));
        }
        faults.into_result().map(|()| self)
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
    pub printed: ContentHash,
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
        Self { event, types, signer, layout, printed: ContentHash(hash.finalize().into()) }
    }

    /// Returns the version of the layout that tickets are printed with; 0 is the built-in default.
    pub fn layout_version(&self) -> i32 {
        self.layout.as_ref().map_or(0, |layout| layout.version)
    }

    /// The public id of the registration with this number.
    pub fn registration_id(&self, number: i32) -> RegistrationId {
        RegistrationId { code: self.event.code.clone(), number }
    }

    /// Returns the ticket type with this number.
    pub fn ticket_type(&self, number: TypeNumber) -> Option<&TicketType> {
        self.types.iter().find(|t| t.number == number)
    }

    /// Returns the ticket type that a registration requests; `code` is optional if the event has only one type.
    pub fn choose_type(&self, code: Option<&str>) -> Result<&TicketType, Fault> {
        let fault = |detail: &str| Fault { pointer: "/ticketType".into(), detail: detail.into() };
        match (code, self.types.as_slice()) {
            (None, [only]) => Ok(only),
            (None, _) => Err(fault("is required: the event has several ticket types")),
            (Some(code), types) => {
                types.iter().find(|t| t.code.as_str() == code).ok_or_else(|| fault("the event has no such ticket type"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft() -> EventDraft {
        EventDraft {
            slug: "gardenia-2025".into(),
            code: "GDN2025".into(),
            title: " Gardenia 2025 ".into(),
            description: None,
            category: None,
            status: EventStatus::Published,
            starts_at: "2025-11-08T09:00:00Z".parse().unwrap(),
            ends_at: "2025-11-08T18:00:00Z".parse().unwrap(),
            timezone: "Asia/Kolkata".into(),
            language: "en".into(),
            accent_color: "#1f6f4a".into(),
            venue: Venue { name: "Main Lawn".into(), address: None },
            sales_open_at: None,
            sales_close_at: None,
            capacity: Some(5000),
        }
    }

    #[test]
    fn a_good_draft_is_tidied() {
        assert_eq!(draft().check().unwrap().title, "Gardenia 2025");
    }

    #[test]
    fn every_fault_is_reported_at_once() {
        let bad = EventDraft {
            slug: "Gardenia".into(),
            code: "g".into(),
            title: "\u{7}".into(),
            timezone: "Asia/Nowhere".into(),
            language: "not a language".into(),
            ends_at: "2025-11-08T08:00:00Z".parse().unwrap(),
            capacity: Some(-1),
            accent_color: "green".into(),
            ..draft()
        };
        let pointers: Vec<_> = bad.check().unwrap_err().0.into_iter().map(|fault| fault.pointer).collect();
        assert_eq!(
            pointers,
            ["/slug", "/code", "/accentColor", "/title", "/timezone", "/language", "/endsAt", "/capacity"]
        );
    }
}
