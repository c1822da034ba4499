use serde_json::{Value, json};

use super::*;
use crate::Faults;

fn page(elements: Value) -> Value {
    json!({"pages": [{"width": 105, "height": 148, "elements": elements}]})
}

fn faults(value: &Value) -> Vec<(String, String)> {
    let Faults(faults) = Layout::read(value.clone()).unwrap_err();
    faults.into_iter().map(|fault| (fault.pointer, fault.detail)).collect()
}

#[test]
fn a_fault_names_element_and_property() {
    let text = json!({"kind": "text", "x": 1, "y": 2, "width": 50, "text": "a", "size": 9});
    let with = |key: &str, value: Value| {
        let mut changed = text.clone();
        changed[key] = value;
        changed
    };
    let value = page(json!([
        text,
        with("colour", json!("#fff")),
        with("color", json!("red")),
        with("size", json!("9")),
        with("text", json!("{attendee.nmae}")),
        with("text", json!({"en": "ok", "de": "{"})),
        with("rotate", json!(1000)),
        {"kind": "circle", "id": "moon"},
        {"kind": "qr", "x": 1, "y": 1, "size": 3},
        {"kind": "group", "elements": [{"kind": "image", "x": 0, "y": 0, "width": 5, "height": 5, "image": "logo"}]},
        with("when", json!({"field": "ticket.tpe"})),
    ]));
    let found = faults(&value);
    let assert_fault = |at: &str, detail: &str| {
        let pointer = format!("/pages/0/elements/{at}");
        assert!(found.iter().any(|(p, d)| *p == pointer && d.contains(detail)), "{pointer} {detail}: {found:#?}");
    };
    assert_fault("1/colour", "unknown field `colour`");
    assert_fault("2/color", "`red` is not a colour");
    assert_fault("3/size", "expected a number");
    assert_fault("4/text", "there is no placeholder {attendee.nmae}");
    assert_fault("5/text/de", "never closed");
    assert_fault("6/rotate", "must lie between -360 and 360");
    assert_fault("7/kind", "`moon`: must be text, qr");
    assert_fault("8/size", "must lie between 10 and");
    assert_fault("9/elements/0/image", "there is no picture `logo`");
    assert_fault("10/when/field", "there is no placeholder {ticket.tpe}");
    assert_eq!(found.len(), 10);
}

#[test]
fn a_missing_property_is_named() {
    assert_eq!(faults(&json!({"pages": []}))[0].0, "/pages");
    let found = faults(&page(json!([{"kind": "text", "x": 1}])));
    assert!(found[0].1.contains("missing field"), "{found:?}");
    let found = faults(&json!({"images": {"logo": "R0lGOD=="}, "pages": []}));
    assert_eq!(found[0].0, "/images/logo");
}

#[test]
fn a_layout_reads_back_as_it_was_written() {
    let value = page(json!([
        {"kind": "rect", "x": 0, "y": 0, "width": 105, "height": 50, "fill": "accent", "radius": 3},
        {"kind": "group", "x": 5, "rotate": 90, "when": {"field": "answers.company"}, "elements": [
            {"kind": "text", "x": 1, "y": 2, "width": 50, "text": {"en": "Hello", "de": "Hallo"}, "size": 9, "align": "center"}]},
        {"kind": "qr", "x": 4, "y": 93, "size": 49, "level": "Q"},
    ]));
    let layout = Layout::read(value.clone()).unwrap();
    let again = Layout::read(serde_json::to_value(&layout).unwrap()).unwrap();
    assert_eq!(layout, again);
    assert_eq!(layout.hash(), again.hash());
}

#[test]
fn a_text_is_in_the_events_language() {
    let words: Words = serde_json::from_value(json!({"de": "Hallo", "en": "Hello", "pt-BR": "Olá"})).unwrap();
    for (language, text) in [("de", "Hallo"), ("de-CH", "Hallo"), ("pt", "Olá"), ("ja", "Hello"), ("EN-gb", "Hello")] {
        assert_eq!(words.of(language), text, "{language}");
    }
}

#[test]
fn a_pretix_layout_is_imported_with_notes_about_losses() {
    let file = json!([
        {"type": "barcodearea", "left": "130.40", "bottom": "204.50", "size": "64.00", "content": "secret"},
        {"type": "poweredby", "left": "88.72", "bottom": "10.00", "size": "20.00", "content": "dark"},
        {"type": "textcontainer", "page": 1, "left": "16.35", "bottom": "272.09", "fontsize": "14.0", "lineheight": "1",
         "color": [10, 20, 30, 1], "fontfamily": "Roboto", "bold": true, "italic": false, "width": "177.07", "height": "11.80",
         "content": "event_name", "rotation": 0, "align": "right", "verticalalign": "middle", "autoresize": true},
        {"type": "textarea", "left": "13.09", "bottom": 49.73, "fontsize": 23.6, "color": [0, 0, 0, 1], "fontfamily": "Open Sans",
         "bold": false, "italic": true, "width": "121.83", "content": "other", "text": "{attendee_name} {seat} {", "align": "center"},
        {"type": "textarea", "left": "1", "bottom": "1", "fontsize": "9", "width": "50", "content": "seat"},
    ]);
    let Import { layout, notes } = import(file);
    let elements = &layout.pages[0].elements;
    assert_eq!(elements.len(), 3);
    let Element::Qr(qr) = &elements[0] else { panic!("{:?}", elements[0]) };
    assert!((qr.x - 130.4).abs() < 0.01 && (qr.y - (297.0 - 204.5 - 64.0)).abs() < 0.01 && qr.size == 64.0);
    let Element::Text(title) = &elements[1] else { panic!("{:?}", elements[1]) };
    assert_eq!(title.text, Words::Same("{event.title}".into()));
    assert_eq!((title.align, title.weight, title.color), (Align::Right, Weight::Bold, Rgb::Fixed(10, 20, 30)));
    let Element::Text(other) = &elements[2] else { panic!("{:?}", elements[2]) };
    assert_eq!(other.text, Words::Same("{attendee.name} {{seat}} {{".into()));
    for words in [
        "object 1 (poweredby",
        "Roboto",
        "no italic",
        "`{seat}` is printed as it is",
        "object 4 (textarea seat): left out",
    ] {
        assert!(notes.iter().any(|note| note.contains(words)), "{words}: {notes:#?}");
    }
    Layout::read(serde_json::to_value(&layout).unwrap()).unwrap();
}

fn import(file: Value) -> pretix::Import {
    pretix::import(file.to_string().as_bytes(), 210.0, 297.0).unwrap()
}

use super::pretix::Import;
