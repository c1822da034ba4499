//! Servers under test: the floor (a minimal server for comparison), and real servers with their own PostgreSQL.

use std::{
    io::{BufRead, BufReader},
    net::SocketAddr,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use actix_web::{App, HttpResponse, HttpServer, web};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::generator::{Load, run_load};

/// The organizer that `serve --dev` makes.
const ORGANIZER: &str = "Gardenia Collective";

/// Minimal server: parses a registration and answers 201.
pub struct Floor {
    pub address: SocketAddr,
    stop: Option<std::sync::mpsc::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

#[derive(Deserialize)]
struct Body {
    event: String,
    attendees: Vec<Attendee>,
}

#[derive(Deserialize)]
struct Attendee {
    name: String,
    email: String,
}

#[derive(Serialize)]
struct Answer {
    success: bool,
    event: String,
    name: String,
    email: String,
}

impl Floor {
    pub fn start() -> Self {
        let (ready, is_ready) = std::sync::mpsc::channel();
        let (stop, stopped) = std::sync::mpsc::channel();
        let thread = std::thread::spawn(move || {
            actix::System::new().block_on(async move {
                let server = HttpServer::new(|| App::new().route("/api/register", web::post().to(answer)))
                    .workers(2)
                    .disable_signals()
                    .bind("127.0.0.1:0")
                    .unwrap();
                ready.send(server.addrs()[0]).unwrap();
                let server = server.run();
                let handle = server.handle();
                actix::spawn(server);
                tokio::task::spawn_blocking(move || stopped.recv()).await.unwrap().unwrap_or_default();
                handle.stop(false).await;
            });
        });
        Self { address: is_ready.recv().unwrap(), stop: Some(stop), thread: Some(thread) }
    }
}

async fn answer(body: web::Json<Body>) -> HttpResponse {
    let Body { event, mut attendees } = body.into_inner();
    let Attendee { name, email } = attendees.remove(0);
    HttpResponse::Created().json(Answer { success: true, event, name, email })
}

impl Drop for Floor {
    fn drop(&mut self) {
        drop(self.stop.take());
        self.thread.take().unwrap().join().unwrap();
    }
}

/// Address of the server without `--dev`.
const REPLICA: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 18_089);

/// Registers, with retries until the server answers.
fn register_once(event: &str) {
    let body = json!({"event": event, "attendees": [{"name": "Ada", "email": "ada@example.com"}]});
    let deadline = Instant::now() + Duration::from_secs(30);
    while Instant::now() < deadline {
        match ureq::post(format!("http://{REPLICA}/api/register")).send_json(&body) {
            Ok(answer) if answer.status() == 201 => return,
            _ => std::thread::sleep(Duration::from_millis(2)),
        }
    }
    panic!("no registration succeeded at {REPLICA}");
}

/// A server process that is killed on drop.
pub struct Replica(Child);

impl Drop for Replica {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// Returns a memory figure of the process from `/proc/…/status`, in megabytes; `what` is `VmRSS` or `VmHWM` (peak).
pub fn memory_mb(server: &Replica, what: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.0.id())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(what)).unwrap();
    line.trim_matches(|c: char| !c.is_ascii_digit()).parse::<u64>().unwrap() / 1024
}

/// `onsale serve --dev` in its own process with its own data folder.
pub struct DevServer {
    pub address: SocketAddr,
    token: String,
    psql: Vec<String>,
    storage: String,
    child: Child,
    data: TempDir,
}

/// Start-up times and memory.
pub struct Measurements {
    pub start_ms: f64,
    pub restart_ms: f64,
    pub idle_mb: u64,
    pub surge_mb: u64,
}

impl DevServer {
    pub fn start(settings: &[&str]) -> Self {
        let data = tempfile::tempdir().unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_onsale"));
        command.args(["serve", "--dev", "--set", "log.filter=error"]);
        // Messages are measured on their own.
        let own = ["server.bind=127.0.0.1:0", "server.ops_bind=127.0.0.1:0", "mail.interval_ms=3600000"];
        for setting in own.iter().chain(settings) {
            command.args(["--set", setting]);
        }
        let mut child = command.env("DATA_DIR", data.path()).stdout(Stdio::piped()).spawn().unwrap();
        let mut output = Vec::new();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        for line in &mut lines {
            output.push(line.unwrap());
            if output.last().unwrap().contains("curl") {
                break;
            }
        }
        // Reads on, so that the server never blocks on a full pipe.
        std::thread::spawn(move || lines.for_each(drop));
        let find =
            |label: &str| output.iter().find_map(|line| line.trim().strip_prefix(label)).unwrap().trim().to_owned();
        Self {
            address: find("API").strip_prefix("http://").unwrap().parse().unwrap(),
            token: find("Organizer"),
            psql: find("Database").split(": ").nth(1).unwrap().split(' ').map(str::to_owned).collect(),
            storage: find("Storage"),
            child,
            data,
        }
    }

    /// Measures start-up time and memory of a server without `--dev` on this database.
    pub fn measure(&self) -> Measurements {
        let event = self.event(None);
        let start = Instant::now();
        let server = self.replica(REPLICA, &[]);
        register_once(&event);
        let start_ms = start.elapsed().as_secs_f64() * 1000.0;
        drop(server);
        let start = Instant::now();
        let server = self.replica(REPLICA, &[]);
        register_once(&event);
        let restart_ms = start.elapsed().as_secs_f64() * 1000.0;
        let idle_mb = memory_mb(&server, "VmRSS");
        let load = Load::registrations(REPLICA, &event, 10_000, Duration::from_secs(5), true);
        run_load(&load);
        let surge_mb = memory_mb(&server, "VmHWM");
        Measurements { start_ms, restart_ms, idle_mb, surge_mb }
    }

    /// Starts another server on the same database and storage, without `--dev`, at this address with these settings.
    pub fn replica(&self, address: SocketAddr, settings: &[&str]) -> Replica {
        self.replica_with(address, &self.storage, settings)
    }

    /// Starts another server on the same database, at this address, with this storage and settings.
    pub fn replica_with(&self, address: SocketAddr, storage: &str, settings: &[&str]) -> Replica {
        let keys: Value = serde_json::from_slice(&std::fs::read(self.data.path().join("keys.json")).unwrap()).unwrap();
        let key = |name: &str| keys[name].as_str().unwrap().to_owned();
        let socket = self.psql[2].replace('/', "%2F");
        let child = Command::new(env!("CARGO_BIN_EXE_onsale"))
            .args(["serve", "--set", "log.filter=error", "--set", "server.ops_bind=127.0.0.1:0"])
            .args(settings.iter().flat_map(|setting| ["--set", setting]))
            .env("BIND", address.to_string())
            .env("DATABASE_URL", format!("postgres://onsale@{socket}/onsale"))
            .env("ONSALE_SECRET", key("secret"))
            .env("ONSALE_ADMIN_TOKEN", &self.token)
            .env("ONSALE_SECRETS_ADMIN_ORGANIZER", ORGANIZER)
            .env("S3_BUCKET_NAME", "onsale")
            .env("AWS_ENDPOINT_URL_S3", storage)
            .env("AWS_ACCESS_KEY_ID", key("s3_access_key"))
            .env("AWS_SECRET_ACCESS_KEY", key("s3_secret_key"))
            .spawn();
        Replica(child.unwrap())
    }

    /// Creates an event with `capacity` seats, or 100 million if `None`. Returns its slug.
    pub fn event(&self, capacity: Option<i32>) -> String {
        let unique =
            std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_millis() % 1_000_000_000;
        let event = json!({
            "slug": format!("surge-{unique}"), "code": format!("S{unique}"), "title": "Surge",
            "startsAt": "2030-06-01T18:00:00Z", "endsAt": "2030-06-01T23:00:00Z", "timezone": "Europe/Berlin",
            "venue": {"name": "Here"}, "status": "published", "capacity": capacity.or(Some(100_000_000)),
            "ticketTypes": [{"code": "general", "name": "General", "price": {"amount": 0, "currency": "EUR"}, "capacity": 100_000_000}],
        });
        let answer: Value = ureq::post(format!("http://{}/api/events", self.address))
            .header("authorization", format!("Bearer {}", self.token))
            .send_json(&event)
            .unwrap()
            .body_mut()
            .read_json()
            .unwrap();
        answer["slug"].as_str().unwrap().to_owned()
    }

    /// Returns an organizer token with all scopes.
    #[allow(dead_code, reason = "only some of the benches that share this file need a token")]
    pub fn token(&self) -> &str {
        &self.token
    }

    /// Returns the password of the accounts of the demo.
    #[allow(dead_code, reason = "only one of the benches that share this file signs in")]
    pub fn account_password(&self) -> String {
        let keys: Value = serde_json::from_slice(&std::fs::read(self.data.path().join("keys.json")).unwrap()).unwrap();
        keys["account_password"].as_str().unwrap().to_owned()
    }

    pub fn query(&self, sql: &str) -> String {
        let output = Command::new(&self.psql[0]).args(&self.psql[1..]).args(["-Atc", sql]).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// Panics if seat counters and registrations differ.
    pub fn check(&self) {
        let wrong =
            "SELECT count(*) FROM event_seats s WHERE sold <> (SELECT coalesce(sum(quantity), 0) FROM registrations r
            WHERE r.event_key = s.event_key AND status IN (1 /* confirmed */, 2 /* awaiting_payment */))
            OR last_number <> (SELECT count(*) FROM registrations r
            WHERE r.event_key = s.event_key) OR sold > capacity";
        assert_eq!(self.query(wrong), "0", "counters and rows differ");
    }
}

impl Drop for DevServer {
    fn drop(&mut self) {
        drop(Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status());
        drop(self.child.wait());
    }
}

/// Returns transactions per second of pgbench with 64 clients: each takes one seat of one row and inserts one row.
pub fn pgbench_one_seat(dev_server: &DevServer, duration: Duration) -> f64 {
    dev_server.query("CREATE TABLE hot (sold int NOT NULL); INSERT INTO hot VALUES (0); CREATE TABLE seat (id bigserial PRIMARY KEY, name text)");
    let script = tempfile::NamedTempFile::new().unwrap();
    let sql = "BEGIN;\nUPDATE hot SET sold = sold + 1;\nINSERT INTO seat (name) VALUES ('Ada Lovelace');\nCOMMIT;\n";
    std::fs::write(script.path(), sql).unwrap();
    let pgbench = dev_server.psql[0].replace("psql", "pgbench");
    let seconds = duration.as_secs().to_string();
    let output = Command::new(pgbench)
        .args(&dev_server.psql[1..])
        .args(["-n", "-c", "64", "-j", "1", "-T", &seconds, "-f", script.path().to_str().unwrap()])
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let tps = text.lines().find_map(|line| line.strip_prefix("tps = "));
    tps.unwrap_or_else(|| panic!("{text}{}", String::from_utf8_lossy(&output.stderr)))
        .split(' ')
        .next()
        .unwrap()
        .parse()
        .unwrap()
}
