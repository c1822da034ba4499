//! The demo events.

use serde_json::json;

use crate::{
    db::{Database, DbError, EventCache, EventName, NewEvent, SigningKeySeed},
    domain::{CreateEvent, random_key},
};

/// Slug of the demo event.
pub const DEMO_EVENT: &str = "gardenia-2025";
/// Name of its organizer.
pub const ORGANIZER: &str = "Gardenia Collective";

/// Further demo events of different kinds, each marked as a demo in its title.
const SHELF: &str = include_str!("shelf.json");
/// Organizer of the further demo events.
const SHELF_ORGANIZER: &str = "Demo Shelf";

/// A person with an account in the demo.
pub struct DemoPerson {
    pub email: &'static str,
    pub name: &'static str,
    /// The organizer that the person owns.
    pub organizer: Option<&'static str>,
}

/// An organizer, and the attendee of the examples.
pub const DEMO_PEOPLE: [DemoPerson; 2] = [
    DemoPerson { email: "meera@example.com", name: "Meera Iyer", organizer: Some(ORGANIZER) },
    DemoPerson { email: "ada@example.com", name: "Ada Lovelace", organizer: None },
];

/// Creates the demo event if it does not exist; with it, the further ones if `with_shelf` is true. Returns true if it did
/// not exist.
pub async fn ensure_demo(database: &Database, catalog: &EventCache, with_shelf: bool) -> Result<bool, DbError> {
    let name = EventName::parse(DEMO_EVENT).expect("a constant slug");
    if catalog.find(name).await.is_ok_and(|found| found.is_some()) {
        return Ok(false);
    }
    create(database, catalog, ORGANIZER, demo()).await?;
    for event in if with_shelf { shelf() } else { Vec::new() } {
        create(database, catalog, SHELF_ORGANIZER, event).await?;
    }
    Ok(true)
}

async fn create(database: &Database, catalog: &EventCache, organizer: &str, event: CreateEvent) -> Result<(), DbError> {
    let organizer = database.ensure_organizer(organizer).await?;
    let (draft, types) = event.split();
    let new = NewEvent { organizer, draft: &draft, types: &types };
    database.create_event(new, &SigningKeySeed(random_key()), catalog.secret()).await?;
    catalog.invalidate_slug(&draft.slug).await;
    Ok(())
}

fn shelf() -> Vec<CreateEvent> {
    let mut events: Vec<serde_json::Value> = serde_json::from_str(SHELF).expect("the shelf is valid JSON");
    for event in &mut events {
        let fields = event.as_object_mut().expect("every entry of the shelf is an object");
        fields.entry("status").or_insert("published".into());
    }
    events.into_iter().map(|event| serde_json::from_value(event).expect("the shelf has valid events")).collect()
}

fn demo() -> CreateEvent {
    serde_json::from_value(json!({
        "slug": DEMO_EVENT,
        "code": "GDN2025",
        "title": "Gardenia 2025",
        "description": "A day of music between the flower beds.",
        "category": "festival",
        "status": "published",
        "startsAt": "2025-11-08T09:00:00Z",
        "endsAt": "2025-11-08T18:00:00Z",
        // The event is over; its sale is not, so that the demo works on any day.
        "salesCloseAt": "2999-12-31T23:59:59Z",
        "timezone": "Asia/Kolkata",
        "venue": { "name": "Main Lawn", "address": "Lalbagh Botanical Garden, Bengaluru" },
        "capacity": 5000,
        "ticketTypes": [{
            "code": "general",
            "name": "General Admission",
            "price": { "amount": 0, "currency": "INR" },
            "capacity": 5000,
        }],
    }))
    .expect("the demo is a valid event")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_event_of_the_shelf_is_valid_and_says_that_it_is_a_demo() {
        for event in shelf() {
            let (draft, types) = event.split();
            assert!(draft.slug.starts_with("demo-") && !types.is_empty(), "{}", draft.slug);
            let title = draft.clone().check().unwrap().title;
            assert!(["demo", "عرض تجريبي", "デモ", "डेमो"].iter().any(|word| title.contains(word)), "{title}");
            for ticket_type in types {
                ticket_type.check("").unwrap();
            }
        }
    }
}
