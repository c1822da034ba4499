//! The connection pool: limits, time-outs, and the execution of statements.

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

/// Address of the database, number of connections, and time-outs.
#[derive(Clone)]
pub struct DatabaseSettings {
    pub url: Config,
    pub connections: usize,
    /// Limit on the wait for a free connection.
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
    /// Settings for actors: a quarter of the connections.
    pub fn for_actors(&self) -> Self {
        Self { connections: (self.connections / 4).max(2), ..self.clone() }
    }

    /// Settings for jobs: an eighth of the connections, without waiting for the disk on commit. Writes that a crash of
    /// PostgreSQL loses are repeated.
    pub fn for_jobs(&self) -> Self {
        let mut url = self.url.clone();
        let given = url.get_options().unwrap_or_default();
        url.options(format!("{given} -c synchronous_commit=off"));
        Self { connections: (self.connections / 8).max(2), url, ..self.clone() }
    }

    /// Settings for messages: two connections of their own. Their commits wait for the disk: an outcome that a crash of
    /// PostgreSQL loses is a message that is sent twice.
    pub fn for_messages(&self) -> Self {
        Self { connections: 2, ..self.clone() }
    }

    /// Settings for everything else: the remaining connections.
    pub fn for_requests(&self) -> Self {
        let others = self.for_actors().connections + self.for_jobs().connections;
        Self { connections: self.connections.saturating_sub(others).max(1), ..self.clone() }
    }
}

/// Use of the pool, in connections.
#[derive(Debug, Clone, Copy)]
pub struct PoolUse {
    pub limit: usize,
    pub open: usize,
    pub idle: usize,
    /// Callers that wait for a connection.
    pub waiting: usize,
}

/// Handle to the database. Clones are cheap and share one pool.
#[derive(Clone)]
pub struct Database {
    pool: Pool,
    config: Config,
    answer_limit: Duration,
}

/// Session options for plans. Each statement is planned once per connection, often while its tables are empty, and must
/// find its rows by an index. Plans that read whole tables are therefore disabled here or avoided in the statement.
const INDEX_PLANS: &str = "-c plan_cache_mode=force_generic_plan -c jit=off \
    -c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off";
/// Undoes these options for a statement that reads much of a table, with a limit of 60 seconds.
const LONG_STATEMENT: &str = "SET LOCAL statement_timeout = '60s'; SET LOCAL plan_cache_mode = force_custom_plan; \
    SET LOCAL enable_seqscan = on; SET LOCAL enable_hashjoin = on; SET LOCAL enable_mergejoin = on";
/// Limit on the wait for the answer to such a statement.
const LONG_ANSWER_LIMIT: Duration = Duration::from_secs(62);
/// Time for the answer to arrive after the server's own limit on the statement.
const ANSWER_SLACK: Duration = Duration::from_secs(1);
/// Lowest limit on a statement: one that is sent after its deadline still gets this time.
const MIN_ANSWER_LIMIT: Duration = Duration::from_millis(100);

impl Database {
    /// Creates a pool, which connects on first use. `io` is the runtime that drives the connections. They must outlive
    /// the runtimes of actors and web workers, which are single threads that end one by one.
    pub fn new(settings: &DatabaseSettings, io: Handle) -> Self {
        let mut config = settings.url.clone();
        let session = format!(
            "-c statement_timeout={ms} -c idle_in_transaction_session_timeout={ms} -c lock_timeout={ms} -c timezone=UTC \
             {INDEX_PLANS}",
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
            // The connection used last has warm caches.
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

    /// Returns the use of the pool.
    pub fn usage(&self) -> PoolUse {
        let status = self.pool.status();
        PoolUse { limit: status.max_size, open: status.size, idle: status.available, waiting: status.waiting }
    }

    /// Returns an error unless the database answers.
    pub async fn ping(&self) -> Result<(), DbError> {
        self.rows("pinging the database", "SELECT 1", &[]).await.map(drop)
    }

    /// Closes the pool: each connection as it becomes free.
    pub fn close(&self) {
        self.pool.close();
    }

    /// Takes a connection from the pool, for work that needs a session.
    pub(super) async fn connection(&self, doing: &'static str) -> Result<Object, DbError> {
        self.pool.get().await.map_err(|error| DbError::Unreachable { doing, reason: with_causes(&error) })
    }

    /// Opens a connection outside of the pool; the caller drives the transport.
    pub(super) async fn connect_outside_pool(&self) -> Result<(Client, Transport), tokio_postgres::Error> {
        Transport::connect(&self.config).await
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

    /// The same as [`Self::rows`] with a deadline.
    pub(super) async fn rows_until(
        &self,
        deadline: Instant,
        doing: &'static str,
        sql: &str,
        params: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, DbError> {
        let left = deadline.saturating_duration_since(Instant::now()).max(MIN_ANSWER_LIMIT);
        self.rows_within(left.min(self.answer_limit), doing, sql, params).await
    }

    /// Runs a statement within `limit`. After a time-out the statement is cancelled and the connection closed, not
    /// reused.
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
            Err(_) => Err(self.give_up(client, doing)),
        }
    }

    /// Runs a rare statement that reads much of a table: with a plan of its own and a long time limit.
    pub(super) async fn long_rows(
        &self,
        doing: &'static str,
        sql: &str,
        params: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, DbError> {
        let mut client = self.connection(doing).await?;
        let work = async {
            let transaction = client.transaction().await?;
            transaction.batch_execute(LONG_STATEMENT).await?;
            let rows = transaction.query(sql, params).await?;
            transaction.commit().await?;
            Ok(rows)
        };
        match tokio::time::timeout(LONG_ANSWER_LIMIT, work).await {
            Ok(result) => result.map_err(|source| DbError::Query { doing, source }),
            Err(_) => Err(self.give_up(client, doing)),
        }
    }

    /// Runs `lock`, and then one statement that sees everything committed before the lock was taken. Returns the rows of
    /// the statement. The lock takes the first `lock_params` of the parameters.
    pub(super) async fn rows_after_lock(
        &self,
        doing: &'static str,
        (lock, lock_params): (&str, usize),
        sql: &str,
        params: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, DbError> {
        let mut client = self.connection(doing).await?;
        let work = async {
            let (lock, statement) = (client.prepare_cached(lock).await?, client.prepare_cached(sql).await?);
            let transaction = client.transaction().await?;
            transaction.query(&lock, &params[..lock_params]).await?;
            let rows = transaction.query(&statement, params).await?;
            transaction.commit().await?;
            Ok(rows)
        };
        match tokio::time::timeout(self.answer_limit, work).await {
            Ok(result) => result.map_err(|source| DbError::Query { doing, source }),
            Err(_) => Err(self.give_up(client, doing)),
        }
    }

    /// Cancels the statement of a connection after a time-out, and closes the connection.
    fn give_up(&self, client: Object, doing: &'static str) -> DbError {
        tokio::spawn(cancel_statement(client.cancel_token(), is_encrypted(&self.config)));
        drop(Object::take(client));
        DbError::Silent { doing }
    }

    /// Runs one statement and returns its first row. `None` if there is none.
    pub(super) async fn row(
        &self,
        doing: &'static str,
        sql: &str,
        params: &[&(dyn ToSql + Sync)],
    ) -> Result<Option<Row>, DbError> {
        Ok(self.rows(doing, sql, params).await?.into_iter().next())
    }
}

/// Opens connections whose tasks run on a given runtime.
struct ConnectOn(Handle);

impl Connect for ConnectOn {
    fn connect(&self, config: &Config) -> BoxFuture<'_, Result<(Client, JoinHandle<()>), tokio_postgres::Error>> {
        let config = config.clone();
        let io = self.0.clone();
        Box::pin(async move {
            let spawner = io.clone();
            let connecting = io.spawn(async move {
                let (client, transport) = Transport::connect(&config).await?;
                Ok((client, spawner.spawn(transport.drive())))
            });
            connecting.await.expect("connecting does not panic")
        })
    }
}

/// Driver of a connection, plain or encrypted.
pub(super) enum Transport {
    Plain(Box<Connection<Socket, NoTlsStream>>),
    Tls(Box<Connection<Socket, <MakeRustlsConnect as MakeTlsConnect<Socket>>::Stream>>),
}

impl Transport {
    async fn connect(config: &Config) -> Result<(Client, Self), tokio_postgres::Error> {
        match is_encrypted(config) {
            true => config.connect(tls()).await.map(|(client, connection)| (client, Self::Tls(connection.into()))),
            false => config.connect(NoTls).await.map(|(client, connection)| (client, Self::Plain(connection.into()))),
        }
    }

    /// Drives the connection until its end.
    async fn drive(self) {
        let ended = match self {
            Self::Plain(connection) => connection.await,
            Self::Tls(connection) => connection.await,
        };
        if let Err(error) = ended {
            tracing::warn!(error = with_causes(&error), "a database connection ended");
        }
    }
}

/// True for sslmode=require, which here also verifies the certificate of the server. Weaker modes connect in plain
/// text.
fn is_encrypted(config: &Config) -> bool {
    config.get_ssl_mode() == SslMode::Require
}

/// Asks the database to cancel a statement after a time-out.
async fn cancel_statement(token: CancelToken, encrypted: bool) {
    let request = async {
        match encrypted {
            true => token.cancel_query(tls()).await,
            false => token.cancel_query(NoTls).await,
        }
    };
    match tokio::time::timeout(ANSWER_SLACK, request).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::debug!(error = with_causes(&error), "cannot cancel a statement"),
        Err(_) => tracing::debug!("cancelling a statement took too long"),
    }
}

/// Returns a TLS connector that trusts the root certificates of this machine.
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
