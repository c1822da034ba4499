//! What it costs to make all tickets of an event anew, and what those notice of it who buy meanwhile.
//!
//! ```sh
//! cargo bench --bench bulk --profile quick          # a thousand, ten thousand, a hundred thousand, a million
//! TICKETS=100000 RATE=1000 cargo bench --bench bulk # so many only, and so many registrations a second beside them
//! ```
//!
//! Storage is a sink in this process, which reads what comes and throws it away. PostgreSQL (with fsync), the sink and the
//! generator share the machine's cores.

#![expect(clippy::unwrap_used, reason = "a bench that cannot run says so by panicking")]
#![expect(clippy::print_stdout, reason = "the table is the result")]
#![expect(clippy::cast_possible_truncation, reason = "of positions in a list, and of counts")]

#[expect(dead_code, reason = "the surge's bench uses the rest")]
#[path = "surge/generator.rs"]
mod generator;
#[expect(dead_code, reason = "storage's bench uses the rest")]
#[path = "surge/sink.rs"]
mod sink;
#[expect(dead_code, reason = "the surge's bench uses the rest")]
#[path = "surge/stage.rs"]
mod stage;

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    time::{Duration, Instant},
};

use generator::{Load, Outcome, drive};
use serde_json::{Value, json};
use sink::Sink;
use stage::{Replica, Stage, memory_mb};

const SERVER: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 18_091);

fn number(name: &str, default: f64) -> f64 {
    std::env::var(name).map_or(default, |text| text.parse().unwrap())
}

/// An event with so many registrations, whose files all lie in storage and are stale.
fn seed(stage: &Stage, count: usize) -> String {
    let slug = stage.event(None);
    let event = format!("(SELECT event_key FROM events WHERE slug = '{slug}')");
    let each = format!("FROM {event} AS e (key), generate_series(1, {count}) AS n");
    for sql in [
        format!("INSERT INTO registrations (event_key, number, type_number, status, quantity, created_at) SELECT e.key, n, 1, 1, 1, now() {each}"),
        format!("INSERT INTO tickets (ticket_id, event_key, number, position, name, email) SELECT gen_random_uuid(), e.key, n, 1, 'Person ' || n, 'person-' || n || '@example.com' {each}"),
        format!("INSERT INTO documents (event_key, number, kind, state, promised_at, due_at, stored_at, bytes, content_hash, storage_key, revision, layout_version)
            SELECT e.key, n, 1, 2, now(), now(), now(), 1, sha256('old'), 'tickets/old-' || n || '.pdf', 0, 0 {each}"),
        format!("UPDATE event_seats SET sold = {count}, last_number = {count} WHERE event_key = {event}"),
        format!("UPDATE ticket_type_seats SET sold = {count} WHERE event_key = {event}"),
        format!("UPDATE document_promises SET promised_to = {count} WHERE event_key = {event}"),
        "VACUUM ANALYZE registrations, tickets, documents".to_owned(),
        "CHECKPOINT".to_owned(),
    ] {
        stage.query(&sql);
    }
    slug
}

fn begin(stage: &Stage, slug: &str) -> String {
    let answer: Value = ureq::post(format!("http://{}/api/events/{slug}/regenerations", stage.address))
        .header("authorization", format!("Bearer {}", stage.token()))
        .send_json(json!({}))
        .unwrap()
        .body_mut()
        .read_json()
        .unwrap();
    answer["jobId"].as_str().unwrap().to_owned()
}

fn look(stage: &Stage, job: &str) -> Value {
    ureq::get(format!("http://{}/api/jobs/{job}", stage.address))
        .header("authorization", format!("Bearer {}", stage.token()))
        .call()
        .unwrap()
        .body_mut()
        .read_json()
        .unwrap()
}

fn wait(stage: &Stage, job: &str) -> Value {
    let give_up = Instant::now() + Duration::from_secs(3600);
    loop {
        let now = look(stage, job);
        if now["status"] == "completed" {
            return now;
        }
        assert!(Instant::now() < give_up && now["status"] != "failed", "{now}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn seconds(job: &Value) -> f64 {
    let at = |name: &str| job[name].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    at("finishedAt").duration_since(at("startedAt")).as_secs_f64()
}

fn line(what: &str, figures: &str) {
    println!("{what:<44} {figures}");
}

fn server(stage: &Stage, sink: &Sink) -> Replica {
    let settings = ["storage.allow_public=true", "housekeeper.interval_seconds=0"];
    let server = stage.replica_with(SERVER, &format!("http://{}", sink.address), &settings);
    while std::net::TcpStream::connect(SERVER).is_err() {
        std::thread::sleep(Duration::from_millis(5));
    }
    server
}

fn sale(stage: &Stage, rate: f64, length: Duration) -> Outcome {
    // An event of its own, so that nobody has registered for it before.
    let event = stage.event(None);
    drive(&Load { rate: Some(rate), ..Load::registrations(SERVER, &event, 32, length, true) })
}

fn waits(outcome: &Outcome) -> String {
    let (p50, p99) = (outcome.accepted.quantile(0.5), outcome.accepted.quantile(0.99));
    format!("{:.0} a second, p50 {p50:.2} ms, p99 {p99:.2} ms", outcome.rate(&outcome.accepted))
}

fn main() {
    // `cargo test --benches` asks for a list; there is nothing quick to run.
    if std::env::args().any(|argument| argument == "--list" || argument == "--test") {
        return;
    }
    let sizes = match number("TICKETS", 0.0) {
        0.0 => vec![1_000, 10_000, 100_000, 1_000_000],
        #[expect(clippy::cast_sign_loss, reason = "a count")]
        count => vec![count as usize],
    };
    // Only the other server works.
    let own = ["registrar.surge=1", "sweeper.interval_ms=3600000", "housekeeper.interval_seconds=0", "jobs.chunks=0"];
    let stage = Stage::start(&own);
    let sink = Sink::start("127.0.0.1:0");
    let mut last = String::new();
    for count in sizes {
        last = seed(&stage, count);
        let server = server(&stage, &sink);
        let idle = memory_mb(&server, "VmRSS");
        let job = wait(&stage, &begin(&stage, &last));
        assert_eq!((job["done"].as_u64(), job["failed"].as_u64()), (Some(count as u64), Some(0)), "{job}");
        let took = seconds(&job);
        let figures = format!(
            "{took:.1} s, {:.0} a second, {:.1} µs each; memory {idle} MB, at most {} MB",
            count as f64 / took,
            took * 1e6 / count as f64,
            memory_mb(&server, "VmHWM")
        );
        line(&format!("{count} stale tickets made anew"), &figures);
        let again = wait(&stage, &begin(&stage, &last));
        line("  once more: nothing is stale", &format!("{:.1} s", seconds(&again)));
    }
    // What those notice who buy meanwhile.
    let length = Duration::from_secs_f64(number("SECONDS", 10.0));
    let server = server(&stage, &sink);
    for rate in [number("RATE", 500.0), number("RATE", 500.0) * 4.0] {
        let old = format!(
            "UPDATE documents SET content_hash = sha256('old') WHERE event_key = (SELECT event_key FROM events WHERE slug = '{last}')"
        );
        for sql in [old.as_str(), "VACUUM documents", "CHECKPOINT"] {
            stage.query(sql);
        }
        let quiet = sale(&stage, rate, length);
        line(&format!("a sale of {rate:.0} a second, quiet"), &waits(&quiet));
        let job = begin(&stage, &last);
        let before = look(&stage, &job)["done"].as_u64().unwrap();
        let start = Instant::now();
        let beside = sale(&stage, rate, length);
        let done = look(&stage, &job)["done"].as_u64().unwrap() - before;
        let made = done as f64 / start.elapsed().as_secs_f64();
        line("  beside a regeneration", &format!("{}; {made:.0} tickets a second beside it", waits(&beside)));
        let ratio = beside.accepted.quantile(0.99) / quiet.accepted.quantile(0.99);
        line("  p99 against the quiet one", &format!("{ratio:.2}"));
        let url = format!("http://{}/api/jobs/{job}/cancel", stage.address);
        let _ = ureq::post(url).header("authorization", format!("Bearer {}", stage.token())).send_empty();
    }
    line("memory, at most", &format!("{} MB", memory_mb(&server, "VmHWM")));
    stage.check();
}
