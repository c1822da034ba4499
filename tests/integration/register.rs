//! `POST /api/register`

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use crate::support::{
    Registration, Server, cluster, decode_codes, eventually, gate_accepts, pdf_text, qpdf_check, ticket_type,
};

#[test]
fn a_registration_becomes_a_signed_ticket_in_storage() {
    let server = Server::start();
    let event = server.event(json!({}));
    let ada = event.register(&["Ada Lovelace", "Łukasz Żółć"]);

    let pdf = ada.stored_pdf(&server);
    qpdf_check(&pdf);
    let text = pdf_text(&pdf).replace(&event.code, "EVENT");
    insta::assert_snapshot!("ticket_text", text);

    let keys = server.client.get(&event.path("/keys")).expect(200).json();
    let codes = decode_codes(&pdf);
    assert_eq!(codes.len(), 2);
    for (code, ticket) in codes.iter().zip(&ada.tickets) {
        let accepted = gate_accepts(&keys, code).expect("the gate accepts what it scans");
        assert_eq!(accepted.ticket.to_string(), *ticket);
    }
    server.database.check_invariants();
}

#[test]
fn the_answer_has_the_promised_form() {
    let server = Server::start();
    let event = server.event(json!({"slug": "gardenia-2025", "code": "GDN2025"}));
    let answer = event.ask(&["Ada Lovelace"]).expect(201);
    let location = answer.header("location").unwrap();
    assert!(location.starts_with("http://tickets.example/api/register/GDN2025-0001?token="), "{location}");
    assert_eq!(answer.header("cache-control"), Some("private, no-store"));
    insta::assert_json_snapshot!("registered", answer.json(), {
        ".data.accessToken" => "[token]",
        ".data.pdfUrl" => insta::dynamic_redaction(|url, _| hide_token(url.as_str().unwrap())),
        ".data.qrCode" => insta::dynamic_redaction(|code, _| code.as_str().unwrap()[..40].to_owned()),
        ".data.tickets[].ticketId" => "[ticket]",
        ".data.tickets[].pdfUrl" => "[url]",
        ".data.tickets[].qrCode" => insta::dynamic_redaction(|code, _| code.as_str().unwrap()[..40].to_owned()),
    });
}

fn hide_token(url: &str) -> String {
    format!("{}=[token]", url.split_once('=').unwrap().0)
}

#[test]
fn a_minimal_answer_has_no_pictures() {
    let server = Server::start();
    let event = server.event(json!({}));
    let answer = event.ask_with(&[("prefer", "return=minimal")], &["Ada"], json!({})).expect(201).json();
    assert!(answer["data"].get("qrCode").is_none() && answer["data"]["tickets"][0].get("qrCode").is_none());
}

#[test]
fn an_event_can_be_named_by_its_id_and_its_only_type_left_out() {
    let server = Server::start();
    let event = server.event(json!({}));
    let id = event.show()["id"].clone();
    event.ask_with(&[], &["Ada"], json!({"event": id, "ticketType": "general"})).expect(201);
    event.ask_with(&[], &["Ada"], json!({"ticketType": null})).expect(201);
    let problem = event.ask_with(&[], &["Ada"], json!({"ticketType": "balcony"}));
    problem.problem(422, "invalid");
    assert_eq!(problem.pointers(), ["/ticketType"]);
    event.ask_with(&[], &["Ada"], json!({"event": "nowhere"})).problem(404, "not_found");
}

#[test]
fn the_same_key_and_body_get_the_same_bytes_again() {
    let server = Server::start();
    let event = server.event(json!({}));
    let first =
        event.ask_with(&[("idempotency-key", "\"one\"")], &["Ada"], json!({"answers": {"a": 1, "b": [2]}})).expect(201);
    assert_eq!(first.header("idempotent-replayed"), None);
    let again =
        event.ask_with(&[("idempotency-key", "one")], &["Ada"], json!({"answers": {"b": [2], "a": 1}})).expect(201);
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
    assert_eq!(first.text(), again.text());
    event.ask_with(&[("idempotency-key", "one")], &["Eve"], json!({})).problem(422, "idempotency_key_reused");
    assert_eq!(event.show()["available"], 99);
}

#[test]
fn a_key_belongs_to_its_event() {
    let server = Server::start();
    let (one, other) = (server.event(json!({})), server.event(json!({})));
    for event in [&one, &other] {
        let answer = event.ask_with(&[("idempotency-key", "k")], &["Ada"], json!({})).expect(201);
        assert_eq!(answer.header("idempotent-replayed"), None);
    }
}

#[test]
fn a_repeated_request_gets_its_first_answer_although_the_event_is_sold_out() {
    let server = Server::start();
    let event = server.event(json!({"capacity": 1}));
    let first = event.ask_with(&[("idempotency-key", "k")], &["Ada"], json!({})).expect(201);
    event.ask(&["Eve"]).problem(409, "sold_out");
    let again = event.ask_with(&[("idempotency-key", "k")], &["Ada"], json!({})).expect(201);
    assert_eq!(first.text(), again.text());
    server.organizer.patch(&event.path(""), &json!({"salesCloseAt": "2020-01-01T00:00:00Z"})).expect(200);
    let after = event.ask_with(&[("idempotency-key", "k")], &["Ada"], json!({})).expect(201);
    assert_eq!(first.text(), after.text(), "and although sales are closed");
}

#[test]
fn twins_at_once_take_one_seat() {
    let server = Server::start();
    let event = server.event(json!({}));
    let answers: Vec<_> = std::thread::scope(|scope| {
        let ask = || event.ask_with(&[("idempotency-key", "twin")], &["Ada"], json!({}));
        let asks: Vec<_> = (0..24).map(|_| scope.spawn(ask)).collect();
        asks.into_iter().map(|ask| ask.join().unwrap()).collect()
    });
    let bodies: BTreeSet<_> = answers.iter().map(|answer| answer.clone().expect(201).text()).collect();
    assert_eq!(bodies.len(), 1);
    let fresh = answers.iter().filter(|answer| answer.header("idempotent-replayed").is_none()).count();
    assert_eq!(fresh, 1);
    assert_eq!(event.show()["available"], 99);
    server.database.check_invariants();
}

#[test]
fn a_crowd_buys_exactly_what_there_is() {
    const SEATS: usize = 60;
    let server = Server::start();
    let event = server.event(json!({"capacity": SEATS, "ticketTypes": [ticket_type("general", 0, Some(1000))]}));
    let answers: Vec<_> = std::thread::scope(|scope| {
        let crowd: Vec<_> = (0..16)
            .map(|buyer| {
                let event = &event;
                let mine = move || (0..12).map(|n| event.ask(&[&format!("Buyer {buyer}-{n}")])).collect::<Vec<_>>();
                scope.spawn(mine)
            })
            .collect();
        crowd.into_iter().flat_map(|buyer| buyer.join().unwrap()).collect()
    });
    let sold: BTreeSet<_> =
        answers.iter().filter(|answer| answer.status == 201).map(|answer| Registration::of(answer).id).collect();
    assert_eq!(sold.len(), SEATS, "every seat was sold once");
    for answer in answers.iter().filter(|answer| answer.status != 201) {
        answer.problem(409, "sold_out");
    }
    let expected: BTreeSet<_> = (1..=SEATS).map(|number| format!("{}-{number:04}", event.code)).collect();
    assert_eq!(sold, expected, "numbers have no gaps");
    assert_eq!(event.show()["soldOut"], true);
    server.database.check_invariants();
}

#[test]
fn a_group_gets_all_its_seats_or_none() {
    let server = Server::start();
    let event = server.event(json!({"capacity": 3}));
    event.ask(&["a", "b", "c", "d"]).problem(409, "sold_out");
    assert_eq!(event.register(&["a", "b"]).tickets.len(), 2);
    event.ask(&["c", "d"]).problem(409, "sold_out");
    event.register(&["c"]);
    server.database.check_invariants();
}

#[test]
fn event_and_type_capacities_hold_together() {
    let server = Server::start();
    let types = [ticket_type("floor", 0, Some(1)), ticket_type("balcony", 0, None)];
    let event = server.event(json!({"capacity": 2, "ticketTypes": types}));
    let ask = |kind: &str| event.ask_with(&[], &["Ada"], json!({"ticketType": kind}));
    ask("floor").expect(201);
    ask("floor").problem(409, "sold_out");
    assert_eq!(event.show()["ticketTypes"][1]["available"], 1);
    ask("balcony").expect(201);
    ask("balcony").problem(409, "sold_out");
    event.ask(&["Ada"]).problem(422, "invalid");
    server.database.check_invariants();
}

#[test]
fn a_sale_follows_the_databases_clock() {
    let server = Server::start();
    let event = server.event(json!({"salesOpenAt": "2998-01-01T00:00:00Z"}));
    event.ask(&["Ada"]).problem(403, "sales_not_open");
    server.organizer.patch(&event.path(""), &json!({"salesOpenAt": "2020-01-01T00:00:00Z"})).expect(200);
    event.ask(&["Ada"]).expect(201);
    server.organizer.patch(&event.path(""), &json!({"salesCloseAt": "2020-01-02T00:00:00Z"})).expect(200);
    event.ask(&["Ada"]).problem(403, "sales_closed");
    server.organizer.patch(&event.path(""), &json!({"salesCloseAt": null, "status": "cancelled"})).expect(200);
    event.ask(&["Ada"]).problem(403, "sales_closed");
    server.organizer.patch(&event.path(""), &json!({"status": "draft"})).expect(200);
    event.ask(&["Ada"]).problem(404, "not_found");
}

#[test]
fn every_fault_of_a_request_is_named_at_once() {
    let server = Server::start();
    let event = server.event(json!({}));
    let body = json!({"event": event.slug, "attendees": [
        {"name": " ", "email": "ada@example.com"}, {"name": "Eve\u{7}", "email": "eve"},
        {"name": "x".repeat(201), "email": "a@b.c\nBcc: x@y.z"}]});
    let answer = server.client.post("/api/register", &body);
    answer.problem(422, "invalid");
    assert_eq!(
        answer.pointers(),
        ["/attendees/0/name", "/attendees/1/name", "/attendees/1/email", "/attendees/2/name", "/attendees/2/email"]
    );
    let empty = event.ask(&[]);
    empty.problem(422, "invalid");
    assert_eq!(empty.pointers(), ["/attendees"]);
    event.ask(&["x"; 11]).problem(422, "invalid");
    assert_eq!(event.show()["available"], 100, "no seat was taken");
}

#[test]
fn a_key_is_visible_characters_and_given_once() {
    let server = Server::start();
    let event = server.event(json!({}));
    for key in ["", "\"\"", "two words", &"k".repeat(256)] {
        event.ask_with(&[("idempotency-key", key)], &["Ada"], json!({})).problem(400, "malformed");
    }
    event
        .ask_with(&[("idempotency-key", "a"), ("idempotency-key", "b")], &["Ada"], json!({}))
        .problem(400, "malformed");
    event.ask_with(&[("idempotency-key", &"k".repeat(255))], &["Ada"], json!({})).expect(201);
}

#[test]
fn any_name_survives_the_whole_way() {
    let server = Server::start();
    let event = server.event(json!({}));
    let names = [
        "Robert'); DROP TABLE tickets;--",
        "<script>alert(1)</script>",
        ") Tj ET /JS (x)",
        "משה",
        "李小龍",
        "ไทย",
        "👩‍👩‍👧",
        "a\u{202e}b",
    ];
    for name in names {
        let registration = event.register(&[name]);
        let shown = server.client.get(&registration.status_path()).expect(200).json();
        assert_eq!(shown["tickets"][0]["name"], name);
        let pdf = registration.stored_pdf(&server);
        qpdf_check(&pdf);
        assert!(!String::from_utf8_lossy(&pdf).contains("/JS"), "{name}");
    }
}

#[test]
fn the_registration_shows_how_far_its_file_is() {
    let server = Server::start();
    let event = server.event(json!({}));
    let ada = event.register(&["Ada"]);
    eventually("the file is stored", || ada.document(&server) == "stored");
    let state = server.client.get(&ada.status_path()).expect(200).json();
    assert_eq!((&state["status"], &state["paymentStatus"]), (&json!("confirmed"), &json!("FREE")));
    let wrong_token = ada.status_path().replace("token=", "token=x");
    server.client.get(&wrong_token).problem(404, "not_found");
    server.client.get(&format!("/api/register/{}", ada.id)).problem(404, "not_found");
    server.client.get(&format!("/api/register/{}-0099?token={}", event.code, ada.token)).problem(404, "not_found");
    server.client.get(&format!("/api/register/NOPE-0001?token={}", ada.token)).problem(404, "not_found");
    server.organizer.get(&format!("/api/register/{}", ada.id)).expect(200);
    server
        .other_organizer("other", &["registrations:read"])
        .get(&format!("/api/register/{}", ada.id))
        .problem(404, "not_found");
}

#[test]
fn a_repeated_request_takes_no_second_seat_from_others() {
    let server = Server::start();
    let event = server.event(json!({"capacity": 2}));
    event.ask_with(&[("idempotency-key", "mine")], &["Ada"], json!({})).expect(201);
    let lock = server.database.session();
    lock.execute("BEGIN; LOCK TABLE event_seats IN EXCLUSIVE MODE");
    std::thread::scope(|scope| {
        // The first is in the transaction that waits for the lock; the other two wait behind it, in this order.
        let first = scope.spawn(|| event.ask_with(&[("idempotency-key", "mine")], &["Ada"], json!({})));
        eventually("the first is under way", || server.metric("onsale_queue_depth", "registrar") == 1.0);
        let again = scope.spawn(|| event.ask_with(&[("idempotency-key", "mine")], &["Ada"], json!({})));
        eventually("the second waits", || server.metric("onsale_queue_depth", "registrar") == 2.0);
        let last = scope.spawn(|| event.ask(&["Grace"]));
        eventually("the third waits", || server.metric("onsale_queue_depth", "registrar") == 3.0);
        lock.execute("COMMIT");
        assert_eq!(again.join().unwrap().expect(201).header("idempotent-replayed"), Some("true"));
        first.join().unwrap().expect(201);
        last.join().unwrap().expect(201);
    });
    server.database.check_invariants();
}

#[test]
fn a_repeated_request_gets_its_first_answer_although_the_event_has_changed() {
    let server = Server::start();
    let event = server.event(json!({}));
    let ask = |name: &str| event.ask_with(&[("idempotency-key", "k")], &[name, "Grace"], json!({}));
    let first = ask("Ada").expect(201);
    server.organizer.post(&event.path("/ticket-types"), &ticket_type("vip", 0, None)).expect(201);
    assert_eq!(ask("Ada").expect(201).text(), first.text(), "a second type would have to be named");
    server.organizer.patch(&event.path("/ticket-types/general"), &json!({"maxPerRegistration": 1})).expect(200);
    assert_eq!(ask("Ada").expect(201).text(), first.text());
    server.organizer.patch(&event.path(""), &json!({"status": "draft"})).expect(200);
    assert_eq!(ask("Ada").expect(201).text(), first.text());
    ask("Eve").problem(422, "idempotency_key_reused");
}

#[test]
fn two_servers_on_one_database_sell_as_one() {
    const SEATS: usize = 80;
    let first = Server::start();
    let event = first.event(json!({"capacity": SEATS}));
    let second = Server::on(cluster().existing(first.database.url.clone()), &[]);
    let answers: Vec<_> = std::thread::scope(|scope| {
        let crowd: Vec<_> = (0..12)
            .map(|buyer| {
                let (event, servers) = (&event, [&first, &second]);
                // Every buyer sends the same key to both servers.
                scope.spawn(move || {
                    (0..12)
                        .flat_map(|n| {
                            servers.map(|server| {
                                let body = event.body(&[&format!("Buyer {buyer}-{n}")], json!({})).to_string();
                                let key = format!("{buyer}-{n}");
                                let headers = [("idempotency-key", key.as_str())];
                                (
                                    key.clone(),
                                    server.client.send("POST", "/api/register", &headers, Some(body.as_bytes())),
                                )
                            })
                        })
                        .collect::<Vec<_>>()
                })
            })
            .collect();
        crowd.into_iter().flat_map(|buyer| buyer.join().unwrap()).collect()
    });
    let mut sold = BTreeMap::new();
    for (key, answer) in answers.iter().filter(|(_, answer)| answer.status == 201) {
        let id = Registration::of(answer).id;
        assert_eq!(sold.entry(key).or_insert_with(|| id.clone()), &id, "both servers give the same registration");
    }
    assert_eq!(sold.len(), SEATS);
    assert!(answers.iter().all(|(_, answer)| [201, 409].contains(&answer.status)));
    assert_eq!(answers.iter().filter(|(_, answer)| answer.status == 201).count(), 2 * SEATS);
    first.database.check_invariants();
}
