//! Documents: leases, lost work, and files that cannot be rendered.

use onsale::{
    db::{Claim, MissedDocument, StoredDocument},
    domain::{ContentHash, DocumentKind, DocumentRef, DocumentState, EventKey, LeaseToken, RegistrationRef, Stored},
};
use serde_json::json;

use crate::support::{Server, Storage, cluster, eventually};

/// Creates a registration whose server is gone before it stored the file, and writes its document row.
fn orphan() -> (crate::support::Database, DocumentRef) {
    let storage = Storage::start();
    let server = Server::without_uploads(&storage, &[]);
    let event = server.event(json!({}));
    event.register(&["Ada"]);
    let url = server.database.url.clone();
    drop(event);
    drop(server);
    let database = cluster().existing(url);
    assert_eq!(database.number("SELECT count(*) FROM documents"), 0);
    let promised = database.with_pool(async |database| database.promise_documents(0.0, 10).await.unwrap());
    assert_eq!(promised, 1);
    let key = i32::try_from(database.number("SELECT event_key::bigint FROM documents")).unwrap();
    (database, DocumentRef::tickets(RegistrationRef { event: EventKey(key), number: 1 }))
}

#[test]
fn a_worker_whose_lease_was_lost_cannot_finish() {
    let (database, document) = orphan();
    database.with_pool(async |database| {
        let first = database.claim_due(10, 0.0).await.unwrap().remove(0);
        let second = database.claim_due(10, 60.0).await.unwrap().remove(0);
        assert_eq!((first.lease, second.lease), (LeaseToken(1), LeaseToken(2)));
        assert!(database.claim_due(10, 60.0).await.unwrap().is_empty(), "a lease keeps others away");

        let stored = |claim: Claim, bytes| StoredDocument {
            claim,
            stored: Stored { key: "tickets/x.pdf".into(), hash: ContentHash([7; 32]), bytes, tag: None },
            revision: 1,
            layout_version: 0,
            key: 1,
        };
        let fresh = Claim::fresh(document, 60.0);
        database.mark_stored(&[stored(first.clone(), 1), stored(fresh, 2)]).await.unwrap();
        assert_eq!(database.document(document).await.unwrap().unwrap().state, DocumentState::Pending);
        let late = MissedDocument { claim: first.clone(), error: "late".into(), retry_seconds: 0.0, failed: true };
        database.mark_missed(&[late], 1).await.unwrap();
        assert_eq!(database.document(document).await.unwrap().unwrap().state, DocumentState::Pending);
        database.mark_stored(&[stored(second, 3)]).await.unwrap();
        let record = database.document(document).await.unwrap().unwrap();
        assert_eq!((record.state, record.stored.unwrap().bytes), (DocumentState::Stored, 3));

        // Its upload finishes last and overwrites the file with another: no download may use it until it is made again.
        let mut other = stored(first, 4);
        other.stored.hash = ContentHash([8; 32]);
        assert_eq!(database.mark_stored(&[other]).await.unwrap(), 1);
        assert_eq!(database.document(document).await.unwrap().unwrap().state, DocumentState::Pending);
    });
}

#[test]
fn a_fresh_file_needs_no_row_before_it_is_stored_or_missed() {
    let storage = Storage::start();
    // The sweeper would claim what is due here.
    let server = Server::without_uploads(&storage, &[("sweeper.interval_ms", "600000")]);
    let event = server.event(json!({}));
    for name in ["Ada", "Grace", "Katherine"] {
        event.register(&[name]);
    }
    let key = i32::try_from(server.database.number("SELECT event_key::bigint FROM events")).unwrap();
    let reference = |number| RegistrationRef { event: EventKey(key), number };
    let claim = |number| Claim::fresh(DocumentRef::tickets(reference(number)), 60.0);
    let stored = |number| StoredDocument {
        claim: claim(number),
        stored: Stored { key: "tickets/x.pdf".into(), hash: ContentHash([7; 32]), bytes: 1, tag: None },
        revision: 1,
        layout_version: 0,
        key: 1,
    };
    server.database.with_pool(async |database| {
        assert!(database.document(DocumentRef::tickets(reference(1))).await.unwrap().is_none());
        assert!(database.cancel_registration(reference(2), false, "test").await.unwrap());
        database.mark_stored(&[stored(1), stored(2)]).await.unwrap();
        let missed = MissedDocument { claim: claim(3), error: "away".into(), retry_seconds: 0.0, failed: false };
        database.mark_missed(&[missed], 5).await.unwrap();

        assert_eq!(database.promise_documents(0.0, 2).await.unwrap(), 2, "at most two at once");
        assert_eq!(database.promise_documents(0.0, 2).await.unwrap(), 1);
        assert_eq!(database.promise_documents(0.0, 2).await.unwrap(), 0);
        for (number, expected) in
            [(1, DocumentState::Stored), (2, DocumentState::Withdrawn), (3, DocumentState::Pending)]
        {
            let state = database.document(DocumentRef::tickets(reference(number))).await.unwrap().unwrap().state;
            assert_eq!(state, expected, "of {number}");
        }
        let due = database.claim_due(10, 60.0).await.unwrap();
        assert_eq!(due.iter().map(|claim| claim.document).collect::<Vec<_>>(), [DocumentRef::tickets(reference(3))]);
    });
}

#[test]
fn what_is_made_on_demand_is_wanted_only_while_its_registration_is_valid() {
    let storage = Storage::start();
    let server = Server::without_uploads(&storage, &[("sweeper.interval_ms", "600000")]);
    let event = server.event(json!({}));
    event.register(&["Ada"]);
    event.register(&["Grace"]);
    let key = i32::try_from(server.database.number("SELECT event_key::bigint FROM events")).unwrap();
    let reference = |number| RegistrationRef { event: EventKey(key), number };
    let document = |number| DocumentRef { registration: reference(number), kind: DocumentKind::Ticket, part: 1 };
    let stored = |number| StoredDocument {
        claim: Claim::fresh(document(number), 60.0),
        stored: Stored { key: "x".into(), hash: ContentHash([7; 32]), bytes: 1, tag: None },
        revision: 1,
        layout_version: 0,
        key: 1,
    };
    server.database.with_pool(async |database| {
        assert!(database.cancel_registration(reference(2), false, "test").await.unwrap());
        database.mark_stored(&[stored(1), stored(2)]).await.unwrap();
        assert!(database.document(document(1)).await.unwrap().is_some());
        assert!(database.document(document(2)).await.unwrap().is_none(), "no download uses it");
        assert!(database.add_confirmation(reference(2), &json!({})).await.unwrap().is_none());
        assert!(database.claim_one(document(2), 60.0).await.unwrap().is_none());
    });
}

#[test]
fn a_file_that_many_ask_for_at_once_is_stored() {
    let server = Server::with(&[("recorder.queue", "1000")]);
    let event = server.event(json!({}));
    let ada = event.register(&["Ada"]);
    std::thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| drop(server.client.get(&ada.ticket_path(0, "/pdf"))));
        }
    });
    eventually("the file is stored", || server.client.get(&ada.ticket_path(0, "/pdf")).status == 302);
}

#[test]
fn what_a_dead_server_left_behind_is_stored_by_another() {
    let (database, _) = orphan();
    let server = Server::on(database, &[]);
    eventually("the file is stored", || {
        server.database.number("SELECT count(*) FROM documents WHERE state = 2 /* stored */") == 1
    });
}

#[test]
fn a_file_that_cannot_be_made_is_set_aside_with_its_reason() {
    let (database, _) = orphan();
    database.execute("UPDATE tickets SET revoked = true");
    let server = Server::on(database, &[("renderer.max_failures", "2")]);
    eventually("the document is set aside", || {
        server.database.number("SELECT count(*) FROM documents WHERE state = 3 /* failed */") == 1
    });
    let error = server.database.rows("SELECT error FROM documents", &[]);
    assert_eq!(error[0].get::<_, String>(0), "none of its tickets is valid");
    assert!(server.metric("onsale_documents_missed_total", "render") >= 2.0);
}

#[test]
fn a_schema_that_was_tampered_with_is_refused() {
    let database = cluster().database();
    database.execute("UPDATE schema_migrations SET checksum = 'x'");
    let refused = database.with_pool(async |database| onsale::db::migrate(&database).await.unwrap_err().to_string());
    assert!(refused.contains("changed after it had been applied"), "{refused}");
    database.execute("DELETE FROM schema_migrations; INSERT INTO schema_migrations VALUES (99, 'x', 'x')");
    let refused = database.with_pool(async |database| onsale::db::migrate(&database).await.unwrap_err().to_string());
    assert!(refused.contains("a newer version has migrated it"), "{refused}");
}

#[test]
fn replicas_that_start_together_migrate_once() {
    let database = cluster().database();
    database.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public");
    let applied: usize = std::thread::scope(|scope| {
        let replica = || database.with_pool(async |database| onsale::db::migrate(&database).await.unwrap().len());
        let replicas: Vec<_> = (0..4).map(|_| scope.spawn(replica)).collect();
        replicas.into_iter().map(|replica| replica.join().unwrap()).sum()
    });
    assert_eq!(applied as i64, database.number("SELECT count(*) FROM schema_migrations"));
}

#[test]
fn the_database_itself_refuses_to_oversell() {
    let server = Server::start();
    let event = server.event(json!({"capacity": 1}));
    event.ask_with(&[("idempotency-key", "k")], &["Ada"], json!({})).expect(201);
    let refused = |sql: &str| {
        let text = format!(
            "DO $$ BEGIN {sql}; RAISE EXCEPTION 'not refused';
            EXCEPTION WHEN check_violation OR unique_violation THEN NULL; END $$"
        );
        server.database.execute(&text);
    };
    refused("UPDATE event_seats SET sold = 2");
    refused("UPDATE ticket_type_seats SET sold = 101");
    refused(
        "INSERT INTO registrations SELECT event_key, 2, type_number, status, quantity, created_at, expires_at, paid_at,
        amount, currency, body_hash, access_generation, idempotency_key, answers FROM registrations",
    );
}
