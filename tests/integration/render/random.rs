//! Random names, layouts and codes.

use onsale::domain::{CodeError, EventId, EventSigner, Layout, TicketCode, TicketId, TypeNumber, VerifyingKeys};
use proptest::prelude::*;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{name_only, plan, setup, ticket};
use crate::support::qpdf_check;

/// Random texts: letters of many scripts, marks without letters, control characters and symbols.
fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "\\PC{0,12}",
        "[a-zA-Z ]{0,20}",
        "[\u{300}-\u{36f}\u{5d0}-\u{5ea}\u{627}-\u{64a}\u{900}-\u{97f}]{0,10}",
        "[\u{e00}-\u{eff}\u{1000}-\u{109f}\u{1780}-\u{17ff}\u{d80}-\u{dff}]{0,10}",
        "[\u{200b}-\u{200f}\u{202a}-\u{202e}\u{2066}-\u{2069}\u{fe0f}\u{1f300}-\u{1faff}]{0,6}",
        "[\u{0}-\u{1f}{}|<>()\\\\%]{0,6}",
    ];
    prop::collection::vec(piece, 0..6).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn any_name_becomes_a_good_page(name in text()) {
        let setup = setup();
        let plan = plan(&name_only(), &setup);
        let pages = [ticket(&name), ticket("Ada")];
        let file = plan.render(&pages, &setup.signer).unwrap();
        qpdf_check(&file.bytes);
        prop_assert_eq!(file.hash, plan.hash(&pages, &setup.signer));
        prop_assert_eq!(plan.render(&pages, &setup.signer).unwrap().bytes, file.bytes);
    }

    #[test]
    fn any_layout_is_refused_with_its_faults_or_rendered(
        words in text(), x in -100.0..300.0_f32, width in -5.0..200.0_f32, size in -1.0..80.0_f32, lines in 0_u16..5,
        rotate in -400.0..400.0_f32, height in prop::option::of(0.0..50.0_f32),
    ) {
        let mut element = json!({"kind": "text", "x": x, "y": 5, "width": width, "text": words, "size": size, "lines": lines, "rotate": rotate});
        if let Some(height) = height {
            element["height"] = json!(height);
        }
        let layout = json!({"pages": [{"width": 100, "height": 100, "elements": [element]}]});
        match Layout::read(layout.clone()) {
            Ok(_) => {
                let setup = setup();
                plan(&layout, &setup).render(&[ticket("Ada")], &setup.signer).unwrap();
            }
            Err(faults) => prop_assert!(faults.0.iter().all(|fault| fault.pointer.starts_with("/pages/0/elements/0/"))),
        }
    }

    #[test]
    fn a_code_comes_back_as_it_was_signed_and_no_other_text_is_a_code(
        ticket in any::<u128>(), kind in 1..i16::MAX, generation in 1..i16::MAX, key in any::<[u8; 32]>(), key_id in 1..=255_u8,
        at in any::<prop::sample::Index>(), other in "[0-9A-Z $%*+./:-]",
    ) {
        let event = EventId(Uuid::from_u128(7));
        let signer = EventSigner::new(event, key_id, &key);
        let code = TicketCode { ticket: TicketId(Uuid::from_u128(ticket)), type_number: TypeNumber(kind), generation };
        let text = signer.sign(&code);
        let keys = VerifyingKeys::new(event, [(key_id, EventSigner::public_key(&key))]);
        prop_assert_eq!(keys.verify(&text), Ok(code));
        // With one character changed, removed or inserted, the text is no code of another ticket.
        let at = at.index(text.len());
        for forged in [format!("{}{other}{}", &text[..at], &text[at + 1..]), format!("{}{}", &text[..at], &text[at + 1..]), format!("{}{other}{}", &text[..at], &text[at..])] {
            prop_assert!(forged == text || keys.verify(&forged).is_err(), "{}", forged);
        }
        let elsewhere = VerifyingKeys::new(EventId(Uuid::from_u128(8)), [(key_id, EventSigner::public_key(&key))]);
        prop_assert_eq!(elsewhere.verify(&text), Err(CodeError::BadSignature));
    }
}

#[test]
fn shipped_layouts_with_any_one_value_changed_never_break_anything() {
    let strange = [
        json!(null),
        json!(-1),
        json!(1e30),
        json!("x"),
        json!("{"),
        json!([]),
        json!({}),
        json!(true),
        json!("\u{202e}"),
    ];
    let setup = setup();
    let mut rendered = 0;
    for name in ["a6", "din-long"] {
        let layout = serde_json::to_value(onsale::render::built_in_layout(name).unwrap()).unwrap();
        let mut pointers = Vec::new();
        list_pointers(&layout, String::new(), &mut pointers);
        for pointer in pointers {
            for value in &strange {
                let mut changed = layout.clone();
                *changed.pointer_mut(&pointer).unwrap() = value.clone();
                if Layout::read(changed.clone()).is_ok() {
                    plan(&changed, &setup).render(&[ticket("Ada")], &setup.signer).unwrap();
                    rendered += 1;
                }
            }
        }
    }
    assert!(rendered > 50);
    qpdf_check(&super::render(&name_only(), "\u{202e}"));
}

/// Lists the JSON pointers of all values below `value`.
fn list_pointers(value: &Value, at: String, pointers: &mut Vec<String>) {
    let children: Vec<(String, &Value)> = match value {
        Value::Object(fields) => fields.iter().map(|(key, value)| (key.clone(), value)).collect(),
        Value::Array(entries) => entries.iter().enumerate().map(|(index, value)| (index.to_string(), value)).collect(),
        _ => Vec::new(),
    };
    for (key, child) in children {
        list_pointers(child, format!("{at}/{key}"), pointers);
    }
    if !at.is_empty() {
        pointers.push(at);
    }
}
