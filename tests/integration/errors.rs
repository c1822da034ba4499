//! Errors, the framework's own included: each is a problem with a code, without internal details.

use serde_json::json;

use crate::support::Server;

#[test]
fn what_is_not_there_and_what_is_not_allowed() {
    let server = Server::start();
    server.client.get("/nothing").problem(404, "not_found");
    server.client.get("/api/").problem(404, "not_found");
    for path in ["/api/register/%00", "/api/events/%00", "/api/events/%00/keys", "/api/events/Not%20A%20Slug"] {
        server.client.get(path).problem(404, "not_found");
    }
    server.organizer.get("/api/organizers/%00").problem(404, "not_found");
    server.organizer.get("/api/organizers/%00/members").problem(404, "not_found");
    server.client.get("/api/events?from=-005000-01-01T00:00:00Z").problem(422, "invalid");
    for (method, path, allowed) in [
        ("GET", "/api/register", "POST"),
        ("DELETE", "/api/events/x", "GET, PATCH"),
        ("PUT", "/api/events", "GET, POST"),
        ("OPTIONS", "/api/tickets/x/qr-code", "GET, POST"),
    ] {
        let answer = server.client.send(method, path, &[], None);
        answer.problem(405, "method_not_allowed");
        assert_eq!(answer.header("allow"), Some(allowed));
    }
    assert_eq!(server.client.send("HEAD", "/api/events", &[], None).status, 200);
}

#[test]
fn a_body_is_read_strictly() {
    let server = Server::start();
    let event = server.event(json!({}));
    let good = event.body(&["Ada"], json!({})).to_string();
    let send = |headers: &[(&str, &str)], body: &[u8]| server.client.send("POST", "/api/register", headers, Some(body));
    send(&[], b"{").problem(400, "malformed");
    send(&[], b"").problem(400, "malformed");
    send(&[], b"\xff\xfe").problem(400, "malformed");
    send(&[], good.replace("\"Ada\"", "7").as_bytes()).problem(400, "malformed");
    send(&[], good.replacen('{', "{\"event\":\"x\",", 1).as_bytes()).problem(400, "malformed");
    send(&[], good.replace("Ada", "\\u0000").as_bytes()).problem(400, "malformed");
    send(&[], good.replace("Ada", "\\ud800").as_bytes()).problem(400, "malformed");
    let deep = format!("{{\"answers\":{}1{}}}", "[".repeat(30_000), "]".repeat(30_000));
    send(&[], deep.as_bytes()).problem(400, "malformed");
    let unknown = send(&[], good.replacen('{', "{\"discount\":100,", 1).as_bytes());
    unknown.problem(422, "invalid");
    assert_eq!(unknown.pointers(), ["/discount"]);
    let missing = send(&[], b"{\"event\":\"x\"}");
    missing.problem(422, "invalid");
    assert_eq!(missing.pointers(), ["/attendees"]);

    send(&[("content-type", "text/plain")], good.as_bytes()).problem(415, "unsupported_media_type");
    send(&[("content-encoding", "gzip")], good.as_bytes()).problem(415, "unsupported_media_type");
    send(&[("content-type", "application/json; charset=utf-8")], good.as_bytes()).expect(201);
    let large = event.body(&["Ada"], json!({"answers": {"a": "x".repeat(70_000)}})).to_string();
    send(&[], large.as_bytes()).problem(413, "too_large");
}

#[test]
fn a_body_without_a_length_is_cut_off_at_the_limit() {
    use std::io::{Read, Write};
    let server = Server::start();
    let mut socket = std::net::TcpStream::connect(server.client.address()).unwrap();
    write!(
        socket,
        "POST /api/register HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    .unwrap();
    let chunk = format!("4000\r\n{}\r\n", "[".repeat(0x4000));
    for _ in 0..8 {
        // The server may close the connection while the test is still sending.
        let _ = socket.write_all(chunk.as_bytes());
    }
    let mut answer = [0; 12];
    socket.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"HTTP/1.1 413");
}

#[test]
fn a_body_that_comes_slowly_is_cut_off() {
    use std::io::{Read, Write};
    let server = Server::with(&[("server.body_timeout_ms", "300")]);
    let mut socket = std::net::TcpStream::connect(server.client.address()).unwrap();
    write!(
        socket,
        "POST /api/register HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{{"
    )
    .unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 408") && answer.contains("\"code\":\"timeout\""), "{answer}");
}

#[test]
fn every_answer_carries_a_request_id() {
    let server = Server::start();
    let given = server.client.send("GET", "/api/events", &[("x-request-id", "abc-123")], None);
    assert_eq!(given.header("x-request-id"), Some("abc-123"));
    let hostile = server.client.send("GET", "/nowhere", &[("x-request-id", "a b")], None);
    let id = hostile.header("x-request-id").unwrap();
    assert_eq!(id.len(), 36, "{id}");
    hostile.problem(404, "not_found");
    assert!(server.client.get("/docs").header("x-request-id").is_some());
}

/// A row that the server never writes makes a handler and the registrar panic. Each time one request gets 500, and the
/// next one is served.
#[test]
fn a_panic_costs_one_request() {
    let server = Server::start();
    let event = server.event(json!({}));
    let ada =
        crate::support::Registration::of(&event.ask_with(&[("idempotency-key", "k")], &["Ada"], json!({})).expect(201));
    ada.stored_pdf(&server);
    server.database.execute("ALTER TABLE tickets ALTER name DROP NOT NULL; UPDATE tickets SET name = NULL");

    let in_handler = server.client.get(&ada.status_path());
    let problem = in_handler.problem(500, "internal");
    assert!(!problem.to_string().contains("name"), "no internal details: {problem}");
    assert!(server.metric("onsale_http_panics_total", "") >= 1.0);
    event.ask_with(&[("idempotency-key", "k")], &["Ada"], json!({})).problem(500, "internal");
    event.ask_with(&[("idempotency-key", "k2")], &["Grace"], json!({})).expect(201);
}
