//! Requests that are meant to harm: what one client or organizer sends harms no other.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
};

use serde_json::{Value, json};

use crate::support::{DEADLINE, Registration, Server, eventually, ticket_type};

fn connect(server: &Server) -> TcpStream {
    let socket = TcpStream::connect(server.client.address()).unwrap();
    socket.set_read_timeout(Some(DEADLINE)).unwrap();
    socket
}

/// Returns everything that the server sends until it closes the connection.
fn read_to_close(socket: &mut TcpStream) -> String {
    let mut text = Vec::new();
    socket.read_to_end(&mut text).unwrap();
    String::from_utf8_lossy(&text).into_owned()
}

#[test]
fn answers_are_bounded_and_kept_as_given() {
    let server = Server::start();
    let event = server.event(json!({"ticketTypes": [ticket_type("general", 0, None)], "capacity": null}));
    let ask = |answers: &str| {
        let body = event.body(&["Ada"], json!({})).to_string();
        let body = format!("{},\"answers\":{answers}}}", body.strip_suffix('}').unwrap());
        server.client.send("POST", "/api/register", &[], Some(body.as_bytes()))
    };
    let refused = ask(&format!("{{\"n\":[{}1]}}", "9e307,".repeat(9000)));
    refused.problem(422, "invalid");
    assert_eq!(refused.pointers(), ["/answers/n", "/answers"]);
    let kept = r#"{"age":36,"height":1.68,"large":-999999999999999,"small":0.0000125,"text":"é"}"#;
    ask(kept).expect(201);
    let page = server.organizer.get(&event.path("/registrations")).expect(200).json();
    assert_eq!(page["items"][0]["answers"], serde_json::from_str::<Value>(kept).unwrap());
}

#[test]
fn a_page_is_bounded_by_bytes_and_followed_by_the_rest() {
    let server = Server::start();
    let event = server.event(json!({"ticketTypes": [ticket_type("general", 0, None)], "capacity": null}));
    event.register(&["Ada"]);
    // Far more than a page may have: 150 times 16,000 bytes.
    server.database.execute(
        "INSERT INTO registrations (event_key, number, type_number, status, quantity, created_at, answers)
             SELECT event_key, n, 1, 1 /* confirmed */, 1, now(), jsonb_build_object('text', repeat('x', 16000))
             FROM event_seats, generate_series(2, 151) AS n;
         INSERT INTO tickets (ticket_id, event_key, number, position, name, email)
             SELECT gen_random_uuid(), event_key, n, 1, 'Eve', 'eve@example.com'
             FROM event_seats, generate_series(2, 151) AS n;
         UPDATE event_seats SET sold = 151, last_number = 151; UPDATE ticket_type_seats SET sold = 151",
    );
    let (mut cursor, mut seen) = (String::new(), Vec::new());
    loop {
        let answer = server.organizer.get(&event.path(&format!("/registrations?limit=200{cursor}"))).expect(200);
        assert!(answer.body.len() < 1_200_000, "{} bytes", answer.body.len());
        let page = answer.json();
        seen.extend(
            page["items"].as_array().unwrap().iter().map(|row| row["registrationId"].as_str().unwrap().to_owned()),
        );
        match page["nextCursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    let expected: Vec<_> = (1..=151).rev().map(|n| format!("{}-{n:04}", event.code)).collect();
    assert_eq!(seen, expected);
    let export = server.organizer.get(&event.path("/registrations?format=csv")).expect(200).text();
    assert_eq!(export.lines().count(), 152);
}

#[test]
fn an_export_that_fails_is_never_a_short_success() {
    let server = Server::start();
    let event = server.event(json!({"capacity": 2000, "ticketTypes": [ticket_type("general", 0, None)]}));
    for _ in 0..60 {
        event.register(&["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"]);
    }
    // A status that this version does not know, in the second page and then in the first.
    let export = || {
        let mut socket = connect(&server);
        let token = server.organizer.token.as_ref().unwrap();
        let path = event.path("/registrations?format=csv");
        write!(socket, "GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\r\n")
            .unwrap();
        read_to_close(&mut socket)
    };
    assert!(export().ends_with("\r\n0\r\n\r\n"), "complete");
    server.database.execute(
        "INSERT INTO registrations (event_key, number, type_number, status, quantity, created_at)
             SELECT event_key, n, 1, 1 /* confirmed */, 1, now() FROM event_seats, generate_series(61, 700) AS n;
         ALTER TABLE registrations DROP CONSTRAINT registrations_status_check;
         UPDATE registrations SET status = status + 8 WHERE number = 1",
    );
    let broken = export();
    assert!(broken.starts_with("HTTP/1.1 200") && !broken.ends_with("0\r\n\r\n"), "{}", &broken[broken.len() - 50..]);
    server.database.execute("UPDATE registrations SET status = status + 8 WHERE number = 700");
    assert!(export().starts_with("HTTP/1.1 500"));
    server
        .database
        .execute("UPDATE registrations SET status = status - 8 WHERE created_at = created_at AND status - 8 > 0");
}

#[test]
fn a_chunked_body_that_never_ends_is_cut_off() {
    let server = Server::with(&[("server.body_timeout_ms", "300")]);
    let admin = format!("Authorization: Bearer {}\r\n", server.organizer.token.as_ref().unwrap());
    for (request, expected) in [
        ("POST /api/register", "HTTP/1.1 408"),
        ("POST /api/nowhere", "HTTP/1.1 404"),
        ("PUT /api/register", "HTTP/1.1 405"),
        ("GET /healthz", "HTTP/1.1 200"),
        ("POST /api/invoices", "HTTP/1.1 401"),
        ("POST /api/events", "HTTP/1.1 408"),
    ] {
        let mut socket = connect(&server);
        let token = if request.ends_with("events") { admin.as_str() } else { "" };
        write!(
            socket,
            "{request} HTTP/1.1\r\nHost: x\r\n{token}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n\
             1\r\n{{\r\n"
        )
        .unwrap();
        // The server closes the connection although the client stays silent.
        let answer = read_to_close(&mut socket);
        assert!(answer.starts_with(expected), "{request}: {answer}");
    }
}

#[test]
fn a_complete_chunked_body_keeps_its_connection() {
    let server = Server::start();
    let event = server.event(json!({}));
    let body = event.body(&["Ada"], json!({})).to_string();
    let mut socket = connect(&server);
    for _ in 0..3 {
        write!(
            socket,
            "POST /api/register HTTP/1.1\r\nHost: x\r\nPrefer: return=minimal\r\nContent-Type: application/json\r\n\
             Transfer-Encoding: chunked\r\n\r\n{:x}\r\n{body}\r\n0\r\n\r\n",
            body.len()
        )
        .unwrap();
        let mut status = [0; 12];
        socket.read_exact(&mut status).unwrap();
        assert_eq!(&status, b"HTTP/1.1 201");
        let mut rest = Vec::new();
        while !String::from_utf8_lossy(&rest).ends_with("}]}}") {
            let mut piece = [0; 4096];
            let read = socket.read(&mut piece).unwrap();
            assert!(read > 0, "the connection stays open");
            rest.extend_from_slice(&piece[..read]);
        }
    }
}

/// True if the kernel still has the server's end of a connection.
fn is_open(client: SocketAddr) -> bool {
    let table = std::fs::read_to_string("/proc/net/tcp").unwrap();
    let remote = format!("0100007F:{:04X}", client.port());
    table.lines().any(|line| line.split_whitespace().nth(2) == Some(remote.as_str()))
}

#[test]
fn a_client_that_never_reads_is_cut_off() {
    let server = Server::with(&[("server.write_timeout_ms", "500")]);
    let socket = connect(&server);
    let address = socket.local_addr().unwrap();
    assert!(is_open(address));
    // Requests whose answers fill every buffer between server and client.
    let mut writer = socket.try_clone().unwrap();
    std::thread::spawn(move || {
        for _ in 0..2000 {
            if writer.write_all(b"GET /api/openapi.json HTTP/1.1\r\nHost: x\r\n\r\n").is_err() {
                break;
            }
        }
    });
    eventually("the server has given the connection up", || !is_open(address));
    drop(socket);
}

#[test]
fn one_client_cannot_take_all_connections() {
    let server = Server::with(&[("clients.connections", "3")]);
    let refused = || server.metric("onsale_http_connections_refused_total", "");
    let before = refused();
    let held: Vec<_> = (0..3)
        .map(|_| {
            let mut socket = connect(&server);
            socket.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
            socket.read_exact(&mut [0; 12]).unwrap();
            socket
        })
        .collect();
    assert_eq!(read_to_close(&mut connect(&server)), "", "the fourth is closed at once");
    eventually("the refusal is counted", || refused() > before);
    drop(held);
    eventually("there is room again", || {
        let mut socket = connect(&server);
        write!(socket, "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
        let mut answer = Vec::new();
        socket.read_to_end(&mut answer).is_ok() && answer.starts_with(b"HTTP/1.1 200")
    });
    let proxy = Server::with(&[("clients.connections", "1"), ("server.trusted_proxies", "127.0.0.0/8")]);
    let held: Vec<_> = (0..5).map(|_| connect(&proxy)).collect();
    proxy.client.get("/healthz").expect(200);
    drop(held);
}

#[test]
fn a_full_event_refuses_no_request_that_only_contains_its_name() {
    let server = Server::with(&[("registrar.queue", "8")]);
    let (full, other) = (server.event(json!({"slug": "name"})), server.event(json!({})));
    let lock = server.database.session();
    lock.execute(
        "BEGIN; SELECT FROM event_seats JOIN events USING (event_key) WHERE slug = 'name' FOR UPDATE OF event_seats",
    );
    std::thread::scope(|scope| {
        // One is being written, and six wait.
        let waiting: Vec<_> = (0..7).map(|_| scope.spawn(|| full.ask(&["Patient"]))).collect();
        eventually("seven wait", || server.metric("onsale_queue_depth", "registrar") == 7.0);
        for _ in 0..2 {
            full.ask(&["Hurried"]).problem(503, "overloaded");
            other.register(&["Ada"]);
        }
        lock.execute("COMMIT");
        for patient in waiting {
            patient.join().unwrap().expect(201);
        }
    });
    server.database.check_invariants();
}

#[test]
fn sales_end_with_the_event_unless_it_sets_another_time() {
    let server = Server::start();
    let event = server.event(json!({"salesCloseAt": null}));
    event.ask(&["Late"]).problem(403, "sales_closed");
    server.organizer.patch(&event.path(""), &json!({"salesCloseAt": "2999-01-01T00:00:00Z"})).expect(200);
    event.register(&["In time"]);
    server
        .organizer
        .patch(&event.path(""), &json!({"salesCloseAt": null, "endsAt": "2999-01-01T00:00:00Z"}))
        .expect(200);
    event.register(&["In time too"]);
}

#[test]
fn a_replay_after_a_cancellation_says_so_and_signs_nothing() {
    let server = Server::start();
    let event = server.event(json!({}));
    let ask = || event.ask_with(&[("idempotency-key", "k")], &["Ada"], json!({})).expect(201).json()["data"].clone();
    let first = ask();
    assert!(first["qrCode"].is_string());
    let cancel = format!("/api/registrations/{}/cancel", first["registrationId"].as_str().unwrap());
    server.organizer.send("POST", &cancel, &[], None).expect(200);
    let replayed = ask();
    assert_eq!(replayed["status"], "cancelled");
    assert!(replayed.get("qrCode").is_none() && replayed["tickets"][0].get("qrCode").is_none(), "{replayed}");
}

#[test]
fn a_replay_gives_access_for_a_day_and_only_to_the_first_holder() {
    let server = Server::start();
    let event = server.event(json!({}));
    let ask = || event.ask_with(&[("idempotency-key", "k")], &["Ada"], json!({})).expect(201);
    let first = ask();
    let ada = Registration::of(&first);
    server.database.execute("UPDATE registrations SET created_at = created_at - interval '23 hours 59 minutes'");
    assert_eq!(ask().text(), first.text());
    let gives_nothing = || {
        let answer = ask();
        let data = answer.json()["data"].clone();
        assert_eq!(data["registrationId"], json!(ada.id));
        assert!(data.get("accessToken").is_none() && !answer.text().contains("token="), "{data}");
        assert!(!answer.text().contains("data:image"), "no code is drawn");
        assert!(!answer.header("location").unwrap().contains("token="));
    };
    server.database.execute("UPDATE registrations SET created_at = created_at - interval '2 minutes'");
    gives_nothing();
    server.client.get(&ada.status_path()).expect(200);
    server.database.execute("UPDATE registrations SET created_at = now(), access_generation = 2");
    server.database.execute("UPDATE tickets SET name = 'Bob'");
    gives_nothing();
    assert!(!ask().text().contains("Bob"), "the new holder is not shown");
    for path in [ada.status_path(), ada.pdf_path(), ada.ticket_path(0, "/pdf"), ada.ticket_path(0, "/qr-code")] {
        server.client.get(&path).problem(404, "not_found");
    }
}

#[test]
fn an_organizers_answer_contains_no_access_token() {
    let server = Server::start();
    let event = server.event(json!({}));
    let ada = event.register(&["Ada"]);
    let reader = server.organizer.get(&format!("/api/register/{}", ada.id)).expect(200);
    assert!(!reader.text().contains("token="), "{}", reader.text());
    let holder = server.client.get(&ada.status_path()).expect(200);
    assert!(holder.text().contains(&ada.token));
}

#[test]
fn an_expired_token_is_refused() {
    let server = Server::start();
    let reader = server.other_organizer("reader", &["registrations:read"]);
    reader.get("/api/audit").problem(403, "forbidden");
    server.database.execute("UPDATE api_tokens SET expires_at = now() + interval '1 hour'");
    reader.get("/api/audit").problem(403, "forbidden");
    server.database.execute("UPDATE api_tokens SET expires_at = now()");
    reader.get("/api/audit").problem(401, "unauthenticated");
}

#[test]
fn a_token_of_another_form_never_reaches_the_database() {
    let server = Server::start();
    let event = server.event(json!({}));
    event.show();
    let lock = server.database.session();
    lock.execute("BEGIN; LOCK TABLE api_tokens IN ACCESS EXCLUSIVE MODE");
    for token in ["x", "onsale_short", "", "onsale_%00"] {
        server.client.with_token(token).get(&event.path("/stats")).problem(401, "unauthenticated");
    }
    let forged = format!("/api/register/{}-0001/pdf?token={}", event.code, "A".repeat(24));
    server.client.get(&forged).problem(404, "not_found");
    lock.execute("COMMIT");
}

#[test]
fn a_cancellation_and_a_file_on_demand_leave_no_file() {
    let server = Server::start();
    let event = server.event(json!({}));
    let ada = event.register(&["Ada"]);
    ada.stored_pdf(&server);
    // The cancellation has changed the registration and waits for the seats when the picture is asked for.
    let lock = server.database.session();
    lock.execute("BEGIN; SELECT FROM event_seats FOR UPDATE");
    let cancel = format!("/api/registrations/{}/cancel", ada.id);
    let confirmation = format!("/api/registrations/{}/confirmation.pdf?token={}", ada.id, ada.token);
    let waiting = || {
        server.database.number(
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()",
        )
    };
    std::thread::scope(|scope| {
        let cancelling = scope.spawn(|| server.organizer.send("POST", &cancel, &[], None));
        eventually("the cancellation waits", || waiting() == 1);
        let storing = scope.spawn(|| server.client.send("POST", &ada.ticket_path(0, "/qr-code"), &[], None));
        let confirming = scope.spawn(|| server.client.get(&confirmation));
        eventually("all wait, or are done", || {
            waiting() + i64::from(storing.is_finished()) + i64::from(confirming.is_finished()) >= 3
        });
        lock.execute("COMMIT");
        cancelling.join().unwrap().expect(200);
        storing.join().unwrap();
        confirming.join().unwrap();
    });
    eventually("every file is withdrawn, and no object is left", || {
        server
            .database
            .number("SELECT count(*) FROM documents WHERE state <> 4 /* withdrawn */ OR storage_key IS NOT NULL")
            == 0
    });
}

#[test]
fn a_job_that_cannot_be_claimed_fails_and_holds_up_no_other() {
    let server = Server::with(&[("jobs.chunks", "1")]);
    let (bad, good) = (server.event(json!({})), server.event(json!({})));
    bad.register(&["Eve"]).stored_pdf(&server);
    good.register(&["Ada"]).stored_pdf(&server);
    let path = bad.path("/regenerations");
    let reissue = json!({"reissue": true, "onlyStale": false});
    server.database.execute("UPDATE tickets SET generation = 10000 WHERE name = 'Eve'");
    server.organizer.post(&path, &reissue).problem(409, "conflict");
    server.database.execute("UPDATE tickets SET generation = 9999 WHERE name = 'Eve'");
    // Claiming the chunk of this job fails from now on.
    server.database.execute("ALTER TABLE tickets ADD CONSTRAINT no_more CHECK (generation < 10000)");
    let failing = server.organizer.post(&path, &reissue).expect(202).json();
    let fine = server.organizer.post(&good.path("/regenerations"), &json!({"onlyStale": false})).expect(202).json();
    let status = |job: &Value| {
        let path = format!("/api/jobs/{}", job["jobId"].as_str().unwrap());
        server.organizer.get(&path).expect(200).json()["status"].as_str().unwrap().to_owned()
    };
    eventually("the other job completes", || status(&fine) == "completed");
    eventually("the job fails", || status(&failing) == "failed");
}

#[test]
fn a_change_of_one_event_leaves_the_others_in_the_cache() {
    let server = Server::with(&[("catalog.lifetime_ms", "3600000"), ("sweeper.interval_ms", "600000")]);
    let (changed, other) = (server.event(json!({})), server.event(json!({})));
    eventually("a change by another server is seen", || {
        changed.show();
        other.show();
        let update =
            format!("UPDATE events SET title = 'Changed', revision = revision + 1 WHERE slug = '{}'", changed.slug);
        server.database.execute(&update);
        changed.show()["title"] == "Changed"
    });
    let lock = server.database.session();
    lock.execute("BEGIN; LOCK TABLE events IN ACCESS EXCLUSIVE MODE");
    std::thread::scope(|scope| {
        let reading = scope.spawn(|| other.show());
        eventually("the other event is read from the cache, while nobody can read the table", || reading.is_finished());
        lock.execute("COMMIT");
    });
}
