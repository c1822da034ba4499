//! The pool: its limits, its time-outs, and the one way a statement is run.

use std::{
    fmt,
    sync::LazyLock,
    time::{Duration, Instant},
};

use deadpool_postgres::{
    Connect, Hook, HookError, Manager, ManagerConfig, Object, Pool, QueueMode, RecyclingMethod, Runtime,
};
use futures_util::future::BoxFuture;
use rustls::{ClientConfig, RootCertStore};
use tokio::{runtime::Handle, task::JoinHandle};
use tokio_postgres::{
    CancelToken, Client, Config, Connection, NoTls, Row, Socket,
    config::SslMode,
    tls::{MakeTlsConnect, NoTlsStream},
    types::ToSql,
};
use tokio_postgres_rustls_improved::MakeRustlsConnect;

use super::{DbError, error::with_causes};

/// How the database is reached and how long anything may take.
#[derive(Clone)]
pub struct DatabaseSettings {
    pub url: Config,
    pub connections: usize,
    pub wait_ms: u64,
    pub connect_ms: u64,
    pub statement_ms: u64,
}

impl fmt::Debug for DatabaseSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DatabaseSettings").field("connections", &self.connections).finish_non_exhaustive()
    }
}

impl DatabaseSettings {
    /// For the work of actors: a quarter of the connections.
    pub fn reserved(&self) -> Self {
        Self { connections: (self.connections / 4).max(2), ..self.clone() }
    }

    /// For jobs: an eighth. What they write may be lost if PostgreSQL dies, and is done again; so nobody waits for the disk because of it.
    pub fn bulk(&self) -> Self {
        let mut url = self.url.clone();
        let given = url.get_options().unwrap_or_default();
        url.options(format!("{given} -c synchronous_commit=off"));
        Self { connections: (self.connections / 8).max(2), url, ..self.clone() }
    }

    /// For everything else.
    pub fn shared(&self) -> Self {
        let others = self.reserved().connections + self.bulk().connections;
        Self { connections: self.connections.saturating_sub(others).max(1), ..self.clone() }
    }
}

/// How much of the pool is in use.
#[derive(Debug, Clone, Copy)]
pub struct PoolUse {
    pub limit: usize,
    pub open: usize,
    pub idle: usize,
    pub waiting: usize,
}

/// The database. Cheap to clone; all clones share one pool.
#[derive(Clone)]
pub struct Database {
    pool: Pool,
    config: Config,
    answer_limit: Duration,
}

/// Every statement is planned once a connection, often while its tables are still empty, and every one finds its rows by an
/// index. What could tempt a planner that sees no rows yet to read all of them later is switched off here, or written
/// around in the statement.
const PLANS: &str = "-c plan_cache_mode=force_generic_plan -c jit=off \
    -c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off";
/// What takes these back for a statement that does read a whole table, and gives it a minute.
const PATIENT: &str = "SET LOCAL statement_timeout = '60s'; SET LOCAL plan_cache_mode = force_custom_plan; \
    SET LOCAL enable_seqscan = on; SET LOCAL enable_hashjoin = on; SET LOCAL enable_mergejoin = on";
/// How long such a statement is waited for.
const PATIENCE: Duration = Duration::from_secs(62);
/// How long the answer may be on its way after the server's own limit on the statement.
const ANSWER_SLACK: Duration = Duration::from_secs(1);
/// However late it is: a statement that is sent at all gets so long.
const SHORTEST: Duration = Duration::from_millis(100);

impl Database {
    /// A pool over `settings`; connects on first use. `io` is the runtime that carries the connections: those of actors
    /// and web workers are single threads that end one by one, and a connection must outlive them.
    pub fn new(settings: &DatabaseSettings, io: Handle) -> Self {
        let mut config = settings.url.clone();
        let session = format!(
            "-c statement_timeout={ms} -c idle_in_transaction_session_timeout={ms} -c lock_timeout={ms} -c timezone=UTC \
             {PLANS}",
            ms = settings.statement_ms
        );
        let options = config.get_options().map_or(session.clone(), |given| format!("{session} {given}"));
        config
            .options(options)
            .application_name("onsale")
            .connect_timeout(Duration::from_millis(settings.connect_ms))
            .keepalives_idle(Duration::from_secs(10))
            .tcp_user_timeout(Duration::from_secs(10));
        let manager = Manager::from_connect(
            config.clone(),
            ConnectOn(io),
            ManagerConfig { recycling_method: RecyclingMethod::Fast },
        );
        let pool = Pool::builder(manager)
            .max_size(settings.connections)
            .runtime(Runtime::Tokio1)
            // The connection that worked last has everything at hand.
            .queue_mode(QueueMode::Lifo)
            .wait_timeout(Some(Duration::from_millis(settings.wait_ms)))
            .create_timeout(Some(Duration::from_millis(settings.connect_ms)))
            .recycle_timeout(Some(Duration::from_millis(settings.connect_ms)))
            .pre_recycle(Hook::sync_fn(
                |client: &mut deadpool_postgres::ClientWrapper, _| {
                    if client.is_closed() { Err(HookError::message("closed")) } else { Ok(()) }
                },
            ))
            .build()
            .expect("a runtime is given");
        Self { pool, config, answer_limit: Duration::from_millis(settings.statement_ms) + ANSWER_SLACK }
    }

    /// How much of the pool is in use.
    pub fn usage(&self) -> PoolUse {
        let status = self.pool.status();
        PoolUse { limit: status.max_size, open: status.size, idle: status.available, waiting: status.waiting }
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<(), DbError> {
        self.rows("asking the database for a sign of life", "SELECT 1", &[]).await.map(drop)
    }

    /// Closes every connection as it becomes free.
    pub fn close(&self) {
        self.pool.close();
    }

    /// A connection of one's own, for what needs a session.
    pub(super) async fn connection(&self, doing: &'static str) -> Result<Object, DbError> {
        self.pool.get().await.map_err(|error| DbError::Unreachable { doing, reason: with_causes(&error) })
    }

    /// A connection outside of the pool, and what carries it.
    pub(super) async fn connect_alone(&self) -> Result<(Client, Wire), tokio_postgres::Error> {
        Wire::connect(&self.config).await
    }

    /// Runs one statement and returns its rows.
    pub(super) async fn rows(
        &self,
        doing: &'static str,
        sql: &str,
        params: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, DbError> {
        self.rows_within(self.answer_limit, doing, sql, params).await
    }

    /// The same, for somebody who waits until `deadline` only.
    pub(super) async fn rows_until(
        &self,
        deadline: Instant,
        doing: &'static str,
        sql: &str,
        params: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, DbError> {
        let left = deadline.saturating_duration_since(Instant::now()).max(SHORTEST);
        self.rows_within(left.min(self.answer_limit), doing, sql, params).await
    }

    /// A connection that stays silent is thrown away, not handed on; and the database is told to leave off.
    async fn rows_within(
        &self,
        limit: Duration,
        doing: &'static str,
        sql: &str,
        params: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, DbError> {
        let client = self.connection(doing).await?;
        let work = async {
            let statement = client.prepare_cached(sql).await?;
            client.query(&statement, params).await
        };
        match tokio::time::timeout(limit, work).await {
            Ok(result) => result.map_err(|source| DbError::Query { doing, source }),
            Err(_) => {
                tokio::spawn(leave_off(client.cancel_token(), is_encrypted(&self.config)));
                drop(Object::take(client));
                Err(DbError::Silent { doing })
            }
        }
    }

    /// Runs one statement that reads much of a table, now and then: planned for the tables as they are, and given time.
    pub(super) async fn rows_patiently(
        &self,
        doing: &'static str,
        sql: &str,
        params: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, DbError> {
        let mut client = self.connection(doing).await?;
        let work = async {
            let transaction = client.transaction().await?;
            transaction.batch_execute(PATIENT).await?;
            let rows = transaction.query(sql, params).await?;
            transaction.commit().await?;
            Ok(rows)
        };
        match tokio::time::timeout(PATIENCE, work).await {
            Ok(result) => result.map_err(|source| DbError::Query { doing, source }),
            Err(_) => {
                drop(Object::take(client));
                Err(DbError::Silent { doing })
            }
        }
    }

    /// Runs one statement and returns its first row, if there is one.
    pub(super) async fn row(
        &self,
        doing: &'static str,
        sql: &str,
        params: &[&(dyn ToSql + Sync)],
    ) -> Result<Option<Row>, DbError> {
        Ok(self.rows(doing, sql, params).await?.into_iter().next())
    }
}

/// Opens connections whose tasks run on one given runtime.
struct ConnectOn(Handle);

impl Connect for ConnectOn {
    fn connect(&self, config: &Config) -> BoxFuture<'_, Result<(Client, JoinHandle<()>), tokio_postgres::Error>> {
        let config = config.clone();
        let io = self.0.clone();
        Box::pin(async move {
            let spawner = io.clone();
            let connecting = io.spawn(async move {
                let (client, wire) = Wire::connect(&config).await?;
                Ok((client, spawner.spawn(wire.carry())))
            });
            connecting.await.expect("connecting does not panic")
        })
    }
}

/// What moves the bytes of a connection.
pub(super) enum Wire {
    Plain(Box<Connection<Socket, NoTlsStream>>),
    Tls(Box<Connection<Socket, <MakeRustlsConnect as MakeTlsConnect<Socket>>::Stream>>),
}

impl Wire {
    async fn connect(config: &Config) -> Result<(Client, Self), tokio_postgres::Error> {
        match is_encrypted(config) {
            true => config.connect(tls()).await.map(|(client, connection)| (client, Self::Tls(connection.into()))),
            false => config.connect(NoTls).await.map(|(client, connection)| (client, Self::Plain(connection.into()))),
        }
    }

    /// Until the connection ends.
    async fn carry(self) {
        let ended = match self {
            Self::Plain(connection) => connection.await,
            Self::Tls(connection) => connection.await,
        };
        if let Err(error) = ended {
            tracing::warn!(error = with_causes(&error), "a database connection ended");
        }
    }
}

/// With sslmode=require the server has to prove who it is; anything less is not worth the name.
fn is_encrypted(config: &Config) -> bool {
    config.get_ssl_mode() == SslMode::Require
}

/// Tells the database to leave a statement off that nobody waits for any more.
async fn leave_off(token: CancelToken, encrypted: bool) {
    let told = async {
        match encrypted {
            true => token.cancel_query(tls()).await,
            false => token.cancel_query(NoTls).await,
        }
    };
    match tokio::time::timeout(ANSWER_SLACK, told).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::debug!(error = with_causes(&error), "a statement was not left off"),
        Err(_) => tracing::debug!("a statement was not left off in time"),
    }
}

/// TLS that trusts whom this machine trusts.
fn tls() -> MakeRustlsConnect {
    static CONFIG: LazyLock<ClientConfig> = LazyLock::new(|| {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        ClientConfig::builder_with_provider(rustls::crypto::aws_lc_rs::default_provider().into())
            .with_safe_default_protocol_versions()
            .expect("the provider speaks TLS 1.2 or 1.3")
            .with_root_certificates(roots)
            .with_no_client_auth()
    });
    MakeRustlsConnect::new(CONFIG.clone())
}
