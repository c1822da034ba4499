//! Cost of storing and delivering files: single parts with a floor for comparison, then a whole server, in one run.
//!
//! ```sh
//! cargo bench --bench storage
//! ONLY=parts cargo bench --bench storage    # or ONLY=server; SECONDS per measurement, TICKETS to store
//! ONLY=outage cargo bench --bench storage   # a sale with frozen, missing, slow storage; OUTAGE seconds, RATE
//! ```
//!
//! Storage is a sink in this process that discards all data. PostgreSQL (with fsync), the sink and the load generator
//! share the machine's cores.

#![expect(clippy::unwrap_used, reason = "a bench that cannot run panics")]
#![expect(clippy::print_stdout, reason = "the table is the result")]
#![expect(clippy::cast_possible_truncation, reason = "list positions")]

#[expect(dead_code, reason = "used by the surge bench")]
#[path = "surge/dev_server.rs"]
mod dev_server;
#[expect(dead_code, reason = "used by the surge bench")]
#[path = "surge/generator.rs"]
mod generator;
#[path = "surge/sink.rs"]
mod sink;

use std::{
    net::SocketAddr,
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};

use bytes::Bytes;
use dev_server::{DevServer, Floor, memory_mb};
use generator::{Load, run_load};
use onsale::{
    domain::ContentHash,
    store::{Credentials, Disposition, Locations, Metadata, NewObject, Store, StoreSettings, UrlCache},
};
use serde_json::{Value, json};
use sink::{FROZEN, NORMAL, SLOW, Sink};
use tokio::{runtime::Runtime, task::JoinSet};

/// Returns the duration of each measurement.
fn duration() -> Duration {
    Duration::from_secs(std::env::var("SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(5))
}

/// Returns the number of tickets to store.
fn tickets() -> usize {
    std::env::var("TICKETS").ok().and_then(|text| text.parse().ok()).unwrap_or(60_000)
}

/// Measures a sale while storage is frozen, gone and slow, and then the time to store all files.
fn outage() {
    const SERVER: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 18_090);
    let number = |name: &str, default: f64| std::env::var(name).map_or(default, |text| text.parse().unwrap());
    let duration = Duration::from_secs_f64(number("OUTAGE", 20.0));
    let rate = number("RATE", 3000.0);
    // Only the replica renders files.
    let dev_server =
        DevServer::start(&["registrar.surge=1", "sweeper.interval_ms=3600000", "housekeeper.interval_seconds=0"]);
    let mut sink = Sink::start("127.0.0.1:0");
    let address = sink.address;
    let settings =
        ["storage.allow_public=true", "storage.allow_foreign=true", "housekeeper.interval_seconds=0", "spool.mb=64"];
    let server = dev_server.replica_with(SERVER, &format!("http://{address}"), &settings);
    while std::net::TcpStream::connect(SERVER).is_err() {
        std::thread::sleep(Duration::from_millis(5));
    }
    let sale = |what: &str, sink: Option<&Sink>| {
        let before = sink.map_or(0, |sink| sink.requests.load(Ordering::Relaxed));
        // A new event, because idempotency keys repeat in each sale.
        let event = dev_server.event(None);
        let load = Load { rate: Some(rate), ..Load::registrations(SERVER, &event, 64, duration, true) };
        let seen = run_load(&load);
        let requests = sink.map_or(0, |sink| sink.requests.load(Ordering::Relaxed)) - before;
        print_line(what, format!("{:.0} per second", seen.rate(&seen.accepted)), None);
        let figures = format!("{}, {}, {requests}", format_latencies(&seen), seen.shed.count());
        print_line("  p50 and p99, shed, requests to storage", figures, None);
        let memory = format!("{} MB, {} MB", memory_mb(&server, "VmRSS"), memory_mb(&server, "VmHWM"));
        print_line("  memory, and peak so far", memory, None);
    };
    sale("storage works", Some(&sink));
    sink.mode.store(FROZEN, Ordering::Relaxed);
    sale("storage is frozen", Some(&sink));
    sink.mode.store(NORMAL, Ordering::Relaxed);
    sale("storage works again", Some(&sink));
    sink.kill();
    sale("storage is gone", None);
    sink = Sink::start(&address.to_string());
    sale("storage is back", Some(&sink));
    sink.mode.store(SLOW, Ordering::Relaxed);
    sale("storage takes two seconds per request", Some(&sink));
    sink.mode.store(NORMAL, Ordering::Relaxed);
    let begin = Instant::now();
    let count = |sql: &str| dev_server.query(sql).parse::<usize>().unwrap();
    let total = count("SELECT count(*) FROM registrations WHERE status = 1 /* confirmed */");
    let stored = || count("SELECT count(*) FROM documents WHERE state = 2 /* stored */");
    let left = total - stored();
    while stored() < total {
        assert!(begin.elapsed() < Duration::from_secs(3600), "some files are not stored");
        std::thread::sleep(Duration::from_millis(500));
    }
    print_line(&format!("the last {left} of {total} stored"), format!("{:.1} s", begin.elapsed().as_secs_f64()), None);
    let memory = format!("{} MB, {} MB", memory_mb(&server, "VmRSS"), memory_mb(&server, "VmHWM"));
    print_line("  memory, and peak so far", memory, None);
    dev_server.check();
}

fn settings(endpoint: &str) -> StoreSettings {
    StoreSettings {
        places: Locations::new("onsale", "").unwrap(),
        region: "us-east-1".into(),
        endpoint: Some(endpoint.into()),
        public_endpoint: None,
        cdn: None,
        credentials: Some(Credentials {
            access_key_id: "key".into(),
            secret_access_key: "secret".into(),
            session_token: None,
        }),
        in_flight: 64,
        connect: Duration::from_secs(2),
        attempt: Duration::from_secs(10),
        operation: Duration::from_secs(20),
        encryption: None,
        kms_key: None,
        class: None,
        part_bytes: 8 << 20,
    }
}

fn print_line(what: &str, figure: String, floor: Option<f64>) {
    let ratio = floor.map_or_else(|| "      –".to_owned(), |ratio| format!("{ratio:>7.2}"));
    println!("{what:<58} {figure:>22} {ratio}");
}

/// Returns the executions of `work` per second with `tasks` concurrent tasks.
fn rate<F: Future<Output = ()> + Send + 'static>(
    runtime: &Runtime,
    tasks: usize,
    work: impl Fn(usize) -> F + Send + Sync + 'static,
) -> f64 {
    let work = Arc::new(work);
    let end = Instant::now() + duration();
    runtime.block_on(async {
        let mut running = JoinSet::new();
        for task in 0..tasks {
            let work = work.clone();
            running.spawn(async move {
                let mut count = 0_u64;
                while Instant::now() < end {
                    work(task * 1_000_003 + count as usize).await;
                    count += 1;
                }
                count
            });
        }
        running.join_all().await.into_iter().sum::<u64>() as f64 / duration().as_secs_f64()
    })
}

fn parts(sink: SocketAddr) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let endpoint = format!("http://{sink}");
    let store = runtime.block_on(Store::new(settings(&endpoint), runtime.handle().clone()));
    let key = |n: usize| format!("tickets/GDN2025-{:04}.pdf", n % 1000);
    let life = Duration::from_secs(300);

    let signing = store.clone();
    let signed = rate(&runtime, 1, move |n| {
        let store = signing.clone();
        async move { drop(store.presign(&key(n), life, Disposition::Inline).await.unwrap()) }
    });
    print_line("pre-sign a URL, one task", format!("{:.1} µs", 1e6 / signed), None);
    for tasks in [1, 2, 16, 64] {
        let urls = UrlCache::new(store.clone(), life, 100_000);
        let hits = rate(&runtime, tasks, move |n| {
            let urls = urls.clone();
            async move { drop(urls.get(&key(n), ContentHash([7; 32]), Disposition::Inline).await.unwrap()) }
        });
        let of = format!("the same from the cache, {tasks} tasks on two threads");
        print_line(&of, format!("{hits:.0} per second"), Some(hits / signed));
    }

    let body = Bytes::from(vec![7; 15_350]);
    let config = runtime.block_on(async {
        let keys = aws_sdk_s3::config::Credentials::new("key", "secret", None, None, "bench");
        aws_sdk_s3::config::Builder::new()
            .behavior_version(aws_sdk_s3::config::BehaviorVersion::latest())
            .region(aws_sdk_s3::config::Region::new("us-east-1"))
            .credentials_provider(keys)
            .endpoint_url(&endpoint)
            .force_path_style(true)
            .request_checksum_calculation(aws_sdk_s3::config::RequestChecksumCalculation::WhenRequired)
            .build()
    });
    let (client, bytes) = (aws_sdk_s3::Client::from_conf(config), body.clone());
    let floor = rate(&runtime, 64, move |n| {
        let put = client.put_object().bucket("onsale").key(key(n)).body(bytes.clone().into());
        async move { drop(put.send().await.unwrap()) }
    });
    print_line("floor: the SDK puts 15 KB, 64 in flight", format!("{floor:.0} per second"), Some(1.0));
    let ours = rate(&runtime, 64, move |n| {
        let object = NewObject {
            key: key(n),
            bytes: body.clone(),
            content_type: "application/pdf",
            metadata: Metadata::from([("source".to_owned(), "bench".to_owned())]),
            replace: true,
        };
        let store = store.clone();
        async move { drop(store.put(object).await.unwrap()) }
    });
    print_line("Onsale: rate-limited, with digest and metadata", format!("{ours:.0} per second"), Some(ours / floor));
}

/// Registers about `count` times, and returns the paths of 500 files.
fn register(address: SocketAddr, event: &str, count: usize) -> Vec<String> {
    // Estimated time; the actual number is counted afterwards.
    let duration = Duration::from_secs_f64(count as f64 / 30_000.0);
    run_load(&Load::registrations(address, event, 64, duration, true));
    let body = json!({"event": event, "attendees": [{"name": "Ada", "email": "ada@example.com"}]});
    let path = |_| {
        let answer =
            ureq::post(format!("http://{address}/api/register")).header("prefer", "return=minimal").send_json(&body);
        let answer: Value = answer.unwrap().body_mut().read_json().unwrap();
        let data = &answer["data"];
        let text = |name: &str| data[name].as_str().unwrap().to_owned();
        format!("/api/register/{}/pdf?token={}", text("registrationId"), text("accessToken"))
    };
    (0..500).map(path).collect()
}

fn server(sink: SocketAddr) {
    const SERVER: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 18_090);
    let floor = Floor::start();
    let json = run_load(&Load::registrations(floor.address, "floor", 64, duration(), true));
    let json = json.rate(&json.accepted);
    drop(floor);
    print_line("floor: parse JSON, answer 201", format!("{json:.0} per second"), Some(1.0));

    // The first server only registers; the replica only renders and stores.
    let dev_server =
        DevServer::start(&["registrar.surge=1", "sweeper.interval_ms=3600000", "housekeeper.interval_seconds=0"]);
    let event = dev_server.event(None);
    let paths = register(dev_server.address, &event, tickets());
    let settings = [
        "storage.allow_public=true",
        "storage.allow_foreign=true",
        "housekeeper.interval_seconds=0",
        "sweeper.grace_seconds=1",
        "storage.attempt_ms=30000",
        "storage.operation_ms=60000",
        "renderer.queue=4096",
        "sweeper.claim=2048",
        "sweeper.interval_ms=200",
    ];
    let storing = dev_server.replica_with(SERVER, &format!("http://{sink}"), &settings);
    let stored =
        || dev_server.query("SELECT count(*) FROM documents WHERE state = 2 /* stored */").parse::<usize>().unwrap();
    let total: usize = dev_server.query("SELECT count(*) FROM registrations").parse().unwrap();
    let wait_for = |wanted: usize| {
        let deadline = Instant::now() + Duration::from_secs(3600);
        loop {
            let count = stored();
            if count >= wanted {
                return (count, Instant::now());
            }
            assert!(Instant::now() < deadline, "only {count} of {total} are stored");
            std::thread::sleep(Duration::from_millis(500));
        }
    };
    let (first, begin) = wait_for(total / 10);
    let early = memory_mb(&storing, "VmRSS");
    let (last, ended) = wait_for(total);
    let rate = (last - first) as f64 / (ended - begin).as_secs_f64();
    print_line("promised, rendered, stored, recorded", format!("{rate:.0} tickets per second"), None);
    let peak = memory_mb(&storing, "VmHWM");
    print_line(&format!("memory after a tenth of {total}, and peak"), format!("{early} MB, {peak} MB"), None);

    let again = run_load(&Load::gets(SERVER, &paths, 64, duration()));
    let figure = again.rate(&again.accepted);
    print_line("302 from a warm cache, 64 connections", format!("{figure:.0} per second"), Some(figure / json));
    print_line("  latency, p50 and p99", format_latencies(&again), None);
    drop(storing);

    // All files are marked as not stored, so every download is rendered.
    dev_server.query("UPDATE documents SET state = 1 /* pending */, due_at = now() + interval '1 day'");
    let rendering = dev_server.replica_with(
        SERVER,
        &format!("http://{sink}"),
        &[&settings[..], &["sweeper.interval_ms=3600000"]].concat(),
    );
    while std::net::TcpStream::connect(SERVER).is_err() {
        std::thread::sleep(Duration::from_millis(5));
    }
    let first = run_load(&Load::gets(SERVER, &paths, 1, duration()));
    print_line("a download before it is stored, p50 and p99", format_latencies(&first), None);
    let many = run_load(&Load::gets(SERVER, &paths, 64, duration()));
    print_line("the same, 64 connections", format!("{:.0} per second", many.rate(&many.accepted)), None);
    drop(rendering);
}

fn format_latencies(outcome: &generator::Outcome) -> String {
    format!("{:.2} ms, {:.2} ms", outcome.accepted.quantile(0.5), outcome.accepted.quantile(0.99))
}

fn main() {
    // `cargo test --benches` lists or tests benches; this one has no quick run.
    if std::env::args().any(|argument| argument == "--list" || argument == "--test") {
        return;
    }
    println!("{:<58} {:>22} {:>7}", "", "", "ratio");
    let sink = Sink::start("127.0.0.1:0").address;
    let only = std::env::var("ONLY").unwrap_or_default();
    let wanted = |part: &str| only.is_empty() || only == part;
    if wanted("parts") {
        parts(sink);
    }
    if wanted("server") {
        server(sink);
    }
    if wanted("outage") {
        outage();
    }
}
