//! Events and ticket types as organizers submit them: their fields, what is checked, and how they are changed.

use icu_locale_core::Locale;
use jiff::{Timestamp, tz::TimeZone};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{AccentColor, EventCode, EventStatus, Slug, TicketType, TypeCode, fields::draft};
use crate::{
    Faults, Price, Questions, SeatCount,
    fault::{check_line, check_paragraph},
};

const MAX_TITLE: usize = 120;
const MAX_LINE: usize = 200;
const MAX_DESCRIPTION: usize = 10_000;
/// Seats are counted in an `i32`; sums of two capacities must not overflow.
const MAX_CAPACITY: i32 = 1_000_000_000;
/// Limit because all tickets of a registration are pages of one PDF and rows of one SQL statement.
const MAX_PER_REGISTRATION: i16 = 100;

/// The place of an event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Venue {
    #[schema(min_length = 1, max_length = 200)]
    pub name: String,
    pub address: Option<String>,
}

draft! {
    /// An event as submitted by an organizer; not validated until [`EventDraft::check`] returns `Ok`.
    draft EventDraft
    /// A new event.
    create CreateEvent {
        #[serde(default)]
        ticket_types: Vec<CreateTicketType>,
    }
    /// A change of an event: fields that are left out stay as they are.
    patch EventPatch
    fields {
        /// Its name in URLs.
        #[schema(example = "gardenia-2025", pattern = "^[a-z][a-z0-9-]{1,62}$")]
        required slug: String,
        /// The beginning of its registration ids.
        #[schema(example = "GDN2025", pattern = "^[A-Z][A-Z0-9]{1,11}$")]
        fixed code: String,
        #[schema(min_length = 1, max_length = 120)]
        required title: String,
        optional description: String,
        optional category: String,
        required starts_at: Timestamp,
        required ends_at: Timestamp,
        #[schema(example = "Asia/Kolkata")]
        required timezone: String,
        /// Language of its dates and labels, a BCP 47 tag; English if left out.
        defaulted language: String = "en".into(),
        /// Accent colour of its tickets.
        #[schema(example = "#1f6f4a", pattern = "^#[0-9a-f]{6}$")]
        defaulted accent_color: String = "#1f6f4a".into(),
        required venue: Venue,
        optional sales_open_at: Timestamp,
        optional sales_close_at: Timestamp,
        /// Until then attendees change the names on their tickets themselves; null: until the event starts.
        optional renames_until: Timestamp,
        /// Until then attendees give tickets back themselves; null: until the event starts.
        optional returns_until: Timestamp,
        /// Asked of those who register. Without any, `answers` may contain anything.
        defaulted questions: Questions = Questions::default(),
        /// Null is unlimited. The capacities of the event and of its types apply together.
        #[schema(minimum = 0)]
        optional capacity: i32,
        /// `draft` if left out.
        #[schema(value_type = Option<String>, example = "published")]
        defaulted status: EventStatus = EventStatus::Draft,
    }
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
            ("/renamesUntil", self.renames_until),
            ("/returnsUntil", self.returns_until),
        ] {
            check_moment(&mut faults, pointer, moment);
        }
        check_capacity(&mut faults, "/capacity", self.capacity);
        self.questions.check(&mut faults);
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
pub fn is_supported_time(at: Timestamp) -> bool {
    (2000..=2999).contains(&at.to_zoned(TimeZone::UTC).year())
}

fn check_moment(faults: &mut Faults, pointer: &str, moment: Option<Timestamp>) {
    if moment.is_some_and(|at| !is_supported_time(at)) {
        faults.add(pointer, "must lie between the years 2000 and 2999");
    }
}

fn check_capacity(faults: &mut Faults, pointer: &str, capacity: SeatCount) {
    if capacity.is_some_and(|seats| !(0..=MAX_CAPACITY).contains(&seats)) {
        faults.add(pointer, format!("must lie between 0 and {MAX_CAPACITY}, or be null for unlimited"));
    }
}

/// A price as submitted by an organizer, in minor units. Zero is free.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PriceDraft {
    #[schema(minimum = 0)]
    pub amount: i64,
    #[schema(example = "INR")]
    pub currency: String,
}

draft! {
    /// A ticket type as submitted by an organizer; not validated yet.
    draft TicketTypeDraft
    /// A new ticket type.
    create CreateTicketType {}
    /// A change of a ticket type: fields that are left out stay as they are.
    patch TicketTypePatch
    fields {
        #[schema(example = "general", pattern = "^[a-z0-9][a-z0-9-]{0,62}$")]
        fixed code: String,
        #[schema(min_length = 1, max_length = 120)]
        required name: String,
        optional description: String,
        required price: PriceDraft,
        /// Null is unlimited.
        #[schema(minimum = 0)]
        optional capacity: i32,
        #[schema(minimum = 1, maximum = 100)]
        defaulted max_per_registration: i16 = 10,
    }
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
        faults.check(format!("{at}/price"), Price::new(self.price.amount, &self.price.currency));
        check_capacity(&mut faults, &format!("{at}/capacity"), self.capacity);
        if !(1..=MAX_PER_REGISTRATION).contains(&self.max_per_registration) {
            faults.add(format!("{at}/maxPerRegistration"), format!("must lie between 1 and {MAX_PER_REGISTRATION}"));
        }
        faults.into_result().map(|()| self)
    }
}

impl CreateEvent {
    /// Takes the event and its ticket types apart.
    pub fn split(mut self) -> (EventDraft, Vec<TicketTypeDraft>) {
        let types = std::mem::take(&mut self.ticket_types);
        (self.into_draft(), types.into_iter().map(CreateTicketType::into_draft).collect())
    }
}

impl From<&TicketType> for TicketTypeDraft {
    fn from(stored: &TicketType) -> Self {
        Self {
            code: stored.code.to_string(),
            name: stored.name.clone(),
            description: stored.description.clone(),
            price: PriceDraft { amount: stored.price.amount, currency: stored.price.currency.code().to_owned() },
            capacity: stored.capacity,
            max_per_registration: stored.max_per_registration,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample_draft;

    fn draft() -> EventDraft {
        EventDraft { title: " Gardenia 2025 ".into(), ..sample_draft() }
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
