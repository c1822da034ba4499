//! Layouts over HTTP: reading, previewing and changing; versions are immutable, and stored files follow a change.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use crate::support::{Server, decode_codes, eventually, gate_accepts, pdf_text};

fn layout(words: &str) -> Value {
    json!({"name": "Test", "pages": [{"width": 105, "height": 148, "elements": [
        {"kind": "text", "x": 10, "y": 10, "width": 85, "text": words, "size": 14, "smallest": 8},
        {"kind": "text", "x": 10, "y": 30, "width": 85, "text": "{attendee.name}", "size": 14, "smallest": 8, "lines": 2},
        {"kind": "text", "x": 10, "y": 45, "width": 85, "text": "{answers.company}", "size": 10,
         "when": {"field": "answers.company"}},
        {"kind": "qr", "x": 20, "y": 60, "size": 60, "level": "Q"},
    ]}]})
}

fn put(server: &Server, path: &str, layout: &Value) -> crate::support::Answer {
    server.organizer.send("PUT", path, &[], Some(&serde_json::to_vec(layout).unwrap()))
}

#[test]
fn a_new_layout_shows_on_the_next_download_and_replaces_the_stored_file() {
    let server = Server::start();
    let event = server.event(json!({}));
    let path = event.path("/layout");
    let current = server.organizer.get(&path).expect(200).json();
    assert_eq!((&current["version"], &current["createdAt"]), (&json!(0), &Value::Null));
    let ada = event.ask_with(&[], &["Ada"], json!({"answers": {"company": "Analytical Engines"}}));
    let ada = crate::support::Registration::of(&ada.expect(201));
    assert!(pdf_text(&ada.stored_pdf(&server)).contains("Ada"));

    let taken = put(&server, &path, &layout("First {event.title}")).expect(200).json();
    assert_eq!(taken["version"], 1);
    let pdf = server.client.get(&ada.pdf_path()).expect(200).body;
    let text = pdf_text(&pdf);
    assert!(text.contains("First") && text.contains("Ada") && text.contains("Analytical Engines"), "{text}");
    let keys = server.client.get(&event.path("/keys")).expect(200).json();
    assert!(gate_accepts(&keys, &decode_codes(&pdf)[0]).is_some());
    eventually("the stored file is replaced", || pdf_text(&ada.stored_pdf(&server)).contains("First"));

    assert_eq!(put(&server, &path, &layout("First {event.title}")).expect(200).json()["version"], 1, "nothing changed");
    assert_eq!(put(&server, &path, &layout("Second")).expect(200).json()["version"], 2);
    let now = server.organizer.get(&path).expect(200).json();
    assert_eq!(now["version"], 2);
    assert_eq!(now["layout"]["pages"][0]["elements"][0]["text"], "Second");
}

#[test]
fn a_version_never_changes() {
    let server = Server::start();
    let event = server.event(json!({}));
    put(&server, &event.path("/layout"), &layout("x")).expect(200);
    let error = server.database.error_of("UPDATE layouts SET body = '{}'");
    assert!(error.contains("never changes"), "{error}");
}

#[test]
fn a_layout_that_cannot_be_rendered_is_refused_with_the_place_of_the_fault() {
    let server = Server::start();
    let event = server.event(json!({}));
    let path = event.path("/layout");
    let mut bad = layout("x");
    bad["pages"][0]["elements"][1]["text"] = json!("{attendee.nmae}");
    bad["pages"][0]["elements"][3]["size"] = json!(2);
    let answer = put(&server, &path, &bad);
    answer.problem(422, "invalid");
    assert_eq!(answer.pointers(), ["/pages/0/elements/1/text", "/pages/0/elements/3/size"]);

    let mut broken = layout("x");
    broken["images"] = json!({"logo": "iVBORw0KGgoAAAANSUhEUg=="});
    let answer = put(&server, &path, &broken);
    answer.problem(422, "invalid");
    assert_eq!(answer.pointers(), ["/images/logo"]);

    let twice = br#"{"pages":[],"pages":[]}"#;
    server.organizer.send("PUT", &path, &[], Some(twice)).problem(400, "malformed");
    let huge = vec![b' '; 9 << 20];
    server.organizer.send("PUT", &path, &[], Some(&huge)).problem(413, "too_large");
    assert_eq!(server.organizer.get(&path).expect(200).json()["version"], 0);
}

#[test]
fn a_preview_shows_a_layout_and_no_gate_takes_its_code() {
    let server = Server::start();
    let event = server.event(json!({}));
    let path = event.path("/layout/preview");
    let own = server.organizer.send("POST", &path, &[], None).expect(200);
    assert_eq!(own.header("content-type"), Some("application/pdf"));
    assert!(pdf_text(&own.body).contains("Ada Lovelace"));
    let body = serde_json::to_vec(&layout("Only a preview")).unwrap();
    let tried = server
        .organizer
        .send("POST", &format!("{path}?name=%E7%8E%8B%E5%B0%8F%E6%98%8E"), &[], Some(&body))
        .expect(200);
    let text = pdf_text(&tried.body);
    assert!(text.contains("Only a preview") && text.contains("王小明"), "{text}");
    let keys = server.client.get(&event.path("/keys")).expect(200).json();
    assert!(gate_accepts(&keys, &decode_codes(&tried.body)[0]).is_none());
    server.organizer.send("POST", &format!("{path}?ticketType=nope"), &[], None).problem(404, "not_found");
    assert_eq!(server.organizer.get(&event.path("/layout")).expect(200).json()["version"], 0);
}

#[test]
fn shipped_layouts_and_the_schema_are_there_for_everybody() {
    let server = Server::start();
    let event = server.event(json!({}));
    let items = server.client.get("/api/layouts").expect(200).json();
    let names: Vec<_> =
        items["items"].as_array().unwrap().iter().map(|item| item["name"].as_str().unwrap().to_owned()).collect();
    assert_eq!(names, ["a6", "din-long", "a4"]);
    for name in names {
        let built_in_layout = server.client.get(&format!("/api/layouts/{name}")).expect(200).json();
        put(&server, &event.path("/layout"), &built_in_layout).expect(200);
    }
    server.client.get("/api/layouts/nope").problem(404, "not_found");
    let schema = server.client.get("/api/layout.schema.json").expect(200);
    assert_eq!(schema.header("content-type"), Some("application/schema+json"));
    let published = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/layout.schema.json")).unwrap();
    let published: Value = serde_json::from_str(&published).unwrap();
    assert!(schema.json() == published, "docs/layout.schema.json is outdated: `onsale layouts schema` prints it");
}

#[test]
fn a_rotated_key_signs_what_comes_and_the_old_one_stays_good() {
    let server = Server::start();
    let event = server.event(json!({}));
    let ada = event.register(&["Ada"]);
    let before = decode_codes(&server.client.get(&ada.ticket_path(0, "/pdf")).expect(200).body).remove(0);
    let rotated = server.organizer.send("POST", &event.path("/keys"), &[], None).expect(201).json();
    assert_eq!(rotated["keys"].as_array().unwrap().len(), 2);
    let after = decode_codes(&server.client.get(&ada.ticket_path(0, "/pdf")).expect(200).body).remove(0);
    assert_ne!(before, after);
    let keys = server.client.get(&event.path("/keys")).expect(200).json();
    assert_eq!(gate_accepts(&keys, &before), gate_accepts(&keys, &after), "both codes are of the same ticket");
    assert!(gate_accepts(&keys, &after).is_some());
    let mut old = keys.clone();
    old["keys"].as_array_mut().unwrap().truncate(1);
    assert!(gate_accepts(&old, &after).is_none(), "a gate without the new key refuses the new code");
    let sealed = server.database.number("SELECT count(*) FROM signing_keys WHERE length(sealed_secret) > 32");
    assert_eq!(sealed, 2, "both are encrypted at rest");
}

/// A PNG file of one pixel with this shade of grey, in base64.
fn pixel(shade: u8) -> String {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, 1, 1);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.write_header().unwrap().write_image_data(&[shade]).unwrap();
    STANDARD.encode(file)
}

#[test]
fn a_picture_is_stored_once_and_removed_with_the_last_version_that_shows_it() {
    let server = Server::start();
    let event = server.event(json!({}));
    let path = event.path("/layout");
    let with_pictures = |words: &str, shades: [u8; 2]| {
        let mut layout = layout(words);
        layout["images"] = json!({"logo": pixel(shades[0]), "banner": pixel(shades[1])});
        for (name, y) in [("logo", 70), ("banner", 90)] {
            let image = json!({"kind": "image", "x": 10, "y": y, "width": 10, "height": 10, "image": name});
            layout["pages"][0]["elements"].as_array_mut().unwrap().push(image);
        }
        layout
    };
    let pictures = || server.database.number("SELECT count(*) FROM layout_pictures");
    let first = with_pictures("first", [10, 20]);
    put(&server, &path, &first).expect(200);
    let kept = server.organizer.get(&path).expect(200).json();
    assert_eq!(kept["layout"]["images"], first["images"]);
    put(&server, &path, &with_pictures("second", [20, 10])).expect(200);
    assert_eq!(pictures(), 2, "the same pictures under other names");
    put(&server, &path, &with_pictures("third", [30, 30])).expect(200);
    assert_eq!(pictures(), 3, "one picture under two names");
    let same = server.organizer.get(&path).expect(200).json();
    assert_eq!(same["layout"]["images"]["logo"], same["layout"]["images"]["banner"]);
    // The last 20 versions are kept.
    for n in 4..=22 {
        put(&server, &path, &layout(&format!("version {n}"))).expect(200);
    }
    assert_eq!(pictures(), 1, "only the third version shows one");
    put(&server, &path, &layout("version 23")).expect(200);
    assert_eq!(pictures(), 0);
}

#[test]
fn a_layout_whose_tickets_could_take_long_is_refused() {
    let server = Server::start();
    let event = server.event(json!({}));
    let with = |element: Value, count: usize| json!({"pages": [{"width": 100, "height": 100, "elements": vec![element; count]}]});
    let text = |words: &str, smallest: f32| json!({"kind": "text", "x": 5, "y": 5, "width": 90, "height": 40, "text": words, "size": 60, "smallest": smallest});
    let code = json!({"kind": "qr", "x": 20, "y": 60, "size": 30});
    // Each size between 60 and 4 may be tried for a name of 200 letters.
    for (layout, fault) in [
        (with(text("{attendee.name}", 4.0), 60), "/pages/0/elements/"),
        (with(text("{answers.story}", 30.0), 30), "/pages/0/elements/"),
        (with(text("{answers.story}", 60.0), 30), "/pages/0/elements/6"),
    ] {
        let refused = put(&server, &event.path("/layout"), &layout);
        refused.problem(422, "invalid");
        assert!(refused.pointers()[0].starts_with(fault), "{:?}", refused.pointers());
        let detail = &refused.json()["errors"][0]["detail"];
        assert!(
            detail.as_str().unwrap().starts_with("with this element a ticket could take longer than 25 ms"),
            "{detail}"
        );
    }
    put(&server, &event.path("/layout"), &with(text("{attendee.name}", 4.0), 20)).expect(200);
    put(&server, &event.path("/layout"), &with(code, 20)).expect(200);
}
