//! An event and a ticket to try things on.

use std::sync::{Arc, LazyLock};

use onsale::{
    domain::{
        Event, EventDraft, EventId, EventKey, EventSetup, EventSigner, EventStatus, OrganizerKey, Price, TicketCode,
        TicketId, TicketType, TypeNumber, Venue,
    },
    render::{Library, TicketPage},
};
use serde_json::json;
use uuid::Uuid;

pub static LIBRARY: LazyLock<Arc<Library>> = LazyLock::new(|| Arc::new(Library::new(&[])));

pub fn setup() -> EventSetup {
    let draft = EventDraft {
        slug: "sample".into(),
        code: "SAMPLE".into(),
        title: "Sample".into(),
        description: None,
        category: None,
        status: EventStatus::Published,
        starts_at: jiff::Timestamp::UNIX_EPOCH,
        ends_at: jiff::Timestamp::UNIX_EPOCH,
        timezone: "Europe/Berlin".into(),
        language: "de".into(),
        accent_color: "#1f6f4a".into(),
        venue: Venue { name: "Here".into(), address: None },
        sales_open_at: None,
        sales_close_at: None,
        capacity: None,
    };
    let id = EventId(Uuid::from_u128(1));
    let event = Event {
        key: EventKey(1),
        id,
        organizer: OrganizerKey(1),
        organizer_name: "Somebody".into(),
        code: draft.code.parse().unwrap(),
        revision: 1,
        draft,
    };
    let general = TicketType {
        number: TypeNumber(1),
        code: "general".parse().unwrap(),
        name: "General".into(),
        description: None,
        price: Price::new(1250, "EUR").unwrap(),
        capacity: None,
        max_per_registration: 1,
    };
    EventSetup::new(event, vec![general], EventSigner::new(id, 1, &[7; 32]), None)
}

pub fn ticket(name: &str) -> TicketPage {
    TicketPage {
        name: name.into(),
        email: name.into(),
        label: "SAMPLE-0001-1".into(),
        position: 1,
        count: 1,
        registration: "SAMPLE-0001".into(),
        contact: name.into(),
        created_at: jiff::Timestamp::UNIX_EPOCH,
        answers: Some(json!({"company": name})),
        code: TicketCode { ticket: TicketId(Uuid::from_u128(1)), type_number: TypeNumber(1), generation: 1 },
    }
}
