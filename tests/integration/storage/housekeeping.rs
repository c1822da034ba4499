//! Housekeeping: comparing storage with the rows, retention, and shortening of addresses.

use std::{fs, process::Command};

use serde_json::{Value, json};

use super::{Process, register, stored};
use crate::support::{
    Registration, Server, Storage, cluster, command, decode_codes, eventually, gate_accepts, qpdf_check,
};

const EVERY_SECOND: (&str, &str) = ("housekeeper.interval_seconds", "1");
/// Objects without a row are removed however young they are, such as those whose upload is not recorded yet: only for
/// tests of that, which upload nothing meanwhile.
const NO_GRACE: (&str, &str) = ("housekeeper.grace_seconds", "0");

fn tidy_server(storage: &Storage, more: &[(&str, &str)]) -> Server {
    Server::with(&[&storage.settings()[..], &[EVERY_SECOND], more].concat())
}

/// Waits for a whole round of housekeeping, which has begun after this call and ended.
fn wait_for_a_round(server: &Server) {
    let token = || -> Option<String> {
        let rows = server.database.rows("SELECT token::text FROM leases WHERE name = 'housekeeping'", &[]);
        rows.first().map(|row| row.get(0))
    };
    // The second of two rounds begins once the first has ended.
    for _ in 0..2 {
        let before = token();
        eventually("a round of housekeeping begins", || token() != before);
    }
}

/// Makes files old enough to be compared.
fn age(server: &Server) {
    server.database.execute("UPDATE documents SET stored_at = stored_at - interval '1 hour'");
}

#[test]
fn what_was_done_behind_its_back_is_put_right() {
    let storage = Storage::start();
    let first = Server::with(&storage.settings());
    let event = first.event(json!({}));
    let people = register(&event, 6);
    eventually("all is stored", || stored(&first) == 6);
    let server = Server::on(
        cluster().existing(first.database.url.clone()),
        &[&storage.settings()[..], &[EVERY_SECOND, NO_GRACE]].concat(),
    );
    eventually("the bucket belongs to this database", || storage.keys("onsale/").contains(&"onsale/owner".to_owned()));
    let path = |index: usize| storage.folder.join(format!("tickets/{}.pdf", people[index].id));
    fs::remove_file(path(0)).unwrap();
    fs::write(path(1), &fs::read(path(1)).unwrap()[..1000]).unwrap();
    fs::write(path(2), "another file").unwrap();
    let ours = format!("tickets/{}.pdf", people[3].id);
    storage.write_like(&ours, "tickets/NOBODY-0001.pdf", "no row's");
    let unknown = format!("registrations/{}-0001/tickets/00000000-0000-4000-8000-000000000000.pdf", event.code);
    storage.write_like(&ours, &unknown, "no row's either");
    // These only look like ours; the last one has a key of ours, but not our metadata.
    let foreign = ["invoices/2019/annual-accounts.pdf", "tickets/price list.pdf", "tickets/STRANGE-0001.pdf"];
    for key in foreign {
        fs::create_dir_all(storage.folder.join(key).parent().unwrap()).unwrap();
        fs::write(storage.folder.join(key), "not ours").unwrap();
    }
    age(&server);
    eventually("every file is restored, and no other of ours is left", || {
        let whole = |index: usize| fs::read(path(index)).is_ok_and(|pdf| pdf.len() > 10_000);
        (0..6).all(whole) && storage.keys("tickets/").len() == 8 && storage.keys("registrations/").is_empty()
    });
    for key in foreign {
        assert_eq!(storage.object(key), b"not ours");
    }
    assert_eq!(storage.object("trash/tickets/NOBODY-0001.pdf"), b"no row's", "what is removed can be brought back");
    eventually("the rows say so", || stored(&server) == 6);
    for person in &people {
        qpdf_check(&person.stored_pdf(&server));
    }
    let found = |name: &str| server.metric("onsale_reconciler_findings_total", name);
    assert!(found("missing") >= 1.0 && found("damaged") >= 2.0 && found("orphan") >= 2.0);
    let audit =
        server.database.rows("SELECT detail->'keys' FROM audit_log WHERE action = 'storage.remove_orphans'", &[]);
    let keys: Vec<String> =
        audit.iter().flat_map(|row| serde_json::from_value::<Vec<String>>(row.get(0)).unwrap()).collect();
    assert!(keys.contains(&"tickets/NOBODY-0001.pdf".to_owned()), "{keys:?}");
    let refused =
        "DO $$ BEGIN DELETE FROM audit_log; RAISE EXCEPTION 'not refused'; EXCEPTION WHEN raise_exception THEN
        IF SQLERRM LIKE 'not%' THEN RAISE; END IF; END $$";
    server.database.execute(refused);
}

#[test]
fn the_tag_of_an_upload_is_recorded() {
    // The tag of the upload is compared with the tag in the list. The embedded storage lists no tags, rclone and moto
    // do (see `servers`): here the tag of the upload is checked.
    let storage = Storage::start();
    let server = Server::with(&storage.settings());
    let event = server.event(json!({}));
    let ada = event.register(&["Ada"]);
    ada.stored_pdf(&server);
    let tag = server.database.rows("SELECT tag FROM documents", &[])[0].get::<_, Option<String>>(0).unwrap();
    let digest = Command::new("md5sum").arg(storage.folder.join(format!("tickets/{}.pdf", ada.id))).output().unwrap();
    assert!(String::from_utf8(digest.stdout).unwrap().starts_with(&tag), "{tag}");
}

#[test]
fn outdated_files_are_made_anew_before_they_are_asked_for() {
    let storage = Storage::start();
    let server = tidy_server(&storage, &[]);
    let event = server.event(json!({}));
    let people = register(&event, 3);
    eventually("all is stored", || stored(&server) == 3);
    let before: Vec<_> = storage.keys("tickets/").iter().map(|key| storage.object(key)).collect();
    server.organizer.patch(&event.path(""), &json!({"venue": {"name": "Rose Garden"}})).expect(200);
    eventually("every file is another one", || {
        let now: Vec<_> = storage.keys("tickets/").iter().map(|key| storage.object(key)).collect();
        before.iter().zip(&now).all(|(before, now)| before != now)
    });
    // A change that does not show on tickets makes no file anew.
    eventually("all is stored again", || stored(&server) == 3);
    let newest = || server.database.rows("SELECT max(stored_at)::text FROM documents", &[])[0].get::<_, String>(0);
    let before = newest();
    server.organizer.patch(&event.path(""), &json!({"salesCloseAt": "2026-12-31T00:00:00Z"})).expect(200);
    eventually("the files are known to be current", || {
        let old = "SELECT count(*) FROM documents d JOIN events e USING (event_key) WHERE d.revision <> e.revision";
        server.database.number(old) == 0
    });
    assert_eq!(newest(), before, "no file is stored again");
    drop(people);
}

#[test]
fn files_go_when_their_time_is_over_and_the_log_says_so() {
    let storage = Storage::start();
    let days = [("retention.tickets_days", "30"), ("retention.invoices_days", "30")];
    let server = tidy_server(&storage, &days);
    let recent = server.event(json!({"startsAt": "2030-01-01T00:00:00Z", "endsAt": "2030-01-02T00:00:00Z"}));
    let over = server.event(json!({"startsAt": "2020-01-01T00:00:00Z", "endsAt": "2020-01-02T00:00:00Z"}));
    let (kept, gone) = (recent.register(&["Ada"]), over.register(&["Grace"]));
    let invoice = json!({
        "shopId": "s", "orderId": "o", "packageId": "p", "sequenceNumber": 1, "issuedAt": "2020-01-01T00:00:00Z",
        "seller": {"name": "S"}, "buyer": {"name": "B"}, "currency": "EUR",
        "lines": [{"description": "x", "quantity": 1, "unitPrice": 100}],
    });
    server.organizer.post("/api/invoices", &invoice).expect(201);
    eventually("old files are removed", || {
        let keys = [storage.keys("tickets/"), storage.keys("invoices/")].concat();
        keys == [format!("tickets/{}.pdf", kept.id)]
    });
    eventually("the invoice's row is removed", || server.database.number("SELECT count(*) FROM invoices") == 0);
    eventually("the ticket is withdrawn", || gone.document(&server) == "withdrawn");
    qpdf_check(&server.client.get(&gone.pdf_path()).expect(200).body);
    assert_eq!(gone.document(&server), "withdrawn");
    let entries = "SELECT count(*) FROM audit_log WHERE action = 'storage.retention'";
    eventually("the removals are audited", || server.database.number(entries) >= 2);
}

#[test]
fn addresses_are_shortened_and_user_agents_forgotten() {
    let storage = Storage::start();
    let server =
        tidy_server(&storage, &[("server.trusted_proxies", "127.0.0.0/8"), ("downloads.shorten_after_days", "7")]);
    let event = server.event(json!({}));
    let ada = event.register(&["Ada"]);
    for address in ["203.0.113.77", "2001:db8:1:2:3:4:5:6"] {
        let headers = [("x-forwarded-for", address), ("user-agent", "a phone")];
        server.client.send("GET", &ada.ticket_path(0, "/pdf"), &headers, None);
    }
    eventually("the downloads are recorded", || server.database.number("SELECT count(*) FROM downloads") == 2);
    server.database.execute("UPDATE downloads SET at = at - interval '8 days'");
    eventually("the addresses are shortened", || {
        let rows = server.database.rows("SELECT address::text, user_agent FROM downloads ORDER BY 1", &[]);
        let shown: Vec<(String, Option<String>)> = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
        shown == [("2001:db8:1::/48".to_owned(), None), ("203.0.113.0/24".to_owned(), None)]
    });
}

#[test]
fn nothing_is_removed_where_another_database_keeps_its_files() {
    let storage = Storage::start();
    let first = tidy_server(&storage, &[]);
    let event = first.event(json!({"code": "SHARED"}));
    let ada = event.register(&["Ada"]);
    ada.stored_pdf(&first);
    eventually("the bucket belongs to the first database", || {
        storage.keys("onsale/").contains(&"onsale/owner".to_owned())
    });
    let found = |server: &Server| server.metric("onsale_reconciler_findings_total", "orphan");
    let before = found(&first);
    let second = tidy_server(&storage, &[NO_GRACE, ("storage.allow_foreign", "true")]);
    wait_for_a_round(&second);
    assert!(found(&second) > before, "the second database has no row of the file");
    qpdf_check(&ada.stored_pdf(&first));
}

#[test]
fn a_bucket_with_unknown_objects_is_left_alone() {
    let storage = Storage::start();
    fs::create_dir_all(storage.folder.join("tickets")).unwrap();
    fs::write(storage.folder.join("tickets/OTHER-0001.pdf"), "another program's").unwrap();
    let server = tidy_server(&storage, &[NO_GRACE]);
    let event = server.event(json!({}));
    event.register(&["Ada"]).stored_pdf(&server);
    let found = || server.metric("onsale_reconciler_findings_total", "orphan");
    let before = found();
    for _ in 0..2 {
        wait_for_a_round(&server);
    }
    assert!(found() >= before + 2.0);
    assert!(storage.keys("onsale/").is_empty(), "the bucket is not taken over");
    assert_eq!(storage.object("tickets/OTHER-0001.pdf"), b"another program's");
}

#[test]
fn the_command_finds_what_is_wrong_and_puts_it_right() {
    let case = Process::prepared();
    let server = case.start(&case.keys());
    case.is_stored();
    let check = |arguments: &[&str]| {
        let output = case.command(&["storage", "check", "--grace-seconds", "0"]).args(arguments).output().unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    let (code, out, said) = check(&[]);
    assert_eq!(code, Some(0), "{out}{said}");
    assert!(out.contains("rows\t1\n"), "{out}");
    assert!(case.storage.keys("onsale/").is_empty(), "a check without --repair takes nothing over");
    assert_eq!(check(&["--repair"]).0, Some(0));

    let key = format!("tickets/{}.pdf", case.person.id);
    fs::remove_file(case.storage.folder.join(&key)).unwrap();
    fs::write(case.storage.folder.join("tickets/NOBODY-0001.pdf"), "no row's").unwrap();
    case.database.execute("UPDATE documents SET stored_at = stored_at - interval '1 hour'");
    let (code, out, said) = check(&[]);
    assert_eq!(code, Some(1), "{out}");
    assert!(out.contains("missing\t1\n") && out.contains("orphan\t1\n") && out.contains(&key), "{out}");
    assert!(said.contains("--repair puts it right"), "{said}");
    let (code, out, _) = check(&["--repair"]);
    assert_eq!(code, Some(0), "{out}");
    assert!(out.contains("missing\t1\t1 put right") && out.contains("orphan\t1\t1 put right"), "{out}");
    case.is_stored();
    drop(server);

    let usage = case.command(&["storage", "usage"]).output().unwrap();
    let usage = String::from_utf8(usage.stdout).unwrap();
    assert!(usage.contains("tickets\t1 objects") && usage.contains("estimate\t0.0"), "{usage}");
}

#[test]
fn an_invoice_whose_server_was_killed_before_its_row_is_cleaned_up() {
    let case = Process::prepared();
    let settings = [("ONSALE_ADMIN_TOKEN", "onsale_the-token-of-the-tests")];
    let mut server = case.start(&[&case.keys()[..], &settings].concat());
    assert!(case.command(&["storage", "adopt"]).status().unwrap().success());
    let lock = case.database.session();
    lock.execute("BEGIN; LOCK TABLE invoices IN EXCLUSIVE MODE");
    let organizer = server.client.with_token("onsale_the-token-of-the-tests");
    let invoice = json!({
        "shopId": "s", "orderId": "o", "packageId": "p", "sequenceNumber": 1, "issuedAt": "2025-01-01T00:00:00Z",
        "seller": {"name": "S"}, "buyer": {"name": "B"}, "currency": "EUR",
        "lines": [{"description": "x", "quantity": 1, "unitPrice": 100}],
    });
    let key = "invoices/tiktok/s/o/p/1.pdf";
    let body = invoice.to_string();
    std::thread::scope(|scope| {
        let asking = scope.spawn(|| organizer.try_send("POST", "/api/invoices", &[], Some(body.as_bytes())).is_err());
        eventually("the object is there, and its row waits", || {
            storage_has(&case.storage, key) && case.database.lock_waiters("invoices") > 0
        });
        server.kill();
        assert!(asking.join().unwrap(), "the client gets no answer");
    });
    // The statement of the killed server must not take effect once the lock is released.
    case.database.end_server_sessions();
    lock.execute("ROLLBACK");
    assert_eq!(case.database.number("SELECT count(*) FROM invoices"), 0);
    let server = case.start(&[&case.keys()[..], &settings].concat());
    let organizer = server.client.with_token("onsale_the-token-of-the-tests");
    organizer.get("/api/invoices/s/o/p/1").problem(404, "not_found");
    let cleaned = case.command(&["storage", "check", "--repair", "--grace-seconds", "0"]).output().unwrap();
    assert!(cleaned.status.success(), "{}", String::from_utf8_lossy(&cleaned.stdout));
    assert!(!storage_has(&case.storage, key));
    organizer.post("/api/invoices", &invoice).expect(201);
    assert!(storage_has(&case.storage, key));
}

/// True if storage has this invoice.
fn storage_has(storage: &Storage, key: &str) -> bool {
    storage.keys("invoices/").iter().any(|known| known == key)
}

#[test]
fn the_policies_for_a_bucket_are_printed() {
    let data = tempfile::tempdir().unwrap();
    let print = |arguments: &[&str]| -> Value {
        let output = command(data.path())
            .args(["storage", "policy"])
            .args(arguments)
            .env("S3_BUCKET_NAME", "gardenia")
            .env("PUBLIC_BASE_URL", "https://tickets.example")
            .env("ONSALE_STORAGE_PLACES", "invoices=receipts")
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    };
    let all = print(&[]);
    assert_eq!(all["public-access-block"]["RestrictPublicBuckets"], true);
    assert_eq!(all["cors"]["CORSRules"][0]["AllowedOrigins"], json!(["https://tickets.example"]));
    assert!(all["lifecycle"]["Rules"][0]["AbortIncompleteMultipartUpload"]["DaysAfterInitiation"].is_number());
    let iam = print(&["--part", "iam"]);
    assert_eq!(iam, all["iam"]);
    assert!(iam.to_string().contains("arn:aws:s3:::receipts/invoices/*"), "{iam}");
}

#[test]
fn a_bucket_of_another_installation_is_refused_at_start() {
    let storage = Storage::start();
    let first = tidy_server(&storage, &[]);
    first.event(json!({})).register(&["Ada"]).stored_pdf(&first);
    eventually("the bucket belongs to the first database", || {
        storage.keys("onsale/").contains(&"onsale/owner".to_owned())
    });
    let data = tempfile::tempdir().unwrap();
    let other = cluster().database();
    let variables = [
        ("DATABASE_URL", other.url.as_str()),
        ("AWS_ENDPOINT_URL_S3", &storage.endpoint),
        ("AWS_ACCESS_KEY_ID", &storage.access_key),
        ("AWS_SECRET_ACCESS_KEY", &storage.secret_key),
        ("S3_BUCKET_NAME", "onsale"),
        ("ONSALE_SECRET", "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3JldA=="),
        ("BIND", "127.0.0.1:0"),
        ("OPS_BIND", "127.0.0.1:0"),
    ];
    let refused = crate::support::command(data.path()).arg("serve").envs(variables).output().unwrap();
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(refused.status.code() == Some(1) && said.contains("another installation owns"), "{said}");
}

#[test]
fn a_database_restored_from_a_backup_removes_nothing() {
    let storage = Storage::start();
    let server = tidy_server(&storage, &[NO_GRACE]);
    let event = server.event(json!({}));
    let ada = event.register(&["Ada"]);
    ada.stored_pdf(&server);
    let ours = format!("tickets/{}.pdf", ada.id);
    eventually("the bucket has a mark", || storage.keys("onsale/").contains(&"onsale/high-water-mark".to_owned()));
    // A later state of this database wrote a mark and a file that this state does not know.
    let newer = "tickets/NOBODY-0001.pdf".to_owned();
    fs::write(storage.folder.join("onsale/high-water-mark"), format!("1 999999 {}", "0".repeat(64))).unwrap();
    storage.write_like(&ours, &newer, "of a registration after the backup");
    for _ in 0..2 {
        wait_for_a_round(&server);
    }
    assert_eq!(storage.object(&newer), b"of a registration after the backup");
    // Without a mark, an object of a number that was not sold yet tells the same.
    fs::remove_file(storage.folder.join("onsale/high-water-mark")).unwrap();
    let unsold = format!("tickets/{}-0002.pdf", event.code);
    storage.write_like(&ours, &unsold, "of a registration after the backup");
    for _ in 0..2 {
        wait_for_a_round(&server);
    }
    assert_eq!(storage.object(&unsold), b"of a registration after the backup");
}

#[test]
fn old_jobs_and_records_of_downloads_are_deleted() {
    let storage = Storage::start();
    let server = tidy_server(&storage, &[("retention.jobs_days", "10"), ("retention.downloads_days", "10")]);
    let event = server.event(json!({}));
    let ada = event.register(&["Ada"]);
    ada.stored_pdf(&server);
    let job = server.organizer.send("POST", &event.path("/regenerations"), &[], None).expect(202).json();
    let path = format!("/api/jobs/{}", job["jobId"].as_str().unwrap());
    eventually("the job is over", || server.organizer.get(&path).json()["status"] == "completed");
    eventually("the download is recorded", || server.database.number("SELECT count(*) FROM downloads") > 0);
    for _ in 0..2 {
        wait_for_a_round(&server);
    }
    server.organizer.get(&path).expect(200);
    server.database.execute("UPDATE jobs SET finished_at = finished_at - interval '11 days'");
    server.database.execute("UPDATE downloads SET at = at - interval '11 days'");
    eventually("both are gone", || {
        server.organizer.get(&path).status == 404 && server.database.number("SELECT count(*) FROM downloads") == 0
    });
}

#[test]
fn signing_keys_are_encrypted_again_when_the_secret_is_replaced() {
    let case = Process::prepared();
    let server = case.start(&case.keys());
    case.is_stored();
    let slug = case.database.rows("SELECT slug FROM events", &[])[0].get::<_, String>(0);
    let keys = server.client.get(&format!("/api/events/{slug}/keys")).expect(200).json();
    drop(server);

    let new = ("ONSALE_SECRET", "YW5vdGhlci1zZWNyZXQtYW5vdGhlci1zZWNyZXQtYW5vdGhlcg==");
    let reseal = |more: &[(&str, &str)]| {
        let output = case.command(&["secret", "reseal"]).envs([new]).envs(more.iter().copied()).output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (output.status.code(), text(output.stdout), text(output.stderr))
    };
    let (code, _, said) = reseal(&[]);
    assert_eq!(code, Some(1), "without the former secret the keys cannot be opened: {said}");
    let former = ("ONSALE_PREVIOUS_SECRET", case.variables()[2].1);
    let (code, out, said) = reseal(&[former]);
    assert_eq!(
        (code, out.as_str()),
        (Some(0), "encrypted 1 signing keys and 0 second factors with ONSALE_SECRET\n"),
        "{said}"
    );
    assert_eq!(reseal(&[]).0, Some(0), "the former secret is not needed any more");

    // A server that knows only the new secret signs with the same keys.
    let server = case.start(&[&case.keys()[..], &[new]].concat());
    assert_eq!(server.client.get(&format!("/api/events/{slug}/keys")).expect(200).json(), keys);
    let body = json!({"event": slug, "attendees": [{"name": "Grace", "email": "grace@example.com"}]});
    let grace = Registration::of(&server.client.post("/api/register", &body).expect(201));
    let pdf = server.client.get(&grace.pdf_path()).expect(200).body;
    assert!(gate_accepts(&keys, &decode_codes(&pdf)[0]).is_some());
}
