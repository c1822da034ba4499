//! People beside the sale: session look-ups against the JSON floor of the same run, the time of pages, and what a flood of
//! sign-ins does to registrations.
//!
//! ```sh
//! cargo bench --bench people
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

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use dev_server::{DevServer, Floor};
use generator::{Load, Outcome, run_load};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

const CONNECTIONS: usize = 64;
/// Connections of the flood: more than passwords may wait, so that most are refused at once.
const FLOOD_CONNECTIONS: usize = 256;
/// Sales alone and beside the flood, in turn.
const ROUNDS: usize = 5;
/// Registrations a second beside the flood.
const SALE: f64 = 1000.0;
/// Sign-ins a second.
const FLOOD: f64 = 1000.0;
/// The organizer of the demo.
const EMAIL: &str = "meera@example.com";
/// No limit for a network: the bench comes from one.
const UNLIMITED: &str = "accounts.tries_per_hour=0";

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

    let server = DevServer::start(&[UNLIMITED]);
    let cookie = sign_in(&server);
    let with_cookie = |path: &str, connections, rate| {
        let request =
            format!("GET {path} HTTP/1.1\r\nHost: bench\r\nAccept: text/html\r\nCookie: onsale={cookie}\r\n\r\n");
        let requests = Some(Arc::new(vec![request.into_bytes()]));
        run_load(&Load { rate, requests, ..Load::registrations(server.address, "", connections, duration(), true) })
    };
    let looked_up = with_cookie("/api/organizers", CONNECTIONS, None);
    let rate = looked_up.rate(&looked_up.accepted);
    println!("{:<52} {rate:>9.0}/s   {:.2} of the floor", "session look-up, answer as JSON", rate / json);

    for (path, what) in [("/sign-in", "no query"), ("/my-tickets", "one query"), ("/account", "three queries")] {
        let cookie_less = path == "/sign-in";
        let shown = match cookie_less {
            true => run_load(&Load::gets(server.address, &[path.to_owned()], 1, duration())),
            false => with_cookie(path, 1, None),
        };
        let [p50, p99] = [0.5, 0.99].map(|quantile| shown.accepted.quantile(quantile));
        println!("{:<52} {p50:>6.2} ms   p99 {p99:.2} ms", format!("page {path} ({what}), one at a time"));
    }

    // Seats only: files that are rendered beside would hide what the flood does.
    drop(server);
    let server = DevServer::start(&[UNLIMITED, "registrar.surge=1", "housekeeper.interval_seconds=0"]);
    let sale = || {
        let event = server.event(None);
        run_load(&Load {
            rate: Some(SALE),
            ..Load::registrations(server.address, &event, CONNECTIONS, duration(), true)
        })
    };
    drop(sale());
    let mut times = Vec::new();
    for _ in 0..ROUNDS {
        let alone = sale();
        print_sale("registrations, 1,000 a second, alone", &alone, None);
        let sign_ins = Flood::start(server.address);
        let beside = sale();
        let (answers, tried) = sign_ins.stop();
        print_sale("the same beside 1,000 sign-ins a second", &beside, Some(alone.accepted.quantile(0.99)));
        println!("{:<52} {answers:>9.0}/s   of which hashed {tried:.0}/s", "  sign-ins answered meanwhile");
        times.push(beside.accepted.quantile(0.99) / alone.accepted.quantile(0.99));
    }
    times.sort_by(f64::total_cmp);
    println!("{:<52} {:>9.2} times (median of {ROUNDS})", "p99 of registrations beside the flood", times[ROUNDS / 2]);
}

fn print_sale(what: &str, outcome: &Outcome, alone: Option<f64>) {
    let [p50, p99, most] = [0.5, 0.99, 1.0].map(|quantile| outcome.accepted.quantile(quantile));
    let times = alone.map_or_else(String::new, |alone| format!("   {:.2} times", p99 / alone));
    println!(
        "{what:<52} {:>9.0}/s   p50 {p50:.2}, p99 {p99:.2}, maximum {most:.1} ms{times}; refused {}",
        outcome.rate(&outcome.accepted),
        outcome.shed.count()
    );
}

/// Signs an organizer in, and returns the cookie of the session.
fn sign_in(server: &DevServer) -> String {
    let body = json!({"email": EMAIL, "password": server.account_password()});
    let answer = ureq::post(format!("http://{}/api/sessions", server.address)).send_json(&body).unwrap();
    let cookies = answer.headers().get_all("set-cookie").iter();
    let session = cookies.filter_map(|cookie| cookie.to_str().ok()?.strip_prefix("onsale=")?.split(';').next());
    let session = session.map(str::to_owned).next().unwrap();
    let me: Value = ureq::get(format!("http://{}/api/me", server.address))
        .header("cookie", format!("onsale={session}"))
        .call()
        .unwrap()
        .into_body()
        .read_json()
        .unwrap();
    assert_eq!(me["email"], EMAIL);
    session
}

/// Sign-ins with wrong passwords for ever other addresses, from another thread.
struct Flood {
    stop: Arc<AtomicBool>,
    thread: thread::JoinHandle<(u64, u64, f64)>,
}

impl Flood {
    fn start(address: SocketAddr) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = stop.clone();
        let thread = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async move {
                let (answered, hashed) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
                let start = Instant::now();
                let mut connections = Vec::new();
                for index in 0..FLOOD_CONNECTIONS {
                    let (stop, answered, hashed) = (stopped.clone(), answered.clone(), hashed.clone());
                    connections.push(tokio::spawn(async move {
                        let mut socket = TcpStream::connect(address).await.unwrap();
                        let interval = Duration::from_secs_f64(FLOOD_CONNECTIONS as f64 / FLOOD);
                        let mut next = Instant::now() + interval.mul_f64(index as f64 / FLOOD_CONNECTIONS as f64);
                        let mut buffer = vec![0; 4096];
                        for number in 0_u64.. {
                            if stop.load(Ordering::Relaxed) {
                                break;
                            }
                            tokio::time::sleep_until(next.into()).await;
                            next += interval;
                            let body = format!("{{\"email\":\"{index}-{number}@example.com\",\"password\":\"wrong\"}}");
                            let request = format!(
                                "POST /api/sessions HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n\
                                 Content-Length: {}\r\n\r\n{body}",
                                body.len()
                            );
                            socket.write_all(request.as_bytes()).await.unwrap();
                            let length = socket.read(&mut buffer).await.unwrap();
                            assert!(length > 12, "the connection is open");
                            answered.fetch_add(1, Ordering::Relaxed);
                            hashed.fetch_add(u64::from(&buffer[9..12] == b"401"), Ordering::Relaxed);
                        }
                    }));
                }
                for connection in connections {
                    connection.await.unwrap();
                }
                (answered.load(Ordering::Relaxed), hashed.load(Ordering::Relaxed), start.elapsed().as_secs_f64())
            })
        });
        Self { stop, thread }
    }

    /// Returns answers, and passwords hashed, in a second.
    fn stop(self) -> (f64, f64) {
        self.stop.store(true, Ordering::Relaxed);
        let (answered, hashed, seconds) = self.thread.join().unwrap();
        (answered as f64 / seconds, hashed as f64 / seconds)
    }
}
