//! A storage that misbehaves.

use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

use serde_json::json;

use super::{Process, register, server_on, stored};
use crate::support::{Client, Fault, Storage, eventually, qpdf_check};

#[test]
fn an_outage_is_not_noticed_and_everything_is_stored_afterwards() {
    for fault in [Fault::Refuse, Fault::Silent] {
        let storage = Storage::start();
        let server = server_on(&storage, &[]);
        let event = server.event(json!({}));
        storage.set_fault(fault.clone());
        let people = register(&event, 30);
        eventually("storage is known to be away", || server.metric("onsale_storage_away", "") == 1.0);
        let (asked, begun) = (storage.connections(), Instant::now());
        for person in &people {
            qpdf_check(&server.client.get(&person.pdf_path()).expect(200).body);
        }
        let late = event.register(&["Late"]);
        qpdf_check(&server.client.get(&late.pdf_path()).expect(200).body);
        while begun.elapsed() < Duration::from_secs(3) {
            std::thread::sleep(Duration::from_millis(50));
        }
        let probes = storage.connections() - asked;
        let allowed = begun.elapsed().as_secs() + 2;
        assert!((1..=allowed).contains(&probes), "{probes} probes in {:?}: {fault:?}", begun.elapsed());
        assert_eq!(stored(&server), 0);

        storage.set_fault(Fault::Pass);
        eventually("all is stored", || stored(&server) == 31);
        assert_eq!(server.metric("onsale_storage_away", ""), 0.0);
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
    // One at a time shows the order.
    let server = server_on(&storage, &[("uploader.in_flight", "1"), ("registrar.surge", "1")]);
    let event = server.event(json!({}));
    storage.set_fault(Fault::Refuse);
    register(&event, 20);
    eventually("all is promised", || server.database.number("SELECT count(*) FROM documents") == 20);
    storage.set_fault(Fault::Pass);
    eventually("all is stored", || stored(&server) == 20);
    let rows = server.database.rows("SELECT number FROM documents ORDER BY stored_at, number", &[]);
    let order: Vec<i32> = rows.iter().map(|row| row.get(0)).collect();
    // The one that found out whether storage is back may have been any; the others come as they came.
    let early = order.iter().take(10).filter(|number| **number <= 12).count();
    assert!(early >= 8, "{order:?}");
}

#[test]
fn a_storage_that_asks_for_less_gets_less_and_gets_all() {
    let storage = Storage::start();
    let server = server_on(&storage, &[("storage.operation_ms", "10000")]);
    let event = server.event(json!({}));
    storage.set_fault(Fault::SlowDown(50));
    register(&event, 60);
    eventually("the window was cut", || server.metric("onsale_storage_window_requests", "") < 8.0);
    eventually("all is stored all the same", || stored(&server) == 60);
    assert!(server.metric("onsale_s3_retries_total", "put") > 0.0);
    assert!(server.metric("onsale_s3_requests_total", "slow_down") > 0.0);
    assert_eq!(
        server.database.number("SELECT count(*) FROM documents WHERE state = 3 /* failed */ OR failures > 0"),
        0
    );
}

#[test]
fn a_slow_storage_holds_nobody_up() {
    let storage = Storage::start();
    let server = server_on(&storage, &[]);
    let event = server.event(json!({}));
    storage.set_fault(Fault::Slow(Duration::from_millis(150)));
    for person in register(&event, 20) {
        let begun = Instant::now();
        let answer = server.client.get(&person.pdf_path());
        assert!([200, 302].contains(&answer.status));
        assert!(begun.elapsed() < Duration::from_millis(1500), "nobody waits for storage");
    }
    eventually("all is stored", || stored(&server) == 20);
}

#[test]
fn credentials_that_storage_refuses_are_no_fault_of_the_files() {
    let storage = Storage::start();
    let server = server_on(&storage, &[("renderer.max_failures", "1")]);
    let event = server.event(json!({}));
    storage.set_fault(Fault::InvalidKey);
    let people = register(&event, 10);
    eventually("storage counts as away", || server.metric("onsale_storage_away", "") == 1.0);
    assert_eq!(server.database.number("SELECT count(*) FROM documents WHERE state = 3"), 0);
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
        eventually("they lie there, and nobody knows", || storage.keys("tickets/").len() == 5);
        assert_eq!(stored(&server), 0);
        let before: Vec<_> = storage.keys("tickets/").iter().map(|key| storage.object(key)).collect();
        storage.set_fault(Fault::Pass);
        eventually("they are known", || stored(&server) == 5);
        let after: Vec<_> = storage.keys("tickets/").iter().map(|key| storage.object(key)).collect();
        assert!(before == after, "the same again");
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
    eventually("it was seen", || {
        server.database.number("SELECT count(*) FROM documents WHERE error LIKE '%not what was put%'") == 1
    });
    assert_ne!(ada.document(&server), "stored");
    storage.set_fault(Fault::Pass);
    qpdf_check(&ada.stored_pdf(&server));

    // Some servers' tags are no digests: then what lies there is read back, and good.
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
    eventually("it is set aside", || ada.document(&server) == "failed");
    eventually("somebody is told", || server.metric("onsale_documents_failed", "") == 1.0);
    let failed = server.organizer.get(&event.path("/documents?status=failed")).expect(200).json();
    let document = &failed["items"][0];
    assert_eq!((&document["registrationId"], &document["kind"]), (&json!(ada.id), &json!("tickets")));
    assert!(document["error"].as_str().unwrap().contains("not what was put"), "{document}");
    qpdf_check(&server.client.get(&ada.pdf_path()).expect(200).body);
    storage.set_fault(Fault::Pass);
    let other = server.other_organizer("Eve", &["registrations:write", "registrations:read"]);
    other.send("POST", &event.path("/documents/retry"), &[], None).problem(404, "not_found");
    let again = server.organizer.send("POST", &event.path("/documents/retry"), &[], None).expect(200).json();
    assert!(again["documents"].as_u64().unwrap() <= 1, "the download may have been quicker");
    qpdf_check(&ada.stored_pdf(&server));
    let none = server.organizer.get(&event.path("/documents?status=failed")).expect(200).json();
    assert_eq!(none["items"], json!([]));
}

#[test]
fn what_storage_does_not_take_waits_in_the_spool() {
    let storage = Storage::start();
    let data = tempfile::tempdir().unwrap();
    let folder = data.path().to_str().unwrap();
    let server = server_on(&storage, &[("spool.mb", "1"), ("server.data_dir", folder)]);
    let event = server.event(json!({}));
    storage.set_fault(Fault::Refuse);
    let people = register(&event, 10);
    let waiting = || std::fs::read_dir(data.path().join("spool")).unwrap().count();
    eventually("they are spooled", || waiting() == 10);
    qpdf_check(&server.client.get(&people[0].pdf_path()).expect(200).body);
    assert!(server.metric("onsale_downloads_total", "disk") >= 1.0, "it was not rendered again");
    assert!(server.metric("onsale_spool_bytes", "") > 100_000.0);
    storage.set_fault(Fault::Pass);
    eventually("all is stored", || stored(&server) == 10);
    eventually("the spool is empty again", || waiting() == 0);
}

#[test]
fn a_full_spool_changes_nothing() {
    let storage = Storage::start();
    let data = tempfile::tempdir().unwrap();
    let server = server_on(&storage, &[("spool.mb", "1"), ("server.data_dir", data.path().to_str().unwrap())]);
    let event = server.event(json!({}));
    storage.set_fault(Fault::Refuse);
    let people = register(&event, 90);
    eventually("it is full", || server.metric("onsale_spool_refused_total", "") > 0.0);
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
        assert_eq!(case.database.number("SELECT count(*) FROM documents WHERE state = 1"), 1);
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
    eventually("it is in the spool", || spool.read_dir().is_ok_and(|mut files| files.next().is_some()));
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
    case.database.execute("UPDATE registrations SET status = 3");
    case.database.execute("UPDATE documents SET state = 4, due_at = now()");
    eventually("the removal is under way", || case.storage.requests("DELETE") > 0);
    server.kill();
    case.storage.set_fault(Fault::Pass);
    case.database.execute("UPDATE documents SET due_at = now()");
    let _server = case.start(&case.keys());
    let waiting = "SELECT count(*) FROM documents WHERE storage_key IS NOT NULL";
    eventually("it is removed", || case.database.number(waiting) == 0);
    assert!(case.storage.keys("tickets/").is_empty());
}

/// The library that shows a process another time, as Debian installs it.
fn faketime() -> PathBuf {
    let folders = std::fs::read_dir("/usr/lib").unwrap().map(|entry| entry.unwrap().path());
    let library = folders.map(|folder| folder.join("faketime/libfaketimeMT.so.1")).find(|path| path.exists());
    library.expect("libfaketime is installed: script/test does that")
}

#[test]
fn a_clock_two_hours_off_is_no_trouble() {
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
    eventually("they are refused", || {
        let refused = "SELECT count(*) FROM documents WHERE error LIKE '%SignatureDoesNotMatch%'";
        case.database.number(refused) == 1
    });
    assert_eq!(
        case.database.number("SELECT count(*) FROM documents WHERE failures > 0"),
        0,
        "it is not the file's fault"
    );
    write(&case.storage.secret_key);
    case.is_stored();
}
