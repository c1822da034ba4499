//! Jobs: completed exactly once, also when servers are killed, storage fails or the event changes meanwhile.

mod archives;
mod audit;
mod endurance;
mod leases;
mod regenerations;

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::support::{Client, DEADLINE, Database, Event, Server, ticket_type};

/// Creates an event without a capacity.
fn unlimited_event(server: &Server) -> Event<'_> {
    server.event(json!({"capacity": null, "ticketTypes": [ticket_type("general", 0, None)]}))
}

/// Creates an event with a second type, `vip`, which the first `vips` registrations have.
fn event_with_vips(server: &Server, registrations: i32, vips: i32) -> Event<'_> {
    let types = [ticket_type("general", 0, None), ticket_type("vip", 0, None)];
    let event = server.event(json!({"capacity": null, "ticketTypes": types}));
    insert_registrations(&server.database, &event.code, registrations, 1);
    server.database.execute(&format!("UPDATE registrations SET type_number = 2 WHERE number <= {vips}"));
    event
}

/// Inserts registrations with `tickets` tickets each. By their rows, their files are stored; the files would be
/// rendered differently now, so that a regeneration finds them stale.
fn insert_registrations(database: &Database, code: &str, registrations: i32, tickets: i32) {
    let event = format!("(SELECT event_key FROM events WHERE code = '{code}')");
    let each = format!("FROM {event} AS e (key), generate_series(1, {registrations}) AS n");
    let total = registrations * tickets;
    for sql in [
        format!(
            "INSERT INTO registrations (event_key, number, type_number, status, quantity, created_at)
             SELECT e.key, n, 1, 1 /* confirmed */, {tickets}, now() {each}"
        ),
        format!(
            "INSERT INTO tickets (ticket_id, event_key, number, position, name, email)
             SELECT gen_random_uuid(), e.key, n, p, 'Person ' || n || ' ' || p, 'p@example.com' {each},
             generate_series(1, {tickets}) AS p"
        ),
        format!(
            "INSERT INTO documents (event_key, number, kind, state, promised_at, due_at, stored_at, bytes, content_hash,
                storage_key, revision, layout_version)
             SELECT e.key, n, 1 /* tickets */, 2 /* stored */, now(), now(), now() - interval '1 hour', 1, sha256('old'),
                'tickets/{code}-' || to_char(n, 'FM000000000') || '.pdf', 1, 0 {each}"
        ),
        format!("UPDATE event_seats SET sold = {total}, last_number = {registrations} WHERE event_key = {event}"),
        format!("UPDATE ticket_type_seats SET sold = {total} WHERE event_key = {event} AND type_number = 1"),
        format!("UPDATE document_promises SET promised_to = {registrations} WHERE event_key = {event}"),
    ] {
        database.execute(&sql);
    }
}

fn regenerate(organizer: &Client, event: &str, body: Value) -> Value {
    organizer.post(&format!("/api/events/{event}/regenerations"), &body).expect(202).json()
}

fn job(organizer: &Client, job: &Value) -> Value {
    organizer.get(&format!("/api/jobs/{}", job["jobId"].as_str().unwrap())).expect(200).json()
}

/// Posts to a path in which `{id}` stands for the job.
fn post_action(organizer: &Client, job: &Value, path: &str) -> crate::support::Answer {
    organizer.send("POST", &path.replace("{id}", job["jobId"].as_str().unwrap()), &[], None)
}

/// Waits until the job is over and returns it. Fails if the job makes no progress for long.
#[track_caller]
fn finished(organizer: &Client, begun: &Value) -> Value {
    let (mut seen, mut give_up) = (None, Instant::now());
    loop {
        let now = job(organizer, begun);
        if seen != Some(counts(&now)) {
            (seen, give_up) = (Some(counts(&now)), Instant::now() + DEADLINE);
        }
        if !["queued", "running"].contains(&now["status"].as_str().unwrap()) {
            return now;
        }
        assert!(Instant::now() < give_up, "the job makes no progress: {now}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Returns the job's total, done, skipped and failed tickets.
fn counts(job: &Value) -> [i64; 4] {
    ["total", "done", "skipped", "failed"].map(|name| job[name].as_i64().unwrap())
}

/// Parses server-sent events: id, kind and data.
fn stream(text: &str) -> Vec<(Option<i64>, String, Value)> {
    let mut events = Vec::new();
    for block in text.split("\n\n").filter(|block| !block.trim().is_empty() && !block.starts_with(':')) {
        let fields: BTreeMap<_, _> = block.lines().filter_map(|line| line.split_once(": ")).collect();
        let id = fields.get("id").map(|id| id.parse().unwrap());
        events.push((id, fields["event"].to_owned(), serde_json::from_str(fields["data"]).unwrap()));
    }
    events
}
