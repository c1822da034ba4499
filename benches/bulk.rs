//! Cost of regenerating all tickets of an event, and its effect on a sale at the same time.
//!
//! ```sh
//! cargo bench --bench bulk          # 1,000, 10,000, 100,000 and 1,000,000 tickets
//! TICKETS=100000 RATE=1000 cargo bench --bench bulk # this number of tickets, and registrations per second
//! ```
//!
//! Storage is a sink in this process that discards all data. PostgreSQL (with fsync), the sink and the load generator
//! share the machine's cores.

#![expect(clippy::unwrap_used, reason = "a bench that cannot run panics")]
#![expect(clippy::print_stdout, reason = "the table is the result")]
#![expect(clippy::cast_possible_truncation, reason = "list positions and counts")]

#[expect(dead_code, reason = "used by the surge bench")]
#[path = "surge/dev_server.rs"]
mod dev_server;
#[expect(dead_code, reason = "used by the surge bench")]
#[path = "surge/generator.rs"]
mod generator;
#[expect(dead_code, reason = "used by the storage bench")]
#[path = "surge/sink.rs"]
mod sink;

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    time::{Duration, Instant},
};

use dev_server::{DevServer, Replica, memory_mb};
use generator::{Load, Outcome, run_load};
use serde_json::{Value, json};
use sink::Sink;

const SERVER: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 18_091);

fn number(name: &str, default: f64) -> f64 {
    std::env::var(name).map_or(default, |text| text.parse().unwrap())
}

/// Creates an event with `count` registrations whose stored files are all stale. Returns its slug.
fn seed(dev_server: &DevServer, count: usize) -> String {
    let slug = dev_server.event(None);
    let event = format!("(SELECT event_key FROM events WHERE slug = '{slug}')");
    let each = format!("FROM {event} AS e (key), generate_series(1, {count}) AS n");
    for sql in [
        format!("INSERT INTO registrations (event_key, number, type_number, status, quantity, created_at) SELECT e.key, n, 1, 1 /* confirmed */, 1, now() {each}"),
        format!("INSERT INTO tickets (ticket_id, event_key, number, position, name, email) SELECT gen_random_uuid(), e.key, n, 1, 'Person ' || n, 'person-' || n || '@example.com' {each}"),
        format!("INSERT INTO documents (event_key, number, kind, state, promised_at, due_at, stored_at, bytes, content_hash, storage_key, revision, layout_version)
            SELECT e.key, n, 1 /* tickets */, 2 /* stored */, now(), now(), now(), 1, sha256('old'), 'tickets/old-' || n || '.pdf', 0, 0 {each}"),
        format!("UPDATE event_seats SET sold = {count}, last_number = {count} WHERE event_key = {event}"),
        format!("UPDATE ticket_type_seats SET sold = {count} WHERE event_key = {event}"),
        format!("UPDATE document_promises SET promised_to = {count} WHERE event_key = {event}"),
        "VACUUM ANALYZE registrations, tickets, documents".to_owned(),
        "CHECKPOINT".to_owned(),
    ] {
        dev_server.query(&sql);
    }
    slug
}

fn start_regeneration(dev_server: &DevServer, slug: &str) -> String {
    let answer: Value = ureq::post(format!("http://{}/api/events/{slug}/regenerations", dev_server.address))
        .header("authorization", format!("Bearer {}", dev_server.token()))
        .send_json(json!({}))
        .unwrap()
        .body_mut()
        .read_json()
        .unwrap();
    answer["jobId"].as_str().unwrap().to_owned()
}

fn job_state(dev_server: &DevServer, job: &str) -> Value {
    ureq::get(format!("http://{}/api/jobs/{job}", dev_server.address))
        .header("authorization", format!("Bearer {}", dev_server.token()))
        .call()
        .unwrap()
        .body_mut()
        .read_json()
        .unwrap()
}

fn wait_for(dev_server: &DevServer, job: &str) -> Value {
    let deadline = Instant::now() + Duration::from_secs(3600);
    loop {
        let now = job_state(dev_server, job);
        if now["status"] == "completed" {
            return now;
        }
        assert!(Instant::now() < deadline && now["status"] != "failed", "{now}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn seconds(job: &Value) -> f64 {
    let at = |name: &str| job[name].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    at("finishedAt").duration_since(at("startedAt")).as_secs_f64()
}

fn print_line(what: &str, figures: &str) {
    println!("{what:<44} {figures}");
}

fn server(dev_server: &DevServer, sink: &Sink) -> Replica {
    let settings = ["storage.allow_public=true", "storage.allow_foreign=true", "housekeeper.interval_seconds=0"];
    let server = dev_server.replica_with(SERVER, &format!("http://{}", sink.address), &settings);
    while std::net::TcpStream::connect(SERVER).is_err() {
        std::thread::sleep(Duration::from_millis(5));
    }
    server
}

fn run_sale(dev_server: &DevServer, rate: f64, duration: Duration) -> Outcome {
    // A new event, because idempotency keys repeat in each sale.
    let event = dev_server.event(None);
    run_load(&Load { rate: Some(rate), ..Load::registrations(SERVER, &event, 32, duration, true) })
}

fn format_latencies(outcome: &Outcome) -> String {
    let (p50, p99) = (outcome.accepted.quantile(0.5), outcome.accepted.quantile(0.99));
    format!("{:.0} per second, p50 {p50:.2} ms, p99 {p99:.2} ms", outcome.rate(&outcome.accepted))
}

fn main() {
    // `cargo test --benches` lists or tests benches; this one has no quick run.
    if std::env::args().any(|argument| argument == "--list" || argument == "--test") {
        return;
    }
    let sizes = match number("TICKETS", 0.0) {
        0.0 => vec![1_000, 10_000, 100_000, 1_000_000],
        #[expect(clippy::cast_sign_loss, reason = "a count")]
        count => vec![count as usize],
    };
    // This server does no background work; only the replica does.
    let settings =
        ["registrar.surge=1", "sweeper.interval_ms=3600000", "housekeeper.interval_seconds=0", "jobs.chunks=0"];
    let dev_server = DevServer::start(&settings);
    let sink = Sink::start("127.0.0.1:0");
    let mut last = String::new();
    for count in sizes {
        last = seed(&dev_server, count);
        let server = server(&dev_server, &sink);
        let idle = memory_mb(&server, "VmRSS");
        let job = wait_for(&dev_server, &start_regeneration(&dev_server, &last));
        assert_eq!((job["done"].as_u64(), job["failed"].as_u64()), (Some(count as u64), Some(0)), "{job}");
        let took = seconds(&job);
        let figures = format!(
            "{took:.1} s, {:.0} per second, {:.1} µs each; memory {idle} MB, peak {} MB",
            count as f64 / took,
            took * 1e6 / count as f64,
            memory_mb(&server, "VmHWM")
        );
        print_line(&format!("{count} stale tickets regenerated"), &figures);
        let again = wait_for(&dev_server, &start_regeneration(&dev_server, &last));
        print_line("  once more: nothing is stale", &format!("{:.1} s", seconds(&again)));
    }
    // Effect of a regeneration on a sale.
    let duration = Duration::from_secs_f64(number("SECONDS", 10.0));
    let server = server(&dev_server, &sink);
    for rate in [number("RATE", 500.0), number("RATE", 500.0) * 4.0] {
        let old = format!(
            "UPDATE documents SET content_hash = sha256('old') WHERE event_key = (SELECT event_key FROM events WHERE slug = '{last}')"
        );
        for sql in [old.as_str(), "VACUUM documents", "CHECKPOINT"] {
            dev_server.query(sql);
        }
        let alone = run_sale(&dev_server, rate, duration);
        print_line(&format!("a sale of {rate:.0} per second alone"), &format_latencies(&alone));
        let job = start_regeneration(&dev_server, &last);
        let before = job_state(&dev_server, &job)["done"].as_u64().unwrap();
        let start = Instant::now();
        let with_regeneration = run_sale(&dev_server, rate, duration);
        let done = job_state(&dev_server, &job)["done"].as_u64().unwrap() - before;
        let per_second = done as f64 / start.elapsed().as_secs_f64();
        print_line(
            "  with a regeneration",
            &format!("{}; {per_second:.0} tickets regenerated per second", format_latencies(&with_regeneration)),
        );
        let ratio = with_regeneration.accepted.quantile(0.99) / alone.accepted.quantile(0.99);
        print_line("  p99 relative to the sale alone", &format!("{ratio:.2}"));
        let url = format!("http://{}/api/jobs/{job}/cancel", dev_server.address);
        let _ = ureq::post(url).header("authorization", format!("Bearer {}", dev_server.token())).send_empty();
    }
    print_line("peak memory", &format!("{} MB", memory_mb(&server, "VmHWM")));
    dev_server.check();
}
