//! Regenerations: which files are rendered again, for which reasons, and the progress that is reported.

use std::time::Duration;

use serde_json::{Value, json};

use super::{
    counts, event_with_vips, finished, insert_registrations, job, post_action, regenerate, stream, unlimited_event,
};
use crate::support::{Fault, Server, Storage, command, decode_codes, eventually, gate_accepts, pdf_text, ticket_type};

#[test]
fn what_is_stale_is_made_anew_and_nothing_else() {
    let storage = Storage::start();
    let server = Server::with(&storage.settings());
    let event = unlimited_event(&server);
    insert_registrations(&server.database, &event.code, 700, 2);
    let begun = regenerate(&server.organizer, &event.slug, json!({}));
    assert_eq!((&begun["total"], &begun["joined"]), (&json!(1400), &json!(false)));
    let done = finished(&server.organizer, &begun);
    assert_eq!((&done["status"], counts(&done)), (&json!("completed"), [1400, 1400, 0, 0]), "{done}");
    assert_eq!(storage.keys("tickets/").len(), 700);
    assert!(pdf_text(&storage.object(&format!("tickets/{}-0700.pdf", event.code))).contains("Person 700 2"));
    assert_eq!(
        server.database.number("SELECT count(*) FROM documents WHERE state = 2 /* stored */ AND key_id = 1"),
        700
    );

    let puts = storage.requests("PUT");
    let again = finished(&server.organizer, &regenerate(&server.organizer, &event.slug, json!({})));
    assert_eq!(counts(&again), [1400, 0, 1400, 0]);
    assert_eq!(storage.requests("PUT"), puts, "a file that is current is not uploaded");
    let all = finished(&server.organizer, &regenerate(&server.organizer, &event.slug, json!({"onlyStale": false})));
    assert_eq!((counts(&all), &all["reasons"]), ([1400, 1400, 0, 0], &json!({"asked": 1400})));
    assert_eq!(storage.requests("PUT"), puts + 700);
}

#[test]
fn a_dry_run_says_how_many_and_why_and_touches_nothing() {
    let storage = Storage::start();
    let server = Server::with(&storage.settings());
    let event = unlimited_event(&server);
    let people: Vec<_> = (0..6).map(|n| event.register(&[&format!("Person {n}")])).collect();
    for person in &people {
        person.stored_pdf(&server);
    }
    server.database.execute("UPDATE documents SET content_hash = sha256('old'), layout_version = 9 WHERE number = 1");
    server.database.execute("UPDATE documents SET content_hash = sha256('old'), key_id = 9 WHERE number = 2");
    server.database.execute("UPDATE documents SET content_hash = sha256('old'), revision = 0 WHERE number = 3");
    server.database.execute("UPDATE tickets SET name = 'Another name' WHERE number = 4");
    server
        .database
        .execute("UPDATE documents SET state = 1 /* pending */, due_at = now() + interval '1 day' WHERE number = 5");
    let puts = storage.requests("PUT");
    let dry = finished(&server.organizer, &regenerate(&server.organizer, &event.slug, json!({"dryRun": true})));
    assert_eq!(counts(&dry), [6, 5, 1, 0]);
    assert_eq!(dry["reasons"], json!({"layout": 1, "key": 1, "event": 1, "attendee": 1, "missing": 1}));
    assert_eq!(storage.requests("PUT"), puts);
}

#[test]
fn types_and_registrations_can_be_selected() {
    let storage = Storage::start();
    let server = Server::with(&storage.settings());
    let event = event_with_vips(&server, 20, 5);
    let vip = json!({"ticketTypes": ["vip"], "onlyStale": false});
    let vip = finished(&server.organizer, &regenerate(&server.organizer, &event.slug, vip));
    assert_eq!(counts(&vip), [5, 5, 0, 0]);
    let id = |n: i32| format!("{}-{n:04}", event.code);
    let some = json!({"registrations": [id(19), id(3), id(19)], "onlyStale": false});
    let some = finished(&server.organizer, &regenerate(&server.organizer, &event.slug, some));
    assert_eq!(counts(&some), [2, 2, 0, 0]);
    assert_eq!(storage.keys("tickets/").len(), 6);

    let path = event.path("/regenerations");
    let wrong = server.organizer.post(&path, &json!({"ticketTypes": ["none"], "registrations": []}));
    wrong.problem(422, "invalid");
    assert_eq!(wrong.pointers(), ["/ticketTypes/0"]);
    let wrong = server.organizer.post(&path, &json!({"registrations": [id(1), "GDN2025-0001"]}));
    assert_eq!(wrong.pointers(), ["/registrations/1"]);
    server.organizer.post(&path, &json!({"everything": true})).problem(422, "invalid");
    let unknown = server.organizer.post(&path, &json!({"registrations": [id(999), id(1), id(1000)]}));
    unknown.problem(422, "invalid");
    assert_eq!(unknown.pointers(), ["/registrations/0", "/registrations/2"]);
    let all = server.organizer.send("POST", &path, &[], None).expect(202).json();
    assert_eq!(all["total"], 20, "without a body, stale files of all registrations are made");
    assert_eq!(finished(&server.organizer, &all)["status"], "completed");
}

#[test]
fn codes_issued_anew_are_the_only_ones_that_open_the_gate() {
    let storage = Storage::start();
    let server = Server::with(&storage.settings());
    let event = unlimited_event(&server);
    let ada = event.register(&["Ada", "Grace"]);
    let before = ada.stored_pdf(&server);
    server.client.send("POST", &ada.ticket_path(0, "/qr-code"), &[], None).expect(200);
    server.client.get(&ada.pdf_path()).expect(302);
    let done = finished(&server.organizer, &regenerate(&server.organizer, &event.slug, json!({"reissue": true})));
    assert_eq!((counts(&done), &done["reasons"]), ([2, 2, 0, 0], &json!({"reissue": 2})));
    let after = ada.stored_pdf(&server);
    let keys = server.client.get(&event.path("/keys")).expect(200).json();
    let generation = |pdf: &[u8]| gate_accepts(&keys, &decode_codes(pdf)[0]).unwrap().generation;
    assert_eq!((generation(&before), generation(&after)), (1, 2));
    let revoked = server.organizer.get(&event.path("/revocations")).expect(200).json();
    let revoked = revoked["items"].as_array().unwrap().clone();
    assert_eq!(revoked.len(), 2);
    assert!(revoked.iter().all(|code| code["generation"] == 1), "{revoked:?}");
    let stale = "SELECT count(*) FROM documents WHERE state <> 2 /* stored */";
    assert_eq!(server.database.number(stale), 0, "the picture of the code is stored again as well");
}

#[test]
fn a_repeated_request_joins_without_reading_all_tickets_again() {
    let server = Server::with(&[("jobs.chunks", "0")]);
    let event = server.event(json!({}));
    event.register(&["Ada"]);
    let begin = || server.organizer.post(&event.path("/regenerations"), &json!({"reissue": true}));
    let first = begin().expect(202).json();
    let lock = server.database.session();
    lock.execute("BEGIN; LOCK TABLE tickets IN ACCESS EXCLUSIVE MODE");
    let again = begin().json();
    assert_eq!((&again["jobId"], &again["joined"]), (&first["jobId"], &json!(true)));
    lock.execute("COMMIT");
}

#[test]
fn one_at_a_time_the_same_joins_another_waits_or_takes_its_place() {
    let storage = Storage::start();
    let server = Server::with(&storage.settings());
    let event = event_with_vips(&server, 1500, 10);
    // The first job cannot end before the others are requested.
    storage.set_fault(Fault::HoldUploadsAfter(0));
    let first = regenerate(&server.organizer, &event.slug, json!({}));
    let same = regenerate(&server.organizer, &event.slug, json!({"onlyStale": true}));
    assert_eq!((&same["jobId"], &same["joined"]), (&first["jobId"], &json!(true)));
    let path = event.path("/regenerations");
    let other = server.organizer.post(&path, &json!({"ticketTypes": ["vip"]}));
    let detail = other.problem(409, "conflict")["detail"].as_str().unwrap().to_owned();
    assert!(detail.contains(first["jobId"].as_str().unwrap()), "{detail}");
    let other = json!({"ticketTypes": ["vip"], "supersede": true});
    let other = regenerate(&server.organizer, &event.slug, other);
    assert_eq!(other["supersedes"], first["jobId"]);
    let replaced = job(&server.organizer, &first);
    assert_eq!((&replaced["status"], &replaced["error"]), (&json!("cancelled"), &json!("another job took its place")));
    storage.set_fault(Fault::Pass);
    assert_eq!(finished(&server.organizer, &other)["status"], "completed");
    let list = server.organizer.get(&format!("/api/jobs?event={}", event.slug)).expect(200).json();
    let ids: Vec<_> = list["items"].as_array().unwrap().iter().map(|job| job["jobId"].clone()).collect();
    assert_eq!(ids, [other["jobId"].clone(), first["jobId"].clone()]);
}

#[test]
fn a_job_is_its_organizers_alone() {
    let server = Server::start();
    let event = unlimited_event(&server);
    event.register(&["Ada"]);
    let begun = regenerate(&server.organizer, &event.slug, json!({}));
    let path = format!("/api/jobs/{}", begun["jobId"].as_str().unwrap());
    let other = server.other_organizer("others", &["jobs:write"]);
    other.get(&path).problem(404, "not_found");
    other.get(&format!("{path}/progress")).problem(404, "not_found");
    other.send("POST", &format!("{path}/cancel"), &[], None).problem(404, "not_found");
    other.post(&event.path("/regenerations"), &json!({})).problem(404, "not_found");
    assert_eq!(other.get("/api/jobs").expect(200).json()["items"], json!([]));
    let poor = server.other_organizer("poor", &["registrations:read"]);
    poor.get(&path).problem(403, "forbidden");
    server.client.get(&path).problem(401, "unauthenticated");
    server.organizer.get("/api/jobs/nonsense").problem(404, "not_found");
    finished(&server.organizer, &begun);
    post_action(&server.organizer, &begun, "/api/jobs/{id}/cancel").problem(409, "conflict");
    post_action(&server.organizer, &begun, "/api/jobs/{id}/pause").problem(409, "conflict");
}

#[test]
fn progress_only_grows_adds_up_and_survives_a_reconnect() {
    let storage = Storage::start();
    let server = Server::with(&storage.settings());
    let event = unlimited_event(&server);
    insert_registrations(&server.database, &event.code, 3000, 1);
    // With 48 uploads at once, the job takes two seconds at least: enough for several events.
    storage.set_fault(Fault::Slow(Duration::from_millis(32)));
    let begun = regenerate(&server.organizer, &event.slug, json!({}));
    let path = format!("/api/jobs/{}/progress", begun["jobId"].as_str().unwrap());
    let answer = server.organizer.get(&path).expect(200);
    assert_eq!(answer.header("content-type"), Some("text/event-stream"));
    let events = stream(&answer.text());
    assert!(events.len() >= 3, "{events:?}");
    let seen: Vec<i64> = events.iter().map(|(_, _, data)| counts(data)[1..].iter().sum()).collect();
    assert!(seen.is_sorted(), "{seen:?}");
    assert_eq!(seen.last(), Some(&3000));
    let ids: Vec<_> = events.iter().filter_map(|(id, _, _)| *id).collect();
    assert!(ids.is_sorted());
    let kinds: Vec<_> = events.iter().map(|(_, kind, _)| kind.as_str()).collect();
    assert!(kinds[..kinds.len() - 1].iter().all(|kind| *kind == "progress") && kinds.last() == Some(&"done"));

    let last = ids.last().unwrap().to_string();
    let again = server.organizer.send("GET", &path, &[("last-event-id", &last)], None).expect(200);
    let again = stream(&again.text());
    assert_eq!(again.len(), 1, "only the end: {again:?}");
    assert_eq!(again[0].1, "done");
    let earlier = server.organizer.send("GET", &path, &[("last-event-id", "1")], None).expect(200);
    let earlier: Vec<_> = stream(&earlier.text()).into_iter().map(|(_, kind, _)| kind).collect();
    assert_eq!(earlier, ["progress", "done"]);
}

#[test]
fn a_job_stops_within_a_second_rests_and_goes_on() {
    let storage = Storage::start();
    let server = Server::with(&[&storage.settings()[..], &[("jobs.registrations", "64")]].concat());
    let event = unlimited_event(&server);
    insert_registrations(&server.database, &event.code, 3000, 1);
    storage.set_fault(Fault::Slow(Duration::from_millis(100)));
    let begun = regenerate(&server.organizer, &event.slug, json!({}));
    eventually("the job has begun", || job(&server.organizer, &begun)["done"].as_i64() > Some(0));
    let paused = post_action(&server.organizer, &begun, "/api/jobs/{id}/pause").expect(202).json();
    assert_eq!(
        (&paused["status"], &paused["paused"], &paused["etaSeconds"]),
        (&json!("running"), &json!(true), &Value::Null)
    );
    eventually("no chunk is under way", || server.database.number("SELECT count(*) FROM job_chunks") == 0);
    let resting = counts(&job(&server.organizer, &begun));
    std::thread::sleep(Duration::from_millis(1200));
    assert_eq!(counts(&job(&server.organizer, &begun)), resting, "a paused job does nothing");
    post_action(&server.organizer, &begun, "/api/jobs/{id}/resume").expect(202);
    eventually("the job continues", || counts(&job(&server.organizer, &begun)) != resting);

    let cancelled = post_action(&server.organizer, &begun, "/api/jobs/{id}/cancel").expect(202).json();
    assert_eq!(cancelled["status"], "cancelled");
    let state = || (storage.requests("PUT"), counts(&job(&server.organizer, &begun)));
    let mut stopped = state();
    eventually("nothing happens for a second", || {
        std::thread::sleep(Duration::from_secs(1));
        let before = std::mem::replace(&mut stopped, state());
        before == stopped
    });
    assert!(stopped.0 < 3000 && stopped.1[1] < 3000, "the rest is not made: {stopped:?}");
    post_action(&server.organizer, &begun, "/api/jobs/{id}/cancel").expect(202);
}

#[test]
fn a_ticket_that_cannot_be_made_is_told_with_its_reason_and_can_be_tried_again() {
    let storage = Storage::start();
    let server = Server::with(&storage.settings());
    let event = unlimited_event(&server);
    insert_registrations(&server.database, &event.code, 50, 1);
    // A confirmed registration whose tickets are all revoked cannot be rendered.
    server.database.execute("UPDATE tickets SET revoked = true WHERE number = 7");
    let done = finished(&server.organizer, &regenerate(&server.organizer, &event.slug, json!({"onlyStale": false})));
    assert_eq!((&done["status"], counts(&done)), (&json!("completed"), [50, 49, 0, 1]));
    let path = format!("/api/jobs/{}/failures", done["jobId"].as_str().unwrap());
    let failures = server.organizer.get(&path).expect(200).json();
    let failure = &failures["items"][0];
    assert_eq!(failure["registrationId"], json!(format!("{}-0007", event.code)));
    assert!(failure["error"].as_str().unwrap().contains("none of its tickets"), "{failure}");

    server.database.execute("UPDATE tickets SET revoked = false WHERE number = 7");
    let retry = format!("/api/jobs/{}/failures/retry", done["jobId"].as_str().unwrap());
    let retried = server.organizer.post(&retry, &json!({})).expect(202).json();
    let retried = finished(&server.organizer, &retried);
    assert_eq!(counts(&retried), [1, 1, 0, 0]);
    let none = json!({"registrations": [format!("{}-0001", event.code)]});
    server.organizer.post(&retry, &none).problem(409, "conflict");
}

#[test]
fn new_downloads_get_the_new_file_before_the_job_has_come_to_it() {
    let storage = Storage::start();
    let server = Server::with(&storage.settings());
    let event = unlimited_event(&server);
    let ada = event.register(&["Ada"]);
    ada.stored_pdf(&server);
    server.client.get(&ada.pdf_path()).expect(302);
    storage.set_fault(Fault::Refuse);
    server.organizer.patch(&event.path(""), &json!({"venue": {"name": "The Old Mill"}})).expect(200);
    let begun = regenerate(&server.organizer, &event.slug, json!({}));
    let pdf = server.client.get(&ada.pdf_path()).expect(200).body;
    assert!(pdf_text(&pdf).contains("The Old Mill"));
    storage.set_fault(Fault::Pass);
    assert_eq!(finished(&server.organizer, &begun)["status"], "completed");
    assert!(pdf_text(&ada.stored_pdf(&server)).contains("The Old Mill"));
}

#[test]
fn organizers_take_turns() {
    let storage = Storage::start();
    let settings = [("jobs.registrations", "50"), ("jobs.chunks", "1")];
    let server = Server::with(&[&storage.settings()[..], &settings].concat());
    let large = unlimited_event(&server);
    insert_registrations(&server.database, &large.code, 3000, 1);
    let other = server.other_organizer("others", &["events:write", "jobs:write"]);
    let small = json!({
        "slug": "small", "code": "SMALL", "title": "Small", "startsAt": "2030-01-01T00:00:00Z", "endsAt": "2030-01-01T01:00:00Z",
        "timezone": "UTC", "venue": {"name": "Here"}, "capacity": null, "ticketTypes": [ticket_type("general", 0, None)],
    });
    other.post("/api/events", &small).expect(201);
    insert_registrations(&server.database, "SMALL", 100, 1);
    let long = regenerate(&server.organizer, &large.slug, json!({}));
    let short = regenerate(&other, "small", json!({}));
    finished(&other, &short);
    let left = job(&server.organizer, &long);
    assert_eq!(left["status"], "running", "the second job did not wait for the first: {left}");
    assert_eq!(finished(&server.organizer, &long)["status"], "completed");
}

#[test]
fn the_command_line_asks_watches_and_ends() {
    let storage = Storage::start();
    let server = Server::with(&storage.settings());
    let event = unlimited_event(&server);
    insert_registrations(&server.database, &event.code, 300, 1);
    let data = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| {
        let output = command(data.path())
            .args(arguments)
            .env("DATABASE_URL", &server.database.url)
            .env("AWS_ENDPOINT_URL_S3", &storage.endpoint)
            .env("S3_BUCKET_NAME", "onsale")
            .env("ONSALE_SECRET", "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3JldA==")
            .output()
            .unwrap();
        let (out, err) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
        (output.status.code(), out, err)
    };
    let (code, out, err) = run(&["tickets", "regenerate", "--event", &event.slug, "--dry-run", "--watch"]);
    assert_eq!(code, Some(0), "{err}");
    assert!(out.contains("completed") && out.contains("300 done") && out.contains("attendee\t300 tickets"), "{out}");
    let (code, out, _) = run(&["tickets", "regenerate", "--event", &event.slug, "--watch"]);
    assert_eq!(code, Some(0));
    assert!(out.contains("300 of 300 tickets\t300 done, 0 skipped, 0 failed"), "{out}");
    let (_, list, _) = run(&["jobs", "list", "--event", &event.slug]);
    assert_eq!(list.lines().count(), 2, "{list}");
    let id = list.split('\t').next().unwrap();
    let (code, out, _) = run(&["jobs", "show", id]);
    assert!(code == Some(0) && out.contains("tickets a second"), "{out}");
    let (code, _, err) = run(&["jobs", "cancel", id]);
    assert!(code == Some(1) && err.contains("is over: completed"), "{err}");
    let (code, _, err) = run(&["tickets", "regenerate", "--event", "nowhere"]);
    assert!(code == Some(1) && err.contains("there is no event nowhere"), "{err}");
    let (code, _, err) = run(&["tickets", "regenerate", "--event", &event.slug, "--type", "none"]);
    assert!(code == Some(1) && err.contains("no such ticket type"), "{err}");
}
