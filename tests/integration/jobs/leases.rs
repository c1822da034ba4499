//! Files that take longer than their lease.

use std::time::Duration;

use serde_json::json;

use super::{counts, finished, insert_registrations, regenerate, unlimited_event};
use crate::support::{Fault, Server, Storage};

#[test]
fn files_that_take_longer_than_their_lease_are_made_once() {
    let storage = Storage::start();
    let leases = [("sweeper.lease_seconds", "1"), ("jobs.lease_seconds", "1"), ("sweeper.interval_ms", "100")];
    let server = Server::with(&[&storage.settings()[..], &leases, &[("jobs.chunks", "1")]].concat());
    let event = unlimited_event(&server);
    insert_registrations(&server.database, &event.code, 40, 1);
    storage.set_fault(Fault::Slow(Duration::from_secs(4)));
    let done = finished(&server.organizer, &regenerate(&server.organizer, &event.slug, json!({})));
    assert_eq!((&done["status"], counts(&done)), (&json!("completed"), [40, 40, 0, 0]));
    assert_eq!(server.database.number("SELECT count(*) FROM documents WHERE state <> 2 /* stored */"), 0);
    assert_eq!(server.database.number("SELECT count(*) FROM documents WHERE attempts > 1"), 0, "claimed again");
    assert!(server.metric("onsale_document_leases_renewed_total", "") >= 40.0);
}
