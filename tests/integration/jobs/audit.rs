//! The audit log: entries are chained, so that a change of the log is found.

use serde_json::json;

use super::{finished, regenerate, unlimited_event};
use crate::support::{Server, command};

#[test]
fn what_organizers_do_is_written_down_and_chained() {
    let server = Server::start();
    let event = unlimited_event(&server);
    let ada = event.register(&["Ada"]);
    server.organizer.patch(&event.path(""), &json!({"title": "Another"})).expect(200);
    let a4 = server.client.get("/api/layouts/a4").expect(200).body;
    server.organizer.send("PUT", &event.path("/layout"), &[], Some(&a4)).expect(200);
    server.organizer.send("POST", &event.path("/keys"), &[], None).expect(201);
    finished(&server.organizer, &regenerate(&server.organizer, &event.slug, json!({"reissue": true})));
    server.organizer.send("POST", &format!("/api/registrations/{}/cancel", ada.id), &[], None).expect(200);
    let log = server.organizer.get(&event.path("/audit")).expect(200).json();
    let mut actions: Vec<_> =
        log["items"].as_array().unwrap().iter().map(|entry| entry["action"].as_str().unwrap()).collect();
    actions.reverse();
    assert_eq!(
        actions,
        [
            "event.created",
            "event.changed",
            "layout.changed",
            "key.rotated",
            "job.regeneration",
            "job.completed",
            "registration.cancelled"
        ]
    );
    let regeneration = log["items"].as_array().unwrap().iter().find(|e| e["action"] == "job.regeneration").unwrap();
    assert_eq!(regeneration["detail"]["request"]["reissue"], true);
    assert_eq!(regeneration["actor"], "token of the configuration");
    let first = server.organizer.get(&event.path("/audit?limit=3")).expect(200).json();
    let next = format!("/audit?limit=50&cursor={}", first["nextCursor"].as_str().unwrap());
    assert_eq!(server.organizer.get(&event.path(&next)).expect(200).json()["items"].as_array().unwrap().len(), 4);

    let reader = server.other_organizer("readers", &["audit:read"]);
    reader.get(&event.path("/audit")).problem(404, "not_found");
    let own = reader.get("/api/audit").expect(200).json();
    assert_eq!((own["items"].as_array().unwrap().len(), &own["items"][0]["action"]), (1, &json!("token.used")));
    let used = "SELECT count(*) FROM audit_log WHERE action = 'token.used'";
    assert_eq!(server.database.number(used), 1, "the use of a token is audited once an hour, not with each request");
}

#[test]
fn a_change_of_the_log_is_found_out() {
    let server = Server::start();
    let event = unlimited_event(&server);
    // Changes at the same time must not fork the chain.
    std::thread::scope(|scope| {
        for n in 0..4 {
            let (server, path) = (&server, event.path(""));
            scope.spawn(move || {
                for m in 0..5 {
                    // Conflicting changes are refused; each change that is made has one entry.
                    let _ = server.organizer.patch(&path, &json!({"title": format!("Title {n} {m}")}));
                }
            });
        }
    });
    let data = tempfile::tempdir().unwrap();
    let verify = |arguments: &[&str]| {
        let mut command = command(data.path());
        let output =
            command.args(["audit", "verify"]).args(arguments).env("DATABASE_URL", &server.database.url).output();
        let output = output.unwrap();
        let (out, err) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
        (output.status.success(), out.trim().to_owned(), err)
    };
    let (good, head, err) = verify(&[]);
    assert!(good, "{err}");
    let entries: i64 = head.split(':').nth(1).unwrap().parse().unwrap();
    assert_eq!(entries, server.database.number("SELECT count(*) FROM audit_log"));
    assert!(entries > 5, "{head}");
    assert!(verify(&["--head", &head]).0);

    let refused = server.database.error_of("UPDATE audit_log SET actor = 'nobody'");
    assert!(refused.contains("append-only"), "{refused}");
    let tamper = |sql: &str| {
        server.database.execute(&format!(
            "ALTER TABLE audit_log DISABLE TRIGGER ALL; {sql}; ALTER TABLE audit_log ENABLE TRIGGER ALL"
        ));
    };
    tamper("UPDATE audit_log SET actor = 'nobody' WHERE entry = 3");
    let (good, _, err) = verify(&[]);
    assert!(!good && err.contains("entry 3 of chain 1 is not what it was"), "{err}");
    tamper("DELETE FROM audit_log WHERE entry >= 3");
    assert!(verify(&[]).0, "a truncated log is still a valid chain");
    let (good, _, err) = verify(&["--head", &head]);
    assert!(!good && err.contains("before the one of the earlier check"), "{err}");
}

#[test]
fn each_organizer_has_a_chain_that_no_other_waits_for() {
    let server = Server::start();
    let event = unlimited_event(&server);
    let other = server.other_organizer("other", &["events:write", "audit:read"]);
    let new = json!({"slug": "others", "code": "OTHERS", "title": "t", "startsAt": "2030-01-01T00:00:00Z",
        "endsAt": "2030-01-01T01:00:00Z", "timezone": "UTC", "venue": {"name": "v"}});
    other.post("/api/events", &new).expect(201);
    // A transaction that has written to the first organizer's chain and has not committed.
    let open = server.database.session();
    open.execute(
        "BEGIN; INSERT INTO audit_log (actor, action, organizer_key, detail) SELECT 'x', 'y', organizer_key, '{}'
         FROM events WHERE slug <> 'others'",
    );
    other.patch("/api/events/others", &json!({"title": "Another"})).expect(200);
    open.execute("ROLLBACK");
    server.organizer.patch(&event.path(""), &json!({"title": "Another"})).expect(200);
    let entries = |client: &crate::support::Client| -> Vec<i64> {
        let log = client.get("/api/audit").expect(200).json();
        log["items"].as_array().unwrap().iter().map(|entry| entry["entry"].as_i64().unwrap()).collect()
    };
    for client in [&server.organizer, &other] {
        let numbers = entries(client);
        let expected: Vec<i64> = (1..=numbers.len() as i64).rev().collect();
        assert_eq!(numbers, expected, "an organizer's entries have no gaps");
    }
}
