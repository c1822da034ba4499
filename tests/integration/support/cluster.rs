//! One PostgreSQL cluster for all tests of the process, and for each test a database copied from a migrated template.

use std::{
    path::PathBuf,
    process::{Command, Stdio},
    sync::{
        Mutex, OnceLock,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use onsale::{
    db::{self, DatabaseSettings, migrate},
    dev::Postgres,
};
use tokio::runtime::Runtime;
use tokio_postgres::{Client, NoTls, Row, error::SqlState, types::ToSql};

use super::eventually;

/// Returns the cluster, which the first test that needs it starts.
pub fn cluster() -> &'static Cluster {
    static CLUSTER: OnceLock<Cluster> = OnceLock::new();
    CLUSTER.get_or_init(Cluster::start)
}

/// A cluster that stops when the test process ends.
pub struct Cluster {
    postgres: Postgres,
    runtime: Runtime,
    /// Held during `CREATE DATABASE`: PostgreSQL copies a template for one session at a time.
    copy_lock: Mutex<()>,
    copies: AtomicU32,
}

impl Cluster {
    fn start() -> Self {
        let home = PathBuf::from(format!("/tmp/onsale-tests-{}", std::process::id()));
        std::fs::create_dir_all(&home).unwrap();
        // Tests that kill PostgreSQL have clusters of their own; this one need not be durable.
        let postgres = Postgres::start(&home, &["fsync=off", "full_page_writes=off", "max_connections=400"]).unwrap();
        stop_at_exit(&postgres, &home);
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let template = settings(&postgres.url());
        runtime.block_on(async {
            let database = db::Database::new(&template, tokio::runtime::Handle::current());
            migrate(&database).await.unwrap();
            database.close();
        });
        Self { postgres, runtime, copy_lock: Mutex::new(()), copies: AtomicU32::new(0) }
    }

    /// Creates an empty, migrated database.
    pub fn database(&'static self) -> Database {
        let name = format!("test_{}", self.copies.fetch_add(1, Ordering::Relaxed));
        let _locked = self.copy_lock.lock().unwrap();
        self.psql("postgres", &format!("CREATE DATABASE {name} TEMPLATE onsale STRATEGY file_copy"));
        Database { url: self.postgres.url_of(&name), runtime: &self.runtime }
    }

    /// Returns a handle for the database at `url`, which exists already.
    pub fn existing(&'static self, url: String) -> Database {
        Database { url, runtime: &self.runtime }
    }

    fn psql(&self, database: &str, sql: &str) {
        self.runtime.block_on(async {
            // The pool that migrated the template may not have closed its connection yet.
            let done = |result: &Result<(), tokio_postgres::Error>| {
                !matches!(result, Err(error) if error.code() == Some(&SqlState::OBJECT_IN_USE))
            };
            let mut result = connect(&self.postgres.url_of(database)).await.batch_execute(sql).await;
            while !done(&result) {
                tokio::time::sleep(Duration::from_millis(10)).await;
                result = connect(&self.postgres.url_of(database)).await.batch_execute(sql).await;
            }
            result.unwrap();
        });
    }
}

/// Settings of a pool for one test. The limits are reached only if PostgreSQL hangs.
fn settings(url: &str) -> DatabaseSettings {
    DatabaseSettings {
        url: url.parse().unwrap(),
        connections: 2,
        wait_ms: 120_000,
        connect_ms: 120_000,
        statement_ms: 120_000,
    }
}

/// Starts a shell that stops the cluster when its standard input closes, which happens however this process ends.
fn stop_at_exit(postgres: &Postgres, home: &std::path::Path) {
    let script = format!(
        "cat >/dev/null; kill -QUIT {pid}; while kill -0 {pid} 2>/dev/null; do sleep 0.05; done; rm -rf '{home}' '{socket}'",
        socket = postgres.socket().display(),
        pid = postgres.pid().unwrap(),
        home = home.display()
    );
    let mut command = Command::new("sh");
    command.arg("-c").arg(script).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    // Not dropped, so that the shell's standard input stays open until this process ends.
    std::mem::forget(command.spawn().unwrap());
}

async fn connect(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

/// The database of one test.
pub struct Database {
    pub url: String,
    runtime: &'static Runtime,
}

impl Database {
    /// Runs statements.
    pub fn execute(&self, sql: &str) {
        self.runtime.block_on(async { connect(&self.url).await.batch_execute(sql).await.unwrap() });
    }

    /// Runs statements that must fail, and returns the error's message.
    pub fn error_of(&self, sql: &str) -> String {
        let result = self.runtime.block_on(async { connect(&self.url).await.batch_execute(sql).await });
        let error = result.expect_err("the statement fails");
        error.as_db_error().map_or_else(|| error.to_string(), |error| error.message().to_owned())
    }

    /// Returns the rows of a query.
    pub fn rows(&self, sql: &str, params: &[&(dyn ToSql + Sync)]) -> Vec<Row> {
        self.runtime.block_on(async { connect(&self.url).await.query(sql, params).await.unwrap() })
    }

    /// Returns the first column of a query's first row.
    pub fn number(&self, sql: &str) -> i64 {
        self.rows(sql, &[])[0].get(0)
    }

    /// Opens a session that stays open, for holding locks.
    pub fn session(&self) -> Session {
        Session { client: self.runtime.block_on(connect(&self.url)), runtime: self.runtime }
    }

    /// Counts the sessions of this database that wait for a lock on `table`.
    pub fn lock_waiters(&self, table: &str) -> i64 {
        self.number(&format!(
            "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = '{table}'::regclass
             AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        ))
    }

    /// Ends the sessions that killed servers left behind, so that none of their statements takes effect later.
    pub fn end_server_sessions(&self) {
        let servers = "FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'onsale'";
        eventually("no session of a killed server is left", || {
            self.execute(&format!("SELECT pg_terminate_backend(pid) {servers}"));
            self.number(&format!("SELECT count(*) {servers}")) == 0
        });
    }

    /// Lets every lease of a killed server expire now instead of after its time.
    pub fn expire_leases(&self) {
        self.end_server_sessions();
        self.execute(
            "UPDATE documents SET due_at = now() WHERE state IN (1 /* pending */, 4 /* withdrawn */); UPDATE job_chunks SET until = now();
             UPDATE leases SET until = now()",
        );
    }

    /// Runs `work` with the product's own database type.
    pub fn with_pool<T>(&self, work: impl AsyncFnOnce(db::Database) -> T) -> T {
        let settings = settings(&self.url);
        self.runtime.block_on(async {
            let database = db::Database::new(&settings, tokio::runtime::Handle::current());
            let result = work(database.clone()).await;
            database.close();
            result
        })
    }

    /// Asserts what always holds: counters equal rows, nothing is oversold, numbers have no gaps.
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
        // Registrations of another system have numbers of their own.
        let gaps = "SELECT count(*) FROM event_seats s WHERE last_number <> (SELECT count(*) FROM registrations r
            WHERE r.event_key = s.event_key) AND NOT EXISTS (SELECT FROM registrations r
            WHERE r.event_key = s.event_key AND r.imported)";
        assert_eq!(self.number(gaps), 0, "numbers have gaps");
        let tickets = "SELECT count(*) FROM registrations r WHERE quantity <> (SELECT count(*) FROM tickets t
            WHERE t.event_key = r.event_key AND t.number = r.number)";
        assert_eq!(self.number(tickets), 0, "a registration lacks tickets");
        let documents = "SELECT count(*) FROM registrations r JOIN document_promises p USING (event_key)
            WHERE r.status = 1 /* confirmed */ AND r.number <= p.promised_to AND NOT EXISTS (SELECT FROM documents d
            WHERE d.event_key = r.event_key AND d.number = r.number)";
        assert_eq!(self.number(documents), 0, "a confirmed registration has no document");
    }
}

/// A database session that a test keeps open.
pub struct Session {
    client: Client,
    runtime: &'static Runtime,
}

impl Session {
    /// Runs statements in the session.
    pub fn execute(&self, sql: &str) {
        self.runtime.block_on(self.client.batch_execute(sql)).unwrap();
    }

    /// Returns the first column of a statement's rows as text.
    pub fn first_column(&self, sql: &str) -> Vec<String> {
        let answered = self.runtime.block_on(self.client.simple_query(sql)).unwrap();
        let text = |message| match message {
            tokio_postgres::SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
            _ => None,
        };
        answered.into_iter().filter_map(text).collect()
    }
}
