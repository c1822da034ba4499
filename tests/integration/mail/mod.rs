//! Mail: templates, and messages on their way to mail servers that are not ours.

mod announcements;
mod crashes;
mod delivery;
mod reports;
mod sink;
mod templates;

use serde_json::{Value, json};

use self::sink::Sink;
use crate::support::{Event, Registration, Server};

/// Starts a server that sends to `sink`, with further settings.
fn server_with(sink: &Sink, settings: &[(&str, &str)]) -> Server {
    let own = sink.settings();
    let own: Vec<_> = own.iter().map(|(key, value)| (*key, value.as_str())).collect();
    Server::with(&[&own[..], settings].concat())
}

/// Registers one person with this address.
#[track_caller]
fn register(event: &Event, name: &str, email: &str) -> Registration {
    let attendees = json!({"attendees": [{"name": name, "email": email}]});
    Registration::of(&event.ask_with(&[], &[name], attendees).expect(201))
}

/// Returns the messages about a registration, the newest first.
#[track_caller]
fn messages_of(event: &Event, registration: &Registration) -> Vec<Value> {
    let path = event.path(&format!("/messages?registration={}", registration.id));
    event.server.organizer.get(&path).expect(200).json()["items"].as_array().unwrap().clone()
}

/// Returns the state of the newest message about a registration; empty if there is none yet.
#[track_caller]
fn state_of(event: &Event, registration: &Registration) -> String {
    let messages = messages_of(event, registration);
    messages.first().map(|message| message["state"].as_str().unwrap().to_owned()).unwrap_or_default()
}

/// Makes all queued messages due now.
fn hurry(server: &Server) {
    server.database.execute("UPDATE messages SET due_at = now() WHERE state = 1 /* queued */");
}
