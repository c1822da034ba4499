//! The Big List of Naughty Strings and worse texts in every field.

use std::collections::BTreeMap;

use onsale::render::{CodeSource, TicketPdfWriter, TicketValues};
use serde_json::{Value, json};

use onsale::domain::sample_event;

use super::{plan, setup, shipped_plan, ticket};
use crate::support::{DEADLINE, pdf_text, qpdf_check};

/// From <https://github.com/minimaxir/big-list-of-naughty-strings>, MIT.
fn naughty() -> Vec<String> {
    serde_json::from_str(include_str!("../data/blns.json")).unwrap()
}

fn page(text: &str) -> TicketValues {
    TicketValues {
        email: text.into(),
        contact: text.into(),
        answers: Some(json!({"company": text, "list": [text, text], "object": {"a": text}})),
        ..ticket(text)
    }
}

fn every_field() -> Value {
    let fields = [
        "{attendee.name}",
        "{attendee.email|upper}",
        "{registration.contact|lower}",
        "{answers.company}",
        "{answers.list}",
        "{answers.object}",
    ];
    let texts = fields.iter().zip(0..).map(|(text, index)| {
        json!({"kind": "text", "x": 5, "y": 5 + 15 * index, "width": 95, "height": 14, "text": text, "size": 12, "smallest": 5,
               "when": {"field": "answers.company"}})
    });
    let mut elements: Vec<Value> = texts.collect();
    elements.push(json!({"kind": "qr", "x": 5, "y": 100, "size": 40}));
    json!({"pages": [{"width": 105, "height": 148, "elements": elements}]})
}

#[test]
fn every_naughty_string_becomes_a_good_page() {
    let setup = setup();
    let plan = plan(&every_field(), &setup);
    let strings = naughty();
    assert!(strings.len() > 400);
    let mut press = TicketPdfWriter::begin(&plan, Vec::new()).unwrap();
    for text in &strings {
        press.ticket(&page(text), CodeSource::Signer(&setup.signer)).unwrap();
    }
    let (all, _) = press.finish().unwrap();
    qpdf_check(&all);
    for active in ["/Annots", "/URI", "/JS", "/JavaScript", "/AA", "/OpenAction", "/Launch", "/EmbeddedFile"] {
        assert!(!all.windows(active.len()).any(|window| window == active.as_bytes()), "{active}");
    }
    let text = pdf_text(&all);
    for words in ["../../../../../../../../../../../etc/passwd%00", "DROP TABLE users", "<script>alert(123)</script>"] {
        assert!(text.contains(words) || text.replace('\n', "").contains(words), "{words}");
    }
    assert_eq!(text.matches('\u{c}').count(), strings.len(), "a page each");
}

#[test]
fn an_event_may_have_naughty_names_too() {
    for text in naughty().into_iter().filter(|text| !text.trim().is_empty()).step_by(5) {
        let setup = sample_event(|draft| {
            draft.title.clone_from(&text);
            draft.venue.name.clone_from(&text);
            draft.category = Some(text.clone());
            draft.description = Some(text.clone());
        });
        for name in ["a6", "din-long", "a4"] {
            let plan = shipped_plan(name, &setup);
            qpdf_check(&plan.render(&[ticket("Ada")], &setup.signer).unwrap().bytes);
        }
    }
}

#[test]
fn very_long_texts_stay_in_their_boxes_and_take_linear_time() {
    let setup = setup();
    let plan = plan(&every_field(), &setup);
    let texts: BTreeMap<_, _> = BTreeMap::from([
        ("long", "x".repeat(1_000_000)),
        ("spaces", " ".repeat(500_000)),
        ("marks", format!("Z{}", "\u{301}".repeat(100_000))),
        ("joiners", "\u{200d}".repeat(100_000)),
        ("family", "👨‍👩‍👧‍👦".repeat(20_000)),
        ("arabic", "ﷺ".repeat(50_000)),
        ("turns", "\u{202e}\u{2066}abc\u{2069}".repeat(30_000)),
        ("nothing", "\u{feff}\u{ad}\u{fffe}".into()),
        ("lines", "a\n".repeat(100_000)),
    ]);
    let started = std::time::Instant::now();
    for (name, text) in &texts {
        let pdf = plan.render(&[page(text)], &setup.signer).unwrap().bytes;
        qpdf_check(&pdf);
        assert!(pdf.len() < 200_000, "{name}: {} bytes", pdf.len());
    }
    // Linear time is seconds, and the square of a length is hours.
    assert!(started.elapsed() < 2 * DEADLINE, "the time grows with the square of a length");
}
