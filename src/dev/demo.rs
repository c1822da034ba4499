//! The demo event.

use serde_json::json;

use crate::{
    db::{Database, DbError, EventCache, EventName, NewEvent, SigningKeySeed},
    domain::{CreateEvent, random_key},
};

/// Slug of the demo event.
pub const DEMO_EVENT: &str = "gardenia-2025";
/// Name of its organizer.
pub const ORGANIZER: &str = "Gardenia Collective";

/// Creates the demo event if it does not exist.
pub async fn ensure_demo(database: &Database, catalog: &EventCache) -> Result<(), DbError> {
    let name = EventName::parse(DEMO_EVENT).expect("a constant slug");
    if catalog.find(name).await.is_ok_and(|found| found.is_some()) {
        return Ok(());
    }
    let organizer = database.ensure_organizer(ORGANIZER).await?;
    let (draft, types) = demo().split();
    let new = NewEvent { organizer, draft: &draft, types: &types };
    database.create_event(new, &SigningKeySeed(random_key()), catalog.secret()).await?;
    catalog.invalidate_slug(DEMO_EVENT).await;
    Ok(())
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
