//! Archives: all tickets of an event in one file.

use std::process::Command;

use serde_json::{Value, json};

use super::{counts, finished, insert_registrations, job, unlimited_event};
use crate::support::{Client, Server, Storage, eventually, qpdf_check, run_on_file};

/// Checks an archive with Python's zipfile: files, checksums and index. Returns its bytes.
pub(super) fn check_zip(url: &str, code: &str, tickets: usize) -> Vec<u8> {
    let zip = Client::new("").get(url).expect(200);
    assert_eq!(zip.header("content-type"), Some("application/zip"));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tickets.zip");
    std::fs::write(&path, &zip.body).unwrap();
    let program = "
import csv, io, json, sys, zipfile
archive = zipfile.ZipFile(sys.argv[1])
assert archive.testzip() is None
names = archive.namelist()
assert len(names) == len(set(names))
rows = list(csv.DictReader(io.TextIOWrapper(archive.open('index.csv'), 'utf-8')))
files = {row['file'] for row in rows if row['file']}
assert files == set(names) - {'index.csv'}, (len(files), len(names))
assert all(archive.read(name).startswith(b'%PDF-') for name in list(files)[:200])
print(json.dumps({'names': names[:3], 'rows': rows[:3], 'count': len(rows)}))
";
    let output = Command::new("python3").args(["-c", program, path.to_str().unwrap()]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let seen: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(seen["count"], json!(tickets));
    assert_eq!(seen["rows"][0]["label"], json!(format!("{code}-0001-1")));
    zip.body
}

#[test]
fn a_zip_has_a_file_for_each_ticket_and_a_list_of_them() {
    let storage = Storage::start();
    let server = Server::with(&storage.settings());
    let event = unlimited_event(&server);
    for names in [vec!["=Ada/../Lovelace", "王小明"], vec!["محمد", "🎉"]] {
        event.register(&names);
    }
    let begun = server.organizer.post(&event.path("/archives"), &json!({})).expect(202).json();
    let done = finished(&server.organizer, &begun);
    assert_eq!((&done["status"], counts(&done)), (&json!("completed"), [4, 4, 0, 0]), "{done}");
    let url = done["resultUrl"].as_str().unwrap();
    assert!(url.contains("archives/") && url.contains("X-Amz-Expires"), "{url}");
    assert!(done["resultUrlExpiresAt"].is_string() && done["resultKeptUntil"].is_string());
    let zip = check_zip(url, &event.code, 4);
    assert_eq!(done["resultBytes"], json!(zip.len()));
    let listed = run_on_file("python3", &zip, &["-m", "zipfile", "-l", "FILE"]);
    let listed = String::from_utf8(listed).unwrap();
    for name in ["-0001-1 Ada_.._Lovelace.pdf", "-0001-2 王小明.pdf", "-0002-1 محمد.pdf", "-0002-2.pdf", "index.csv"]
    {
        assert!(listed.contains(&format!("{name} ")), "{name} in {listed}");
    }
}

#[test]
fn an_archive_of_several_parts_is_whole() {
    let storage = Storage::start();
    let server = Server::with(&[&storage.settings()[..], &[("storage.part_mb", "5")]].concat());
    let event = unlimited_event(&server);
    insert_registrations(&server.database, &event.code, 800, 1);
    let begun = server.organizer.post(&event.path("/archives"), &json!({"format": "zip"})).expect(202).json();
    let done = finished(&server.organizer, &begun);
    assert_eq!(counts(&done), [800, 800, 0, 0], "{done}");
    let zip = check_zip(done["resultUrl"].as_str().unwrap(), &event.code, 800);
    assert!(zip.len() > 10 << 20, "at least three parts");
}

#[test]
fn a_document_to_be_printed_has_a_page_for_each_ticket() {
    let storage = Storage::start();
    let server = Server::with(&[&storage.settings()[..], &[("storage.part_mb", "5")]].concat());
    let event = unlimited_event(&server);
    insert_registrations(&server.database, &event.code, 300, 2);
    let begun = server.organizer.post(&event.path("/archives"), &json!({"format": "pdf"})).expect(202).json();
    let done = finished(&server.organizer, &begun);
    assert_eq!((&done["status"], counts(&done)), (&json!("completed"), [600, 600, 0, 0]), "{done}");
    let pdf = Client::new("").get(done["resultUrl"].as_str().unwrap()).expect(200).body;
    qpdf_check(&pdf);
    let pages = String::from_utf8(run_on_file("qpdf", &pdf, &["--show-npages", "FILE"])).unwrap();
    assert_eq!(pages.trim(), "600");
}

#[test]
fn an_old_archive_is_removed_and_a_cancelled_one_leaves_nothing() {
    let storage = Storage::start();
    let server = Server::with(&[&storage.settings()[..], &[("housekeeper.interval_seconds", "1")]].concat());
    let event = unlimited_event(&server);
    event.register(&["Ada"]);
    let begun = server.organizer.post(&event.path("/archives"), &json!({})).expect(202).json();
    finished(&server.organizer, &begun);
    assert_eq!(storage.keys("archives/").len(), 1);
    server.database.execute("UPDATE jobs SET result_until = now()");
    eventually("the archive is removed from storage", || storage.keys("archives/").is_empty());
    eventually("the job has no result any more", || job(&server.organizer, &begun)["resultUrl"] == Value::Null);
    assert_eq!(job(&server.organizer, &begun)["status"], "completed");
    let removed = "SELECT count(*) FROM audit_log WHERE action = 'storage.remove_archive'";
    eventually("the removal is audited", || server.database.number(removed) == 1);
}
