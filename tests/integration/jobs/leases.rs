//! Files that take longer than their lease.

use std::time::Duration;

use serde_json::json;

use super::{counts, finished, large_event, regenerate, seed};
use crate::support::{Fault, Server, Storage};

#[test]
fn files_that_take_longer_than_their_lease_are_made_once() {
    let storage = Storage::start();
    let leases = [("sweeper.lease_seconds", "1"), ("jobs.lease_seconds", "1"), ("sweeper.interval_ms", "100")];
    let server = Server::with(&[&storage.settings()[..], &leases, &[("jobs.chunks", "1")]].concat());
    let event = large_event(&server);
    seed(&server.database, &event.code, 40, 1);
    storage.begin(Fault::Slow(Duration::from_secs(4)));
    let done = finished(&server.organizer, &regenerate(&server.organizer, &event.slug, json!({})));
    assert_eq!((&done["status"], counts(&done)), (&json!("completed"), [40, 40, 0, 0]));
    assert_eq!(server.database.number("SELECT count(*) FROM documents WHERE state <> 2"), 0);
    assert_eq!(server.database.number("SELECT count(*) FROM documents WHERE attempts > 1"), 0, "claimed again");
    assert!(server.metric("onsale_document_leases_renewed_total", "") >= 40.0);
}
