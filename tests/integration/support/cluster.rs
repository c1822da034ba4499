//! One PostgreSQL cluster for all tests, and a database for each: a copy of a migrated template.

use std::{
    path::PathBuf,
    process::{Command, Stdio},
    sync::{
        Mutex, OnceLock,
        atomic::{AtomicU32, Ordering},
    },
};

use onsale::{
    db::{self, DatabaseSettings, migrate},
    dev::Postgres,
};
use tokio::runtime::Runtime;
use tokio_postgres::{Client, NoTls, Row, error::SqlState, types::ToSql};

/// The cluster, started by the first test that needs it.
pub fn cluster() -> &'static Cluster {
    static CLUSTER: OnceLock<Cluster> = OnceLock::new();
    CLUSTER.get_or_init(Cluster::start)
}

/// A cluster that ends with the test process.
pub struct Cluster {
    postgres: Postgres,
    runtime: Runtime,
    /// `CREATE DATABASE` copies its template only while nobody else does.
    copying: Mutex<()>,
    copies: AtomicU32,
}

impl Cluster {
    fn start() -> Self {
        let home = PathBuf::from(format!("/tmp/onsale-tests-{}", std::process::id()));
        std::fs::create_dir_all(&home).unwrap();
        // Tests that pull the plug have clusters of their own; this one may be fast instead of durable.
        let postgres = Postgres::start(&home, &["fsync=off", "full_page_writes=off", "max_connections=400"]).unwrap();
        stop_with_us(&postgres, &home);
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let template = settings(&postgres.url());
        runtime.block_on(async {
            let database = db::Database::new(&template, tokio::runtime::Handle::current());
            migrate(&database).await.unwrap();
            database.close();
        });
        Self { postgres, runtime, copying: Mutex::new(()), copies: AtomicU32::new(0) }
    }

    /// A fresh, migrated database.
    pub fn database(&'static self) -> Database {
        let name = format!("test_{}", self.copies.fetch_add(1, Ordering::Relaxed));
        let _turn = self.copying.lock().unwrap();
        self.psql("postgres", &format!("CREATE DATABASE {name} TEMPLATE onsale STRATEGY file_copy"));
        Database { url: self.postgres.url_of(&name), runtime: &self.runtime }
    }

    /// A database that another server has used.
    pub fn existing(&'static self, url: String) -> Database {
        Database { url, runtime: &self.runtime }
    }

    fn psql(&self, database: &str, sql: &str) {
        self.runtime.block_on(async {
            // The pool that migrated the template may still be letting its connection go.
            let copied = |result: &Result<(), tokio_postgres::Error>| {
                !matches!(result, Err(error) if error.code() == Some(&SqlState::OBJECT_IN_USE))
            };
            let mut result = connect(&self.postgres.url_of(database)).await.batch_execute(sql).await;
            while !copied(&result) {
                result = connect(&self.postgres.url_of(database)).await.batch_execute(sql).await;
            }
            result.unwrap();
        });
    }
}

/// How a test's server reaches its database.
fn settings(url: &str) -> DatabaseSettings {
    DatabaseSettings {
        url: url.parse().unwrap(),
        connections: 2,
        wait_ms: 5000,
        connect_ms: 5000,
        statement_ms: 10_000,
    }
}

/// However this process ends, a shell that reads its standard input notices, and stops the cluster.
fn stop_with_us(postgres: &Postgres, home: &std::path::Path) {
    let script = format!(
        "cat >/dev/null; kill -QUIT {pid}; while kill -0 {pid} 2>/dev/null; do sleep 0.05; done; rm -rf '{home}' '{socket}'",
        socket = postgres.socket().display(),
        pid = postgres.pid().unwrap(),
        home = home.display()
    );
    let mut command = Command::new("sh");
    command.arg("-c").arg(script).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    // Forgotten, not dropped: its standard input closes when we end.
    std::mem::forget(command.spawn().unwrap());
}

async fn connect(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

/// A database of one test.
pub struct Database {
    pub url: String,
    runtime: &'static Runtime,
}

impl Database {
    /// Runs statements.
    pub fn execute(&self, sql: &str) {
        self.runtime.block_on(async { connect(&self.url).await.batch_execute(sql).await.unwrap() });
    }

    /// What the database says against statements.
    pub fn refuses(&self, sql: &str) -> String {
        let result = self.runtime.block_on(async { connect(&self.url).await.batch_execute(sql).await });
        let error = result.expect_err("the database refuses it");
        error.as_db_error().map_or_else(|| error.to_string(), |error| error.message().to_owned())
    }

    /// The rows of a query.
    pub fn rows(&self, sql: &str, params: &[&(dyn ToSql + Sync)]) -> Vec<Row> {
        self.runtime.block_on(async { connect(&self.url).await.query(sql, params).await.unwrap() })
    }

    /// The number a query gives.
    pub fn number(&self, sql: &str) -> i64 {
        self.rows(sql, &[])[0].get(0)
    }

    /// A session of its own, for holding locks.
    pub fn session(&self) -> Session {
        Session { client: self.runtime.block_on(connect(&self.url)), runtime: self.runtime }
    }

    /// The database as the server sees it.
    pub fn ours<T>(&self, work: impl AsyncFnOnce(db::Database) -> T) -> T {
        let settings = settings(&self.url);
        self.runtime.block_on(async {
            let database = db::Database::new(&settings, tokio::runtime::Handle::current());
            let result = work(database.clone()).await;
            database.close();
            result
        })
    }

    /// Holds what must hold whatever happened: counters equal rows, nothing oversold, numbers without gaps.
    pub fn check_invariants(&self) {
        let oversold =
            "SELECT count(*) FROM event_seats s WHERE sold > capacity OR sold <> (SELECT coalesce(sum(quantity), 0)
            FROM registrations r WHERE r.event_key = s.event_key
            AND r.status IN (1 /* confirmed */, 2 /* awaiting_payment */))";
        assert_eq!(self.number(oversold), 0, "an event's counter differs from its rows");
        let by_type = "SELECT count(*) FROM ticket_type_seats s WHERE sold > capacity OR sold <> (SELECT coalesce(sum(quantity), 0)
            FROM registrations r WHERE r.event_key = s.event_key AND r.type_number = s.type_number
            AND r.status IN (1 /* confirmed */, 2 /* awaiting_payment */))";
        assert_eq!(self.number(by_type), 0, "a type's counter differs from its rows");
        let gaps = "SELECT count(*) FROM event_seats s WHERE last_number <> (SELECT count(*) FROM registrations r
            WHERE r.event_key = s.event_key)";
        assert_eq!(self.number(gaps), 0, "numbers have gaps");
        let tickets = "SELECT count(*) FROM registrations r WHERE quantity <> (SELECT count(*) FROM tickets t
            WHERE t.event_key = r.event_key AND t.number = r.number)";
        assert_eq!(self.number(tickets), 0, "a registration lacks tickets");
        let documents = "SELECT count(*) FROM registrations r JOIN document_promises p USING (event_key)
            WHERE r.status = 1 /* confirmed */ AND r.number <= p.promised_to AND NOT EXISTS (SELECT FROM documents d
            WHERE d.event_key = r.event_key AND d.number = r.number)";
        assert_eq!(self.number(documents), 0, "a confirmed registration was promised no file");
    }
}

/// A session that a test keeps open.
pub struct Session {
    client: Client,
    runtime: &'static Runtime,
}

impl Session {
    /// Runs statements in it.
    pub fn execute(&self, sql: &str) {
        self.runtime.block_on(self.client.batch_execute(sql)).unwrap();
    }

    /// The first column of what a statement answers, as text.
    pub fn lines(&self, sql: &str) -> Vec<String> {
        let answered = self.runtime.block_on(self.client.simple_query(sql)).unwrap();
        let text = |message| match message {
            tokio_postgres::SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
            _ => None,
        };
        answered.into_iter().filter_map(text).collect()
    }
}
