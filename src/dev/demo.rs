//! The demo event.

use crate::{
    db::{Catalog, Database, DbError, EventName, NewEvent, NewKey},
    domain::{EventDraft, EventStatus, TicketTypeDraft, Venue, random_key},
};

/// Slug of the demo event.
pub const DEMO_EVENT: &str = "gardenia-2025";
/// Name of its organizer.
pub const ORGANIZER: &str = "Gardenia Collective";

/// Creates the demo event if it does not exist.
pub async fn ensure_demo(database: &Database, catalog: &Catalog) -> Result<(), DbError> {
    let name = EventName::parse(DEMO_EVENT).expect("a constant slug");
    if catalog.find(name).await.is_ok_and(|found| found.is_some()) {
        return Ok(());
    }
    let organizer = database.ensure_organizer(ORGANIZER).await?;
    let types = [TicketTypeDraft {
        code: "general".into(),
        name: "General Admission".into(),
        description: None,
        amount: 0,
        currency: "INR".into(),
        capacity: Some(5000),
        max_per_registration: 10,
    }];
    let new = NewEvent { organizer, draft: &draft(), types: &types };
    database.create_event(new, &NewKey(random_key()), catalog.secret()).await?;
    catalog.forget_slug(DEMO_EVENT).await;
    Ok(())
}

fn draft() -> EventDraft {
    let timestamp = |text: &str| text.parse().expect("a constant in RFC 3339");
    EventDraft {
        slug: DEMO_EVENT.into(),
        code: "GDN2025".into(),
        title: "Gardenia 2025".into(),
        description: Some("A day of music between the flower beds.".into()),
        category: Some("festival".into()),
        status: EventStatus::Published,
        starts_at: timestamp("2025-11-08T09:00:00Z"),
        ends_at: timestamp("2025-11-08T18:00:00Z"),
        timezone: "Asia/Kolkata".into(),
        language: "en".into(),
        accent_color: "#1f6f4a".into(),
        venue: Venue { name: "Main Lawn".into(), address: Some("Lalbagh Botanical Garden, Bengaluru".into()) },
        sales_open_at: None,
        sales_close_at: None,
        capacity: Some(5000),
    }
}
