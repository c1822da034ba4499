//! Every kind of generated file: its key in storage, and who may read it.

use serde_json::{Value, json};

use crate::support::{Client, Picture, Server, Storage, eventually, gate_accepts, pdf_text, qpdf_check, zbar};

/// Waits until a download is redirected to storage, and follows the redirect.
fn follow(server: &Server, path: &str) -> Vec<u8> {
    eventually("the file is in storage", || server.client.get(path).status == 302);
    let redirect = server.client.get(path).expect(302);
    Client::new("").get(redirect.header("location").unwrap()).expect(200).body
}

#[test]
fn a_ticket_of_its_own_is_stored_when_it_is_first_asked_for() {
    let storage = Storage::start();
    let server = Server::with(&storage.settings());
    let event = server.event(json!({}));
    let group = event.register(&["Ada", "Grace"]);
    let first = server.client.get(&group.ticket_path(1, "/pdf")).expect(200).body;
    assert!(pdf_text(&first).contains("Grace") && !pdf_text(&first).contains("Ada"));
    assert!(follow(&server, &group.ticket_path(1, "/pdf")) == first, "the same file from storage");
    assert_eq!(
        storage.keys("registrations/"),
        [format!("registrations/{}/tickets/{}.pdf", group.id, group.tickets[1])]
    );
    let state = server.client.get(&group.status_path()).expect(200).json();
    let ticket = state["documents"].as_array().unwrap().iter().find(|d| d["kind"] == "ticket").unwrap();
    assert_eq!((&ticket["part"], &ticket["status"]), (&json!(2), &json!("stored")));
}

#[test]
fn a_code_is_stored_once_and_its_url_opens_it() {
    let storage = Storage::start();
    let server = Server::with(&storage.settings());
    let event = server.event(json!({}));
    let ada = event.register(&["Ada"]);
    ada.stored_pdf(&server); // so that no other upload is counted below
    let store = || server.client.send("POST", &ada.ticket_path(0, "/qr-code"), &[], None).expect(200).json();
    let stored = store();
    let key = format!("registrations/{}/tickets/{}.png", ada.id, ada.tickets[0]);
    assert_eq!(stored["key"], json!(key));
    let picture = Client::new("").get(stored["url"].as_str().unwrap()).expect(200);
    assert_eq!(picture.header("content-type"), Some("image/png"));
    let keys = server.client.get(&event.path("/keys")).expect(200).json();
    let code = zbar(&Picture::read_png(&picture.body)).unwrap();
    assert_eq!(gate_accepts(&keys, &code).unwrap().ticket.to_string(), ada.tickets[0]);
    let puts = storage.requests("PUT");
    assert_eq!(store()["key"], json!(key));
    assert_eq!(storage.requests("PUT"), puts, "a file that is stored already is not uploaded again");
}

#[test]
fn a_confirmation_has_the_time_in_its_key_and_a_change_makes_another() {
    let storage = Storage::start();
    let server = Server::with(&storage.settings());
    let event = server.event(json!({"language": "de"}));
    let group = event.register(&["Ada Lovelace", "王小明"]);
    let path = format!("/api/registrations/{}/confirmation.pdf?token={}", group.id, group.token);
    let first = server.client.get(&path).expect(200).body;
    qpdf_check(&first);
    let text = pdf_text(&first);
    for expected in ["Anmeldebestätigung", "Gardenia 2025", &group.id, "Ada Lovelace", "王小明", "someone@example.com"]
    {
        assert!(text.contains(expected), "{expected}: {text}");
    }
    assert!(follow(&server, &path) == first);
    let keys = storage.keys("registrations/");
    let stamp = keys[0].split("confirmation-").nth(1).unwrap().trim_end_matches(".pdf").to_owned();
    assert!(keys.len() == 1 && stamp.len() == "20251108T090000Z".len(), "{keys:?}");

    server.organizer.patch(&event.path(""), &json!({"venue": {"name": "Rose Garden"}})).expect(200);
    eventually("the change shows", || pdf_text(&fetch(&server, &path)).contains("Rose Garden"));
    assert!(pdf_text(&follow(&server, &path)).contains("Rose Garden"));
    assert_eq!(storage.keys("registrations/").len(), 2, "the earlier confirmation stays as it was");
    let listed = server.organizer.get(&event.path("/documents?kind=confirmation")).expect(200).json();
    let reasons: Vec<&Value> =
        listed["items"].as_array().unwrap().iter().map(|document| &document["generation"]["reason"]).collect();
    assert_eq!(reasons, ["first", "changed"]);

    let wrong_token = format!("/api/registrations/{}/confirmation.pdf?token=x", group.id);
    server.client.get(&wrong_token).problem(404, "not_found");
    server.organizer.send("POST", &format!("/api/registrations/{}/cancel", group.id), &[], None).expect(200);
    server.client.get(&path).problem(409, "conflict");
    eventually("the confirmations are removed", || storage.keys("registrations/").is_empty());
    eventually("the tickets are removed", || storage.keys("tickets/").is_empty());
}

/// Downloads a file, from the server or from storage.
fn fetch(server: &Server, path: &str) -> Vec<u8> {
    let answer = server.client.get(path);
    match answer.header("location") {
        Some(link) => Client::new("").get(link).expect(200).body,
        None => answer.expect(200).body,
    }
}

#[test]
fn kinds_lie_where_the_configuration_says() {
    let storage = Storage::start();
    let places = [("storage.places", "codes=/private/codes, tickets=/t")];
    let server = Server::with(&[&storage.settings()[..], &places].concat());
    let event = server.event(json!({}));
    let ada = event.register(&["Ada"]);
    qpdf_check(&ada.stored_pdf(&server));
    let stored = server.client.send("POST", &ada.ticket_path(0, "/qr-code"), &[], None).expect(200).json();
    Client::new("").get(stored["url"].as_str().unwrap()).expect(200);
    let keys = storage.keys("");
    assert!(keys.contains(&format!("t/tickets/{}.pdf", ada.id)), "{keys:?}");
    assert!(keys.iter().any(|key| key.starts_with("private/codes/registrations/")), "{keys:?}");
}

#[test]
fn a_signed_url_is_for_the_objects_owner_only() {
    let storage = Storage::start();
    let server = Server::with(&storage.settings());
    let event = server.event(json!({}));
    let ada = event.register(&["Ada"]);
    ada.stored_pdf(&server);
    let path = format!("/api/storage/signed-url?key=tickets/{}.pdf", ada.id);
    let signed = server.organizer.get(&path).expect(200).json();
    qpdf_check(&Client::new("").get(signed["url"].as_str().unwrap()).expect(200).body);
    let attached = server.organizer.get(&format!("{path}&disposition=attachment&expiresIn=604800")).expect(200).json();
    let saved = Client::new("").get(attached["url"].as_str().unwrap()).expect(200);
    let name = format!("attachment; filename=\"{}.pdf\"", ada.id);
    assert_eq!(saved.header("content-disposition"), Some(name.as_str()));

    server.client.get(&path).problem(401, "unauthenticated");
    server.other_organizer("Lacking", &["registrations:read"]).get(&path).problem(403, "forbidden");
    server.other_organizer("Other", &["storage:read"]).get(&path).problem(404, "not_found");
    for (rest, status, code) in [
        ("key=tickets/NONE-0001.pdf", 404, "not_found"),
        ("key=../../etc/passwd", 404, "not_found"),
        ("key=tickets%2F..%2Finvoices%2Fx.pdf", 404, "not_found"),
        ("key=", 404, "not_found"),
        ("expiresIn=60", 422, "invalid"),
        ("key=x&expiresIn=59", 422, "invalid"),
        ("key=x&expiresIn=604801", 422, "invalid"),
        ("key=x&disposition=steal", 422, "invalid"),
    ] {
        server.organizer.get(&format!("/api/storage/signed-url?{rest}")).problem(status, code);
    }

    server.organizer.patch(&event.path(""), &json!({"title": "Gardenia 2026"})).expect(200);
    eventually("no URL is signed for an outdated file", || {
        let answer = server.organizer.get(&path);
        answer.status == 409 || server.client.get(&ada.pdf_path()).status == 200
    });
    eventually("a URL is signed for the new file", || server.organizer.get(&path).status == 200);
    server.organizer.send("POST", &format!("/api/registrations/{}/cancel", ada.id), &[], None).expect(200);
    server.organizer.get(&path).problem(404, "not_found");
}

#[test]
fn links_begin_with_the_address_of_the_cdn() {
    let storage = Storage::start();
    let cdn = [("storage.cdn_base_url", "https://cdn.example/files/")];
    let server = Server::with(&[&storage.settings()[..], &cdn].concat());
    let event = server.event(json!({}));
    let ada = event.register(&["Ada"]);
    eventually("the file is stored", || ada.document(&server) == "stored");
    let link = server.client.get(&ada.pdf_path()).expect(302).header("location").unwrap().to_owned();
    let rest = link.strip_prefix("https://cdn.example/files/").unwrap_or_else(|| panic!("{link}"));
    qpdf_check(&Client::new("").get(&format!("{}/{rest}", storage.endpoint)).expect(200).body);
}

#[test]
fn a_url_expires() {
    let storage = Storage::start();
    let server = Server::with(&storage.settings());
    let event = server.event(json!({}));
    let ada = event.register(&["Ada"]);
    ada.stored_pdf(&server);
    let link = server.client.get(&ada.pdf_path()).expect(302).header("location").unwrap().to_owned();
    assert!(link.contains("X-Amz-Expires=300"), "{link}");
    // A date in the past is what storage sees of a URL whose time is over.
    let date = link.split("X-Amz-Date=").nth(1).unwrap().split('&').next().unwrap();
    let earlier = link.replace(date, "20200101T000000Z");
    assert_eq!(Client::new("").get(&earlier).status, 403);
    assert_eq!(Client::new("").get(&link.replace("X-Amz-Expires=300", "X-Amz-Expires=900")).status, 403);
}
