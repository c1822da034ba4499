//! Routes of organizers: scopes of tokens, and isolation between organizers.

use serde_json::{Value, json};

use crate::support::{Server, eventually, ticket_type};

#[test]
fn a_token_is_needed_and_its_scopes_are_kept() {
    let server = Server::start();
    let event = server.event(json!({}));
    let id = event.register(&["Ada"]).id;
    let reader = server.other_organizer("admin", &["registrations:read"]);
    let unknown = server.client.with_token("onsale_an-unknown-token");
    let routes = [
        ("POST", "/api/events".to_owned(), "events:write"),
        ("PATCH", event.path(""), "events:write"),
        ("POST", event.path("/ticket-types"), "events:write"),
        ("PATCH", event.path("/ticket-types/general"), "events:write"),
        ("POST", event.path("/keys"), "events:write"),
        ("GET", event.path("/layout"), "layouts:write"),
        ("PUT", event.path("/layout"), "layouts:write"),
        ("POST", event.path("/layout/preview"), "layouts:write"),
        ("GET", event.path("/registrations"), "registrations:read"),
        ("GET", event.path("/revocations"), "registrations:read"),
        ("GET", event.path("/stats"), "registrations:read"),
        ("POST", format!("/api/registrations/{id}/cancel"), "registrations:write"),
        ("POST", format!("/api/registrations/{id}/mark-paid"), "registrations:write"),
    ];
    for (method, path, scope) in &routes {
        let body: &[u8] = match (*method, path.as_str()) {
            ("POST", "/api/events") => NEW_EVENT.as_bytes(),
            ("POST", path) if path.ends_with("ticket-types") => NEW_TYPE.as_bytes(),
            _ => b"{}",
        };
        let body = (*method != "GET").then_some(body);
        let missing = server.client.send(method, path, &[], body);
        missing.problem(401, "unauthenticated");
        assert_eq!(missing.header("www-authenticate"), Some("Bearer"));
        unknown.send(method, path, &[], body).problem(401, "unauthenticated");
        server.client.send(method, path, &[("authorization", "Basic eA==")], body).problem(401, "unauthenticated");
        let answer = reader.send(method, path, &[], body);
        match *scope {
            "registrations:read" => drop(answer.expect(200)),
            scope => assert!(answer.problem(403, "forbidden")["detail"].as_str().unwrap().contains(scope)),
        }
    }
}

const NEW_EVENT: &str = r#"{"slug":"other-event","code":"OTHER","title":"t","startsAt":"2025-11-08T09:00:00Z",
    "endsAt":"2025-11-08T09:00:00Z","timezone":"UTC","venue":{"name":"v"}}"#;
const NEW_TYPE: &str = r#"{"code":"new","name":"New","price":{"amount":0,"currency":"INR"}}"#;

#[test]
fn one_organizer_never_sees_another() {
    let server = Server::start();
    let event = server.event(json!({}));
    let ada = event.register(&["Ada"]);
    let scopes = ["events:write", "layouts:write", "registrations:read", "registrations:write"];
    let other = server.other_organizer("another", &scopes);
    other.patch(&event.path(""), &json!({"title": "Mine"})).problem(404, "not_found");
    other.post(&event.path("/ticket-types"), &ticket_type("x", 0, None)).problem(404, "not_found");
    other.patch(&event.path("/ticket-types/general"), &json!({"name": "x"})).problem(404, "not_found");
    other.send("PUT", &event.path("/layout"), &[], Some(b"{}")).problem(404, "not_found");
    for path in ["/keys", "/layout/preview"] {
        other.send("POST", &event.path(path), &[], None).problem(404, "not_found");
    }
    for path in ["/layout", "/registrations", "/registrations?format=csv", "/stats", "/revocations"] {
        other.get(&event.path(path)).problem(404, "not_found");
    }
    for verb in ["cancel", "mark-paid"] {
        other.send("POST", &format!("/api/registrations/{}/{verb}", ada.id), &[], None).problem(404, "not_found");
    }
    other.get(&format!("/api/register/{}/pdf", ada.id)).problem(404, "not_found");
    other.get(&format!("/api/tickets/{}/qr-code", ada.tickets[0])).problem(404, "not_found");
    assert_eq!(event.show()["available"], 99);
}

#[test]
fn a_revoked_token_opens_nothing() {
    let server = Server::start();
    let event = server.event(json!({}));
    let reader = server.other_organizer("admin", &["registrations:read"]);
    reader.get(&event.path("/stats")).expect(200);
    server.database.with_pool(async |database| {
        let token = database.list_tokens(Some("admin"), None).await.unwrap().remove(0);
        assert!(database.revoke_token(token.id).await.unwrap());
        assert!(!database.revoke_token(token.id).await.unwrap(), "a token is revoked once");
    });
    reader.get(&event.path("/stats")).problem(401, "unauthenticated");
    let stored = server.database.rows("SELECT encode(token_hash, 'escape') FROM api_tokens", &[]);
    assert!(!stored[0].get::<_, String>(0).contains("onsale_"), "tokens are stored hashed");
}

#[test]
fn an_event_is_created_shown_and_changed() {
    let server = Server::start();
    let created = server.organizer.send("POST", "/api/events", &[], Some(NEW_EVENT.as_bytes())).expect(201);
    assert_eq!(created.header("location"), Some("http://tickets.example/api/events/other-event"));
    insta::assert_json_snapshot!("event", created.json(), {".id" => "[id]"});

    server.client.get("/api/events/other-event").problem(404, "not_found");
    server.organizer.get("/api/events/other-event").expect(200);
    let change =
        json!({"status": "published", "title": "New title", "capacity": 10, "slug": "renamed", "category": "fair"});
    let changed = server.organizer.patch("/api/events/other-event", &change).expect(200).json();
    for (name, value) in change.as_object().unwrap() {
        assert_eq!(changed[name], *value);
    }
    assert_eq!(server.client.get("/api/events/renamed").expect(200).json()["title"], "New title");
    server.client.get("/api/events/other-event").expect(301);
    let cleared =
        server.organizer.patch("/api/events/renamed", &json!({"capacity": null, "category": null})).expect(200);
    assert_eq!((&cleared.json()["capacity"], &cleared.json()["category"]), (&Value::Null, &Value::Null));
}

#[test]
fn every_fault_of_an_event_is_named_at_once() {
    let server = Server::start();
    let mut event: Value = serde_json::from_str(NEW_EVENT).unwrap();
    event["slug"] = json!("Not A Slug");
    event["timezone"] = json!("Mars/Olympus");
    event["endsAt"] = json!("2025-11-07T09:00:00Z");
    event["ticketTypes"] =
        json!([ticket_type("ok", 0, None), ticket_type("ok", 0, None), ticket_type("Bad Code", -1, Some(-1))]);
    let answer = server.organizer.post("/api/events", &event);
    answer.problem(422, "invalid");
    assert_eq!(
        answer.pointers(),
        [
            "/slug",
            "/timezone",
            "/endsAt",
            "/ticketTypes/1/code",
            "/ticketTypes/2/code",
            "/ticketTypes/2/price",
            "/ticketTypes/2/capacity"
        ]
    );
}

#[test]
fn names_are_taken_once() {
    let server = Server::start();
    let event = server.event(json!({}));
    let mut other: Value = serde_json::from_str(NEW_EVENT).unwrap();
    other["slug"] = json!(event.slug);
    server.organizer.post("/api/events", &other).problem(409, "conflict");
    other["slug"] = json!("free-slug");
    other["code"] = json!(event.code);
    server.organizer.post("/api/events", &other).problem(409, "conflict");
    server.organizer.post(&event.path("/ticket-types"), &ticket_type("general", 0, None)).problem(409, "conflict");
}

#[test]
fn ticket_types_are_added_and_changed_while_the_sale_runs() {
    let server = Server::start();
    let event = server.event(json!({}));
    event.register(&["Ada"]);
    server.organizer.post(&event.path("/ticket-types"), &ticket_type("vip", 5000, Some(5))).expect(201);
    event.ask_with(&[], &["Eve"], json!({"ticketType": "vip"})).expect(201);
    let change = json!({"name": "Very Important", "capacity": 1, "price": {"amount": 7000, "currency": "INR"}, "maxPerRegistration": 1});
    let changed = server.organizer.patch(&event.path("/ticket-types/vip"), &change).expect(200).json();
    assert_eq!(changed["ticketTypes"][1]["name"], "Very Important");
    assert_eq!(changed["ticketTypes"][1]["soldOut"], true);
    server.organizer.patch(&event.path("/ticket-types/vip"), &json!({"capacity": 0})).problem(409, "conflict");
    server.organizer.patch(&event.path(""), &json!({"capacity": 1})).problem(409, "conflict");
    server.organizer.patch(&event.path("/ticket-types/none"), &json!({"capacity": 1})).problem(404, "not_found");
    server.database.check_invariants();
}

#[test]
fn registrants_are_found_filtered_and_paged() {
    let server = Server::start();
    let event = server.event(json!({"ticketTypes": [ticket_type("floor", 0, None), ticket_type("balcony", 0, None)]}));
    let ask = |name: &str, kind: &str| {
        event.ask_with(&[], &[name], json!({"ticketType": kind, "answers": {"diet": "none"}})).expect(201)
    };
    for (name, kind) in [("Ada Lovelace", "floor"), ("Grace Hopper", "balcony"), ("100% Real_Person", "floor")] {
        ask(name, kind);
    }
    let list = |query: &str| -> Vec<String> {
        let page = server.organizer.get(&event.path(&format!("/registrations?{query}"))).expect(200).json();
        page["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| row["tickets"][0]["name"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(list(""), ["100% Real_Person", "Grace Hopper", "Ada Lovelace"]);
    assert_eq!(list("q=love"), ["Ada Lovelace"]);
    assert_eq!(list("q=100%25"), ["100% Real_Person"]);
    assert_eq!(list("q=real_person"), ["100% Real_Person"]);
    assert!(list("q=_").is_empty() && list("q=%25").is_empty(), "wildcards are no words");
    assert_eq!(list("q=+").len(), 3, "an empty search is none");
    assert_eq!(list(&format!("q={}-0002", event.code)), ["Grace Hopper"]);
    assert_eq!(list("ticketType=balcony&status=confirmed"), ["Grace Hopper"]);
    assert!(list("status=cancelled").is_empty());

    let first = server.organizer.get(&event.path("/registrations?limit=2")).expect(200).json();
    assert_eq!(first["items"][0]["answers"], json!({"diet": "none"}));
    let cursor = first["nextCursor"].as_str().unwrap();
    let second =
        server.organizer.get(&event.path(&format!("/registrations?limit=2&cursor={cursor}"))).expect(200).json();
    assert_eq!((second["items"].as_array().unwrap().len(), &second["nextCursor"]), (1, &Value::Null));
    for (query, pointer) in [
        ("limit=0", "/limit"),
        ("limit=201", "/limit"),
        ("cursor=x", "/cursor"),
        ("status=gone", "/status"),
        ("ticketType=none", "/ticketType"),
        ("format=xml", "/format"),
        ("sort=name", "/sort"),
    ] {
        let answer = server.organizer.get(&event.path(&format!("/registrations?{query}")));
        answer.problem(422, "invalid");
        assert_eq!(answer.pointers(), [pointer]);
    }
    server.organizer.get(&event.path("/registrations?limit=many")).problem(400, "malformed");
    server.organizer.get(&event.path("/registrations?q=%00")).problem(400, "malformed");
}

#[test]
fn an_export_is_complete_and_calculates_nothing() {
    let server = Server::start();
    let event = server.event(json!({"capacity": 600, "ticketTypes": [ticket_type("general", 0, None)]}));
    event.register(&["=HYPERLINK(\"http://evil\")", "Quote \" and, comma"]);
    for n in 0..51 {
        event.register(&["a", "b", "c", "d", "e", "f", "g", "h", "i", &format!("last of {n}")]);
    }
    let export = server.organizer.get(&event.path("/registrations?format=csv")).expect(200);
    assert_eq!(export.header("content-type"), Some("text/csv; charset=utf-8"));
    let text = export.text();
    assert_eq!(text.lines().count(), 1 + 2 + 510);
    assert!(text.contains("\"'=HYPERLINK(\"\"http://evil\"\")\""), "{}", &text[text.len() - 300..]);
    assert!(text.contains("\"Quote \"\" and, comma\""));
    let by_header = server.organizer.send("GET", &event.path("/registrations"), &[("accept", "text/csv")], None);
    assert_eq!(by_header.text(), text);
}

#[test]
fn stats_add_up() {
    let server = Server::start();
    let event =
        server.event(json!({"ticketTypes": [ticket_type("free", 0, Some(10)), ticket_type("vip", 100, Some(10))]}));
    let ask = |kind: &str| {
        crate::support::Registration::of(&event.ask_with(&[], &["a", "b"], json!({"ticketType": kind})).expect(201))
    };
    let (kept, gone, paid) = (ask("free"), ask("free"), ask("vip"));
    ask("vip");
    server.organizer.send("POST", &format!("/api/registrations/{}/cancel", gone.id), &[], None).expect(200);
    server.organizer.send("POST", &format!("/api/registrations/{}/mark-paid", paid.id), &[], None).expect(200);
    for registration in [&kept, &paid] {
        eventually("the file is stored", || registration.document(&server) == "stored");
    }
    let stats = server.organizer.get(&event.path("/stats")).expect(200).json();
    assert_eq!((&stats["sold"], &stats["awaitingPayment"]), (&json!(4), &json!(2)));
    assert_eq!(stats["revenue"], json!([{"amount": 200, "currency": "INR"}]));
    let free = &stats["byType"][0];
    assert_eq!((&free["sold"], &free["cancelled"]), (&json!(2), &json!(2)));
    // Two rows if an hour has ended meanwhile.
    let hours = stats["overTime"].as_array().unwrap();
    assert_eq!(hours.iter().map(|hour| hour["tickets"].as_i64().unwrap()).sum::<i64>(), 6);
    assert_eq!((&stats["documents"]["stored"], &stats["documents"]["pending"]), (&json!(2), &json!(0)));
    assert!(stats["documents"]["bytes"].as_i64().unwrap() > 1000);
    figures_are_those_of_the_rows(&server);
}

/// Compares the figures that statements keep up to date with counts of the rows.
fn figures_are_those_of_the_rows(server: &Server) {
    for (figures, rows) in [
        (
            "SELECT event_key, hour, type_number, status, currency, sum(registrations), sum(tickets), sum(paid)
                 FROM (SELECT * FROM sale_counts UNION ALL SELECT * FROM sale_changes) AS c GROUP BY 1, 2, 3, 4, 5
                 HAVING sum(registrations) <> 0 OR sum(tickets) <> 0 OR sum(paid) <> 0",
            "SELECT event_key, date_trunc('hour', created_at, 'UTC'), type_number, status, coalesce(currency, ''), count(*),
                 sum(quantity), coalesce(sum(amount) FILTER (WHERE paid_at IS NOT NULL AND r.status = 1 /* confirmed */), 0)
                 FROM registrations r GROUP BY 1, 2, 3, 4, 5",
        ),
        (
            "SELECT event_key, state, sum(documents), sum(bytes)
                 FROM (SELECT * FROM document_counts UNION ALL SELECT * FROM document_changes) AS c GROUP BY 1, 2
                 HAVING sum(documents) <> 0 OR sum(bytes) <> 0",
            "SELECT event_key, state, count(*), coalesce(sum(bytes), 0) FROM documents WHERE kind = 1 /* tickets */
                 GROUP BY 1, 2",
        ),
        (
            "SELECT event_key, day, type_number, automatic, served_from, downloads FROM download_counts",
            "SELECT event_key, (at AT TIME ZONE timezone)::date, type_number, automatic, served_from, count(*)
                 FROM downloads d JOIN events USING (event_key) WHERE d.kind IN (1 /* tickets */, 3 /* ticket */)
                 GROUP BY 1, 2, 3, 4, 5",
        ),
    ] {
        let differences = format!(
            "SELECT x::text FROM (({figures} EXCEPT {rows}) UNION ALL ({rows} EXCEPT {figures})) AS x"
        );
        let found: Vec<String> = server.database.rows(&differences, &[]).iter().map(|row| row.get(0)).collect();
        assert!(found.is_empty(), "{figures}: {found:?}");
    }
}

#[test]
fn figures_follow_sales_payments_corrections_cancellations_and_lost_files() {
    let server = Server::with(&[("registrar.hold_seconds", "1")]);
    let event = server.event(json!({"ticketTypes": [ticket_type("free", 0, None), ticket_type("vip", 100, None)]}));
    let ask = |kind: &str, names: &[&str]| {
        crate::support::Registration::of(&event.ask_with(&[], names, json!({"ticketType": kind})).expect(201))
    };
    let post = |path: &str| server.organizer.send("POST", path, &[], None);
    let (ada, ben) = (ask("free", &["Ada", "Eve"]), ask("vip", &["Ben"]));
    post(&format!("/api/registrations/{}/mark-paid", ben.id)).expect(200);
    ask("vip", &["Cleo", "Dan"]);
    eventually("the hold expires", || {
        server.database.rows("SELECT FROM registrations WHERE status = 4 /* expired */", &[]).len() == 1
    });
    for registration in [&ada, &ben] {
        eventually("the file is stored", || registration.document(&server) == "stored");
    }
    server.client.get(&ada.pdf_path());
    server.client.get(&ben.pdf_path());
    eventually("the downloads are recorded", || server.database.number("SELECT count(*) FROM downloads") == 2);
    figures_are_those_of_the_rows(&server);
    // A lost file is promised again, as the reconciler does.
    server.database.execute("UPDATE documents SET state = 1 /* pending */, due_at = now()");
    eventually("the file is stored again", || ada.document(&server) == "stored");
    figures_are_those_of_the_rows(&server);
    let tickets = json!({"tickets": [{"ticketId": ada.tickets[0], "name": "Ada L."}]});
    server.organizer.patch(&format!("/api/registrations/{}", ada.id), &tickets).expect(200);
    eventually("the file is stored again", || ada.document(&server) == "stored");
    for registration in [&ada, &ben] {
        post(&format!("/api/registrations/{}/cancel", registration.id)).expect(200);
    }
    eventually("the objects are removed", || {
        let left = "SELECT FROM documents WHERE storage_key IS NOT NULL";
        server.database.rows(left, &[]).is_empty()
    });
    figures_are_those_of_the_rows(&server);
    let stats = server.organizer.get(&event.path("/stats")).expect(200).json();
    assert_eq!((&stats["sold"], &stats["revenue"]), (&json!(0), &json!([])));
}

#[test]
fn no_change_is_lost_among_others() {
    let server = Server::start();
    let event = server.event(json!({}));
    let changes = ["title", "timezone", "language", "category", "description"];
    let values = ["New title", "UTC", "de", "fair", "Something new"];
    std::thread::scope(|scope| {
        for (name, value) in changes.iter().zip(values) {
            let (event, server) = (&event, &server);
            scope.spawn(move || {
                let change = json!({*name: value});
                // A conflicting change is refused and tried again.
                eventually("the change is made", || server.organizer.patch(&event.path(""), &change).status == 200);
            });
        }
    });
    let shown = event.show();
    for (name, value) in changes.iter().zip(values) {
        assert_eq!(shown[*name], value);
    }
}

#[test]
fn what_was_sold_keeps_its_currency() {
    let server = Server::start();
    let event = server.event(json!({"ticketTypes": [ticket_type("vip", 500, None)]}));
    let dollars = json!({"price": {"amount": 700, "currency": "USD"}});
    server.organizer.patch(&event.path("/ticket-types/vip"), &dollars).expect(200);
    event.ask(&["Ada"]).expect(201);
    let euros = json!({"price": {"amount": 700, "currency": "EUR"}});
    server.organizer.patch(&event.path("/ticket-types/vip"), &euros).problem(409, "conflict");
    server
        .organizer
        .patch(&event.path("/ticket-types/vip"), &json!({"price": {"amount": 1, "currency": "USD"}}))
        .expect(200);
}
