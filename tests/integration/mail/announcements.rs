//! Announcements, and what registrants are told when their event changes.

use serde_json::{Value, json};

use super::{hurry, messages_of, register, server_with, sink::Sink, state_of};
use crate::support::{Client, Event, Server, eventually, ticket_type};

fn announce(event: &Event, fields: Value) -> Value {
    let mut body = json!({"subject": "Doors open at six", "body": "Please come early.\n\nWe are glad to see you."});
    for (name, value) in fields.as_object().unwrap() {
        body[name] = value.clone();
    }
    event.server.organizer.post(&event.path("/announcements"), &body).expect(202).json()
}

fn finished(server: &Server, job: &Value) -> Value {
    let path = format!("/api/jobs/{}", job["jobId"].as_str().unwrap());
    let read = || server.organizer.get(&path).expect(200).json();
    eventually("the job is over", || read()["finishedAt"] != Value::Null);
    read()
}

#[test]
fn an_announcement_reaches_each_address_once_and_can_be_refused() {
    let sink = Sink::start();
    let server = server_with(&sink, &[]);
    let event = server.event(json!({"title": "Gala"}));
    for email in ["ada@example.com", "Ada@example.com", "bob@example.com", "eve@example.com", "dan@example.com"] {
        register(&event, "Ada", email);
    }
    let cancelled = register(&event, "Cid", "cid@example.com");
    sink.wait_for(6);
    server.organizer.send("POST", &format!("/api/registrations/{}/cancel", cancelled.id), &[], None).expect(200);
    server.organizer.post("/api/suppressions", &json!({"address": "Dan@Example.com"})).expect(204);
    sink.wait_for(7);
    let counted = finished(&server, &announce(&event, json!({"dryRun": true})));
    assert_eq!((&counted["total"], &counted["done"], &counted["skipped"]), (&json!(5), &json!(4), &json!(1)));
    assert_eq!(sink.accepted().len(), 7, "a dry run sends nothing");

    let job = announce(&event, json!({"attachTickets": true}));
    assert_eq!((&job["kind"], &job["event"]), (&json!("announcement"), &json!(event.slug)));
    let done = finished(&server, &job);
    assert_eq!((&done["total"], &done["done"], &done["skipped"]), (&json!(5), &json!(3), &json!(2)));
    let accepted = sink.wait_for(10);
    let mut recipients: Vec<_> = accepted[7..].iter().map(|one| one.recipient.to_lowercase()).collect();
    recipients.sort();
    assert_eq!(recipients, ["ada@example.com", "bob@example.com", "eve@example.com"]);
    let message = &sink.read()[7];
    assert_eq!(message["subject"], "Doors open at six");
    let text = message["text"].as_str().unwrap();
    assert!(text.contains("Please come early.\n\nWe are glad to see you."), "{text:?}");
    assert_eq!(message["files"][0]["type"], "application/pdf");
    assert_eq!(message["headers"]["list-unsubscribe-post"], "List-Unsubscribe=One-Click");
    let listed = message["headers"]["list-unsubscribe"].as_str().unwrap();
    let link = listed.trim_matches(['<', '>']).strip_prefix("http://tickets.example").unwrap().to_owned();
    assert!(message["text"].as_str().unwrap().contains(&link), "{message}");

    // Opening the link changes nothing; the button and the mail program's request do.
    let page = server.client.get(&link).expect(200).text();
    assert!(page.contains("<form method=\"post\">"), "{page}");
    assert_eq!(server.organizer.get("/api/suppressions").expect(200).json()["items"].as_array().unwrap().len(), 1);
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let answer = server.client.send("POST", &link, &form, Some(b"List-Unsubscribe=One-Click"));
    assert!(answer.expect(200).text().contains("no more announcements"));
    server.client.send("POST", &link, &form, Some(b"List-Unsubscribe=One-Click")).expect(200);
    server.client.get("/unsubscribe/00000000-0000-4000-8000-000000000000").problem(404, "not_found");
    let refused = accepted[7].recipient.to_lowercase();
    let again = finished(&server, &announce(&event, json!({"subject": "Another"})));
    assert_eq!(again["done"], json!(2));
    sink.wait_for(12);
    assert!(!sink.accepted()[10..].iter().any(|one| one.recipient.to_lowercase() == refused));
    // Who refuses announcements still gets the own tickets.
    let ticket = register(&event, "Ada", &refused);
    eventually("the confirmation arrives", || state_of(&event, &ticket) == "sent");
    let preview = json!({"announcement": {"subject": "Doors", "body": "Open"}});
    let shown = server.organizer.post(&event.path("/mail-templates/announcement/preview"), &preview).expect(200).json();
    assert_eq!(shown["subject"], "Doors");
}

#[test]
fn an_announcement_that_is_cancelled_stops_and_a_faulty_one_is_refused() {
    let mut sink = Sink::start();
    let server = server_with(&sink, &[]);
    let event = server.event(json!({"ticketTypes": [ticket_type("general", 0, None), ticket_type("vip", 0, None)]}));
    for index in 0..3 {
        let attendees =
            json!({"ticketType": "vip", "attendees": [{"name": "Ada", "email": format!("p{index}@example.com")}]});
        event.ask_with(&[], &["Ada"], attendees).expect(201);
    }
    sink.wait_for(3);
    sink.kill();
    let second = format!("{}-0002", event.code);
    let listed = finished(&server, &announce(&event, json!({"registrations": [second], "dryRun": true})));
    assert_eq!((&listed["total"], &listed["done"]), (&json!(1), &json!(1)));
    let none = finished(&server, &announce(&event, json!({"ticketTypes": ["general"]})));
    assert_eq!((&none["total"], &none["status"]), (&json!(0), &json!("completed")));
    let job = announce(&event, json!({"ticketTypes": ["vip"]}));
    let path = format!("/api/jobs/{}", job["jobId"].as_str().unwrap());
    finished(&server, &job);
    server.organizer.send("POST", &format!("{path}/cancel"), &[], None).problem(409, "conflict");
    // A job that is over leaves its messages; an open one takes them along.
    server.database.execute("UPDATE jobs SET status = 4 /* cancelled */");
    sink.restart();
    let suppressed = || server.database.number("SELECT count(*) FROM messages WHERE state = 9 /* suppressed */");
    eventually("they are not sent", || {
        hurry(&server);
        suppressed() == 3
    });
    assert_eq!(sink.accepted().len(), 3);

    let refused = |body: Value, pointer: &str| {
        let answer = server.organizer.post(&event.path("/announcements"), &body);
        assert_eq!(answer.status, 422, "{}", answer.text());
        assert!(answer.pointers().contains(&pointer.to_owned()), "{}", answer.text());
    };
    refused(json!({"subject": "a\nb", "body": "x"}), "/subject");
    refused(json!({"subject": "", "body": "x"}), "/subject");
    refused(json!({"subject": "a", "body": " "}), "/body");
    refused(json!({"subject": "a", "body": "x".repeat(10_001)}), "/body");
    refused(json!({"subject": "a", "body": "x", "statuses": ["lost"]}), "/statuses/0");
    refused(json!({"subject": "a", "body": "x", "ticketTypes": ["none"]}), "/ticketTypes/0");
    let anybody: &Client = &server.client;
    anybody.post(&event.path("/announcements"), &json!({"subject": "a", "body": "x"})).problem(401, "unauthenticated");
}

#[test]
fn registrants_are_told_what_has_changed_once_for_changes_that_belong_together() {
    let sink = Sink::start();
    let server = server_with(&sink, &[("mail.notice_seconds", "2")]);
    let event = server.event(json!({"title": "Gala", "timezone": "UTC"}));
    let registration = register(&event, "Ada", "ada@example.com");
    let other = register(&event, "Bob", "bob@example.com");
    sink.wait_for(2);
    server.organizer.send("POST", &format!("/api/registrations/{}/cancel", other.id), &[], None).expect(200);
    sink.wait_for(3);
    let change = |query: &str, fields: Value| server.organizer.patch(&event.path(query), &fields).expect(200);
    change("", json!({"description": "Another text says nothing."}));
    change("?notify=false", json!({"title": "Great Gala"}));
    change("", json!({"venue": {"name": "Hall 2", "address": "Lalbagh, Bengaluru"}}));
    change("", json!({"startsAt": "2025-11-08T10:30:00Z"}));
    let accepted = sink.wait_for(4);
    assert_eq!(accepted[3].recipient, "ada@example.com");
    let message = sink.read().pop().unwrap();
    assert_eq!(message["subject"], "Changed: Great Gala");
    let text = message["text"].as_str().unwrap();
    let wanted = "Main Lawn, Lalbagh, Bengaluru → Hall 2, Lalbagh, Bengaluru";
    assert!(text.contains(wanted) && text.contains("9:00") && text.contains("10:30"), "{text}");
    assert!(!text.contains("Gala → "), "the title was changed before, without a message: {text}");
    assert_eq!(message["files"][0]["type"], "text/calendar");
    assert_eq!(messages_of(&event, &registration).len(), 2);

    // A change that is taken back in time is no message.
    change("", json!({"title": "Small Gala"}));
    change("", json!({"title": "Great Gala"}));
    eventually("it is not sent", || state_of(&event, &registration) == "suppressed");
    // A cancellation of the event is told to everybody who has a seat.
    change("", json!({"status": "cancelled"}));
    sink.wait_for(5);
    assert_eq!(sink.read().pop().unwrap()["subject"], "Cancelled: Great Gala");
    assert_eq!(sink.accepted()[4].recipient, "ada@example.com");
}

#[test]
fn holders_are_told_of_new_codes() {
    let sink = Sink::start();
    let server = server_with(&sink, &[]);
    let event = server.event(json!({}));
    let registration = register(&event, "Ada", "ada@example.com");
    sink.wait_for(1);
    let job = server.organizer.post(&event.path("/regenerations"), &json!({"reissue": true, "onlyStale": false}));
    finished(&server, &job.expect(202).json());
    sink.wait_for(2);
    let message = sink.read().pop().unwrap();
    assert_eq!(message["subject"], "New tickets for Gardenia 2025");
    assert_eq!(message["files"].as_array().unwrap().len(), 2);
    assert_eq!(messages_of(&event, &registration)[0]["kind"], "ticket-reissued");
}
