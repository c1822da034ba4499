//! Reports of mail servers and providers, over HTTP and at the command line.

use std::{io::Write, process::Stdio};

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};

use super::{messages_of, register, server_with, sink::Sink, state_of};
use crate::support::{Answer, Server, command, eventually};

fn report_of(return_path: &str, action: &str, status: &str) -> String {
    format!(
        "Return-Path: <>\r\nFrom: MAILER-DAEMON@mx.example.com\r\nTo: {return_path}\r\nSubject: report\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n\
         Sorry.\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.com\r\n\r\n\
         Final-Recipient: rfc822; ada@example.com\r\nAction: {action}\r\nStatus: {status}\r\n\r\n--b--\r\n"
    )
}

/// Pipes a report into `onsale mail bounce`, as a mail server does.
fn bounce(server: &Server, report: &str) -> String {
    let home = tempfile::tempdir().unwrap();
    let mut child = command(home.path())
        .args(["mail", "bounce"])
        .env("DATABASE_URL", &server.database.url)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(report.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

#[test]
fn reports_end_in_the_right_state_in_any_order() {
    let sink = Sink::start();
    let server = server_with(&sink, &[]);
    let event = server.event(json!({}));
    let registration = register(&event, "Ada", "ada@example.com");
    let path = sink.wait_for(1)[0].return_path.clone();
    eventually("it is sent", || state_of(&event, &registration) == "sent");
    let id = messages_of(&event, &registration)[0]["messageId"].as_str().unwrap().to_owned();
    for (action, status, state) in [
        ("delayed", "4.4.1", "delayed"),
        ("delivered", "2.0.0", "delivered"),
        ("delayed", "4.4.1", "delivered"),
        ("failed", "5.1.1", "bounced"),
        ("delivered", "2.0.0", "bounced"),
    ] {
        assert!(bounce(&server, &report_of(&path, action, status)).starts_with(&id));
        assert_eq!(state_of(&event, &registration), state, "after {action}");
    }
    let suppressed = server.organizer.get("/api/suppressions?address=ada").expect(200).json();
    assert_eq!(suppressed["items"][0]["messageId"], json!(id));
    assert_eq!(
        bounce(&server, "From: ada@example.com\r\n\r\nThanks!"),
        "ignored: this is no report about a message of Onsale"
    );
    let unknown = path.replace(&id.replace('-', "")[..8], "00000000");
    assert!(bounce(&server, &report_of(&unknown, "failed", "5.1.1")).starts_with("ignored: there is no message"));
    // What is listed by state is found.
    let bounced = server.organizer.get(&event.path("/messages?state=bounced&kind=confirmation")).expect(200).json();
    assert_eq!(bounced["items"][0]["messageId"], json!(id));
    server.organizer.get(&event.path("/messages?state=lost")).problem(422, "invalid");
    server.organizer.get(&event.path("/messages?registration=OTHER-0001")).problem(422, "invalid");
}

/// Paths that providers post to.
const POSTMARK: &str = "/api/mail/events/postmark";
const MAILGUN: &str = "/api/mail/events/mailgun";
const SES: &str = "/api/mail/events/ses";

fn post(server: &Server, path: &str, headers: &[(&str, &str)], event: &Value) -> Answer {
    server.client.send("POST", path, headers, Some(event.to_string().as_bytes()))
}

#[test]
fn providers_are_heard_if_they_prove_themselves() {
    let sink = Sink::start();
    let keys = [("mail.mailgun_key", "key-of-mailgun"), ("mail.postmark_password", "of-postmark")];
    let server = server_with(&sink, &keys);
    let event = server.event(json!({}));
    let registration = register(&event, "Ada", "ada@example.com");
    sink.wait_for(1);
    eventually("it is sent", || state_of(&event, &registration) == "sent");
    let id = messages_of(&event, &registration)[0]["messageId"].as_str().unwrap().to_owned();

    let delivered =
        json!({"RecordType": "Delivery", "MessageID": "x", "Metadata": {"message": id}, "Details": "250 ok"});
    post(&server, POSTMARK, &[], &delivered).problem(401, "unauthenticated");
    let basic = |password: &str| format!("Basic {}", STANDARD.encode(format!("postmark:{password}")));
    post(&server, POSTMARK, &[("authorization", &basic("wrong"))], &delivered).problem(401, "unauthenticated");
    post(&server, POSTMARK, &[("authorization", &basic("of-postmark"))], &delivered).expect(204);
    assert_eq!(state_of(&event, &registration), "delivered");

    let signed = |token: &str, timestamp: i64| {
        let mut mac = Hmac::<sha2::Sha256>::new_from_slice(b"key-of-mailgun").unwrap();
        mac.update(format!("{timestamp}{token}").as_bytes());
        let signature: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        json!({"signature": {"timestamp": timestamp.to_string(), "token": token, "signature": signature},
            "event-data": {"event": "complained", "message": {"headers": {"message-id": format!("{id}@onsale.example")}}}})
    };
    let now = jiff::Timestamp::now().as_second();
    let mut forged = signed("a", now);
    forged["signature"]["token"] = json!("b");
    post(&server, MAILGUN, &[], &forged).problem(401, "unauthenticated");
    post(&server, MAILGUN, &[], &signed("old", now - 3600)).problem(401, "unauthenticated");
    post(&server, MAILGUN, &[], &signed("a", now)).expect(204);
    post(&server, MAILGUN, &[], &signed("a", now)).problem(409, "conflict");
    assert_eq!(state_of(&event, &registration), "complained");
    let suppressed = server.organizer.get("/api/suppressions").expect(200).json();
    assert_eq!(suppressed["items"][0]["reason"], "complaint");
    // Without a topic, nobody speaks for SES.
    post(&server, SES, &[], &json!({})).expect(400);
    server.client.send("POST", "/api/mail/events/mailgun", &[], Some(b"no json")).problem(400, "malformed");
}
