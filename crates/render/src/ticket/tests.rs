use std::{
    collections::BTreeSet,
    sync::{Arc, LazyLock},
};

use super::*;
use crate::domain::{
    EventKey, EventSetup, Registration, RegistrationRef, RegistrationStatus, Ticket, TicketId, TypeNumber, sample_event,
};
use uuid::Uuid;

static LIBRARY: LazyLock<Arc<FontLibrary>> = LazyLock::new(|| Arc::new(FontLibrary::new(&[])));

fn setup() -> EventSetup {
    sample_event(|_| {})
}

fn registration(names: &[&str]) -> Registration {
    let tickets = names.iter().zip(1..).map(|(name, position)| Ticket {
        id: TicketId(Uuid::from_u128(position as u128)),
        position,
        generation: 1,
        revoked: false,
        name: (*name).into(),
        email: "a@example.com".into(),
    });
    Registration {
        reference: RegistrationRef { event: EventKey(1), number: 1 },
        type_number: TypeNumber(1),
        status: RegistrationStatus::Confirmed,
        created_at: "2025-11-01T00:00:00Z".parse().unwrap(),
        expires_at: None,
        paid_at: None,
        amount: None,
        currency: None,
        access_generation: 1,
        answers: None,
        imported: false,
        tickets: tickets.collect(),
    }
}

fn render(setup: &EventSetup, names: &[&str]) -> Rendered {
    let plan = Plan::for_event(&LIBRARY, setup).unwrap();
    plan.render(&TicketValues::all(setup, &registration(names)), &setup.signer).unwrap()
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let (first, second) = (render(&setup(), &["Ada Lovelace"]), render(&setup(), &["Ada Lovelace"]));
    assert_eq!((first.hash, first.bytes), (second.hash, second.bytes));
}

#[test]
fn every_change_of_the_page_changes_the_hash() {
    let mut setups = [setup(), setup(), setup(), setup()];
    setups[1].event.draft.venue.name = "Side Lawn".into();
    setups[2].event.draft.accent_color = "#102030".into();
    setups[3].types[0].name = "Balcony".into();
    let mut hashes: BTreeSet<_> = setups.iter().map(|setup| render(setup, &["Ada"]).hash.0).collect();
    hashes.insert(render(&setup(), &["Eve"]).hash.0);
    hashes.insert(render(&setup(), &["Ada", "Eve"]).hash.0);
    assert_eq!(hashes.len(), 6);
}

#[test]
fn a_hostile_name_adds_no_object() {
    let objects = |name: &str| {
        let bytes = render(&setup(), &[name]).bytes;
        for active in ["/Annots", "/URI", "/JS", "/JavaScript", "/AA", "/OpenAction", "/Launch"] {
            assert!(!bytes.windows(active.len()).any(|window| window == active.as_bytes()), "{name}: {active}");
        }
        bytes.windows(5).filter(|window| window == b" obj\n" || window == b" obj<").count()
    };
    // "~" is not in the shared font, so the file has an extra font.
    let plain = [objects("Ada"), objects("Ada~")];
    for name in [") Tj ET Q /Annots << /URI (x)", "%%EOF", "endstream endobj", "\\", "<<>>"] {
        assert!(plain.contains(&objects(name)), "{name}");
    }
}

#[test]
fn a_ticket_stays_small() {
    let bytes = render(&setup(), &["Ada Lovelace"]).bytes.len();
    assert!(bytes <= 16 * 1024, "{bytes} bytes");
}

fn with_layout(elements: serde_json::Value, starts_at: &str) -> (EventSetup, Plan) {
    let layout = serde_json::json!({"pages": [{"width": 100, "height": 100, "elements": elements}]});
    let layout = crate::domain::EventLayout::new(1, crate::domain::Layout::read(layout).unwrap());
    let mut event = setup();
    event.event.draft.starts_at = starts_at.parse().unwrap();
    let plan = Plan::compile(&LIBRARY, &layout, &event).unwrap();
    (event, plan)
}

/// The hash also covers static text that is drawn per ticket or per ticket type.
#[test]
fn a_printed_event_value_changes_the_hash_in_every_kind_of_text() {
    let qr = serde_json::json!({"kind": "qr", "x": 0, "y": 0, "size": 50});
    let text =
        |text: &str, y: i32| serde_json::json!({"kind": "text", "x": 0, "y": y, "width": 90, "text": text, "size": 9});
    let mut conditional = text("{event.startsAt|iso}", 70);
    conditional["when"] = serde_json::json!({"field": "attendee.name"});
    for elements in [
        serde_json::json!([qr, text("{event.startsAt|iso}", 10)]),
        serde_json::json!([text("{ticket.type}, {event.startsAt|iso}", 10)]),
        serde_json::json!([conditional]),
        serde_json::json!([text("{attendee.name}, {event.startsAt|iso}", 10)]),
    ] {
        let hash = |starts_at: &str| {
            let (event, plan) = with_layout(elements.clone(), starts_at);
            let page = TicketValues::all(&event, &registration(&["Ada"])).remove(0);
            plan.hash(&[page], &event.signer)
        };
        assert_eq!(hash("2025-11-08T09:00:00Z"), hash("2025-11-08T09:00:00Z"));
        assert_ne!(hash("2025-11-08T09:00:00Z"), hash("2025-11-09T09:00:00Z"), "{elements}");
    }
}

#[test]
fn a_layout_with_too_much_text_is_refused() {
    let long = "x".repeat(9_000);
    let elements: Vec<_> = (0..20)
        .map(|y| serde_json::json!({"kind": "text", "x": 0, "y": y, "width": 90, "text": long, "size": 9}))
        .collect();
    let layout = serde_json::json!({"pages": [{"width": 100, "height": 100, "elements": elements}]});
    let layout = crate::domain::EventLayout::new(1, crate::domain::Layout::read(layout).unwrap());
    let error = Plan::compile(&LIBRARY, &layout, &setup()).err().unwrap();
    assert_eq!(error.pointer(), "/pages/0/elements/11/text");
}

/// If this fails and the change of the bytes is meant, raise `RENDERER_VERSION` and accept the new snapshot.
#[test]
fn changed_bytes_need_a_new_version_of_the_renderer() {
    use sha2::{Digest, Sha256};
    let mut digests = vec![crate::RENDERER_VERSION.to_owned()];
    for (name, ..) in crate::BUILT_IN_LAYOUTS {
        let layout = crate::built_in_layout(name).unwrap();
        let plan = Plan::compile(&LIBRARY, &crate::domain::EventLayout::new(1, layout), &setup()).unwrap();
        let pages = TicketValues::all(&setup(), &registration(&["Ada Lovelace", "Łukasz Żółć", "محمد علي"]));
        let bytes = plan.render(&pages, &setup().signer).unwrap().bytes;
        let digest: Vec<_> = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        digests.push(format!("{name} {}", digest.concat()));
    }
    insta::assert_snapshot!("renderer_version", digests.join("\n"));
}
