//! An event as a calendar file (RFC 5545).

use icalendar::{Calendar, Component, Event as Entry, EventLike, EventStatus as EntryStatus, Property};
use jiff::Timestamp;

use crate::domain::{EventSetup, EventStatus};

/// Facts of a calendar file besides the event.
#[derive(Debug, Clone, Default)]
pub struct CalendarNote {
    /// Distinguishes the entries of two registrations for one event; empty for the event itself.
    pub registration: String,
    /// Address of the page behind the entry.
    pub url: Option<String>,
}

/// Returns the calendar file of an event. A file with the same registration replaces the entry of an earlier one.
pub fn calendar(setup: &EventSetup, note: &CalendarNote, made_at: Timestamp) -> String {
    let draft = &setup.event.draft;
    let place = [Some(draft.venue.name.as_str()), draft.venue.address.as_deref()];
    let utc = |at: Timestamp| at.strftime("%Y%m%dT%H%M%SZ").to_string();
    let mut uid = setup.event.id.to_string();
    if !note.registration.is_empty() {
        uid = format!("{}-{uid}", note.registration);
    }
    let mut entry = Entry::new();
    entry
        .uid(&uid)
        .summary(&draft.title)
        .location(&place.into_iter().flatten().collect::<Vec<_>>().join(", "))
        .sequence(setup.event.revision.unsigned_abs())
        .append_property(Property::new("DTSTAMP", utc(made_at)))
        .append_property(Property::new("DTSTART", utc(draft.starts_at)))
        .append_property(Property::new("DTEND", utc(draft.ends_at)))
        .status(match draft.status {
            EventStatus::Cancelled => EntryStatus::Cancelled,
            EventStatus::Draft | EventStatus::Published => EntryStatus::Confirmed,
        });
    let description: Vec<_> =
        [Some(note.registration.as_str()).filter(|id| !id.is_empty()), draft.description.as_deref()]
            .into_iter()
            .flatten()
            .collect();
    if !description.is_empty() {
        entry.description(&description.join("\n\n"));
    }
    if let Some(url) = &note.url {
        entry.url(url);
    }
    let mut calendar = Calendar::new();
    calendar.append_property(Property::new("METHOD", "PUBLISH"));
    calendar.push(entry.done());
    calendar.to_string()
}
