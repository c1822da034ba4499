//! What storing and handing out costs: the parts beside their floors, then a server that stores, all in one run.
//!
//! ```sh
//! cargo bench --bench storage --profile quick
//! ONLY=parts cargo bench --bench storage    # or ONLY=server; SECONDS and TICKETS change how long and how many
//! ONLY=outage cargo bench --bench storage   # storage frozen, gone and slow under a sale; OUTAGE seconds each, RATE a second
//! ```
//!
//! Storage is a sink in this process, which reads what comes and throws it away: what is measured is ours. PostgreSQL (with
//! fsync), the sink and the generator share the machine's cores.

#![expect(clippy::unwrap_used, reason = "a bench that cannot run says so by panicking")]
#![expect(clippy::print_stdout, reason = "the table is the result")]
#![expect(clippy::cast_possible_truncation, reason = "of positions in a list")]

#[expect(dead_code, reason = "the surge's bench uses the rest")]
#[path = "surge/generator.rs"]
mod generator;
#[path = "surge/sink.rs"]
mod sink;
#[expect(dead_code, reason = "the surge's bench uses the rest")]
#[path = "surge/stage.rs"]
mod stage;

use std::{
    net::SocketAddr,
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};

use bytes::Bytes;
use generator::{Load, drive};
use onsale::{
    domain::ContentHash,
    store::{Credentials, Disposition, Metadata, NewObject, Places, Store, StoreSettings, Urls},
};
use serde_json::{Value, json};
use sink::{FROZEN, SLOW, Sink, WELL};
use stage::{Floor, Stage, memory_mb};
use tokio::{runtime::Runtime, task::JoinSet};

/// How long each figure is measured.
fn length() -> Duration {
    Duration::from_secs(std::env::var("SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(5))
}

/// Tickets that are stored while somebody watches.
fn tickets() -> usize {
    std::env::var("TICKETS").ok().and_then(|text| text.parse().ok()).unwrap_or(60_000)
}

/// A sale goes on while storage is frozen, then gone, then slow; and what happens afterwards.
fn outage() {
    const SERVER: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 18_090);
    let number = |name: &str, default: f64| std::env::var(name).map_or(default, |text| text.parse().unwrap());
    let length = Duration::from_secs_f64(number("OUTAGE", 20.0));
    let rate = number("RATE", 3000.0);
    // Only the other server makes files.
    let stage = Stage::start(&["registrar.surge=1", "sweeper.interval_ms=3600000", "housekeeper.interval_seconds=0"]);
    let mut sink = Sink::start("127.0.0.1:0");
    let address = sink.address;
    let settings = ["storage.allow_public=true", "housekeeper.interval_seconds=0", "spool.mb=64"];
    let server = stage.replica_with(SERVER, &format!("http://{address}"), &settings);
    while std::net::TcpStream::connect(SERVER).is_err() {
        std::thread::sleep(Duration::from_millis(5));
    }
    let sale = |what: &str, sink: Option<&Sink>| {
        let before = sink.map_or(0, |sink| sink.asked.load(Ordering::Relaxed));
        // An event of its own, so that nobody has registered for it before.
        let event = stage.event(None);
        let load = Load { rate: Some(rate), ..Load::registrations(SERVER, &event, 64, length, true) };
        let seen = drive(&load);
        let asked = sink.map_or(0, |sink| sink.asked.load(Ordering::Relaxed)) - before;
        line(what, format!("{:.0} a second", seen.rate(&seen.accepted)), None);
        let figures = format!("{}, {}, {asked}", waits(&seen), seen.shed.count());
        line("  p50 and p99, told to come back, storage asked", figures, None);
        let memory = format!("{} MB, {} MB", memory_mb(&server, "VmRSS"), memory_mb(&server, "VmHWM"));
        line("  memory, and at most so far", memory, None);
    };
    sale("storage is well", Some(&sink));
    sink.mood.store(FROZEN, Ordering::Relaxed);
    sale("storage is frozen", Some(&sink));
    sink.mood.store(WELL, Ordering::Relaxed);
    sale("it is well again", Some(&sink));
    sink.kill();
    sale("storage is gone", None);
    sink = Sink::start(&address.to_string());
    sale("it is back", Some(&sink));
    sink.mood.store(SLOW, Ordering::Relaxed);
    sale("storage takes two seconds for everything", Some(&sink));
    sink.mood.store(WELL, Ordering::Relaxed);
    let begun = Instant::now();
    let count = |sql: &str| stage.query(sql).parse::<usize>().unwrap();
    let total = count("SELECT count(*) FROM registrations WHERE status = 1");
    let stored = || count("SELECT count(*) FROM documents WHERE state = 2");
    let left = total - stored();
    while stored() < total {
        assert!(begun.elapsed() < Duration::from_secs(3600), "not everything is stored");
        std::thread::sleep(Duration::from_millis(500));
    }
    line(&format!("the last {left} of {total} stored"), format!("{:.1} s", begun.elapsed().as_secs_f64()), None);
    let memory = format!("{} MB, {} MB", memory_mb(&server, "VmRSS"), memory_mb(&server, "VmHWM"));
    line("  memory, and at most so far", memory, None);
    stage.check();
}

fn settings(endpoint: &str) -> StoreSettings {
    StoreSettings {
        places: Places::new("onsale", "").unwrap(),
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

fn line(what: &str, figure: String, floor: Option<f64>) {
    let ratio = floor.map_or_else(|| "      –".to_owned(), |ratio| format!("{ratio:>7.2}"));
    println!("{what:<58} {figure:>22} {ratio}");
}

/// So many runs of `work` a second by `tasks` tasks.
fn rate<F: Future<Output = ()> + Send + 'static>(
    runtime: &Runtime,
    tasks: usize,
    work: impl Fn(usize) -> F + Send + Sync + 'static,
) -> f64 {
    let work = Arc::new(work);
    let end = Instant::now() + length();
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
        running.join_all().await.into_iter().sum::<u64>() as f64 / length().as_secs_f64()
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
    line("pre-sign a URL, one task", format!("{:.1} µs", 1e6 / signed), None);
    for tasks in [1, 2, 16, 64] {
        let urls = Urls::new(store.clone(), life, 100_000);
        let hits = rate(&runtime, tasks, move |n| {
            let urls = urls.clone();
            async move { drop(urls.get(&key(n), ContentHash([7; 32]), Disposition::Inline).await.unwrap()) }
        });
        let of = format!("the same from the cache, {tasks} tasks on two threads");
        line(&of, format!("{hits:.0} a second"), Some(hits / signed));
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
    line("floor: the SDK puts 15 KB, 64 in flight", format!("{floor:.0} a second"), Some(1.0));
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
    line("ours: paced, digested, with metadata", format!("{ours:.0} a second"), Some(ours / floor));
}

/// Registers about so many, and returns the paths of some of their files.
fn register(address: SocketAddr, event: &str, count: usize) -> Vec<String> {
    // About so long takes what is wanted; how many came is counted afterwards.
    let length = Duration::from_secs_f64(count as f64 / 30_000.0);
    drive(&Load::registrations(address, event, 64, length, true));
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
    let json = drive(&Load::registrations(floor.address, "floor", 64, length(), true));
    let json = json.rate(&json.accepted);
    drop(floor);
    line("floor: parse JSON, answer 201", format!("{json:.0} a second"), Some(1.0));

    // Registered with one server that makes no files; stored by another that has nothing else to do.
    let stage = Stage::start(&["registrar.surge=1", "sweeper.interval_ms=3600000", "housekeeper.interval_seconds=0"]);
    let event = stage.event(None);
    let paths = register(stage.address, &event, tickets());
    let settings = [
        "storage.allow_public=true",
        "housekeeper.interval_seconds=0",
        "sweeper.grace_seconds=1",
        "storage.attempt_ms=30000",
        "storage.operation_ms=60000",
        "renderer.queue=4096",
        "sweeper.claim=2048",
        "sweeper.interval_ms=200",
    ];
    let storing = stage.replica_with(SERVER, &format!("http://{sink}"), &settings);
    let stored = || stage.query("SELECT count(*) FROM documents WHERE state = 2").parse::<usize>().unwrap();
    let total: usize = stage.query("SELECT count(*) FROM registrations").parse().unwrap();
    let wait_for = |wanted: usize| {
        let give_up = Instant::now() + Duration::from_secs(3600);
        loop {
            let count = stored();
            if count >= wanted {
                return (count, Instant::now());
            }
            assert!(Instant::now() < give_up, "only {count} of {total} are stored");
            std::thread::sleep(Duration::from_millis(500));
        }
    };
    let (first, begun) = wait_for(total / 10);
    let early = memory_mb(&storing, "VmRSS");
    let (last, ended) = wait_for(total);
    let rate = (last - first) as f64 / (ended - begun).as_secs_f64();
    line("promised, rendered, stored, recorded", format!("{rate:.0} tickets a second"), None);
    let most = memory_mb(&storing, "VmHWM");
    line(&format!("memory after a tenth, and at most, of {total}"), format!("{early} MB, {most} MB"), None);

    let again = drive(&Load::gets(SERVER, &paths, 64, length()));
    let figure = again.rate(&again.accepted);
    line("302 from a warm cache, 64 connections", format!("{figure:.0} a second"), Some(figure / json));
    line("  its wait, p50 and p99", waits(&again), None);
    drop(storing);

    // Nothing is stored any more: every download is rendered.
    stage.query("UPDATE documents SET state = 1, due_at = now() + interval '1 day'");
    let rendering = stage.replica_with(
        SERVER,
        &format!("http://{sink}"),
        &[&settings[..], &["sweeper.interval_ms=3600000"]].concat(),
    );
    while std::net::TcpStream::connect(SERVER).is_err() {
        std::thread::sleep(Duration::from_millis(5));
    }
    let first = drive(&Load::gets(SERVER, &paths, 1, length()));
    line("a download before it is stored, p50 and p99", waits(&first), None);
    let many = drive(&Load::gets(SERVER, &paths, 64, length()));
    line("the same, 64 connections", format!("{:.0} a second", many.rate(&many.accepted)), None);
    drop(rendering);
}

fn waits(outcome: &generator::Outcome) -> String {
    format!("{:.2} ms, {:.2} ms", outcome.accepted.quantile(0.5), outcome.accepted.quantile(0.99))
}

fn main() {
    // `cargo test --benches` asks for a list; there is nothing quick to run.
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
