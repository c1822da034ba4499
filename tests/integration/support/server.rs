//! A server in the test's own process, with its own database and bucket.

use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU32, Ordering},
        mpsc,
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};

use onsale::{
    app,
    config::{Config, Place, Sources},
    dev::{DataDir, S3, storage_values},
};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::oneshot;

use super::{Answer, Client, Database, Fault, PATIENT, Storage, cluster};

const ADMIN: &str = "onsale_the-token-of-the-tests";
/// Shared by all servers, so that one can continue the work of another.
pub const SECRET: &str = "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3JldA==";

/// A running server. Stops when it is dropped.
pub struct Server {
    pub client: Client,
    /// As the organizer with every scope.
    pub organizer: Client,
    pub ops: Client,
    pub database: Database,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
    _home: TempDir,
}

impl Server {
    /// Starts a server with its own database and storage.
    pub fn start() -> Self {
        Self::with(&[])
    }

    /// Starts a server with further settings.
    pub fn with(settings: &[(&str, &str)]) -> Self {
        Self::on(cluster().database(), settings)
    }

    /// Starts a server on this database.
    pub fn on(database: Database, settings: &[(&str, &str)]) -> Self {
        let home = tempfile::tempdir().unwrap();
        let (ready, is_ready) = mpsc::channel();
        let (stop, stopped) = oneshot::channel();
        let path = home.path().to_owned();
        let url = database.url.clone();
        let settings: Vec<_> = settings.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        let thread = std::thread::spawn(move || {
            let system = actix::System::with_tokio_rt(|| {
                tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
            });
            system.block_on(async move {
                let keys = DataDir::open(&path).unwrap().keys().unwrap();
                let s3 = S3::start(&path, &keys, 0).await.unwrap();
                let own = [
                    ("database.url", url),
                    ("database.connections", "10".to_owned()),
                    ("server.bind", "127.0.0.1:0".to_owned()),
                    ("server.ops_bind", "127.0.0.1:0".to_owned()),
                    ("server.workers", "2".to_owned()),
                    ("server.public_base_url", "http://tickets.example".to_owned()),
                    ("secrets.secret", SECRET.to_owned()),
                    ("secrets.admin_token", ADMIN.to_owned()),
                    ("storage.allow_public", "true".to_owned()), // no requests at start, which tests would count
                    ("sweeper.interval_ms", "100".to_owned()),
                    ("catalog.lifetime_ms", "50".to_owned()),
                ];
                let given = settings.iter().map(|(key, value)| (key.as_str(), value.clone()));
                let mut sources = Sources::new()
                    .with_values(&Place::Dev, PATIENT.map(|(key, value)| (key, value.to_owned())))
                    .with_values(&Place::Dev, own)
                    .with_values(&Place::Dev, storage_values(&s3, &keys))
                    .with_values(&Place::Flag, given);
                let running = Box::pin(app::start(Config::read(&mut sources).unwrap())).await.unwrap();
                ready.send((running.address, running.ops_address)).unwrap();
                let _ = stopped.await;
                running.stop().await;
            });
        });
        let (address, ops) = is_ready.recv().expect("the server starts");
        let client = Client::new(&format!("http://{address}"));
        Self {
            organizer: client.with_token(ADMIN),
            client,
            ops: Client::new(&format!("http://{ops}")),
            database,
            stop: Some(stop),
            thread: Some(thread),
            _home: home,
        }
    }

    /// Starts a server that registers but stores no file and writes no document row: its storage never answers, and it
    /// stops without waiting for that.
    pub fn without_uploads(storage: &Storage, settings: &[(&str, &str)]) -> Self {
        storage.set_fault(Fault::Silent);
        let own = [("registrar.surge", "1"), ("sweeper.grace_seconds", "86400"), ("server.shutdown_seconds", "1")];
        Self::with(&[&storage.settings()[..], &own, settings].concat())
    }

    /// Creates a published event with one free ticket type `general`; `fields` replace the defaults.
    pub fn event(&self, fields: Value) -> Event<'_> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let mut event = json!({
            "slug": format!("event-{number}"), "code": format!("EVT{number}"), "title": "Gardenia 2025",
            "startsAt": "2025-11-08T09:00:00Z", "endsAt": "2025-11-08T18:00:00Z", "timezone": "Asia/Kolkata",
            "salesCloseAt": "2999-01-01T00:00:00Z",
            "venue": {"name": "Main Lawn", "address": "Lalbagh, Bengaluru"}, "status": "published", "capacity": 100,
            "ticketTypes": [ticket_type("general", 0, Some(100))],
        });
        for (name, value) in fields.as_object().unwrap() {
            event[name] = value.clone();
        }
        self.organizer.post("/api/events", &event).expect(201);
        let text = |name: &str| event[name].as_str().unwrap().to_owned();
        Event { server: self, slug: text("slug"), code: text("code") }
    }

    /// Reads the page of metrics. Servers of one process share its values, and those of queues and connections are set
    /// when the page is read: one reader at a time, so that these belong to this server.
    pub fn metrics_page(&self) -> Answer {
        static READING: Mutex<()> = Mutex::new(());
        let _reading = READING.lock().unwrap_or_else(PoisonError::into_inner);
        self.ops.get("/metrics").expect(200)
    }

    /// Returns the metric's value, summed over its series whose labels contain `label`.
    pub fn metric(&self, name: &str, label: &str) -> f64 {
        let page = self.metrics_page().text();
        let lines = page.lines().filter(|line| line.starts_with(name) && line.contains(label));
        lines.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok()).sum()
    }

    /// Creates a token with these scopes for the organizer `name`, and returns a client with it.
    pub fn other_organizer(&self, name: &str, scopes: &[&str]) -> Client {
        use onsale::domain::OrganizerToken;
        let token = OrganizerToken::random();
        let scopes: Vec<_> = scopes.iter().map(|scope| scope.parse().unwrap()).collect();
        self.database.with_pool(async |database| {
            let organizer = database.ensure_organizer(name).await.unwrap();
            database.create_token(organizer, "test", &token, &scopes, None).await.unwrap();
        });
        self.client.with_token(token.reveal())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.stop.take());
        let ended = self.thread.take().unwrap().join();
        if !std::thread::panicking() {
            ended.unwrap();
        }
    }
}

/// Returns a ticket type in JSON.
pub fn ticket_type(code: &str, amount: i64, capacity: Option<i32>) -> Value {
    json!({"code": code, "name": "General Admission", "price": {"amount": amount, "currency": "INR"},
           "capacity": capacity, "maxPerRegistration": 10})
}

/// An event under test.
pub struct Event<'a> {
    pub server: &'a Server,
    pub slug: String,
    pub code: String,
}

impl Event<'_> {
    /// Requests a registration with one ticket for each name.
    pub fn ask(&self, names: &[&str]) -> Answer {
        self.ask_with(&[], names, json!({}))
    }

    /// Requests a registration with headers and further fields.
    pub fn ask_with(&self, headers: &[(&str, &str)], names: &[&str], fields: Value) -> Answer {
        let body = self.body(names, fields);
        self.server.client.send("POST", "/api/register", headers, Some(body.to_string().as_bytes()))
    }

    /// Returns the body of a request for these names.
    pub fn body(&self, names: &[&str], fields: Value) -> Value {
        let attendees: Vec<_> =
            names.iter().map(|name| json!({"name": name, "email": "someone@example.com"})).collect();
        let mut body = json!({"event": self.slug, "attendees": attendees});
        for (name, value) in fields.as_object().unwrap() {
            body[name] = value.clone();
        }
        body
    }

    /// Registers these names and expects success.
    #[track_caller]
    pub fn register(&self, names: &[&str]) -> Registration {
        Registration::of(&self.ask(names).expect(201))
    }

    /// Reads the event as an anonymous reader.
    pub fn show(&self) -> Value {
        self.server.client.get(&format!("/api/events/{}", self.slug)).expect(200).json()
    }

    /// Returns a path below the event's.
    pub fn path(&self, rest: &str) -> String {
        format!("/api/events/{}{rest}", self.slug)
    }
}

/// A registration under test.
#[derive(Debug, Clone)]
pub struct Registration {
    pub id: String,
    pub token: String,
    pub tickets: Vec<String>,
}

impl Registration {
    #[track_caller]
    pub fn of(answer: &Answer) -> Self {
        let data = &answer.json()["data"];
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        Self {
            id: text(&data["registrationId"]),
            token: text(&data["accessToken"]),
            tickets: data["tickets"].as_array().unwrap().iter().map(|ticket| text(&ticket["ticketId"])).collect(),
        }
    }

    pub fn status_path(&self) -> String {
        format!("/api/register/{}?token={}", self.id, self.token)
    }

    pub fn pdf_path(&self) -> String {
        format!("/api/register/{}/pdf?token={}", self.id, self.token)
    }

    pub fn ticket_path(&self, index: usize, rest: &str) -> String {
        format!("/api/tickets/{}{rest}?token={}", self.tickets[index], self.token)
    }

    /// Returns the state of the ticket file, `none` if there is no document.
    pub fn document(&self, server: &Server) -> String {
        let state = server.client.get(&self.status_path()).expect(200).json();
        state["documents"][0]["status"].as_str().unwrap_or("none").to_owned()
    }

    /// Waits until the ticket file is in storage, and fetches it from there.
    #[track_caller]
    pub fn stored_pdf(&self, server: &Server) -> Vec<u8> {
        eventually("the ticket is stored", || self.document(server) == "stored");
        let redirect = server.client.get(&self.pdf_path()).expect(302);
        let pdf = Client::new("").get(redirect.header("location").unwrap()).expect(200);
        assert_eq!(pdf.header("content-type"), Some("application/pdf"));
        pdf.body
    }
}

/// Time after which a condition counts as never met: reached only if something hangs, however slow the machine is.
pub const DEADLINE: Duration = Duration::from_secs(300);

/// Waits until a condition holds.
#[track_caller]
pub fn eventually(condition: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + DEADLINE;
    while !holds() {
        assert!(Instant::now() < deadline, "never true: {condition}");
        std::thread::sleep(Duration::from_millis(20));
    }
}
