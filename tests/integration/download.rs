//! `GET /api/register/{registrationId}/pdf`: redirects to storage, or renders.

use serde_json::json;

use crate::support::{Server, decode_codes, eventually, pdf_text, qpdf_check};

/// Starts a server whose storage refuses connections.
fn without_storage() -> Server {
    Server::with(&[
        ("storage.endpoint", "http://127.0.0.1:9"),
        ("uploader.max_backoff_seconds", "1"),
        ("sweeper.grace_seconds", "1"),
    ])
}

#[test]
fn a_ticket_can_be_downloaded_although_storage_is_down() {
    let server = without_storage();
    let event = server.event(json!({}));
    let ada = event.register(&["Ada Lovelace"]);
    let answer = server.client.get(&ada.pdf_path()).expect(200);
    assert_eq!(answer.header("content-type"), Some("application/pdf"));
    assert_eq!(answer.header("content-disposition"), Some(format!("inline; filename=\"{}.pdf\"", ada.id).as_str()));
    assert_eq!(answer.header("cache-control"), Some("private, no-store"));
    qpdf_check(&answer.body);
    assert!(pdf_text(&answer.body).contains("Ada Lovelace"));
    eventually("the failed upload is recorded and will be tried again", || {
        server.database.number("SELECT count(*) FROM documents WHERE state = 1 /* pending */ AND error LIKE 'put %'")
            == 1
    });
    assert_eq!(ada.document(&server), "pending");
    assert!(server.metric("onsale_uploads_total", "failed") >= 1.0);
}

#[test]
fn what_could_not_be_stored_is_stored_by_the_next_server() {
    let first = without_storage();
    let event = first.event(json!({}));
    let registrations: Vec<_> = (0..5).map(|n| event.register(&[&format!("Person {n}")])).collect();
    // Once storage counts as unavailable, only one document is tried at a time.
    eventually("all are pending, and uploads have failed", || {
        first.database.number("SELECT count(*) FROM documents WHERE state = 1 /* pending */") == 5
            && first.database.number("SELECT count(*) FROM documents WHERE error IS NOT NULL") > 0
    });
    let url = first.database.url.clone();
    drop(event);
    drop(first);
    let second = Server::on(crate::support::cluster().existing(url), &[]);
    for registration in registrations {
        qpdf_check(&registration.stored_pdf(&second));
    }
}

#[test]
fn a_changed_event_never_serves_its_old_file() {
    let server = Server::start();
    let event = server.event(json!({}));
    let ada = event.register(&["Ada"]);
    assert!(pdf_text(&ada.stored_pdf(&server)).contains("Main Lawn"));

    server.organizer.patch(&event.path(""), &json!({"venue": {"name": "Rose Garden"}})).expect(200);
    let now = server.client.get(&ada.pdf_path()).expect(200);
    let text = pdf_text(&now.body);
    assert!(text.contains("Rose Garden") && !text.contains("Main Lawn"));
    assert!(pdf_text(&ada.stored_pdf(&server)).contains("Rose Garden"), "the new file replaces the old one");
}

#[test]
fn a_file_of_many_tickets_has_a_page_for_each() {
    let server = Server::start();
    let event = server.event(json!({}));
    let group = event.register(&["Ada", "Grace", "Katherine"]);
    let pdf = group.stored_pdf(&server);
    let codes = decode_codes(&pdf);
    assert_eq!(codes.len(), 3);
    let text = pdf_text(&pdf);
    for name in ["Ada", "Grace", "Katherine"] {
        assert!(text.contains(name));
    }
}

#[test]
fn downloads_are_recorded_by_mode_and_source() {
    let server = Server::start();
    let event = server.event(json!({}));
    let ada = event.register(&["Ada"]);
    ada.stored_pdf(&server);
    server.client.get(&format!("{}&download=auto", ada.pdf_path())).expect(302);
    server.client.get(&ada.ticket_path(0, "/pdf")).expect(200);
    server.client.get(&format!("{}&download=often", ada.pdf_path())).problem(400, "malformed");
    let expected = json!([
        {"mode": "auto", "servedFrom": "storage", "count": 1},
        {"mode": "manual", "servedFrom": "render", "count": 1},
        {"mode": "manual", "servedFrom": "storage", "count": 1},
    ]);
    eventually("the downloads are recorded", || {
        let stats = server.organizer.get(&event.path("/stats")).expect(200).json();
        let mut downloads = stats["downloads"].as_array().unwrap().clone();
        downloads.sort_by_key(|row| row.to_string());
        let mut wanted = expected.as_array().unwrap().clone();
        wanted.sort_by_key(|row| row.to_string());
        downloads == wanted
    });
    let stats = server.organizer.get(&event.path("/stats")).expect(200).json();
    let days = stats["downloadsOverTime"].as_array().unwrap();
    // Two rows if a day has ended meanwhile.
    assert!(days.iter().all(|day| day["ticketType"] == "general"), "{days:?}");
    assert_eq!(days.iter().map(|day| day["count"].as_i64().unwrap()).sum::<i64>(), 3, "{days:?}");
    let address = server.database.rows("SELECT host(address) FROM downloads LIMIT 1", &[]);
    assert_eq!(address[0].get::<_, String>(0), "127.0.0.1");
}

#[test]
fn a_forwarded_address_is_believed_from_trusted_proxies_only() {
    for (proxies, expected) in [("", "127.0.0.1"), ("127.0.0.0/8, 10.0.0.0/8", "203.0.113.9")] {
        let server = Server::with(&[("server.trusted_proxies", proxies)]);
        let event = server.event(json!({}));
        let ada = event.register(&["Ada"]);
        let forwarded = [("x-forwarded-for", "made up, 198.51.100.1, 203.0.113.9, 10.1.2.3")];
        server.client.send("GET", &ada.ticket_path(0, "/pdf"), &forwarded, None).expect(200);
        eventually("the download is recorded", || server.database.number("SELECT count(*) FROM downloads") == 1);
        let rows = server.database.rows("SELECT host(address) FROM downloads", &[]);
        assert_eq!(rows[0].get::<_, String>(0), expected);
    }
}
