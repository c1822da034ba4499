//! `onsale serve`

use std::{
    io::{IsTerminal, Write},
    net::SocketAddr,
    time::Instant,
};

use anyhow::Context;
use clap::Args;
use tokio::signal::unix::{SignalKind, signal};

use crate::{
    app::{self, BindError, Running},
    config::{Config, LogConfig, Place, Sources, data_dir},
    db::{Database, EventCache, migrate},
    dev::{
        DEMO_EVENT, DataDir, Postgres, S3, database_values, default_values, ensure_demo, find_listener, storage_values,
    },
    telemetry,
};

/// Running the server.
#[derive(Debug, Args)]
pub struct Serve {
    /// Bring along a PostgreSQL cluster, an S3 endpoint, secrets and a demo event, all under `DATA_DIR` and on loopback
    #[arg(long)]
    dev: bool,
    /// Bring the schema up to date first
    #[arg(long)]
    migrate: bool,
    /// The public listener
    #[arg(long, value_name = "ADDRESS")]
    bind: Option<SocketAddr>,
}

/// The exit code after a second signal: what shells say of a process that a signal ended.
const CUT_SHORT: i32 = 130;

impl Serve {
    /// Serves until a signal says stop.
    pub fn run(self, sources: Sources) -> anyhow::Result<()> {
        let bind = self.bind.map(|address| ("server.bind", address.to_string()));
        let sources = sources.with_values(&Place::Flag, bind);
        let system = actix::System::with_tokio_rt(|| {
            tokio::runtime::Builder::new_multi_thread()
                .thread_name("io")
                .enable_all()
                .build()
                .expect("the operating system gives threads")
        });
        system.block_on(self.serve(sources))
    }

    async fn serve(self, sources: Sources) -> anyhow::Result<()> {
        let mut signals = Signals::new()?;
        let (dev, running) = tokio::select! {
            started = self.start(sources) => started?,
            name = signals.next() => anyhow::bail!("{name} while starting"),
        };
        let name = signals.next().await;
        tracing::info!(signal = name, "told to stop; once more ends at once");
        tokio::select! {
            () = running.stop() => {}
            name = signals.next() => {
                tracing::warn!(signal = name, "ended at once");
                // Destructors would wait for what the operator does not want to wait for; only PostgreSQL is told.
                drop(dev);
                std::process::exit(CUT_SHORT);
            }
        }
        drop(dev);
        Ok(())
    }

    async fn start(&self, mut sources: Sources) -> anyhow::Result<(Option<Dev>, Running)> {
        let start = Instant::now();
        if self.dev {
            // What is wrong with the words of it is said before anything is started.
            sources.faults()?;
        }
        let dev = if self.dev { Some(Dev::start(&mut sources).await?) } else { None };
        let log = LogConfig::read(&mut sources);
        let config = Config::read(&mut sources)?;
        telemetry::start(&log);
        if self.dev || self.migrate {
            prepare(&config, self.dev).await?;
        }
        let running = Box::pin(app::start(config)).await.map_err(explain)?;
        if let Some(dev) = &dev {
            dev.welcome(&running, start)?;
        }
        Ok((dev, running))
    }
}

/// SIGTERM and Ctrl-C.
struct Signals {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
}

impl Signals {
    fn new() -> std::io::Result<Self> {
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.interrupt.recv() => "SIGINT",
        }
    }
}

/// Migrates, and sees to the demo event.
async fn prepare(config: &Config, demo: bool) -> anyhow::Result<()> {
    let database = Database::new(&config.database, tokio::runtime::Handle::current());
    for migration in migrate(&database).await? {
        tracing::info!(version = migration.version, name = migration.name, "applied a migration");
    }
    if demo {
        let secret = config.secrets.secret.clone();
        let catalog = EventCache::new(database.clone(), secret, 1, config.catalog.lifetime);
        ensure_demo(&database, &catalog).await?;
    }
    database.close();
    Ok(())
}

/// A taken port deserves its taker's name.
fn explain(error: anyhow::Error) -> anyhow::Error {
    let Some(bind) = error.downcast_ref::<BindError>() else { return error };
    if bind.source.kind() != std::io::ErrorKind::AddrInUse {
        return error;
    }
    let owner = find_listener(bind.address).unwrap_or_else(|| "another process".into());
    anyhow::anyhow!(
        "{} is taken by {owner}; stop it, or choose another address (BIND for the public listener, OPS_BIND for metrics)",
        bind.address
    )
}

/// What `--dev` brings along. Stopped in the order of its fields.
struct Dev {
    s3: S3,
    postgres: Postgres,
    token: String,
    home: DataDir,
}

impl Dev {
    async fn start(sources: &mut Sources) -> anyhow::Result<Self> {
        let progress = |text: &str| {
            if std::io::stderr().is_terminal() || std::env::var_os("CI").is_none() {
                // Nobody reads a progress line that cannot be written.
                drop(writeln!(std::io::stderr(), "onsale: {text}"));
            }
        };
        let home = DataDir::open(&data_dir(sources)).context("opening the data directory")?;
        let keys = home.keys()?;
        progress("starting PostgreSQL");
        let postgres = Postgres::start(&home.path, &[]).context("starting PostgreSQL")?;
        progress("starting storage");
        let s3 = S3::start(&home.path, &keys, 0).await.context("starting storage")?;
        for name in ["database.url", "storage.bucket", "storage.endpoint", "storage.access_key_id"] {
            if let Some(place) = sources.chosen(name) {
                progress(&format!("--dev brings its own: {name} is ignored ({place})"));
            }
        }
        *sources = std::mem::take(sources)
            .with_values(&Place::Dev, database_values(&postgres))
            .with_values(&Place::Dev, storage_values(&s3, &keys))
            .with_fallbacks(&Place::Dev, default_values(&keys));
        progress("starting the server");
        let token = sources.text("secrets.admin_token").unwrap_or_default();
        Ok(Self { s3, postgres, token, home })
    }

    /// What a newcomer wants to know.
    fn welcome(&self, running: &Running, start: Instant) -> std::io::Result<()> {
        let base = format!("http://{}", running.address);
        let mut out = std::io::stdout().lock();
        writeln!(
            out,
            "
Onsale {version} is ready after {seconds:.1} s. Ctrl-C stops it and everything it started.

  API        {base}
  Docs       {base}/docs
  Metrics    http://{ops}/metrics
  Database   PostgreSQL {postgres}: {psql}
  Storage    {endpoint}
  Data       {home}{elsewhere}

  Organizer  {token}

  Register:
    curl -s {base}/api/register -H 'content-type: application/json' \\
      -H 'prefer: return=minimal' -H \"idempotency-key: $(uuidgen 2>/dev/null || date +%s%N)\" \\
      -d '{{\"event\":\"{DEMO_EVENT}\",\"attendees\":[{{\"name\":\"Ada Lovelace\",\"email\":\"ada@example.com\"}}]}}'
",
            version = env!("CARGO_PKG_VERSION"),
            seconds = start.elapsed().as_secs_f64(),
            ops = running.ops_address,
            postgres = self.postgres.version,
            psql = self.postgres.psql(),
            endpoint = self.s3.endpoint(),
            home = self.home.path.display(),
            elsewhere = match self.postgres.data.starts_with(&self.home.path) {
                true => String::new(),
                false => format!(" (the database: {})", self.postgres.data.display()),
            },
            token = self.token,
        )?;
        out.flush()
    }
}
