//! Every known attack at once beside a sale, for an hour: the latency of the sale and the memory of the server by minute.
//!
//! ```sh
//! cargo bench --bench soak           # an hour
//! MINUTES=5 cargo bench --bench soak
//! ```
//!
//! The first two minutes are the sale alone. Each attack is a thread that sends its request again and again, as fast as
//! the server answers, with a pause that keeps the attackers' share of the two cores small.

#![expect(clippy::unwrap_used, reason = "a bench that cannot run panics")]
#![expect(clippy::print_stdout, reason = "the table is the result")]
#![expect(clippy::cast_possible_truncation, reason = "list positions and counts")]

#[expect(dead_code, reason = "used by the surge bench")]
#[path = "surge/dev_server.rs"]
mod dev_server;
#[expect(dead_code, reason = "used by the surge bench")]
#[path = "surge/generator.rs"]
mod generator;

use std::{
    io::{Read, Write},
    net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use dev_server::{DevServer, Replica, memory_mb};
use generator::{Load, run_load};
use serde_json::{Value, json};

const SERVER: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 18_093);
/// Registrations per second of the sale.
const RATE: f64 = 200.0;
/// Pause of an attacker after each request.
const PAUSE: Duration = Duration::from_millis(20);
/// Sockets that stay silent at once.
const SILENT: usize = 200;

/// What the attackers know: their own organizer's token, their event, and one of its registrations.
struct Target {
    token: String,
    event: String,
    registration: String,
    ticket: String,
    access: String,
    ended: AtomicBool,
}

/// Sends a request and reads the whole answer. Returns its status; 0 if the connection was cut.
fn send(method: &str, path: &str, headers: &str, body: &[u8]) -> u16 {
    let exchange = || -> std::io::Result<Vec<u8>> {
        let mut socket = TcpStream::connect(SERVER)?;
        socket.set_read_timeout(Some(Duration::from_secs(30)))?;
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: soak\r\nConnection: close\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\n{headers}\r\n",
            body.len()
        );
        socket.write_all(head.as_bytes())?;
        socket.write_all(body)?;
        let mut answer = Vec::new();
        socket.read_to_end(&mut answer)?;
        Ok(answer)
    };
    let status = |answer: Vec<u8>| std::str::from_utf8(answer.get(9..12)?).ok()?.parse().ok();
    exchange().ok().and_then(status).unwrap_or(0)
}

impl Target {
    fn is_on(&self) -> bool {
        !self.ended.load(Ordering::Relaxed)
    }

    fn as_organizer(&self, method: &str, path: &str, body: &Value) -> u16 {
        let headers = format!("Authorization: Bearer {}\r\n", self.token);
        send(method, path, &headers, body.to_string().as_bytes())
    }

    fn register(&self, more: &str) -> u16 {
        let body = format!(
            "{{\"event\":\"{}\",\"attendees\":[{{\"name\":\"Eve\",\"email\":\"eve@example.com\"}}]{more}}}",
            self.event
        );
        send("POST", "/api/register", "", body.as_bytes())
    }
}

/// True if at least one request of an attack must be served, false if none may be.
const SERVED: bool = true;
const REFUSED: bool = false;

type Attack = (&'static str, bool, fn(&Target, u64) -> u16);

/// The attacks of the findings, one request of each.
const ATTACKS: &[Attack] = &[
    ("huge numbers in answers", REFUSED, |t, _| {
        t.register(&format!(",\"answers\":{{\"n\":[{}1]}}", "9e307,".repeat(9000)))
    }),
    ("answers of 15 KB", SERVED, |t, n| {
        t.register(&format!(",\"answers\":{{\"n\":\"{}\"}}", format!("{n:08}").repeat(1900)))
    }),
    ("lists of registrants", SERVED, |t, _| {
        t.as_organizer("GET", &format!("/api/events/{}/registrations?limit=200", t.event), &Value::Null)
    }),
    ("exports as CSV", SERVED, |t, _| {
        t.as_organizer("GET", &format!("/api/events/{}/registrations?format=csv", t.event), &Value::Null)
    }),
    ("searches", SERVED, |t, n| {
        t.as_organizer("GET", &format!("/api/events/{}/registrations?q=x{n}", t.event), &Value::Null)
    }),
    ("figures", SERVED, |t, _| t.as_organizer("GET", &format!("/api/events/{}/stats", t.event), &Value::Null)),
    ("searches of events", SERVED, |_, n| send("GET", &format!("/api/events?q=a{n}+b+c"), "", b"")),
    ("bodies that name the event everywhere", REFUSED, |t, _| {
        let body = format!("{{\"{0}\":\"{0}\",\"name\":[\"{0}\"]}}", t.event);
        send("POST", "/api/register", "", body.as_bytes())
    }),
    ("JSON of 60 KB, nested", REFUSED, |_, _| send("POST", "/api/register", "", "[".repeat(60_000).as_bytes())),
    ("garbage tokens", REFUSED, |_, n| send("GET", "/api/jobs", &format!("Authorization: Bearer onsale_{n}\r\n"), b"")),
    ("cursors far away", REFUSED, |t, _| {
        let path = format!("/api/events/{}/registrations?cursor=LTk5OTktMDEtMDE", t.event);
        t.as_organizer("GET", &path, &Value::Null)
    }),
    ("reissues", SERVED, |t, _| {
        t.as_organizer("POST", &format!("/api/events/{}/regenerations", t.event), &json!({"reissue": true}))
    }),
    ("archives", SERVED, |t, _| t.as_organizer("POST", &format!("/api/events/{}/archives", t.event), &json!({}))),
    ("edits of the event", SERVED, |t, n| {
        t.as_organizer("PATCH", &format!("/api/events/{}", t.event), &json!({"title": format!("Title {n}")}))
    }),
    ("layouts", SERVED, |t, n| {
        let text = json!({"kind": "text", "x": 5, "y": 5, "width": 90, "text": format!("{n} {{attendee.name}}"), "size": 60, "smallest": 4});
        let layout = json!({"pages": [{"width": 100, "height": 100, "elements": vec![text; 30]}]});
        t.as_organizer("PUT", &format!("/api/events/{}/layout", t.event), &layout)
    }),
    ("codes of one ticket", SERVED, |t, _| {
        send("POST", &format!("/api/tickets/{}/qr-code?token={}", t.ticket, t.access), "", b"")
    }),
    ("downloads of one file", SERVED, |t, _| {
        send("GET", &format!("/api/register/{}/pdf?token={}", t.registration, t.access), "", b"")
    }),
];

/// Answers by the first digit of their status; 0: the connection was cut.
type Counts = Arc<[AtomicU64; 6]>;

fn attack(target: &Arc<Target>, (_, _, request): Attack, counts: &Counts) -> std::thread::JoinHandle<()> {
    let (target, counts) = (target.clone(), counts.clone());
    std::thread::spawn(move || {
        let mut turn = 0;
        while target.is_on() {
            let status = request(&target, turn);
            counts[usize::from(status / 100).min(5)].fetch_add(1, Ordering::Relaxed);
            turn += 1;
            std::thread::sleep(PAUSE);
        }
    })
}

/// Classes of answers, as in the tables.
const CLASSES: [usize; 5] = [0, 2, 3, 4, 5];

fn sums(counts: &[Counts]) -> [u64; 5] {
    CLASSES.map(|class| counts.iter().map(|one| one[class].load(Ordering::Relaxed)).sum())
}

/// Keeps connections open that send the beginning of a chunked body, half a head, or read no answers.
fn stay_silent(target: &Arc<Target>) -> std::thread::JoinHandle<()> {
    let target = target.clone();
    std::thread::spawn(move || {
        let mut sockets = Vec::new();
        let beginnings: [&[u8]; 3] = [
            b"POST /api/register HTTP/1.1\r\nHost: soak\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"eve",
            b"POST /api/register HTTP/1.1\r\nHost: so",
            b"GET /api/openapi.json HTTP/1.1\r\nHost: soak\r\n\r\nGET /api/openapi.json HTTP/1.1\r\nHost: soak\r\n\r\n",
        ];
        while target.is_on() {
            if let Ok(mut socket) = TcpStream::connect(SERVER) {
                let _ = socket.write_all(beginnings[sockets.len() % 3]);
                sockets.push(socket);
            }
            if sockets.len() >= SILENT {
                sockets.remove(0);
            }
            std::thread::sleep(PAUSE);
        }
    })
}

fn start_server(dev_server: &DevServer) -> Replica {
    let settings = ["storage.allow_public=true", "storage.allow_foreign=true", "housekeeper.interval_seconds=30"];
    let server = dev_server.replica(SERVER, &settings);
    while TcpStream::connect(SERVER).is_err() {
        std::thread::sleep(Duration::from_millis(5));
    }
    server
}

/// Creates the attackers' event and one registration.
fn prepare(dev_server: &DevServer) -> Target {
    let event = dev_server.event(None);
    let body = json!({"event": event, "attendees": [{"name": "Eve", "email": "eve@example.com"}]});
    let answer: Value =
        ureq::post(format!("http://{SERVER}/api/register")).send_json(&body).unwrap().body_mut().read_json().unwrap();
    let text = |name: &str| answer["data"][name].as_str().unwrap().to_owned();
    let (registration, access) = (text("registrationId"), text("accessToken"));
    let ticket = answer["data"]["tickets"][0]["ticketId"].as_str().unwrap().to_owned();
    Target { token: dev_server.token().to_owned(), event, registration, ticket, access, ended: AtomicBool::new(false) }
}

fn main() {
    // `cargo test --benches` lists or tests benches; this one has no quick run.
    if std::env::args().any(|argument| argument == "--list" || argument == "--test") {
        return;
    }
    let minutes: u64 = std::env::var("MINUTES").map_or(60, |text| text.parse().unwrap());
    let dev_server =
        DevServer::start(&["sweeper.interval_ms=3600000", "housekeeper.interval_seconds=0", "jobs.chunks=0"]);
    let server = start_server(&dev_server);
    let target = Arc::new(prepare(&dev_server));
    let counts: Vec<Counts> = ATTACKS.iter().map(|_| Counts::default()).collect();
    let mut attackers = Vec::new();
    println!(
        "{:>6} {:>9} {:>9} {:>9} {:>9} {:>8} {:>8}   answers to attacks: cut 2xx 3xx 4xx 5xx",
        "minute", "per s", "p50 ms", "p99 ms", "max ms", "RSS MB", "peak MB"
    );
    let start = Instant::now();
    for minute in 1..=minutes {
        if minute == 3 {
            attackers.extend(ATTACKS.iter().zip(&counts).map(|(one, counts)| attack(&target, *one, counts)));
            attackers.push(stay_silent(&target));
        }
        // A new event, because idempotency keys repeat in each sale.
        let event = dev_server.event(None);
        let load = Load { rate: Some(RATE), ..Load::registrations(SERVER, &event, 16, Duration::from_secs(54), true) };
        let sale = run_load(&load);
        let answers = sums(&counts);
        println!(
            "{minute:>6} {:>9.0} {:>9.2} {:>9.2} {:>9.1} {:>8} {:>8}   {answers:?}",
            sale.rate(&sale.accepted),
            sale.accepted.quantile(0.5),
            sale.accepted.quantile(0.99),
            sale.accepted.quantile(1.0),
            memory_mb(&server, "VmRSS"),
            memory_mb(&server, "VmHWM"),
        );
        assert_eq!(sale.shed.count(), 0, "the sale was refused");
    }
    target.ended.store(true, Ordering::Relaxed);
    for attacker in attackers {
        attacker.join().unwrap();
    }
    println!("{:.0} s in all; answers to each attack: cut 2xx 3xx 4xx 5xx", start.elapsed().as_secs_f64());
    for ((name, is_served, _), counts) in ATTACKS.iter().zip(&counts) {
        let answers = sums(std::slice::from_ref(counts));
        println!("{name:<40} {answers:?}");
        assert_eq!(*is_served, 0 < answers[1] + answers[2], "{name}: the attack is not the one that was meant");
    }
    dev_server.check();
}
