//! Reads of an event with a million registrants: a page, searches and the figures.
//!
//! ```sh
//! cargo bench --bench registrants             # 1,000,000 registrations
//! REGISTRATIONS=100000 cargo bench --bench registrants
//! ```

#![expect(clippy::unwrap_used, reason = "a bench that cannot run panics")]
#![expect(clippy::print_stdout, reason = "the table is the result")]
#![expect(clippy::cast_possible_truncation, reason = "list positions and counts")]

#[expect(dead_code, reason = "used by the surge bench")]
#[path = "surge/dev_server.rs"]
mod dev_server;
#[expect(dead_code, reason = "used by the surge bench")]
#[path = "surge/generator.rs"]
mod generator;

use std::time::{Duration, Instant};

use dev_server::DevServer;
use serde_json::Value;

/// Requests of each kind.
const REQUESTS: usize = 100;

/// Names as they occur in an event: a few hundred first names and last names, and one that nobody else has.
fn seed(dev_server: &DevServer, count: usize) -> String {
    let slug = dev_server.event(None);
    let event = format!("(SELECT event_key FROM events WHERE slug = '{slug}')");
    let each = format!("FROM {event} AS e (key), generate_series(1, {count}) AS n");
    let word =
        |parts: &str, by: u32| format!("(ARRAY[{parts}])[1 + (n / {by}) % 12] || chr(97 + (n / {by} / 12) % 26)");
    let first = word("'Ann','Ben','Cleo','Dan','Eva','Fay','Gil','Hana','Ivo','Jo','Kim','Lea'", 1);
    let last = word(
        "'Abel','Braun','Costa','Diaz','Eriksen','Fischer','Garcia','Huber','Ito','Jansen','Kowalski','Lund'",
        312,
    );
    for sql in [
        format!("INSERT INTO registrations (event_key, number, type_number, status, quantity, created_at)
            SELECT e.key, n, 1, 1 /* confirmed */, 1, now() - interval '60 days' * n / {count} {each}"),
        format!("INSERT INTO tickets (ticket_id, event_key, number, position, name, email)
            SELECT gen_random_uuid(), e.key, n, 1,
                CASE n WHEN 4711 THEN 'Zacharias Quillfeather' ELSE {first} || ' ' || {last} END,
                'guest-' || n || '@example.com' {each}"),
        format!("INSERT INTO documents (event_key, number, kind, state, promised_at, due_at, stored_at, bytes, content_hash,
                storage_key, revision, layout_version)
            SELECT e.key, n, 1 /* tickets */, 2 /* stored */, now(), now(), now(), 15000, sha256('old'),
                'tickets/old-' || n || '.pdf', 0, 0 {each}"),
        format!("UPDATE event_seats SET sold = {count}, last_number = {count} WHERE event_key = {event}"),
        format!("UPDATE document_promises SET promised_to = {count} WHERE event_key = {event}"),
        format!("INSERT INTO sale_changes (event_key, hour, type_number, status, currency, registrations, tickets, paid)
            SELECT event_key, date_trunc('hour', created_at, 'UTC'), type_number, status, '', count(*), sum(quantity), 0
            FROM registrations WHERE event_key = {event} GROUP BY 1, 2, 3, 4"),
        format!("UPDATE registrations SET status = 3 /* cancelled */ WHERE event_key = {event} AND number % 1000 = 7"),
        "VACUUM ANALYZE registrations, tickets, documents".to_owned(),
        "CHECKPOINT".to_owned(),
    ] {
        dev_server.query(&sql);
    }
    slug
}

fn get(dev_server: &DevServer, path: &str) -> Value {
    let url = format!("http://{}{path}", dev_server.address);
    let request = ureq::get(url).header("authorization", format!("Bearer {}", dev_server.token()));
    request.call().unwrap().body_mut().read_json().unwrap()
}

fn main() {
    // `cargo test --benches` lists or tests benches; this one has no quick run.
    if std::env::args().any(|argument| argument == "--list" || argument == "--test") {
        return;
    }
    let count = std::env::var("REGISTRATIONS").map_or(1_000_000, |text| text.parse().unwrap());
    let dev_server = DevServer::start(&["housekeeper.interval_seconds=0"]);
    let event = seed(&dev_server, count);
    let registrants = format!("/api/events/{event}/registrations");
    let seeded = Instant::now();
    let measure = |name: &str, path: &dyn Fn(usize) -> String, found: Option<usize>| {
        let mut times: Vec<Duration> = (0..REQUESTS)
            .map(|turn| {
                let start = Instant::now();
                let answer = get(&dev_server, &path(turn));
                let took = start.elapsed();
                if let Some(expected) = found {
                    assert_eq!(answer["items"].as_array().unwrap().len(), expected, "{name}");
                }
                took
            })
            .collect();
        times.sort();
        let at = |share: usize| times[(times.len() * share / 100).min(times.len() - 1)].as_secs_f64() * 1000.0;
        println!("{name:<44} p50 {:.1} ms, p99 {:.1} ms", at(50), at(99));
    };
    let searched = |query: &str| format!("{registrants}?limit=50&q={query}");
    // The newest registrations are read first; the name of one of the oldest is the last that is found.
    let start = Instant::now();
    assert_eq!(get(&dev_server, &searched("quillfeather"))["items"].as_array().unwrap().len(), 1);
    println!("{:<44} {:.0} ms", "a search before the words are there", start.elapsed().as_secs_f64() * 1000.0);
    let indexed = "SELECT count(*) FROM search_progress WHERE indexed_to = ";
    while dev_server.query(&format!("{indexed}{count}")).trim() != "1" {
        std::thread::sleep(Duration::from_millis(200));
    }
    let took = seeded.elapsed().as_secs_f64();
    println!("{:<44} {took:.0} s, {:.0} registrations per second", "words of all tickets added", count as f64 / took);
    dev_server.query("CHECKPOINT");
    measure("the newest page", &|_| format!("{registrants}?limit=50"), Some(50));
    measure("the page of the cancelled ones", &|_| format!("{registrants}?limit=50&status=cancelled"), Some(50));
    measure("a page of a type", &|_| format!("{registrants}?limit=50&ticketType=general"), Some(50));
    measure("a search for a rare name", &|_| searched("quillfeather"), Some(1));
    measure("a search for a common name", &|_| searched("fischer"), Some(50));
    measure("a search for two common names", &|_| searched("hana+costac"), None);
    measure("a search for an address", &|turn| searched(&format!("guest-{}@example", 500_001 % count + turn)), None);
    measure("a search for two letters", &|_| searched("ku"), None);
    measure("a search that finds nobody", &|_| searched("nobodyhere"), Some(0));
    measure(
        "a registration id",
        &|turn| searched(&format!("{}-{}", event.replace("surge-", "S"), 1000 + turn)),
        Some(1),
    );
    measure("the figures", &|_| format!("/api/events/{event}/stats"), None);
}
