//! Pages of events in the minute when sales open: answers per second against the JSON floor of the same run, and what
//! thousands of waiting browsers cost the sale.
//!
//! ```sh
//! cargo bench --bench pages
//! ```
//!
//! The load generator, PostgreSQL (with fsync) and the server share the machine's cores.

#![expect(clippy::unwrap_used, reason = "a bench that cannot run panics")]
#![expect(clippy::print_stdout, reason = "the table is the result")]
#![expect(clippy::cast_possible_truncation, reason = "list positions")]

#[expect(dead_code, reason = "used by the surge bench")]
#[path = "surge/dev_server.rs"]
mod dev_server;
#[expect(dead_code, reason = "used by the surge bench")]
#[path = "surge/generator.rs"]
mod generator;

use std::{sync::Arc, thread, time::Duration};

use dev_server::{DevServer, Floor};
use generator::{Load, Outcome, run_load};

const CONNECTIONS: usize = 64;
/// Sales alone and beside the waiting browsers, in turn.
const ROUNDS: usize = 5;
/// Browsers that wait, each of which asks once in `INTERVAL` on average (`crates/assets/files/event.js`).
const WAITING: f64 = 10_000.0;
const INTERVAL: f64 = 17.5;
/// Connections that their requests come over.
const WAITING_CONNECTIONS: usize = 500;

fn duration() -> Duration {
    Duration::from_secs(std::env::var("SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(8))
}

fn main() {
    // `cargo test --benches` lists or tests benches; this one has no quick run.
    if std::env::args().any(|argument| argument == "--list" || argument == "--test") {
        return;
    }
    let floor = Floor::start();
    let json = run_load(&Load::registrations(floor.address, "floor", CONNECTIONS, duration(), true));
    let json = json.rate(&json.accepted);
    drop(floor);
    println!("{:<52} {json:>9.0}/s", "JSON floor: parse, answer 201");

    let server = DevServer::start(&["registrar.surge=1", "housekeeper.interval_seconds=0"]);
    let event = server.event(None);
    let get = |path: &str| {
        format!("GET {path} HTTP/1.1\r\nHost: bench\r\nAccept: text/html\r\nAccept-Encoding: gzip\r\nAccept-Language: de\r\n\r\n")
            .into_bytes()
    };
    let asked = |path: &str, connections, rate| {
        let requests = Some(Arc::new(vec![get(path)]));
        run_load(&Load { rate, requests, ..Load::registrations(server.address, "", connections, duration(), true) })
    };
    let availability = format!("/api/events/{event}/availability");
    for (path, what) in [
        (format!("/events/{event}"), "page of an event"),
        ("/".to_owned(), "list of events"),
        (availability.clone(), "what is left (JSON)"),
    ] {
        let outcome = asked(&path, CONNECTIONS, None);
        let rate = outcome.rate(&outcome.accepted);
        let p99 = outcome.accepted.quantile(0.99);
        println!("{what:<52} {rate:>9.0}/s   p99 {p99:.2} ms, {:.2} of the floor", rate / json);
    }

    let sale = || {
        let event = server.event(None);
        run_load(&Load::registrations(server.address, &event, CONNECTIONS, duration(), true))
    };
    drop(sale());
    let mut shares = Vec::new();
    for _ in 0..ROUNDS {
        let alone = sale();
        let alone = print_sale("registrations alone", &alone);
        let beside = thread::scope(|scope| {
            let waiting = scope.spawn(|| asked(&availability, WAITING_CONNECTIONS, Some(WAITING / INTERVAL)));
            let beside = sale();
            let waiting = waiting.join().unwrap();
            println!(
                "{:<52} {:>9.0}/s   p99 {:.1} ms",
                "  waiting browsers answered meanwhile",
                waiting.rate(&waiting.accepted),
                waiting.accepted.quantile(0.99)
            );
            beside
        });
        let beside = print_sale("the same beside 10,000 waiting browsers", &beside);
        shares.push(beside / alone);
    }
    shares.sort_by(f64::total_cmp);
    println!(
        "{:<52} {:>9.2} (median of {ROUNDS}; goal 0.9)",
        "registrations beside the waiting browsers",
        shares[ROUNDS / 2]
    );
}

/// Prints a sale and returns registrations a second.
fn print_sale(what: &str, outcome: &Outcome) -> f64 {
    let rate = outcome.rate(&outcome.accepted);
    println!("{what:<52} {rate:>9.0}/s   p99 {:.2} ms", outcome.accepted.quantile(0.99));
    rate
}
