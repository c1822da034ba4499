//! A server is killed while it sends: each registration gets its confirmation, and one that arrives twice has one Message-ID.

use std::collections::HashMap;

use super::sink::Sink;
use crate::{
    process::database_url,
    support::{DevServer, cluster, eventually},
};

const REGISTRATIONS: usize = 400;

#[test]
fn a_confirmation_arrives_for_each_registration_however_often_the_server_is_killed() {
    let data = tempfile::tempdir().unwrap();
    let sink = Sink::start();
    let settings = sink.settings();
    let arguments: Vec<_> =
        settings.iter().flat_map(|(key, value)| ["--set".to_owned(), format!("{key}={value}")]).collect();
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    let mut registered = 0;
    let mut kills = 0;
    while registered < REGISTRATIONS {
        let mut server = DevServer::try_start(data.path(), &arguments).unwrap();
        let before = sink.accepted().len();
        for _ in 0..REGISTRATIONS / 5 {
            let body = serde_json::json!({"event": "gardenia-2025",
                "attendees": [{"name": "Ada Lovelace", "email": format!("p{registered}@example.com")}]});
            server.client.post("/api/register", &body).expect(201);
            registered += 1;
        }
        // Some were sent, and some are on their way.
        eventually("some messages were sent", || sink.accepted().len() > before + 10);
        server.signal("KILL");
        server.wait();
        kills += 1;
    }
    let server = DevServer::try_start(data.path(), &arguments).unwrap();
    let database = cluster().existing(database_url(&server));
    let sent = || database.number("SELECT count(*) FROM messages WHERE state = 3 /* sent */");
    eventually("all are sent", || sent() == REGISTRATIONS as i64);
    assert_eq!(database.number("SELECT count(*) FROM messages"), REGISTRATIONS as i64);

    let mut by_recipient = HashMap::<_, Vec<_>>::new();
    for message in sink.accepted() {
        by_recipient.entry(message.recipient).or_default().push(message.message_id);
    }
    assert_eq!(by_recipient.len(), REGISTRATIONS, "each registration has its message");
    let twice: Vec<_> = by_recipient.values().filter(|ids| ids.len() > 1).collect();
    assert!(twice.iter().all(|ids| ids.iter().all(|id| *id == ids[0])), "{twice:?}");
    // Only what was in hand at a kill can arrive twice: at most one on each connection, each time.
    assert!(twice.len() <= kills * 8, "{} of {REGISTRATIONS} arrived twice", twice.len());
    eprintln!("{kills} kills: {} of {REGISTRATIONS} messages arrived twice", twice.len());
}
