//! What programs of others meet: browsers on other origins, HEAD, media types, faults with their places, old links.

use std::io::{Read, Write};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use crate::support::{Answer, DEADLINE, Registration, Server, eventually, pdf_text, ticket_type};

fn preflight(server: &Server, origin: &str, path: &str) -> Answer {
    let headers = [
        ("origin", origin),
        ("access-control-request-method", "POST"),
        ("access-control-request-headers", "content-type,idempotency-key"),
    ];
    server.client.send("OPTIONS", path, &headers, None)
}

#[test]
fn a_page_on_another_origin_can_register_if_it_is_allowed() {
    let shop = "https://shop.example.com";
    let server = Server::with(&[("server.cors_origins", shop), ("clients.per_second", "1"), ("clients.burst", "8")]);
    let event = server.event(json!({}));
    let allowed = preflight(&server, shop, "/api/register").expect(200);
    assert_eq!(allowed.header("access-control-allow-origin"), Some(shop));
    assert!(allowed.header("access-control-allow-methods").unwrap().contains("POST"));
    let requested = allowed.header("access-control-allow-headers").unwrap();
    assert!(requested.contains("content-type") && requested.contains("idempotency-key"), "{requested}");
    assert!(allowed.header("x-request-id").is_some() && allowed.header("access-control-allow-credentials").is_none());
    let refused = preflight(&server, "https://evil.example", "/api/register");
    assert_eq!(refused.header("access-control-allow-origin"), None);

    let registered = event.ask_with(&[("origin", shop)], &["Ada"], json!({})).expect(201);
    assert_eq!(registered.header("access-control-allow-origin"), Some(shop));
    let exposed = registered.header("access-control-expose-headers").unwrap().to_ascii_lowercase();
    for name in ["location", "retry-after", "x-request-id", "idempotent-replayed"] {
        assert!(exposed.contains(name), "{exposed}");
    }
    let refusal = server.client.send("GET", "/api/nowhere", &[("origin", shop)], None);
    refusal.problem(404, "not_found");
    assert_eq!(refusal.header("access-control-allow-origin"), Some(shop), "a page can read errors too");
    eventually("a page can read that it sends too much", || {
        let limited = server.client.send("GET", "/api/events", &[("origin", shop)], None);
        assert_eq!(limited.header("access-control-allow-origin"), Some(shop));
        limited.status == 429
    });
    // Preflight requests use up the rate too, and are answered nevertheless.
    let slow = Server::with(&[("server.cors_origins", shop), ("clients.per_second", "1"), ("clients.burst", "50")]);
    eventually("preflight requests have used up the rate", || {
        preflight(&slow, shop, "/api/register").expect(200);
        slow.client.send("GET", "/healthz", &[], None).expect(200);
        let asked: Vec<_> = (0..30).map(|_| preflight(&slow, shop, "/api/register").status).collect();
        assert!(asked.iter().all(|status| *status == 200));
        slow.client.send("GET", "/api/events", &[("origin", shop)], None).status == 429
    });
    let closed = Server::start();
    let answer = closed.client.send("GET", "/api/events", &[("origin", shop)], None).expect(200);
    assert_eq!(answer.header("access-control-allow-origin"), None);
    preflight(&closed, shop, "/api/register").expect(405);
    let open = Server::with(&[("server.cors_origins", "*")]);
    let answer = open.client.send("GET", "/api/events", &[("origin", "https://any.example")], None).expect(200);
    assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
    // A cache that keeps the answer to one origin does not give it to another.
    let event = open.event(json!({}));
    let kept = open.client.send("GET", &event.path("/keys"), &[], None).expect(200);
    assert_eq!((kept.header("vary"), kept.header("access-control-allow-origin")), (Some("Origin"), None));
}

#[test]
fn every_answer_has_the_headers_that_protect_its_reader() {
    let server = Server::with(&[("server.public_base_url", "https://tickets.example")]);
    let event = server.event(json!({}));
    let ada = event.register(&["Ada"]);
    let paths = ["/docs", "/api/openapi.json", "/api/events", "/nowhere", "/healthz", &event.path("/registrations")];
    for path in paths.into_iter().chain([ada.status_path().as_str()]) {
        let answer = server.organizer.get(path);
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{path}");
        assert_eq!(answer.header("referrer-policy"), Some("no-referrer"), "{path}");
        assert!(answer.header("strict-transport-security").is_some(), "{path}");
        assert!(answer.header("content-security-policy").unwrap().contains("frame-ancestors 'none'"), "{path}");
        assert!(answer.header("cache-control").unwrap().contains("no-store"), "{path}");
    }
}

#[test]
fn head_is_no_download_and_leads_nowhere() {
    let server = Server::start();
    let event = server.event(json!({}));
    let ada = event.register(&["Ada"]);
    ada.stored_pdf(&server);
    let confirmation = format!("/api/registrations/{}/confirmation.pdf?token={}", ada.id, ada.token);
    let before = server.organizer.get(&event.path("/downloads")).expect(200).json()["items"].as_array().unwrap().len();
    for path in [ada.pdf_path(), ada.ticket_path(0, "/pdf"), confirmation.clone()] {
        let head = server.client.send("HEAD", &path, &[], None).expect(200);
        assert_eq!((head.header("content-type"), head.header("location")), (Some("application/pdf"), None));
    }
    server.client.get(&confirmation);
    server.client.get(&ada.ticket_path(0, "/pdf"));
    let downloads = || server.organizer.get(&event.path("/downloads?limit=100")).expect(200).json()["items"].clone();
    eventually("both are recorded", || downloads().as_array().unwrap().len() >= before + 2);
    let kinds: Vec<_> = downloads().as_array().unwrap().iter().map(|item| item["kind"].clone()).collect();
    assert_eq!(kinds.iter().filter(|kind| **kind == "confirmation").count(), 1, "{kinds:?}");
    let item = &downloads()[0];
    assert_eq!((&item["registrationId"], &item["mode"]), (&json!(ada.id), &json!("manual")));
    assert!(item["at"].is_string() && item["servedFrom"].is_string() && item["address"].is_string());
    let stats = server.organizer.get(&event.path("/stats")).expect(200).json();
    let counted: i64 =
        stats["downloadsOverTime"].as_array().unwrap().iter().map(|day| day["count"].as_i64().unwrap()).sum();
    let recorded = kinds.iter().filter(|kind| **kind != "confirmation").count();
    assert_eq!(usize::try_from(counted).unwrap(), recorded, "{stats}");
}

#[test]
fn downloads_are_paged() {
    let server = Server::start();
    let event = server.event(json!({}));
    let ada = event.register(&["Ada"]);
    for _ in 0..3 {
        server.client.get(&ada.pdf_path());
    }
    let page =
        |query: &str| server.organizer.get(&event.path(&format!("/downloads?limit=2{query}"))).expect(200).json();
    eventually("all are recorded", || {
        let first = page("");
        let Some(cursor) = first["nextCursor"].as_str() else { return false };
        page(&format!("&cursor={cursor}"))["items"].as_array().unwrap().len() == 1
    });
    let other = server.other_organizer("other", &["registrations:read"]);
    other.get(&event.path("/downloads")).problem(404, "not_found");
}

#[test]
fn a_fault_of_a_parameter_names_the_parameter() {
    let server = Server::start();
    let event = server.event(json!({}));
    let ada = event.register(&["Ada"]);
    for (path, pointer) in [
        (event.path("/registrations?limit=many"), "/limit"),
        ("/api/events?from=yesterday".to_owned(), "/from"),
        ("/api/events?mine=perhaps".to_owned(), "/mine"),
        (format!("{}&download=often", ada.pdf_path()), "/download"),
    ] {
        let answer = server.organizer.get(&path);
        answer.problem(400, "malformed");
        assert_eq!(answer.pointers(), [pointer], "{path}");
    }
    let answer = server.client.get(&format!("{}&pixels=41", ada.ticket_path(0, "/qr-code")));
    answer.problem(422, "invalid");
    assert_eq!(answer.pointers(), ["/pixels"]);
}

#[test]
fn a_body_is_an_object_and_every_unknown_field_is_named() {
    let server = Server::start();
    let event = server.event(json!({}));
    for list in
        [json!([event.slug, null, [], {}]), json!({"event": event.slug, "attendees": [["Ada", "ada@example.com"]]})]
    {
        server.client.post("/api/register", &list).problem(400, "malformed");
    }
    let unknown = server.client.post(
        "/api/register",
        &json!({"event": event.slug, "discount": 1, "attendees": [{"name": "Ada", "email": "a@b.co", "age": 36}], "coupon": "x"}),
    );
    unknown.problem(422, "invalid");
    let mut pointers = unknown.pointers();
    pointers.sort();
    assert_eq!(pointers, ["/attendees/0/age", "/coupon", "/discount"]);
}

#[test]
fn a_cursor_from_outside_is_refused_not_a_defect() {
    let server = Server::start();
    let event = server.event(json!({}));
    let cursor = |key: Value| URL_SAFE_NO_PAD.encode(key.to_string());
    let year = json!(["-009999-01-01T00:00:00Z", 1]);
    let job = json!(["-009999-01-01T00:00:00Z", "00000000-0000-0000-0000-000000000000"]);
    for path in [
        format!("/api/events?cursor={}", cursor(year.clone())),
        format!("/api/jobs?cursor={}", cursor(job)),
        event.path(&format!("/downloads?cursor={}", cursor(year))),
        event.path(&format!("/registrations?cursor={}", cursor(json!({"a": 1})))),
    ] {
        let answer = server.organizer.get(&path);
        answer.problem(422, "invalid");
        assert_eq!(answer.pointers(), ["/cursor"], "{path}");
    }
}

#[test]
fn absent_and_foreign_look_the_same() {
    let server = Server::start();
    let event = server.event(json!({}));
    let draft = server.event(json!({"status": "draft"}));
    let ada = event.register(&["Ada"]);
    let stranger = server.other_organizer("stranger", &["registrations:read", "registrations:write"]);
    let unknown_token = server.client.with_token(&format!("onsale_{}", "A".repeat(43)));
    let absent_ticket = "00000000-0000-4000-8000-000000000000";
    for (mine, absent) in [
        (format!("/api/register/{}", ada.id), format!("/api/register/{}-9999", event.code)),
        (format!("/api/register/{}/pdf", ada.id), "/api/register/ABSENT-0001/pdf".to_owned()),
        (format!("/api/tickets/{}/pdf", ada.tickets[0]), format!("/api/tickets/{absent_ticket}/pdf")),
        (format!("/api/events/{}", draft.slug), "/api/events/absent".to_owned()),
    ] {
        for client in [&server.client, &stranger, &unknown_token, &server.client.with_token("x")] {
            let (mine, absent) = (client.get(&mine), client.get(&absent));
            assert_eq!(mine.status, absent.status, "{}", mine.text());
            assert!([401, 404].contains(&mine.status));
        }
    }
}

#[test]
fn a_search_finds_words_in_any_order_and_forgives_accents() {
    let server = Server::start();
    server.event(json!({"title": "Café Müller spielt Brahms", "category": "Konzert", "venue": {"name": "Alte Oper", "address": "Frankfurt"}}));
    server.event(json!({"title": "Pub Quiz"}));
    let found = |query: &str| {
        let page = server.client.get(&format!("/api/events?q={query}")).expect(200).json();
        page["items"].as_array().unwrap().len()
    };
    for (query, expected) in [
        ("brahms%20cafe", 1),
        ("muller", 1),
        ("konzert%20oper", 1),
        ("frankfurt%20BRAHMS", 1),
        ("brahms%20quiz", 0),
        ("%25", 2),
        ("", 2),
        ("qui", 1),
    ] {
        assert_eq!(found(query), expected, "{query}");
    }
}

#[test]
fn an_organizer_lists_its_own_events_with_drafts() {
    let server = Server::start();
    let (draft, shown) = (server.event(json!({"status": "draft"})), server.event(json!({})));
    let list = |client: &crate::support::Client| -> Vec<String> {
        let page = client.get("/api/events?mine=true").expect(200).json();
        page["items"].as_array().unwrap().iter().map(|item| item["slug"].as_str().unwrap().to_owned()).collect()
    };
    let mut mine = list(&server.organizer);
    mine.sort();
    let mut expected = vec![draft.slug.clone(), shown.slug.clone()];
    expected.sort();
    assert_eq!(mine, expected);
    assert!(list(&server.other_organizer("other", &["jobs:write"])).is_empty());
    server.client.get("/api/events?mine=true").problem(401, "unauthenticated");
}

#[test]
fn a_changed_slug_leads_on() {
    let server = Server::start();
    let event = server.event(json!({"slug": "first-name"}));
    let other = server.event(json!({}));
    server.client.get("/api/events/first-name").expect(200);
    server.organizer.patch(&event.path(""), &json!({"slug": "second-name"})).expect(200);
    eventually("the old link leads on", || server.client.get("/api/events/first-name").status == 301);
    let moved = server.client.get("/api/events/first-name");
    assert_eq!(moved.header("location"), Some("http://tickets.example/api/events/second-name"));
    event.ask(&["Ada"]).expect(201);
    server.client.get("/api/events/first-name/keys").expect(200);
    server.organizer.patch(&other.path(""), &json!({"slug": "first-name"})).problem(409, "conflict");
    server.organizer.patch("/api/events/second-name", &json!({"slug": "first-name"})).expect(200);
    eventually("the first name is used again", || server.client.get("/api/events/first-name").status == 200);
    eventually("the second one leads on", || server.client.get("/api/events/second-name").status == 301);
}

#[test]
fn an_event_without_types_says_so_and_a_draft_keeps_the_keys_of_sold_tickets() {
    let server = Server::start();
    let empty = server.event(json!({"ticketTypes": []}));
    let refused = empty.ask(&["Ada"]);
    refused.problem(422, "invalid");
    assert!(refused.text().contains("no ticket types yet"), "{}", refused.text());
    let sold = server.event(json!({}));
    sold.register(&["Ada"]);
    for event in [&empty, &sold] {
        server.organizer.patch(&event.path(""), &json!({"status": "draft"})).expect(200);
    }
    server.client.get(&sold.path("/keys")).expect(200);
    server.client.get(&empty.path("/keys")).problem(404, "not_found");
}

#[test]
fn a_registration_is_corrected_and_its_new_contact_gets_a_new_token() {
    let server = Server::start();
    let event = server.event(json!({}));
    let ada = event.register(&["Adda", "Grace"]);
    ada.stored_pdf(&server);
    let path = format!("/api/registrations/{}", ada.id);
    let name = json!({"tickets": [{"ticketId": ada.tickets[0], "name": " Ada "}]});
    let corrected = server.organizer.patch(&path, &name).expect(200).json();
    assert_eq!(corrected["tickets"][0]["name"], "Ada");
    let pdf = server.client.get(&ada.pdf_path());
    assert_eq!(pdf.status, 200, "the stored file is stale");
    assert!(pdf_text(&pdf.body).contains("Ada"));
    eventually("the new file is stored", || server.client.get(&ada.pdf_path()).status == 302);
    server.client.get(&ada.status_path()).expect(200);

    let other = json!({"tickets": [{"ticketId": ada.tickets[1], "email": "hopper@example.com"}]});
    server.organizer.patch(&path, &other).expect(200);
    server.client.get(&ada.status_path()).expect(200);
    let contact = json!({"tickets": [{"ticketId": ada.tickets[0], "email": "new@example.com"}]});
    server.organizer.patch(&path, &contact).expect(200);
    server.client.get(&ada.status_path()).problem(404, "not_found");
    server.client.get(&ada.pdf_path()).problem(404, "not_found");

    let wrong = server.organizer.patch(
        &path,
        &json!({"tickets": [{"ticketId": ada.tickets[0], "email": "x"}, {"ticketId": "00000000-0000-4000-8000-000000000000"},
            {"ticketId": ada.tickets[0]}]}),
    );
    wrong.problem(422, "invalid");
    assert_eq!(wrong.pointers(), ["/tickets/0/email", "/tickets/1/ticketId", "/tickets/2/ticketId"]);
    server.organizer.patch(&path, &json!({"tickets": []})).problem(422, "invalid");
    let reader = server.other_organizer("other", &["registrations:write"]);
    reader.patch(&path, &name).problem(404, "not_found");
    let log = server.organizer.get(&event.path("/audit")).expect(200).text();
    assert!(log.contains("registration.corrected") && !log.contains("new@example.com"), "{log}");
    server.organizer.send("POST", &format!("{path}/cancel"), &[], None).expect(200);
    server.organizer.patch(&path, &name).problem(409, "conflict");
    server.database.check_invariants();
}

#[test]
fn revenue_forgets_what_was_cancelled_and_each_registration_has_its_currency() {
    let server = Server::start();
    let event = server.event(json!({"ticketTypes": [ticket_type("vip", 250_000, None)]}));
    let paid: Vec<_> = (0..2)
        .map(|_| {
            let registration = Registration::of(&event.ask(&["Ada"]).expect(201));
            let pay = format!("/api/registrations/{}/mark-paid", registration.id);
            server.organizer.send("POST", &pay, &[], None).expect(200);
            registration
        })
        .collect();
    let revenue = || server.organizer.get(&event.path("/stats")).expect(200).json()["revenue"].clone();
    assert_eq!(revenue(), json!([{"amount": 500_000, "currency": "INR"}]));
    server.organizer.send("POST", &format!("/api/registrations/{}/cancel", paid[0].id), &[], None).expect(200);
    assert_eq!(revenue(), json!([{"amount": 250_000, "currency": "INR"}]));
    server.database.execute("UPDATE ticket_types SET price_currency = 'EUR'");
    assert_eq!(revenue(), json!([{"amount": 250_000, "currency": "INR"}]));
    let list = server.organizer.get(&event.path("/registrations")).expect(200).json();
    assert_eq!(list["items"][0]["amount"], json!({"amount": 250_000, "currency": "INR"}));
}

#[test]
fn an_archive_is_given_only_to_those_who_may_read_registrations() {
    let server = Server::start();
    let event = server.event(json!({}));
    event.register(&["Ada"]);
    let job = server.organizer.send("POST", &event.path("/archives"), &[], None).expect(202).json();
    let path = format!("/api/jobs/{}", job["jobId"].as_str().unwrap());
    eventually("the archive is there", || server.organizer.get(&path).json()["resultUrl"].is_string());
    let poor = server.other_organizer("admin", &["jobs:write"]);
    for path in [path.clone(), "/api/jobs".to_owned(), format!("{path}/progress")] {
        let answer = poor.get(&path).expect(200).text();
        assert!(answer.contains("completed") && !answer.contains("X-Amz-"), "{answer}");
    }
    assert!(server.organizer.get(&format!("{path}/progress")).expect(200).text().contains("X-Amz-"));
}

#[test]
fn a_stream_ends_when_its_token_is_revoked() {
    let server = Server::start();
    let event = server.event(json!({}));
    let watcher = server.other_organizer("admin", &["jobs:write"]);
    event.register(&["Ada"]);
    let job = server.organizer.send("POST", &event.path("/regenerations"), &[], None).expect(202).json();
    let id = job["jobId"].as_str().unwrap();
    // The job never ends by itself.
    server.organizer.send("POST", &format!("/api/jobs/{id}/pause"), &[], None);
    server.database.execute("UPDATE jobs SET status = 2 /* running */, paused = true, finished_at = NULL");
    let mut socket = std::net::TcpStream::connect(server.client.address()).unwrap();
    socket.set_read_timeout(Some(DEADLINE)).unwrap();
    let token = watcher.token.as_ref().unwrap();
    write!(
        socket,
        "GET /api/jobs/{id}/progress HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\r\n"
    )
    .unwrap();
    let mut stream = Vec::new();
    while !String::from_utf8_lossy(&stream).contains("event: progress") {
        let mut piece = [0; 4096];
        let read = socket.read(&mut piece).unwrap();
        assert!(read > 0);
        stream.extend_from_slice(&piece[..read]);
    }
    server.database.execute("UPDATE api_tokens SET revoked_at = now()");
    socket.read_to_end(&mut stream).unwrap();
    assert!(!String::from_utf8_lossy(&stream).contains("event: done"));
}
