//! More than there is room for, and a database that does not answer: who is told what, and how soon.

use std::{
    io::{Read, Write},
    net::TcpStream,
    time::{Duration, Instant},
};

use serde_json::json;

use crate::support::{Registration, Server, cluster, eventually, ticket_type};

const AT_ONCE: Duration = Duration::from_secs(1);

fn cancel(server: &Server, registration: &Registration) {
    server.organizer.send("POST", &format!("/api/registrations/{}/cancel", registration.id), &[], None).expect(200);
}

/// Whether "sold out" comes from memory: the database is locked, and it comes all the same.
fn from_memory(server: &Server, ask: impl Fn() -> u16) -> bool {
    let lock = server.database.session();
    lock.execute("BEGIN; LOCK TABLE event_seats, registrations IN ACCESS EXCLUSIVE MODE");
    let status = ask();
    lock.execute("COMMIT");
    status == 409
}

#[test]
fn sold_out_is_said_from_memory_until_a_seat_comes_back() {
    let settings = [("registrar.stuck_ms", "200"), ("database.statement_ms", "300")];
    let server = Server::with(&settings);
    let event = server.event(json!({"capacity": 1}));
    let key = [("idempotency-key", "ada"), ("prefer", "return=minimal")];
    let answer = event.ask_with(&key, &["Ada"], json!({})).expect(201);
    let ada = Registration::of(&answer);
    eventually("it is remembered", || {
        event.ask(&["Eve"]).problem(409, "sold_out");
        from_memory(&server, || event.ask_with(&[("idempotency-key", "eve")], &["Eve"], json!({})).status)
    });
    let again = event.ask_with(&key, &["Ada"], json!({})).expect(201);
    assert_eq!(again.body, answer.body, "whoever has a seat is not told that there is none");
    assert_eq!(again.header("idempotent-replayed"), Some("true"));

    cancel(&server, &ada);
    let eve = event.register(&["Eve"]);

    // Also when it is given back somewhere else: by another server, or by hand.
    let other = Server::on(cluster().existing(server.database.url.clone()), &settings);
    let sold_out_from_memory = || {
        eventually("it is remembered again", || {
            event.ask(&["Mallory"]).problem(409, "sold_out");
            from_memory(&server, || event.ask(&["Mallory"]).status)
        });
    };
    sold_out_from_memory();
    cancel(&other, &eve);
    eventually("the seat is sold again", || event.ask(&["Grace"]).status == 201);
    sold_out_from_memory();
    server.database.execute("UPDATE event_seats SET capacity = 2");
    eventually("the new seat is sold", || event.ask(&["Alan"]).status == 201);
    server.database.check_invariants();
}

#[test]
fn each_type_is_sold_out_by_itself() {
    let server = Server::with(&[("registrar.stuck_ms", "200"), ("database.statement_ms", "300")]);
    let types = json!([ticket_type("early", 0, Some(1)), ticket_type("late", 0, Some(1))]);
    let event = server.event(json!({"capacity": null, "ticketTypes": types}));
    let ask = |kind: &str| event.ask_with(&[], &["Ada"], json!({"ticketType": kind})).status;
    for kind in ["early", "late"] {
        assert_eq!(ask(kind), 201);
        eventually("it is remembered", || {
            assert_eq!(ask(kind), 409);
            from_memory(&server, || ask(kind))
        });
    }
    // By now all is sold out: also somebody with a key is told from memory.
    let with_key = || event.ask_with(&[("idempotency-key", "k")], &["Eve"], json!({"ticketType": "early"})).status;
    eventually("it is remembered", || {
        assert_eq!(with_key(), 409);
        from_memory(&server, with_key)
    });
}

#[test]
fn while_the_database_is_silent_nobody_waits_behind_somebody_else() {
    let server = Server::with(&[("registrar.stuck_ms", "200"), ("server.register_timeout_ms", "60000")]);
    let event = server.event(json!({}));
    event.register(&["Warm"]);
    let lock = server.database.session();
    lock.execute("BEGIN; SELECT FROM event_seats FOR UPDATE");
    std::thread::scope(|scope| {
        let first = scope.spawn(|| event.ask(&["First"]));
        eventually("the first is on the way", || server.metric("onsale_queue_depth", "registrar") == 1.0);
        let second = event.ask(&["Second"]);
        second.problem(503, "unavailable");
        assert!(second.header("retry-after").is_some());
        let start = Instant::now();
        event.ask(&["Third"]).problem(503, "unavailable");
        assert!(start.elapsed() < AT_ONCE, "nobody gets in line any more");
        lock.execute("COMMIT");
        first.join().unwrap().expect(201);
    });
    event.register(&["Fourth"]);
    assert_eq!(server.database.number("SELECT count(*) FROM tickets WHERE name IN ('Second', 'Third')"), 0);
    server.database.check_invariants();
}

#[test]
fn an_event_that_does_not_move_holds_up_no_other() {
    let server = Server::with(&[("registrar.stuck_ms", "60000")]);
    let (stuck, other) = (server.event(json!({})), server.event(json!({})));
    let lock = server.database.session();
    lock.execute(&format!(
        "BEGIN; SELECT FROM event_seats JOIN events USING (event_key) WHERE slug = '{}' FOR UPDATE OF event_seats",
        stuck.slug
    ));
    std::thread::scope(|scope| {
        let waiting: Vec<_> = (0..6).map(|_| scope.spawn(|| stuck.ask(&["Patient"]))).collect();
        eventually("six wait", || server.metric("onsale_queue_depth", "registrar") == 6.0);
        for _ in 0..10 {
            let start = Instant::now();
            other.register(&["Hurried"]);
            assert!(start.elapsed() < AT_ONCE);
        }
        lock.execute("COMMIT");
        for patient in waiting {
            patient.join().unwrap().expect(201);
        }
    });
    server.database.check_invariants();
}

#[test]
fn a_crowd_for_one_event_keeps_nobody_from_another() {
    let server = Server::with(&[("registrar.queue", "8"), ("registrar.stuck_ms", "60000")]);
    let (crowded, other) = (server.event(json!({})), server.event(json!({})));
    let lock = server.database.session();
    lock.execute(&format!(
        "BEGIN; SELECT FROM event_seats JOIN events USING (event_key) WHERE slug = '{}' FOR UPDATE OF event_seats",
        crowded.slug
    ));
    std::thread::scope(|scope| {
        // One is being committed, and six wait: three quarters of the room.
        let waiting: Vec<_> = (0..7).map(|_| scope.spawn(|| crowded.ask(&["Patient"]))).collect();
        eventually("seven wait", || server.metric("onsale_queue_depth", "registrar") == 7.0);
        let refused = crowded.ask(&["Late"]);
        refused.problem(503, "overloaded");
        assert!(refused.header("retry-after").is_some());
        // From now on whoever names that event is refused before anything is parsed; this is not even JSON.
        let unread = format!("{{\"event\": \"{}\", what is this", crowded.slug);
        let json = [("content-type", "application/json")];
        let ask = |body: &str| server.client.send("POST", "/api/register", &json, Some(body.as_bytes()));
        ask(&unread).problem(503, "overloaded");
        ask("{\"event\": what is this").problem(400, "malformed");
        other.register(&["Hurried"]);
        lock.execute("COMMIT");
        for patient in waiting {
            patient.join().unwrap().expect(201);
        }
    });
    crowded.register(&["Late"]);
    server.database.check_invariants();
}

#[test]
fn a_statement_that_nobody_waits_for_any_more_is_left_off() {
    let server = Server::with(&[("server.register_timeout_ms", "300"), ("registrar.resolve_ms", "300")]);
    let event = server.event(json!({}));
    let lock = server.database.session();
    lock.execute("BEGIN; SELECT FROM event_seats FOR UPDATE");
    let refused = event.ask(&["Ada"]);
    assert!(refused.status == 500 || refused.status == 503, "{}", refused.text());
    let waiting =
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
        AND query LIKE '%INSERT INTO registrations%'";
    eventually("the database does not work for nobody", || server.database.number(waiting) == 0);
    lock.execute("COMMIT");
    event.register(&["Ada"]);
    server.database.check_invariants();
}

#[test]
fn a_full_line_is_said_before_the_body_is_read() {
    let server = Server::with(&[("registrar.queue", "1"), ("registrar.stuck_ms", "60000")]);
    let event = server.event(json!({}));
    let lock = server.database.session();
    lock.execute("BEGIN; SELECT FROM event_seats FOR UPDATE");
    std::thread::scope(|scope| {
        let first = scope.spawn(|| event.ask(&["First"]));
        eventually("the line is full", || server.metric("onsale_queue_depth", "registrar") == 1.0);
        let mut socket = TcpStream::connect(server.client.address()).unwrap();
        socket.set_read_timeout(Some(AT_ONCE)).unwrap();
        let head = "POST /api/register HTTP/1.1\r\nHost: x\r\nX-Request-Id: me\r\nContent-Type: application/json\r\nContent-Length: 60000\r\n\r\n";
        socket.write_all(head.as_bytes()).unwrap();
        let mut answer = [0; 4096];
        let length = socket.read(&mut answer).unwrap();
        let answer = String::from_utf8_lossy(&answer[..length]).into_owned();
        assert!(answer.starts_with("HTTP/1.1 503"), "{answer}");
        let head = answer.to_ascii_lowercase();
        assert!(head.contains("retry-after: ") && head.contains("connection: close"), "{answer}");
        assert!(answer.contains(r#""code":"overloaded","requestId":"me""#), "{answer}");

        // One whose body came at once is refused too, and keeps its connection.
        let mut socket = TcpStream::connect(server.client.address()).unwrap();
        socket.set_read_timeout(Some(AT_ONCE)).unwrap();
        let request =
            "POST /api/register HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}";
        for _ in 0..3 {
            socket.write_all(request.as_bytes()).unwrap();
            let mut answer = [0; 4096];
            let length = socket.read(&mut answer).unwrap();
            let answer = String::from_utf8_lossy(&answer[..length]).into_owned();
            assert!(answer.starts_with("HTTP/1.1 503") && !answer.contains("close"), "{answer}");
        }
        lock.execute("COMMIT");
        first.join().unwrap().expect(201);
    });
}

#[test]
fn readers_give_way_and_holders_do_not() {
    // The sweeper sleeps: it would wait at the same lock.
    let settings = [("server.readers", "2"), ("catalog.lifetime_ms", "60000"), ("sweeper.interval_ms", "600000")];
    let server = Server::with(&settings);
    let event = server.event(json!({}));
    let ada = event.register(&["Ada"]);
    ada.stored_pdf(&server); // by now the event is known
    let lock = server.database.session();
    lock.execute("BEGIN; LOCK TABLE event_seats IN ACCESS EXCLUSIVE MODE");
    std::thread::scope(|scope| {
        let readers: Vec<_> = (0..2).map(|_| scope.spawn(|| event.show())).collect();
        eventually("two are reading", || {
            server.database.number("SELECT count(*) FROM pg_locks WHERE NOT granted") >= 2
        });
        let refused = server.client.get(&event.path(""));
        refused.problem(503, "overloaded");
        assert!(refused.header("retry-after").is_some());
        assert!([200, 302].contains(&server.client.get(&ada.pdf_path()).status));
        server.client.get(&ada.status_path()).expect(200);
        lock.execute("COMMIT");
        for reader in readers {
            reader.join().unwrap();
        }
    });
    event.show();
}

#[test]
fn a_client_that_asks_too_much_is_told_when_to_come_back() {
    let server =
        Server::with(&[("clients.per_second", "1"), ("clients.burst", "3"), ("server.trusted_proxies", "127.0.0.0/8")]);
    let ask = |address: &str| server.client.send("GET", "/api/events", &[("x-forwarded-for", address)], None);
    for _ in 0..3 {
        ask("2001:db8:1:1::1").expect(200);
    }
    let refused = ask("2001:db8:1:1:ffff::2");
    refused.problem(429, "rate_limited");
    assert_eq!(refused.header("retry-after"), Some("1"), "and from the same /64 it makes no difference");
    ask("2001:db8:1:2::1").expect(200);
    ask("192.0.2.1").expect(200);
    for _ in 0..10 {
        server.client.get("/healthz").expect(200);
    }
    eventually("the bucket fills again", || ask("2001:db8:1:1::1").status == 200);
}

#[test]
fn an_address_that_nobody_trusted_wrote_makes_no_new_client() {
    let server = Server::with(&[("clients.per_second", "1"), ("clients.burst", "2")]);
    let ask = |address: &str| server.client.send("GET", "/api/events", &[("x-forwarded-for", address)], None);
    ask("192.0.2.1").expect(200);
    ask("192.0.2.2").expect(200);
    ask("192.0.2.3").problem(429, "rate_limited");
}

#[test]
fn a_client_that_sends_its_head_slowly_is_cut_off() {
    let server = Server::with(&[("server.head_timeout_ms", "300")]);
    let mut socket = TcpStream::connect(server.client.address()).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    socket.write_all(b"GET /api/events HTTP/1.1\r\nHost: x\r\n").unwrap();
    let mut answer = String::new();
    let start = Instant::now();
    socket.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    assert!(start.elapsed() < Duration::from_secs(5));
}
