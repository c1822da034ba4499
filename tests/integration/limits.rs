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
