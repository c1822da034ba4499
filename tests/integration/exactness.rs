//! Tests of the checker: each guard of exactness is switched off once, and the checker must report it.

use std::sync::Barrier;

use serde_json::json;

use crate::{
    crash::kill_a_backend,
    process::database_url,
    support::{DevServer, History, Server, cluster, eventually, ticket_type},
};

const SEATS: usize = 60;

/// Sells more than there is on two servers with one database. Each buyer sends the same keys to both servers, or
/// different ones.
fn sell_on_two_servers(prepare: &str, same_keys: bool) -> (History, String) {
    let first = Server::start();
    let event = first.event(json!({"capacity": SEATS, "ticketTypes": [ticket_type("general", 0, Some(60))]}));
    let second = Server::on(cluster().existing(first.database.url.clone()), &[]);
    first.database.execute(prepare);
    let history = History::new(&event.slug);
    let together = Barrier::new(8);
    std::thread::scope(|scope| {
        for (name, server) in [("a", &first), ("b", &second)] {
            for buyer in 0..4 {
                let (history, together, name) = (&history, &together, if same_keys { "x" } else { name });
                scope.spawn(move || {
                    together.wait();
                    for n in 0..SEATS / 2 {
                        history.register(&server.client, &format!("{name}-{buyer}-{n}"));
                    }
                });
            }
        }
    });
    (history, first.database.url.clone())
}

const NOTHING: &str = "";
const NO_CAPACITY: &str = "ALTER TABLE event_seats DROP CONSTRAINT event_not_oversold;
    ALTER TABLE ticket_type_seats DROP CONSTRAINT ticket_type_not_oversold";
const NO_KEYS: &str = "DROP INDEX registrations_one_per_key";

#[test]
fn a_sale_on_two_servers_is_exact() {
    for same_keys in [false, true] {
        let (history, url) = sell_on_two_servers(NOTHING, same_keys);
        history.check(&url, &["acknowledged=60", "seats=60", "sold-out=1"]).expect_exact();
    }
}

#[test]
fn a_capacity_that_nobody_checks_is_found() {
    let (history, url) = sell_on_two_servers(NO_CAPACITY, false);
    history.check(&url, &[]).expect_wrong("oversold");
}

#[test]
fn keys_that_nobody_keeps_apart_are_found() {
    let (history, url) = sell_on_two_servers(NO_KEYS, true);
    let verdict = history.check(&url, &[]);
    verdict.expect_wrong("one key stands twice");
    verdict.expect_wrong("one key was given two registrations");
}

#[test]
fn what_the_database_loses_or_makes_up_is_found() {
    let (history, url) = sell_on_two_servers(NOTHING, false);
    let database = cluster().existing(url.clone());
    let check = |sql: &str, kind: &str| {
        let session = database.session();
        session.execute(&format!("CREATE SCHEMA kept; CREATE TABLE kept.rows AS TABLE registrations; {sql}"));
        history.check(&url, &[]).expect_wrong(kind);
        session.execute("TRUNCATE registrations; INSERT INTO registrations TABLE kept.rows; DROP SCHEMA kept CASCADE");
        history.check(&url, &[]).expect_exact();
    };
    check("DELETE FROM registrations WHERE number = 7", "acknowledged and lost");
    check("DELETE FROM registrations WHERE number = 7", "numbers are not complete");
    check(
        "UPDATE registrations SET status = 3 /* cancelled */ WHERE number = 7",
        "the counter is not what the rows say",
    );
    check("UPDATE registrations SET idempotency_key = 'other' WHERE number = 7", "acknowledged to somebody else");
    check("UPDATE registrations SET idempotency_key = 'other' WHERE number = 7", "is there, and nobody was told");
    check("UPDATE registrations SET quantity = 2 WHERE number = 7", "not as many tickets as seats");
    database.execute("UPDATE event_seats SET capacity = 61; UPDATE ticket_type_seats SET capacity = 61");
    history.check(&url, &[]).expect_wrong("refused while seats were free");
    history.check(&url, &["in-doubt=1"]).expect_wrong("proves nothing");
}

/// PostgreSQL reports commits before they are on disk, the server acknowledges them, and then PostgreSQL is killed.
#[test]
fn an_acknowledgement_that_comes_before_the_commit_is_found() {
    let data = tempfile::tempdir().unwrap();
    let history = History::new("gardenia-2025");
    let prepare = DevServer::start(data.path());
    cluster().existing(database_url(&prepare)).execute("ALTER ROLE onsale SET synchronous_commit = off");
    drop(prepare);
    let server = DevServer::start(data.path());
    let mut found = false;
    for round in 0..50 {
        history.run_buyers(&[(round, &server.client)], || {
            history.wait_for(300);
            kill_a_backend(data.path());
            history.wait_for(20);
        });
        let verdict = history.check(&database_url(&server), &[]);
        if !verdict.exact {
            verdict.expect_wrong("acknowledged "); // and lost, or its number was given to another key since
            found = true;
            break;
        }
    }
    assert!(found, "the database lost nothing in fifty crashes");
    eventually("the server is ready again", || server.client.get("/readyz").status == 200);
}
