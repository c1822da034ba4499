//! Faults of storage: outages, errors, wrong answers, and servers killed while they use it.

use std::{
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use serde_json::json;

use super::{Process, register, server_on, stored};
use crate::support::{Client, DEADLINE, Fault, Storage, eventually, qpdf_check, ticket_type};

#[test]
fn an_outage_is_not_noticed_and_everything_is_stored_afterwards() {
    for fault in [Fault::Refuse, Fault::Silent] {
        let storage = Storage::start();
        let server = server_on(&storage, &[]);
        let event = server.event(json!({}));
        storage.set_fault(fault.clone());
        let people = register(&event, 30);
        eventually("storage is known to be away", || server.metric("onsale_storage_away", "") == 1.0);
        for person in &people {
            qpdf_check(&server.client.get(&person.pdf_path()).expect(200).body);
        }
        let late = event.register(&["Late"]);
        qpdf_check(&server.client.get(&late.pdf_path()).expect(200).body);
        // Requests that were under way when storage went away may still arrive.
        eventually("storage is asked at most once a second", || {
            let (before, begun) = (storage.connections(), Instant::now());
            eventually("storage is asked twice", || storage.connections() >= before + 2);
            std::thread::sleep(Duration::from_secs(2));
            let probes = storage.connections() - before;
            probes <= begun.elapsed().as_secs() + 1
        });
        assert_eq!(stored(&server), 0);

        storage.set_fault(Fault::Pass);
        eventually("all is stored", || stored(&server) == 31);
        eventually("storage is known to be back", || server.metric("onsale_storage_away", "") == 0.0);
        assert_eq!(storage.keys("tickets/").len(), 31);
        for person in &people {
            qpdf_check(&person.stored_pdf(&server));
        }
        server.database.check_invariants();
    }
}

#[test]
fn what_waited_longest_is_stored_first() {
    let storage = Storage::start();
    // One upload at a time, so that files are stored in the order in which they are claimed.
    let server = server_on(&storage, &[("uploader.in_flight", "1"), ("registrar.surge", "1")]);
    let event = server.event(json!({}));
    storage.set_fault(Fault::Refuse);
    register(&event, 20);
    eventually("every file has its row", || server.database.number("SELECT count(*) FROM documents") == 20);
    eventually("storage is known to be away", || server.metric("onsale_storage_away", "") == 1.0);
    eventually("no file is in work, and every outcome is recorded", || {
        ["renderer", "uploader", "recorder"].iter().all(|actor| server.metric("onsale_queue_depth", actor) == 0.0)
    });
    // All are due, whenever they were tried last.
    server.database.execute("UPDATE documents SET due_at = now()");
    storage.set_fault(Fault::Pass);
    eventually("all is stored", || stored(&server) == 20);
    let mut order: Vec<_> = (1..).zip(storage.keys("tickets/")).collect();
    assert_eq!(order.len(), 20);
    order.sort_by_key(|(_, key)| storage.written_at(key));
    let order: Vec<i32> = order.into_iter().map(|(number, _)| number).collect();
    // Any file may have been the probe that found storage back; the others follow in the order of their registrations.
    let early = order.iter().take(10).filter(|number| **number <= 12).count();
    assert!(early >= 8, "{order:?}");
}

#[test]
fn a_storage_that_asks_for_less_gets_less_and_gets_all() {
    let storage = Storage::start();
    let server = server_on(&storage, &[]);
    let event = server.event(json!({"capacity": null, "ticketTypes": [ticket_type("general", 0, None)]}));
    storage.set_fault(Fault::SlowDown(50));
    let mut registered = i64::try_from(register(&event, 60).len()).unwrap();
    eventually("fewer requests are sent at once", || {
        event.register(&["One more"]);
        registered += 1;
        server.metric("onsale_storage_window_requests", "") < 8.0
    });
    eventually("all is stored", || stored(&server) == registered);
    assert!(server.metric("onsale_s3_retries_total", "put") > 0.0);
    assert!(server.metric("onsale_s3_requests_total", "slow_down") > 0.0);
    assert_eq!(
        server.database.number("SELECT count(*) FROM documents WHERE state = 3 /* failed */ OR failures > 0"),
        0
    );
}

#[test]
fn downloads_do_not_wait_for_a_slow_storage() {
    let storage = Storage::start();
    // A download that waited for storage would wait for twice the deadline.
    let longest = (DEADLINE * 2).as_millis().to_string();
    let limits =
        [("storage.attempt_ms", longest.as_str()), ("storage.operation_ms", &longest), ("sweeper.lease_seconds", "10")];
    let server = server_on(&storage, &limits);
    let event = server.event(json!({}));
    storage.set_fault(Fault::HoldUploadsAfter(0));
    let people = register(&event, 20);
    let begun = Instant::now();
    for person in &people {
        qpdf_check(&server.client.get(&person.pdf_path()).expect(200).body);
    }
    assert!(begun.elapsed() < DEADLINE, "downloads wait for storage");
    assert_eq!(stored(&server), 0);
    storage.set_fault(Fault::Slow(Duration::from_millis(150)));
    eventually("all is stored", || stored(&server) == 20);
}

#[test]
fn credentials_that_storage_refuses_are_no_fault_of_the_files() {
    let storage = Storage::start();
    let server = server_on(&storage, &[("renderer.max_failures", "1")]);
    let event = server.event(json!({}));
    storage.set_fault(Fault::InvalidKey);
    let people = register(&event, 10);
    eventually("storage is known to be away", || server.metric("onsale_storage_away", "") == 1.0);
    assert_eq!(server.database.number("SELECT count(*) FROM documents WHERE state = 3 /* failed */"), 0);
    storage.set_fault(Fault::Pass);
    for person in &people {
        qpdf_check(&person.stored_pdf(&server));
    }
}

#[test]
fn an_answer_that_got_lost_does_no_harm() {
    for fault in [Fault::StoreThenFail, Fault::StoreThenCut] {
        let storage = Storage::start();
        let server = server_on(&storage, &[]);
        let event = server.event(json!({}));
        storage.set_fault(fault);
        let people = register(&event, 5);
        eventually("the objects are stored, and no row says so", || storage.keys("tickets/").len() == 5);
        assert_eq!(stored(&server), 0);
        let before: Vec<_> = storage.keys("tickets/").iter().map(|key| storage.object(key)).collect();
        storage.set_fault(Fault::Pass);
        eventually("the rows say so", || stored(&server) == 5);
        let after: Vec<_> = storage.keys("tickets/").iter().map(|key| storage.object(key)).collect();
        assert!(before == after, "the same files are stored again");
        for person in &people {
            qpdf_check(&person.stored_pdf(&server));
        }
    }
}

#[test]
fn what_storage_says_that_it_has_must_be_what_was_sent() {
    let storage = Storage::start();
    let server = server_on(&storage, &[("renderer.max_failures", "1000"), ("uploader.max_backoff_seconds", "1")]);
    let event = server.event(json!({}));
    storage.set_fault(Fault::Truncate);
    let ada = event.register(&["Ada"]);
    eventually("the damage is found", || {
        server.database.number("SELECT count(*) FROM documents WHERE error LIKE '%differs from the sent content%'") == 1
    });
    assert_ne!(ada.document(&server), "stored");
    storage.set_fault(Fault::Pass);
    qpdf_check(&ada.stored_pdf(&server));

    // Tags of some storage servers are no digests: then the object is read back, and accepted.
    storage.set_fault(Fault::OtherTag);
    let reads = storage.requests("GET");
    qpdf_check(&event.register(&["Grace"]).stored_pdf(&server));
    assert!(storage.requests("GET") > reads);
}

#[test]
fn a_file_that_storage_refuses_is_set_aside_listed_and_tried_again_on_demand() {
    let storage = Storage::start();
    let settings = [("renderer.max_failures", "2"), ("uploader.max_backoff_seconds", "1")];
    let server = server_on(&storage, &settings);
    let event = server.event(json!({}));
    storage.set_fault(Fault::Truncate);
    let ada = event.register(&["Ada"]);
    eventually("the document is set aside", || ada.document(&server) == "failed");
    eventually("the metric shows it", || server.metric("onsale_documents_failed", "") == 1.0);
    let failed = server.organizer.get(&event.path("/documents?status=failed")).expect(200).json();
    let document = &failed["items"][0];
    assert_eq!((&document["registrationId"], &document["kind"]), (&json!(ada.id), &json!("tickets")));
    assert!(document["error"].as_str().unwrap().contains("differs from the sent content"), "{document}");
    qpdf_check(&server.client.get(&ada.pdf_path()).expect(200).body);
    storage.set_fault(Fault::Pass);
    let other = server.other_organizer("Eve", &["registrations:write", "registrations:read"]);
    other.send("POST", &event.path("/documents/retry"), &[], None).problem(404, "not_found");
    let again = server.organizer.send("POST", &event.path("/documents/retry"), &[], None).expect(200).json();
    assert!(again["documents"].as_u64().unwrap() <= 1, "the download may have scheduled it already");
    qpdf_check(&ada.stored_pdf(&server));
    let none = server.organizer.get(&event.path("/documents?status=failed")).expect(200).json();
    assert_eq!(none["items"], json!([]));
}

/// Servers of one process share the metric of the spool: its tests run one at a time.
fn spool_metric() -> MutexGuard<'static, ()> {
    static METRIC: Mutex<()> = Mutex::new(());
    METRIC.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Number of complete files in a spool.
fn spooled(folder: &Path) -> usize {
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    files.filter(|path| path.extension().is_none_or(|extension| extension != "new")).count()
}

#[test]
fn what_storage_does_not_take_waits_in_the_spool() {
    let _alone = spool_metric();
    let storage = Storage::start();
    let data = tempfile::tempdir().unwrap();
    let folder = data.path().to_str().unwrap();
    let server = server_on(&storage, &[("spool.mb", "1"), ("server.data_dir", folder)]);
    let event = server.event(json!({}));
    storage.set_fault(Fault::Refuse);
    let people = register(&event, 10);
    let waiting = || spooled(&data.path().join("spool"));
    eventually("all files are in the spool", || waiting() == 10);
    qpdf_check(&server.client.get(&people[0].pdf_path()).expect(200).body);
    assert!(server.metric("onsale_downloads_total", "disk") >= 1.0, "the file is not rendered again");
    eventually("the metric shows them", || server.metric("onsale_spool_bytes", "") > 100_000.0);
    storage.set_fault(Fault::Pass);
    eventually("all is stored", || stored(&server) == 10);
    eventually("the spool is empty again", || waiting() == 0);
}

#[test]
fn a_full_spool_changes_nothing() {
    let _alone = spool_metric();
    let storage = Storage::start();
    let data = tempfile::tempdir().unwrap();
    let server = server_on(&storage, &[("spool.mb", "1"), ("server.data_dir", data.path().to_str().unwrap())]);
    let event = server.event(json!({}));
    storage.set_fault(Fault::Refuse);
    let people = register(&event, 90);
    eventually("the spool is full", || server.metric("onsale_spool_refused_total", "") > 0.0);
    assert!(server.metric("onsale_spool_bytes", "") <= f64::from(1 << 20));
    for person in &people {
        drop(server.client.get(&person.pdf_path()).expect(200));
    }
    storage.set_fault(Fault::Pass);
    eventually("all is stored", || stored(&server) == 90);
}

#[test]
fn a_server_killed_at_any_step_of_an_upload_leaves_nothing_undone() {
    for fault in [Fault::Silent, Fault::StoreThenSilence] {
        let case = Process::prepared();
        case.storage.set_fault(fault);
        let mut server = case.start(&case.keys());
        eventually("the upload is under way", || case.storage.requests("PUT") > 0);
        server.kill();
        assert_eq!(case.database.number("SELECT count(*) FROM documents WHERE state = 1 /* pending */"), 1);
        case.storage.set_fault(Fault::Pass);
        let _server = case.start(&case.keys());
        case.is_stored();
    }
}

#[test]
fn a_server_killed_while_it_keeps_files_in_its_spool_stores_them_later() {
    let case = Process::prepared();
    case.storage.set_fault(Fault::Refuse);
    let keys = [&case.keys()[..], &[("ONSALE_SPOOL_MB", "8")]].concat();
    let mut server = case.start(&keys);
    let spool = case.data.path().join("spool");
    eventually("the file is in the spool", || spool.is_dir() && spooled(&spool) == 1);
    server.kill();
    std::fs::write(spool.join("tickets_torn.pdf.new"), "half a file").unwrap();
    case.storage.set_fault(Fault::Pass);
    let _server = case.start(&keys);
    case.is_stored();
    eventually("the spool is empty", || spool.read_dir().unwrap().count() == 0);
}

#[test]
fn a_server_killed_while_it_removes_a_file_removes_it_later() {
    let case = Process::prepared();
    let mut server = case.start(&case.keys());
    case.is_stored();
    case.storage.set_fault(Fault::Silent);
    case.database.execute("UPDATE registrations SET status = 3 /* cancelled */");
    case.database.execute("UPDATE documents SET state = 4 /* withdrawn */, due_at = now()");
    eventually("the removal is under way", || case.storage.requests("DELETE") > 0);
    server.kill();
    case.storage.set_fault(Fault::Pass);
    let _server = case.start(&case.keys());
    let waiting = "SELECT count(*) FROM documents WHERE storage_key IS NOT NULL";
    eventually("the file is removed", || case.database.number(waiting) == 0);
    assert!(case.storage.keys("tickets/").is_empty());
}

/// Returns the path of libfaketime, which makes a process see another time, as Debian installs it.
fn faketime() -> PathBuf {
    let folders = std::fs::read_dir("/usr/lib").unwrap().map(|entry| entry.unwrap().path());
    let library = folders.map(|folder| folder.join("faketime/libfaketimeMT.so.1")).find(|path| path.exists());
    library.expect("the tests need libfaketime: script/test installs it")
}

#[test]
fn a_clock_that_is_two_hours_off_does_no_harm() {
    for off in ["-2h", "+2h"] {
        let case = Process::prepared();
        let library = faketime();
        let faked = [("LD_PRELOAD", library.to_str().unwrap()), ("FAKETIME", off), ("DONT_FAKE_MONOTONIC", "1")];
        let server = case.start(&[&case.keys()[..], &faked].concat());
        case.is_stored();
        let redirect = server.client.get(&case.person.pdf_path()).expect(302);
        let link = redirect.header("location").unwrap();
        qpdf_check(&Client::new("").get(link).expect(200).body);
    }
}

#[test]
fn credentials_that_change_are_picked_up() {
    let case = Process::prepared();
    let file = case.data.path().join("credentials");
    let write = |secret: &str| {
        let id = &case.storage.access_key;
        let text = format!("[default]\naws_access_key_id = {id}\naws_secret_access_key = {secret}\n");
        std::fs::write(&file, text).unwrap();
    };
    write("outdated");
    let name = file.to_str().unwrap();
    let _server = case.start(&[("AWS_SHARED_CREDENTIALS_FILE", name)]);
    eventually("the credentials are refused", || {
        let refused = "SELECT count(*) FROM documents WHERE error LIKE '%SignatureDoesNotMatch%'";
        case.database.number(refused) == 1
    });
    assert_eq!(
        case.database.number("SELECT count(*) FROM documents WHERE failures > 0"),
        0,
        "refused credentials are no failure of the file"
    );
    write(&case.storage.secret_key);
    case.is_stored();
}
