//! Jobs while servers are killed, storage is away, or the event changes.

use serde_json::{Value, json};

use super::{counts, finished, insert_registrations, job, regenerate, unlimited_event};
use crate::support::{
    Client, Database, Fault, Replica, Server, Storage, cluster, decode_codes, eventually, gate_accepts,
};

const ADMIN: &str = "onsale_the-token-of-the-tests";

/// Servers in processes of their own, with one database and one storage.
struct Fleet {
    database: Database,
    storage: Storage,
    data: tempfile::TempDir,
    event: String,
    code: String,
}

impl Fleet {
    /// Creates an event with this many registrations; no server runs yet.
    fn with(registrations: i32) -> Self {
        let storage = Storage::start();
        let server = Server::with(&[&storage.settings()[..], &[("jobs.chunks", "0")]].concat());
        let event = unlimited_event(&server);
        insert_registrations(&server.database, &event.code, registrations, 1);
        let (url, slug, code) = (server.database.url.clone(), event.slug.clone(), event.code.clone());
        drop(event);
        drop(server);
        Self { database: cluster().existing(url), storage, data: tempfile::tempdir().unwrap(), event: slug, code }
    }

    /// Starts a server. Its leases last longer than any work: the test lets those of killed servers expire.
    fn start(&self) -> (Replica, Client) {
        let variables = [
            ("DATABASE_URL", self.database.url.as_str()),
            ("AWS_ENDPOINT_URL_S3", &self.storage.endpoint),
            ("AWS_ACCESS_KEY_ID", &self.storage.access_key),
            ("AWS_SECRET_ACCESS_KEY", &self.storage.secret_key),
            ("ONSALE_SECRET", "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3JldA=="),
            ("ONSALE_ADMIN_TOKEN", ADMIN),
            ("ONSALE_STORAGE_ALLOW_PUBLIC", "true"),
            ("ONSALE_STORAGE_PART_MB", "5"),
            ("ONSALE_JOBS_REGISTRATIONS", "200"),
            ("ONSALE_JOBS_LEASE_SECONDS", "3600"),
            ("ONSALE_SWEEPER_LEASE_SECONDS", "3600"),
        ];
        let replica = Replica::with(self.data.path(), &variables);
        let organizer = replica.client.with_token(ADMIN);
        (replica, organizer)
    }

    /// Kills the server each time the job has made progress, until the job is completed. Returns the number of kills
    /// and the job.
    fn kill_until_completed(&self, body: &Value, path: &str) -> (usize, Value) {
        let (mut replica, mut organizer) = self.start();
        let begun = organizer.post(&format!("/api/events/{}{path}", self.event), body).expect(202).json();
        let mut killed = 0;
        loop {
            let before = job(&organizer, &begun);
            let mut now = before.clone();
            eventually("the job makes progress", || {
                now = job(&organizer, &begun);
                now["done"].as_i64() > before["done"].as_i64()
                    || !["queued", "running"].contains(&now["status"].as_str().unwrap())
            });
            if now["status"] == "completed" {
                return (killed, now);
            }
            assert_eq!(now["status"], "running", "{now}");
            replica.kill();
            self.database.expire_leases();
            killed += 1;
            (replica, organizer) = self.start();
        }
    }
}

#[test]
fn a_server_killed_again_and_again_makes_each_ticket_anew_exactly_once() {
    let fleet = Fleet::with(3000);
    let (killed, done) = fleet.kill_until_completed(&json!({"reissue": true}), "/regenerations");
    assert!(killed >= 3, "killed {killed} times only");
    assert_eq!(counts(&done), [3000, 3000, 0, 0]);
    let other = "SELECT count(*) FROM tickets WHERE generation <> 2";
    assert_eq!(fleet.database.number(other), 0, "exactly one new generation");
    fleet.database.expire_leases();
    let (_replica, organizer) = fleet.start();
    eventually("the files that killed servers had claimed are stored too", || {
        fleet
            .database
            .number("SELECT count(*) FROM documents WHERE state = 2 /* stored */ AND content_hash <> sha256('old')")
            == 3000
    });
    assert_eq!(fleet.storage.keys("tickets/").len(), 3000);
    let keys = organizer.get(&format!("/api/events/{}/keys", fleet.event)).expect(200).json();
    for number in [1, 1234, 3000] {
        let pdf = fleet.storage.object(&format!("tickets/{}-{number:04}.pdf", fleet.code));
        assert_eq!(gate_accepts(&keys, &decode_codes(&pdf)[0]).unwrap().generation, 2);
    }
    let check = finished(&organizer, &regenerate(&organizer, &fleet.event, json!({"dryRun": true})));
    assert_eq!(counts(&check), [3000, 0, 3000, 0], "nothing is stale");
}

#[test]
fn an_archive_is_gone_on_with_where_it_was_left() {
    let fleet = Fleet::with(2500);
    let (killed, done) = fleet.kill_until_completed(&json!({}), "/archives");
    assert!(killed >= 2, "killed {killed} times only");
    assert_eq!(counts(&done), [2500, 2500, 0, 0]);
    let (_replica, organizer) = fleet.start();
    let done = job(&organizer, &done);
    super::archives::check_zip(done["resultUrl"].as_str().unwrap(), &fleet.code, 2500);
    assert_eq!(fleet.database.number("SELECT count(*) FROM job_parts"), 0);
}

#[test]
fn two_servers_share_a_job() {
    let fleet = Fleet::with(2000);
    let (_first, organizer) = fleet.start();
    let (_second, other) = fleet.start();
    let begun = regenerate(&organizer, &fleet.event, json!({}));
    let done = finished(&other, &begun);
    assert_eq!((&done["status"], counts(&done)), (&json!("completed"), [2000, 2000, 0, 0]));
    assert_eq!(fleet.storage.keys("tickets/").len(), 2000);
}

#[test]
fn storage_that_goes_away_in_the_middle_is_waited_for() {
    let storage = Storage::start();
    let settings = [("storage.attempt_ms", "3000"), ("uploader.in_flight", "8"), ("jobs.registrations", "100")];
    let server = Server::with(&[&storage.settings()[..], &settings].concat());
    let event = unlimited_event(&server);
    insert_registrations(&server.database, &event.code, 2000, 1);
    let begun = regenerate(&server.organizer, &event.slug, json!({}));
    eventually("the job has begun", || job(&server.organizer, &begun)["done"].as_i64() > Some(0));
    storage.set_fault(Fault::Silent);
    eventually("storage is away", || server.metric("onsale_storage_away", "") > 0.0);
    assert_eq!(job(&server.organizer, &begun)["status"], "running");
    storage.set_fault(Fault::Pass);
    let done = finished(&server.organizer, &begun);
    assert_eq!((&done["status"], counts(&done)), (&json!("completed"), [2000, 2000, 0, 0]));
    assert_eq!(server.database.number("SELECT count(*) FROM documents WHERE state <> 2 /* stored */"), 0);
}

#[test]
fn a_layout_changed_meanwhile_is_on_every_ticket_in_the_end() {
    let storage = Storage::start();
    let server = Server::with(&[&storage.settings()[..], &[("jobs.registrations", "100")]].concat());
    let event = unlimited_event(&server);
    insert_registrations(&server.database, &event.code, 1500, 1);
    // The job cannot end before the layout has changed.
    storage.set_fault(Fault::HoldUploadsAfter(300));
    let begun = regenerate(&server.organizer, &event.slug, json!({}));
    eventually("the job has begun", || job(&server.organizer, &begun)["done"].as_i64() >= Some(200));
    let a4 = server.client.get("/api/layouts/a4").expect(200).body;
    server.organizer.send("PUT", &event.path("/layout"), &[], Some(&a4)).expect(200);
    storage.set_fault(Fault::Pass);
    let done = finished(&server.organizer, &begun);
    let [total, made, skipped, failed] = counts(&done);
    assert_eq!((total, failed), (3000, 0), "two passes over all tickets: {done}");
    assert_eq!(made + skipped, total);
    assert!(done["reasons"]["layout"].as_i64() > Some(0), "{done}");
    let other = "SELECT count(*) FROM documents WHERE layout_version IS DISTINCT FROM 1 OR state <> 2 /* stored */";
    assert_eq!(server.database.number(other), 0);
}

#[test]
fn who_is_cancelled_meanwhile_is_left_out() {
    let storage = Storage::start();
    let server = Server::with(&[&storage.settings()[..], &[("jobs.registrations", "50")]].concat());
    let event = unlimited_event(&server);
    insert_registrations(&server.database, &event.code, 1000, 1);
    // The job cannot come to the last registration before that is cancelled.
    storage.set_fault(Fault::HoldUploadsAfter(100));
    let begun = regenerate(&server.organizer, &event.slug, json!({}));
    eventually("the job has begun", || job(&server.organizer, &begun)["done"].as_i64() > Some(0));
    server.organizer.send("POST", &format!("/api/registrations/{}-1000/cancel", event.code), &[], None).expect(200);
    storage.set_fault(Fault::Pass);
    let done = finished(&server.organizer, &begun);
    assert_eq!(counts(&done), [1000, 999, 1, 0]);
    eventually("the cancelled registration has no file", || storage.keys("tickets/").len() == 999);
}
