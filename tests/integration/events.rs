//! `GET /api/events` and below, for anonymous readers.

use serde_json::{Value, json};

use crate::support::Server;

fn slugs(page: &Value) -> Vec<&str> {
    page["items"].as_array().unwrap().iter().map(|event| event["slug"].as_str().unwrap()).collect()
}

#[test]
fn published_events_are_listed_searched_and_paged() {
    let server = Server::start();
    let event = |slug: &str, code: &str, title: &str, day: &str, more: Value| {
        let mut fields = json!({"slug": slug, "code": code, "title": title,
            "startsAt": format!("2026-{day}T09:00:00Z"), "endsAt": format!("2026-{day}T18:00:00Z")});
        fields.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        server.event(fields);
    };
    event("second", "SECOND", "Jazz by the lake", "06-02", json!({"category": "Music"}));
    event("first", "FIRST", "Spring fair", "06-01", json!({"category": "fair"}));
    event("third", "THIRD", "Rock 100%", "06-03", json!({"category": "music"}));
    event("hidden", "HIDDEN", "Jazz in secret", "06-04", json!({"status": "draft"}));

    let list = |query: &str| server.client.get(&format!("/api/events?{query}")).expect(200).json();
    assert_eq!(slugs(&list("")), ["first", "second", "third"]);
    assert_eq!(slugs(&list("q=jazz")), ["second"]);
    assert_eq!(slugs(&list("q=100%25")), ["third"]);
    assert_eq!(slugs(&list("category=MUSIC")), ["second", "third"]);
    assert_eq!(slugs(&list("from=2026-06-02T00:00:00Z&to=2026-06-02T23:59:59Z")), ["second"]);
    let first = list("limit=2");
    assert_eq!(slugs(&first), ["first", "second"]);
    let second = list(&format!("limit=2&cursor={}", first["nextCursor"].as_str().unwrap()));
    assert_eq!((slugs(&second), &second["nextCursor"]), (vec!["third"], &Value::Null));
    server.client.get("/api/events?from=yesterday").problem(400, "malformed");
    server.client.get("/api/events?cursor=zzz").problem(422, "invalid");
}

#[test]
fn what_is_left_is_what_the_database_says() {
    let server = Server::start();
    let event = server.event(json!({"capacity": 3}));
    assert_eq!((&event.show()["available"], &event.show()["soldOut"]), (&json!(3), &json!(false)));
    event.register(&["a", "b", "c"]);
    let shown = event.show();
    assert_eq!((&shown["available"], &shown["soldOut"]), (&json!(0), &json!(true)));
    assert_eq!((&shown["ticketTypes"][0]["available"], &shown["ticketTypes"][0]["soldOut"]), (&json!(0), &json!(true)));
    let unlimited = server.event(json!({"capacity": null, "ticketTypes": [crate::support::ticket_type("a", 0, None)]}));
    assert_eq!((&unlimited.show()["available"], &unlimited.show()["soldOut"]), (&Value::Null, &json!(false)));
}

#[test]
fn keys_are_public_and_of_one_event() {
    let server = Server::start();
    let (one, other) = (server.event(json!({})), server.event(json!({})));
    let keys = server.client.get(&one.path("/keys")).expect(200).json();
    assert_eq!((&keys["algorithm"], &keys["keys"][0]["keyId"]), (&json!("Ed25519"), &json!(1)));
    assert_ne!(keys["keys"][0]["publicKey"], server.client.get(&other.path("/keys")).json()["keys"][0]["publicKey"]);
    let sealed = server.database.rows("SELECT sealed_secret, public_key FROM signing_keys", &[]);
    assert!(sealed[0].get::<_, Vec<u8>>(0).len() > 32 + 16, "the secret key is sealed");
}
