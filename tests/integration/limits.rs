//! Limits of queues: a full queue refuses, and what it refuses has no effect.

use serde_json::json;

use crate::support::{Server, eventually};

#[test]
fn a_full_registrar_answers_503_at_once_and_has_done_nothing() {
    let server = Server::with(&[("registrar.queue", "4")]);
    let event = server.event(json!({}));
    let lock = server.database.session();
    lock.execute("BEGIN; LOCK TABLE event_seats IN EXCLUSIVE MODE");
    std::thread::scope(|scope| {
        let stuck: Vec<_> = (0..4).map(|_| scope.spawn(|| event.ask(&["Patient"]))).collect();
        eventually("four are waiting for the database", || server.metric("onsale_queue_depth", "registrar") == 4.0);
        // The refusal comes while the table is locked, so it does not wait for the database.
        let refused = event.ask(&["Hurried"]);
        refused.problem(503, "overloaded");
        assert!(refused.header("retry-after").is_some());
        lock.execute("COMMIT");
        for patient in stuck {
            patient.join().unwrap().expect(201);
        }
    });
    eventually("there is room again", || server.metric("onsale_queue_depth", "registrar") == 0.0);
    event.register(&["Hurried"]);
    let names = "SELECT count(*) FROM tickets WHERE name = 'Hurried'";
    assert_eq!(server.database.number(names), 1);
    server.database.check_invariants();
}

#[test]
fn what_a_full_renderer_refuses_is_stored_by_the_sweeper() {
    let settings = [("renderer.queue", "1"), ("uploader.in_flight", "1")];
    // A document that the full queue refused after it was claimed is claimed again soon.
    let soon = [("sweeper.grace_seconds", "1"), ("sweeper.lease_seconds", "10")];
    let server = Server::with(&[settings, soon].concat());
    let event = server.event(json!({"capacity": 200}));
    let refused = || server.metric("onsale_queue_refused_total", "renderer");
    let before = refused();
    let lock = server.database.session();
    lock.execute("BEGIN; LOCK TABLE event_seats IN EXCLUSIVE MODE");
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| (0..10).for_each(|n| drop(event.register(&[&format!("Person {n}")]))));
        }
        // Seven of them are committed together and offered to the renderer at once.
        eventually("eight registrations wait", || server.metric("onsale_queue_depth", "registrar") == 8.0);
        lock.execute("COMMIT");
    });
    assert!(refused() > before, "the queue of one was full");
    eventually("all are stored", || {
        server.database.number("SELECT count(*) FROM documents WHERE state = 2 /* stored */") == 80
    });
}

#[test]
fn a_full_recorder_drops_records_and_serves_downloads() {
    let server = Server::with(&[("recorder.queue", "1")]);
    let event = server.event(json!({}));
    let ada = event.register(&["Ada"]);
    ada.stored_pdf(&server);
    let lock = server.database.session();
    lock.execute("BEGIN; LOCK TABLE downloads IN EXCLUSIVE MODE");
    for _ in 0..5 {
        server.client.get(&ada.pdf_path()).expect(302);
    }
    assert!(server.metric("onsale_download_records_dropped_total", "") >= 3.0);
    lock.execute("COMMIT");
}

#[test]
fn an_organizer_gets_no_more_than_its_quotas_and_leaves_the_others_theirs() {
    let server =
        Server::with(&[("quotas.events", "2"), ("quotas.jobs_per_day", "1"), ("quotas.layout_megabytes", "1")]);
    let (first, second) = (server.event(json!({})), server.event(json!({})));
    let third = json!({"slug": "third", "code": "THIRD", "title": "Third", "startsAt": "2030-06-01T18:00:00Z",
        "endsAt": "2030-06-01T23:00:00Z", "timezone": "Europe/Berlin", "venue": {"name": "Here"}});
    let refused = |answer: &crate::support::Answer, reason: &str| {
        answer.problem(422, "invalid");
        assert!(answer.json()["errors"][0]["detail"].as_str().unwrap().contains(reason), "{}", answer.text());
    };
    let post = |client: &crate::support::Client, path: &str, body: &serde_json::Value| {
        client.send("POST", path, &[], Some(body.to_string().as_bytes()))
    };
    refused(&post(&server.organizer, "/api/events", &third), "has 2 events, the most");
    post(&server.organizer, &first.path("/regenerations"), &json!({})).expect(202);
    refused(&post(&server.organizer, &second.path("/regenerations"), &json!({})), "has started 1 jobs");
    let layout = |words: &str| {
        json!({"pages": [{"width": 100, "height": 100,
            "elements": [{"kind": "text", "x": 10, "y": 10, "width": 80, "text": words, "size": 10}]}]})
    };
    let put = |words: &str| {
        server.organizer.send("PUT", &first.path("/layout"), &[], Some(layout(words).to_string().as_bytes()))
    };
    put("small").expect(200);
    // The other event has a layout of two megabytes.
    server.database.execute(&format!(
        "INSERT INTO layouts (event_key, version, body, pictures, hashes, bytes)
             SELECT e.event_key, 1, l.body, l.pictures, l.hashes, 2000000 FROM layouts l, events e WHERE e.slug = '{0}';
         UPDATE events SET layout_version = 1 WHERE slug = '{0}'",
        second.slug
    ));
    refused(&put("another"), "more than 1 MiB together");
    // The large layout itself can be replaced by a smaller one.
    let smaller = layout("smaller").to_string();
    server.organizer.send("PUT", &second.path("/layout"), &[], Some(smaller.as_bytes())).expect(200);
    put("another").expect(200);

    let other = server.other_organizer("Somebody else", &["events:write", "jobs:write"]);
    post(&other, "/api/events", &third).expect(201);
    post(&other, "/api/events/third/regenerations", &json!({})).expect(202);
}
