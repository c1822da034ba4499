//! `/api/tickets`: the file and the code of one ticket.

use serde_json::json;

use crate::support::{Client, Server, decode_codes, gate_accepts, pdf_text};

#[test]
fn a_ticket_has_a_file_of_its_own() {
    let server = Server::start();
    let event = server.event(json!({}));
    let group = event.register(&["Ada", "Grace"]);
    let pdf = server.client.get(&group.ticket_path(1, "/pdf")).expect(200).body;
    let text = pdf_text(&pdf);
    assert!(text.contains("Grace") && !text.contains("Ada"));
    assert_eq!(decode_codes(&pdf).len(), 1);
}

#[test]
fn a_code_comes_as_png_or_svg_and_says_the_same() {
    let server = Server::start();
    let event = server.event(json!({}));
    let ada = event.register(&["Ada"]);
    let path = ada.ticket_path(0, "/qr-code");
    let png = server.client.get(&path).expect(200);
    assert_eq!(png.header("content-type"), Some("image/png"));
    assert!(png.body.starts_with(b"\x89PNG"));
    let svg = server.client.send("GET", &path, &[("accept", "image/svg+xml")], None).expect(200);
    assert_eq!(svg.header("content-type"), Some("image/svg+xml"));
    assert!(svg.text().starts_with("<svg"));
    let browser = server.client.send("GET", &path, &[("accept", "image/avif,image/png,image/svg+xml,*/*;q=0.8")], None);
    assert_eq!(browser.header("content-type"), Some("image/png"));
    server.client.send("GET", &path, &[("accept", "text/html")], None).problem(406, "not_acceptable");

    let from_page = decode_codes(&server.client.get(&ada.ticket_path(0, "/pdf")).expect(200).body).remove(0);
    let keys = server.client.get(&event.path("/keys")).expect(200).json();
    assert!(gate_accepts(&keys, &from_page).is_some());
    let other = server.event(json!({}));
    let other_keys = server.client.get(&other.path("/keys")).expect(200).json();
    assert!(gate_accepts(&other_keys, &from_page).is_none(), "another event's gate refuses it");
}

#[test]
fn a_code_can_be_put_in_storage() {
    let server = Server::start();
    let event = server.event(json!({}));
    let ada = event.register(&["Ada"]);
    let path = ada.ticket_path(0, "/qr-code");
    let stored = server.client.send("POST", &path, &[], None).expect(200).json();
    assert_eq!(stored["key"], format!("registrations/{}/tickets/{}.png", ada.id, ada.tickets[0]));
    let fetched = Client::new("").get(stored["url"].as_str().unwrap()).expect(200);
    assert_eq!(fetched.header("content-type"), Some("image/png"));
    assert_eq!(fetched.body, server.client.get(&path).body);
    let unsigned = stored["url"].as_str().unwrap().split('?').next().unwrap();
    assert_eq!(Client::new("").get(unsigned).status, 403, "storage is private");
}

#[test]
fn a_ticket_is_shown_to_its_holder_and_its_organizer_only() {
    let server = Server::start();
    let event = server.event(json!({}));
    let (ada, eve) = (event.register(&["Ada"]), event.register(&["Eve"]));
    let foreign = format!("/api/tickets/{}/pdf?token={}", ada.tickets[0], eve.token);
    server.client.get(&foreign).problem(404, "not_found");
    server.client.get("/api/tickets/not-a-ticket/pdf").problem(404, "not_found");
    server.client.get("/api/tickets/00000000-0000-4000-8000-000000000000/qr-code").problem(404, "not_found");
    server.organizer.get(&format!("/api/tickets/{}/pdf", ada.tickets[0])).expect(200);
}
