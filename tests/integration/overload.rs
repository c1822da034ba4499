//! Overload: more requests than there is room for, and a database that does not answer. Locks that the test holds show
//! what waits for the database: an answer that comes while a table is locked has not waited for it.

use std::{
    io::{Read, Write},
    net::TcpStream,
    time::Instant,
};

use serde_json::json;

use crate::support::{Answer, DEADLINE, Registration, Server, cluster, eventually, ticket_type};

/// Settings for locks of `event_seats`: neither the sweeper nor the catalog reads the table while it is locked.
const ONLY_REQUESTS: [(&str, &str); 2] = [("sweeper.interval_ms", "600000"), ("catalog.lifetime_ms", "3600000")];

fn cancel(server: &Server, registration: &Registration) {
    server.organizer.send("POST", &format!("/api/registrations/{}/cancel", registration.id), &[], None).expect(200);
}

/// True if "sold out" is answered from memory: the answer comes although the tables are locked.
fn from_memory(server: &Server, ask: impl Fn() -> u16 + Sync) -> bool {
    let lock = server.database.session();
    lock.execute("BEGIN; LOCK TABLE event_seats, registrations IN ACCESS EXCLUSIVE MODE");
    std::thread::scope(|scope| {
        let asking = scope.spawn(&ask);
        let waiting = || server.database.lock_waiters("event_seats") + server.database.lock_waiters("registrations");
        eventually("the request is answered, or waits for the database", || asking.is_finished() || waiting() > 0);
        let answered = asking.is_finished();
        lock.execute("COMMIT");
        asking.join().unwrap() == 409 && answered
    })
}

#[test]
fn sold_out_is_said_from_memory_until_a_seat_comes_back() {
    let server = Server::with(&ONLY_REQUESTS);
    let event = server.event(json!({"capacity": 1}));
    let key = [("idempotency-key", "ada"), ("prefer", "return=minimal")];
    let answer = event.ask_with(&key, &["Ada"], json!({})).expect(201);
    let ada = Registration::of(&answer);
    eventually("sold out is remembered", || {
        event.ask(&["Eve"]).problem(409, "sold_out");
        from_memory(&server, || event.ask_with(&[("idempotency-key", "eve")], &["Eve"], json!({})).status)
    });
    let again = event.ask_with(&key, &["Ada"], json!({})).expect(201);
    assert_eq!(again.body, answer.body, "the holder of a seat gets the first answer again");
    assert_eq!(again.header("idempotent-replayed"), Some("true"));

    cancel(&server, &ada);
    let eve = event.register(&["Eve"]);

    // Also when the seat is given back by another server, or in the database.
    let other = Server::on(cluster().existing(server.database.url.clone()), &ONLY_REQUESTS);
    let sold_out_from_memory = || {
        eventually("sold out is remembered again", || {
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
    let server = Server::with(&ONLY_REQUESTS);
    let types = json!([ticket_type("early", 0, Some(1)), ticket_type("late", 0, Some(1))]);
    let event = server.event(json!({"capacity": null, "ticketTypes": types}));
    let ask = |kind: &str| event.ask_with(&[], &["Ada"], json!({"ticketType": kind})).status;
    for kind in ["early", "late"] {
        assert_eq!(ask(kind), 201);
        eventually("sold out is remembered", || {
            assert_eq!(ask(kind), 409);
            from_memory(&server, || ask(kind))
        });
    }
    // By now the whole event is sold out: requests with an idempotency key are refused from memory too.
    let with_key = || event.ask_with(&[("idempotency-key", "k")], &["Eve"], json!({"ticketType": "early"})).status;
    eventually("sold out is remembered", || {
        assert_eq!(with_key(), 409);
        from_memory(&server, with_key)
    });
}

#[test]
fn while_the_database_is_silent_no_request_waits_behind_another() {
    let server = Server::with(&[("registrar.stuck_ms", "200")]);
    let event = server.event(json!({}));
    event.register(&["Warm"]);
    let lock = server.database.session();
    lock.execute("BEGIN; SELECT FROM event_seats FOR UPDATE");
    std::thread::scope(|scope| {
        let first = scope.spawn(|| event.ask(&["First"]));
        eventually("the first is under way", || server.metric("onsale_queue_depth", "registrar") == 1.0);
        // Both answers come while the row is locked.
        for name in ["Second", "Third"] {
            let refused = event.ask(&[name]);
            refused.problem(503, "unavailable");
            assert!(refused.header("retry-after").is_some());
        }
        lock.execute("COMMIT");
        first.join().unwrap().expect(201);
    });
    event.register(&["Fourth"]);
    assert_eq!(server.database.number("SELECT count(*) FROM tickets WHERE name IN ('Second', 'Third')"), 0);
    server.database.check_invariants();
}

#[test]
fn an_event_that_does_not_move_holds_up_no_other() {
    let server = Server::start();
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
            other.register(&["Hurried"]);
        }
        lock.execute("COMMIT");
        for patient in waiting {
            patient.join().unwrap().expect(201);
        }
    });
    server.database.check_invariants();
}

#[test]
fn many_requests_for_one_event_do_not_block_another() {
    let server = Server::with(&[("registrar.queue", "8")]);
    let (crowded, other) = (server.event(json!({})), server.event(json!({})));
    let lock = server.database.session();
    lock.execute(&format!(
        "BEGIN; SELECT FROM event_seats JOIN events USING (event_key) WHERE slug = '{}' FOR UPDATE OF event_seats",
        crowded.slug
    ));
    std::thread::scope(|scope| {
        // One is being committed and six wait: three quarters of the queue.
        let waiting: Vec<_> = (0..7).map(|_| scope.spawn(|| crowded.ask(&["Patient"]))).collect();
        eventually("seven wait", || server.metric("onsale_queue_depth", "registrar") == 7.0);
        let refused = crowded.ask(&["Late"]);
        refused.problem(503, "overloaded");
        assert!(refused.header("retry-after").is_some());
        // From now on a body that names this event is refused before the rest of it is looked at.
        let unread = format!("{{\"what is this\": [], \"event\": \"{}\"}}", crowded.slug);
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
fn a_statement_whose_client_has_timed_out_is_cancelled() {
    let server = Server::with(&[("server.register_timeout_ms", "2000"), ("registrar.resolve_ms", "300")]);
    let event = server.event(json!({}));
    let lock = server.database.session();
    lock.execute("BEGIN; SELECT FROM event_seats FOR UPDATE");
    let refused = event.ask(&["Ada"]);
    assert!(refused.status == 500 || refused.status == 503, "{}", refused.text());
    let waiting =
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
        AND query LIKE '%INSERT INTO registrations%'";
    eventually("the statement is cancelled", || server.database.number(waiting) == 0);
    lock.execute("COMMIT");
    eventually("registering works again", || event.ask(&["Ada"]).status == 201);
    server.database.check_invariants();
}

/// Reads one answer to its end.
fn read_answer(socket: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&answer).to_ascii_lowercase();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            if body.len() >= length.map_or(0, |length| length.parse().unwrap()) {
                return String::from_utf8(answer).unwrap();
            }
        }
        let mut piece = [0; 4096];
        let read = socket.read(&mut piece).unwrap();
        assert!(read > 0, "the answer is cut off: {text}");
        answer.extend_from_slice(&piece[..read]);
    }
}

#[test]
fn a_full_queue_refuses_before_the_body_is_read() {
    let server = Server::with(&[("registrar.queue", "1")]);
    let event = server.event(json!({}));
    let lock = server.database.session();
    lock.execute("BEGIN; SELECT FROM event_seats FOR UPDATE");
    std::thread::scope(|scope| {
        let first = scope.spawn(|| event.ask(&["First"]));
        eventually("the queue is full", || server.metric("onsale_queue_depth", "registrar") == 1.0);
        let mut socket = TcpStream::connect(server.client.address()).unwrap();
        socket.set_read_timeout(Some(DEADLINE)).unwrap();
        let head = "POST /api/register HTTP/1.1\r\nHost: x\r\nX-Request-Id: me\r\nContent-Type: application/json\r\nContent-Length: 60000\r\n\r\n";
        socket.write_all(head.as_bytes()).unwrap();
        let answer = read_answer(&mut socket);
        assert!(answer.starts_with("HTTP/1.1 503"), "{answer}");
        let head = answer.to_ascii_lowercase();
        assert!(head.contains("retry-after: ") && head.contains("connection: close"), "{answer}");
        assert!(answer.contains(r#""code":"overloaded","requestId":"me""#), "{answer}");

        // A request whose body came with its head is refused too, and its connection stays open.
        let mut socket = TcpStream::connect(server.client.address()).unwrap();
        socket.set_read_timeout(Some(DEADLINE)).unwrap();
        let request =
            "POST /api/register HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}";
        for _ in 0..3 {
            socket.write_all(request.as_bytes()).unwrap();
            let answer = read_answer(&mut socket);
            assert!(answer.starts_with("HTTP/1.1 503") && !answer.contains("close"), "{answer}");
        }
        lock.execute("COMMIT");
        first.join().unwrap().expect(201);
    });
}

#[test]
fn readers_give_way_and_holders_do_not() {
    let server = Server::with(&[&ONLY_REQUESTS[..], &[("server.readers", "2")]].concat());
    let event = server.event(json!({}));
    let ada = event.register(&["Ada"]);
    ada.stored_pdf(&server);
    // The event is in the catalog by its slug and its code.
    event.show();
    server.client.get(&ada.status_path()).expect(200);
    let lock = server.database.session();
    lock.execute("BEGIN; LOCK TABLE event_seats IN ACCESS EXCLUSIVE MODE");
    std::thread::scope(|scope| {
        let readers: Vec<_> = (0..2).map(|_| scope.spawn(|| event.show())).collect();
        eventually("two are reading", || server.database.lock_waiters("event_seats") == 2);
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

/// Sends requests from these addresses in turn until one is refused. Asserts that not fewer than the burst were
/// accepted, and not more than that and one for each second that passed.
fn ask_until_refused(ask: impl Fn(&str) -> Answer, addresses: &[&str], burst: u64) -> Answer {
    let start = Instant::now();
    for (accepted, address) in (0..).zip(addresses.iter().cycle()) {
        let answer = ask(address);
        if answer.status == 429 {
            let most = burst + start.elapsed().as_secs() + 1;
            assert!((burst..=most).contains(&accepted), "{accepted} accepted, at most {most} expected");
            return answer;
        }
        answer.expect(200);
        assert!(start.elapsed() < DEADLINE, "no request is refused");
    }
    unreachable!("there are addresses")
}

#[test]
fn a_client_that_asks_too_much_is_told_when_to_come_back() {
    let server =
        Server::with(&[("clients.per_second", "1"), ("clients.burst", "3"), ("server.trusted_proxies", "127.0.0.0/8")]);
    let ask = |address: &str| server.client.send("GET", "/api/events", &[("x-forwarded-for", address)], None);
    // Addresses of the same /64 are one client.
    let refused = ask_until_refused(ask, &["2001:db8:1:1::1", "2001:db8:1:1:ffff::2"], 3);
    refused.problem(429, "rate_limited");
    assert_eq!(refused.header("retry-after"), Some("1"));
    ask("2001:db8:1:2::1").expect(200);
    ask("192.0.2.1").expect(200);
    for _ in 0..10 {
        server.client.get("/healthz").expect(200);
    }
    eventually("the bucket fills again", || ask("2001:db8:1:1::1").status == 200);
}

#[test]
fn a_forwarded_address_from_an_untrusted_peer_makes_no_new_client() {
    let server = Server::with(&[("clients.per_second", "1"), ("clients.burst", "2")]);
    let ask = |address: &str| server.client.send("GET", "/api/events", &[("x-forwarded-for", address)], None);
    let refused = ask_until_refused(ask, &["192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4"], 2);
    refused.problem(429, "rate_limited");
}

#[test]
fn a_client_that_sends_its_head_slowly_is_cut_off() {
    let server = Server::with(&[("server.head_timeout_ms", "300")]);
    let mut socket = TcpStream::connect(server.client.address()).unwrap();
    socket.set_read_timeout(Some(DEADLINE)).unwrap();
    socket.write_all(b"GET /api/events HTTP/1.1\r\nHost: x\r\n").unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
}
