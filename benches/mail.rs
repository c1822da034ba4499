//! Messages a second from the database to a mail server, beside the same transmission of a ready message alone; and the
//! price of a million waiting messages for a sale. lettre's own `send` is shown too: it writes a message and its end
//! apart, and each waits for the other side's delayed acknowledgement.
//!
//! ```sh
//! cargo bench --bench mail
//! ONLY=rates cargo bench --bench mail      # or ONLY=surge; MESSAGES for each rate, WAITING messages
//! ```
//!
//! The mail server is a sink in this process that counts and discards; storage, for the copies, too. PostgreSQL (with
//! fsync), the sinks and the server share the machine's cores.

#![expect(clippy::unwrap_used, reason = "a bench that cannot run panics")]
#![expect(clippy::print_stdout, reason = "the table is the result")]
#![expect(clippy::cast_possible_truncation, reason = "list positions")]

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
    net::{Ipv4Addr, SocketAddr},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use dev_server::{DevServer, memory_mb};
use generator::{Load, run_load};
use lettre::{
    address::Envelope,
    transport::smtp::{client::AsyncSmtpConnection, extension::ClientId},
};
use onsale::outside::{Smtp, SmtpSettings, TimeLimits};
use sink::Sink;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    runtime::Runtime,
};

const SERVER: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 18_091);
const CONNECTIONS: usize = 8;
/// A development server, which sends no message while a bench runs, and does nothing else.
const WITHOUT_MAIL: [&str; 1] = ["housekeeper.interval_seconds=0"];

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

fn print_line(what: &str, figure: String, floor: Option<f64>) {
    let ratio = floor.map_or_else(|| "      –".to_owned(), |ratio| format!("{ratio:>7.2}"));
    println!("{what:<62} {figure:>24} {ratio}");
}

/// A mail server that accepts everything, counts it and keeps the last message.
struct MailSink {
    address: SocketAddr,
    accepted: Arc<AtomicU64>,
    last: Arc<Mutex<Vec<u8>>>,
    runtime: Runtime,
}

impl MailSink {
    fn start() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let listener = runtime.block_on(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))).unwrap();
        let address = listener.local_addr().unwrap();
        let (accepted, last) = (Arc::<AtomicU64>::default(), Arc::<Mutex<Vec<u8>>>::default());
        let (count, kept) = (accepted.clone(), last.clone());
        runtime.spawn(async move {
            loop {
                let (socket, _) = listener.accept().await.unwrap();
                socket.set_nodelay(true).unwrap();
                tokio::spawn(converse(socket, count.clone(), kept.clone()));
            }
        });
        Self { address, accepted, last, runtime }
    }

    fn count(&self) -> u64 {
        self.accepted.load(Ordering::Relaxed)
    }

    fn url(&self) -> String {
        format!("mail.smtp_url=smtp://{}?tls=none", self.address)
    }

    /// Returns the messages a second that are sent over as many connections, each ready to be sent.
    fn floor(&self, message: &[u8]) -> f64 {
        let limit = Duration::from_secs(60);
        let smtp = Smtp::new(SmtpSettings {
            url: format!("smtp://{}?tls=none", self.address).parse().unwrap(),
            hello: "onsale.example".into(),
            connections: CONNECTIONS,
            limits: TimeLimits { connect: limit, command: limit, message: limit },
        });
        let (smtp, message) = (smtp.unwrap(), Arc::new(String::from_utf8(message.to_vec()).unwrap()));
        let end = Instant::now() + Duration::from_secs(5);
        let (before, begin) = (self.count(), Instant::now());
        self.runtime.block_on(async {
            let mut tasks = tokio::task::JoinSet::new();
            for _ in 0..CONNECTIONS {
                let (smtp, message) = (smtp.clone(), message.clone());
                tasks.spawn(async move {
                    while Instant::now() < end {
                        let (from, to) = ("a@onsale.example".parse().unwrap(), "ada@example.com".parse().unwrap());
                        smtp.send(from, to, &message).await.unwrap();
                    }
                });
            }
            tasks.join_all().await;
        });
        (self.count() - before) as f64 / begin.elapsed().as_secs_f64()
    }

    /// The same with lettre's own way to send.
    fn lettre(&self, message: &[u8]) -> f64 {
        let end = Instant::now() + Duration::from_secs(5);
        let (host, port) = (self.address.ip().to_string(), self.address.port());
        let (before, begin) = (self.count(), Instant::now());
        self.runtime.block_on(async {
            let mut tasks = tokio::task::JoinSet::new();
            for _ in 0..CONNECTIONS {
                let (host, message) = (host.clone(), message.to_vec());
                tasks.spawn(async move {
                    let hello = ClientId::Domain("onsale.example".into());
                    let address = (host.as_str(), port);
                    let mut smtp =
                        AsyncSmtpConnection::connect_tokio1(address, None, &hello, None, None).await.unwrap();
                    let (from, to) = ("a@onsale.example".parse().unwrap(), "ada@example.com".parse().unwrap());
                    let envelope = Envelope::new(Some(from), vec![to]).unwrap();
                    while Instant::now() < end {
                        smtp.send(&envelope, &message).await.unwrap();
                    }
                });
            }
            tasks.join_all().await;
        });
        (self.count() - before) as f64 / begin.elapsed().as_secs_f64()
    }
}

async fn converse(socket: TcpStream, count: Arc<AtomicU64>, kept: Arc<Mutex<Vec<u8>>>) -> std::io::Result<()> {
    let (reader, mut writer) = socket.into_split();
    let mut reader = BufReader::with_capacity(64 << 10, reader);
    writer.write_all(b"220 sink\r\n").await?;
    let mut line = Vec::new();
    loop {
        line.clear();
        if reader.read_until(b'\n', &mut line).await? == 0 {
            return Ok(());
        }
        match line[..4].to_ascii_uppercase().as_slice() {
            b"EHLO" => writer.write_all(b"250-sink\r\n250-PIPELINING\r\n250 8BITMIME\r\n").await?,
            b"DATA" => {
                writer.write_all(b"354 go on\r\n").await?;
                let mut message = Vec::with_capacity(48 << 10);
                loop {
                    let begin = message.len();
                    reader.read_until(b'\n', &mut message).await?;
                    if &message[begin..] == b".\r\n" {
                        message.truncate(begin);
                        break;
                    }
                }
                *kept.lock().unwrap() = message;
                count.fetch_add(1, Ordering::Relaxed);
                writer.write_all(b"250 OK\r\n").await?;
            }
            _ => writer.write_all(b"250 OK\r\n").await?,
        }
    }
}

/// Settings of a server that sends to the sink.
fn sending(sink: &MailSink) -> Vec<String> {
    let settings = [
        "mail.from=Onsale <tickets@onsale.example>",
        "mail.bounce_address=bounces@onsale.example",
        "storage.allow_public=true",
        "storage.allow_foreign=true",
        "housekeeper.interval_seconds=0",
        // Only messages are measured.
        "sweeper.interval_ms=3600000",
    ];
    settings.iter().map(|setting| (*setting).to_owned()).chain([sink.url()]).collect()
}

fn rates() {
    let messages = number("MESSAGES", 20_000);
    let (sink, storage) = (MailSink::start(), Sink::start("127.0.0.1:0").address);
    let dev_server =
        DevServer::start(&[&WITHOUT_MAIL[..], &["registrar.surge=1", "sweeper.interval_ms=3600000"]].concat());
    let event = dev_server.event(None);
    while registrations(&dev_server) < messages {
        run_load(&Load::registrations(dev_server.address, &event, 64, Duration::from_secs(1), true));
    }
    let template =
        serde_json::json!({"subject": "About {event.title}", "blocks": [{"text": "a few words ".repeat(50)}]});
    let changed = ureq::put(format!("http://{}/api/events/{event}/mail-templates/cancelled", dev_server.address))
        .header("authorization", format!("Bearer {}", dev_server.token()))
        .send_json(&template);
    assert_eq!(changed.unwrap().status(), 200);

    let settings = sending(&sink);
    let settings: Vec<_> = settings.iter().map(String::as_str).collect();
    let measure = |what: &str| {
        let server = dev_server.replica_with(SERVER, &format!("http://{storage}"), &settings);
        let begin = sink.count();
        let wait = |count: u64| {
            let deadline = Instant::now() + Duration::from_secs(600);
            while sink.count() - begin < count {
                assert!(Instant::now() < deadline, "{} of {count} messages were sent", sink.count() - begin);
                std::thread::sleep(Duration::from_millis(10));
            }
            (sink.count(), Instant::now())
        };
        let (first, started) = wait(messages / 10);
        let (last, ended) = wait(messages);
        let rate = (last - first) as f64 / (ended - started).as_secs_f64();
        let message = sink.last.lock().unwrap().clone();
        let memory = memory_mb(&server, "VmHWM");
        drop(server);
        let (floor, lettre) = (sink.floor(&message), sink.lettre(&message));
        let kilobytes = message.len() as f64 / 1000.0;
        print_line(
            &format!("floor: a ready message of {kilobytes:.1} KB"),
            format!("{floor:.0} per second"),
            Some(1.0),
        );
        print_line("  the same, as lettre sends it", format!("{lettre:.0} per second"), Some(lettre / floor));
        print_line(what, format!("{rate:.0} per second"), Some(rate / floor));
        print_line("  peak of memory", format!("{memory} MB"), None);
    };
    let skip =
        "UPDATE message_promises p SET promised_to = s.last_number FROM event_seats s WHERE s.event_key = p.event_key";
    dev_server.query(skip);
    dev_server.query(&format!(
        "INSERT INTO messages (message_id, organizer_key, event_key, number, kind, urgency)
         SELECT gen_random_uuid(), e.organizer_key, r.event_key, r.number, 4 /* cancelled */, 2
         FROM registrations r JOIN events e USING (event_key) WHERE e.slug = '{event}' ORDER BY r.number LIMIT {messages}"
    ));
    measure("text and HTML, with a copy in storage");
    dev_server.query("UPDATE message_promises SET promised_to = 0");
    dev_server.query("DELETE FROM messages");
    measure("confirmations with rendered tickets, with a copy");
}

fn registrations(dev_server: &DevServer) -> u64 {
    dev_server.query("SELECT count(*) FROM registrations").parse().unwrap()
}

/// Compares a sale beside many waiting messages with the same sale of a server that sends none.
fn surge() {
    let waiting = number("WAITING", 1_000_000);
    let sink = MailSink::start();
    let storage = Sink::start("127.0.0.1:0").address;
    let dev_server = DevServer::start(&[&WITHOUT_MAIL[..], &["sweeper.interval_ms=3600000"]].concat());
    let event = dev_server.event(None);
    run_load(&Load::registrations(dev_server.address, &event, 64, Duration::from_secs(1), true));
    dev_server.query(&format!(
        "INSERT INTO messages (message_id, organizer_key, event_key, number, kind, urgency)
         SELECT gen_random_uuid(), e.organizer_key, e.event_key, 1, 4 /* cancelled */, 2
         FROM events e, generate_series(1, {waiting}) WHERE e.slug = '{event}'"
    ));
    dev_server.query("VACUUM ANALYZE messages");
    let settings = sending(&sink);
    let with: Vec<_> = settings.iter().map(String::as_str).collect();
    let without = [&with[..], &["mail.interval_ms=3600000"]].concat();
    let mut rates = [Vec::new(), Vec::new()];
    for _ in 0..5 {
        for (index, settings) in [&without, &with].into_iter().enumerate() {
            let server = dev_server.replica_with(SERVER, &format!("http://{storage}"), settings);
            while std::net::TcpStream::connect(SERVER).is_err() {
                std::thread::sleep(Duration::from_millis(5));
            }
            // A new event, because idempotency keys repeat in each sale.
            let event = dev_server.event(None);
            let seen = run_load(&Load::registrations(SERVER, &event, 512, Duration::from_secs(5), true));
            rates[index].push(seen.rate(&seen.accepted));
            drop(server);
        }
    }
    let median = |rates: &mut Vec<f64>| {
        rates.sort_by(f64::total_cmp);
        rates[rates.len() / 2]
    };
    let [mut without, mut with] = rates;
    let (floor, beside) = (median(&mut without), median(&mut with));
    let spread = |rates: &[f64]| format!("{:.0} to {:.0}", rates[0], rates[rates.len() - 1]);
    print_line("a sale, nothing is sent", format!("{floor:.0} per second"), Some(1.0));
    print_line("  of five", spread(&without), None);
    print_line(
        &format!("a sale beside {waiting} waiting messages"),
        format!("{beside:.0} per second"),
        Some(beside / floor),
    );
    print_line("  of five", spread(&with), None);
    print_line("  messages sent meanwhile", sink.count().to_string(), None);
}

fn main() {
    // `cargo test --benches` lists or tests benches; this one has no quick run.
    if std::env::args().any(|argument| argument == "--list" || argument == "--test") {
        return;
    }
    println!("{:<62} {:>24} {:>7}", "", "", "ratio");
    let only = std::env::var("ONLY").unwrap_or_default();
    if only.is_empty() || only == "rates" {
        rates();
    }
    if only.is_empty() || only == "surge" {
        surge();
    }
}
