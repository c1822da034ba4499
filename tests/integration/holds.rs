//! Priced seats: held, paid, expired, cancelled.

use serde_json::json;

use crate::support::{Client, Registration, Server, eventually, ticket_type};

fn priced(server: &Server) -> crate::support::Event<'_> {
    server.event(json!({"capacity": 1, "ticketTypes": [ticket_type("vip", 250_000, Some(1))]}))
}

#[test]
fn a_priced_seat_is_held_until_it_is_paid() {
    let server = Server::start();
    let event = priced(&server);
    let answer = event.ask(&["Ada"]).expect(201);
    let data = &answer.json()["data"];
    assert_eq!((&data["status"], &data["paymentStatus"]), (&json!("awaiting_payment"), &json!("PENDING")));
    assert!(data["expiresAt"].is_string() && data.get("qrCode").is_none(), "an unpaid seat has no code");
    let ada = Registration::of(&answer);
    server.client.get(&ada.pdf_path()).problem(409, "conflict");
    server.client.get(&ada.ticket_path(0, "/qr-code")).problem(409, "conflict");
    event.ask(&["Eve"]).problem(409, "sold_out");

    let pay = format!("/api/registrations/{}/mark-paid", ada.id);
    let paid = server.organizer.send("POST", &pay, &[], None).expect(200).json();
    assert_eq!((&paid["status"], &paid["paymentStatus"]), (&json!("confirmed"), &json!("PAID")));
    server.organizer.send("POST", &pay, &[], None).expect(200);
    ada.stored_pdf(&server);
    let stats = server.organizer.get(&event.path("/stats")).expect(200).json();
    assert_eq!(stats["revenue"], json!([{"amount": 250_000, "currency": "INR"}]));
    server.database.check_invariants();
}

#[test]
fn an_unpaid_seat_goes_back_on_sale() {
    let server = Server::with(&[("registrar.hold_seconds", "1234")]);
    let event = priced(&server);
    let ada = Registration::of(&event.ask(&["Ada"]).expect(201));
    event.ask(&["Eve"]).problem(409, "sold_out");
    let held = "SELECT extract(epoch FROM expires_at - created_at)::bigint FROM registrations";
    assert_eq!(server.database.number(held), 1234);
    server.database.execute("UPDATE registrations SET expires_at = now()");
    eventually("the hold expires and Eve gets the seat", || event.ask(&["Eve"]).status == 201);
    server
        .organizer
        .send("POST", &format!("/api/registrations/{}/mark-paid", ada.id), &[], None)
        .problem(409, "conflict");
    server.organizer.send("POST", &format!("/api/registrations/{}/cancel", ada.id), &[], None).problem(409, "conflict");
    assert_eq!(server.client.get(&ada.status_path()).json()["status"], "expired");
    server.database.check_invariants();
}

#[test]
fn a_cancelled_seat_comes_back_and_its_codes_are_revoked() {
    let server = Server::start();
    let event = server.event(json!({"capacity": 2}));
    let ada = event.register(&["Ada", "Grace"]);
    ada.stored_pdf(&server);
    let link = server.client.get(&ada.pdf_path()).expect(302).header("location").unwrap().to_owned();
    Client::new("").get(&link).expect(200);
    event.ask(&["Eve"]).problem(409, "sold_out");
    let cancel = format!("/api/registrations/{}/cancel", ada.id);
    for _ in 0..2 {
        assert_eq!(server.organizer.send("POST", &cancel, &[], None).expect(200).json()["status"], "cancelled");
    }
    eventually("a link that was handed out does not work any more", || Client::new("").get(&link).status == 404);
    event.register(&["Eve"]);
    server.client.get(&ada.pdf_path()).problem(409, "conflict");
    server.client.get(&ada.ticket_path(0, "/qr-code")).problem(409, "conflict");
    server
        .organizer
        .send("POST", &format!("/api/registrations/{}/mark-paid", ada.id), &[], None)
        .problem(409, "conflict");

    let first = server.organizer.get(&event.path("/revocations?limit=1")).expect(200).json();
    let rest = format!("/revocations?limit=1&cursor={}", first["nextCursor"].as_str().unwrap());
    let second = server.organizer.get(&event.path(&rest)).expect(200).json();
    let ids = [&first["items"][0]["ticketId"], &second["items"][0]["ticketId"]];
    assert_eq!(ids, [&json!(ada.tickets[0]), &json!(ada.tickets[1])]);
    server.database.check_invariants();
}

#[test]
fn a_replay_says_what_the_first_answer_said() {
    let server = Server::start();
    let event = priced(&server);
    let first = event.ask_with(&[("idempotency-key", "k")], &["Ada"], json!({})).expect(201);
    let id = Registration::of(&first).id;
    server.organizer.send("POST", &format!("/api/registrations/{id}/mark-paid"), &[], None).expect(200);
    let again = event.ask_with(&[("idempotency-key", "k")], &["Ada"], json!({})).expect(201);
    assert_eq!(first.text(), again.text());
}

#[test]
fn registering_cancelling_and_expiring_do_not_get_in_each_others_way() {
    let server = Server::with(&[("registrar.hold_seconds", "1"), ("sweeper.interval_ms", "10")]);
    let types = [ticket_type("free", 0, None), ticket_type("vip", 500, None)];
    let event = server.event(json!({"capacity": null, "ticketTypes": types}));
    std::thread::scope(|scope| {
        for buyer in 0..8 {
            let (event, server) = (&event, &server);
            scope.spawn(move || {
                for n in 0..40 {
                    let kind = if n % 2 == 0 { "free" } else { "vip" };
                    let answer = event.ask_with(&[], &[&format!("Buyer {buyer}-{n}")], json!({"ticketType": kind}));
                    let id = Registration::of(&answer.expect(201)).id;
                    if n % 3 == 0 {
                        let cancel = format!("/api/registrations/{id}/cancel");
                        let status = server.organizer.send("POST", &cancel, &[], None).status;
                        assert!([200, 409].contains(&status), "cancelled, or expired already");
                    }
                }
            });
        }
    });
    eventually("every hold expires", || {
        server.database.number("SELECT count(*) FROM registrations WHERE status = 2 /* awaiting_payment */") == 0
    });
    let deadlocks = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()";
    assert_eq!(server.database.number(deadlocks), 0);
    server.database.check_invariants();
}
