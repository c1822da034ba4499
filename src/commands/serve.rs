//! `onsale serve`

use std::{
    io::{IsTerminal, Write},
    net::SocketAddr,
    time::Instant,
};

use anyhow::Context;
use clap::Args;
use tokio::signal::unix::{SignalKind, signal};

use super::account;
use crate::{
    app::{self, BindError, Running},
    config::{Config, LogConfig, Place, Sources, data_dir},
    db::{Database, EventCache, migrate},
    dev::{
        DEMO_EVENT, DEMO_PEOPLE, DataDir, MailServer, Postgres, S3, database_values, default_values, ensure_demo,
        find_listener, mail_values, storage_values,
    },
    domain::{Role, SignUp},
    telemetry,
};

/// Options of `serve`.
#[derive(Debug, Args)]
pub struct Serve {
    /// For development: also start PostgreSQL, an S3 server and a mail server under `DATA_DIR`, on loopback, with secrets
    /// and a demo event
    #[arg(long)]
    dev: bool,
    /// With --dev: create no demo events besides gardenia-2025
    #[arg(long, requires = "dev")]
    no_shelf: bool,
    /// Apply missing migrations first
    #[arg(long)]
    migrate: bool,
    /// Address of the public listener
    #[arg(long, value_name = "ADDRESS")]
    bind: Option<SocketAddr>,
}

/// Exit code after a second signal: 128 + SIGINT, as shells report it.
const EXIT_INTERRUPTED: i32 = 130;

impl Serve {
    /// Runs the server until a signal.
    pub fn run(self, sources: Sources) -> anyhow::Result<()> {
        // With huge pages of the kernel, the server takes twice as much memory when idle, and a third more in a surge.
        // If the kernel does not know the setting, the server works all the same.
        let _ = rustix::thread::disable_transparent_huge_pages(true);
        let bind = self.bind.map(|address| ("server.bind", address.to_string()));
        let sources = sources.with_values(&Place::Flag, bind);
        let system = actix::System::with_tokio_rt(|| {
            tokio::runtime::Builder::new_multi_thread()
                .thread_name("io")
                .enable_all()
                .build()
                .expect("the operating system can start threads")
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
        tracing::info!(signal = name, "stopping; a second signal exits at once");
        tokio::select! {
            () = running.stop() => {}
            name = signals.next() => {
                tracing::warn!(signal = name, "exiting before accepted work is finished");
                // No other destructors: they would wait for the work that this signal cuts short. `dev` stops
                // PostgreSQL.
                drop(dev);
                std::process::exit(EXIT_INTERRUPTED);
            }
        }
        drop(dev);
        Ok(())
    }

    async fn start(&self, mut sources: Sources) -> anyhow::Result<(Option<Dev>, Running)> {
        let start = Instant::now();
        if self.dev {
            // Reports faults before PostgreSQL and storage are started.
            sources.faults()?;
        }
        let dev = if self.dev { Some(Dev::start(&mut sources).await?) } else { None };
        let log = LogConfig::read(&mut sources);
        let config = Config::read(&mut sources)?;
        telemetry::start(&log);
        if self.dev || self.migrate {
            prepare(&config, dev.as_ref(), !self.no_shelf).await?;
        }
        let running = Box::pin(app::start(config)).await.map_err(explain)?;
        if let Some(dev) = &dev {
            dev.print_welcome(&running, start)?;
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

/// Applies missing migrations. For `--dev`, creates the demo event and the accounts of the demo; with further events if
/// `shelf` is true.
async fn prepare(config: &Config, dev: Option<&Dev>, shelf: bool) -> anyhow::Result<()> {
    let database = Database::new(&config.database, tokio::runtime::Handle::current());
    for migration in migrate(&database).await? {
        tracing::info!(version = migration.version, name = migration.name, "applied a migration");
    }
    if let Some(dev) = dev {
        let secret = config.secrets.secret.clone();
        let catalog = EventCache::new(database.clone(), secret, 1, config.catalog.lifetime);
        if ensure_demo(&database, &catalog, shelf).await? {
            for person in DEMO_PEOPLE {
                let password = dev.account_password.clone();
                let (email, name) = (person.email.to_owned(), person.name.to_owned());
                let sign_up = SignUp { email, password, name, language: "en" };
                account::create(&database, sign_up, person.organizer.map(|name| (name, Role::Owner))).await?;
            }
        }
    }
    database.close();
    Ok(())
}

/// Adds the process that listens on an address to the error that the address is in use.
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

/// Services of `--dev`. They stop in the order of the fields.
struct Dev {
    s3: S3,
    /// `None` if another mail server is configured.
    mail: Option<MailServer>,
    postgres: Postgres,
    token: String,
    /// Of the accounts of the demo.
    account_password: String,
    home: DataDir,
}

impl Dev {
    async fn start(sources: &mut Sources) -> anyhow::Result<Self> {
        let progress = |text: &str| {
            if std::io::stderr().is_terminal() || std::env::var_os("CI").is_none() {
                // Without a stderr, progress is not shown.
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
                progress(&format!("--dev uses its own services: {name} is ignored ({place})"));
            }
        }
        // A mail server that the user names is used: messages are the one thing that leaves a development server.
        let mail = match sources.text("mail.smtp_url") {
            Some(_) => None,
            None => Some(MailServer::start(&home.path).await.context("starting the mail server")?),
        };
        let mail_values = mail.iter().flat_map(mail_values).collect::<Vec<_>>();
        home.write_running(
            database_values(&postgres)
                .into_iter()
                .chain(storage_values(&s3, &keys))
                .chain(default_values(&keys))
                .chain(mail_values.iter().cloned()),
        )?;
        *sources = std::mem::take(sources)
            .with_values(&Place::Dev, database_values(&postgres))
            .with_values(&Place::Dev, storage_values(&s3, &keys))
            .with_fallbacks(&Place::Dev, default_values(&keys))
            .with_fallbacks(&Place::Dev, mail_values);
        progress("starting the server");
        let token = sources.text("secrets.admin_token").unwrap_or_default();
        Ok(Self { s3, mail, postgres, token, account_password: keys.account_password, home })
    }

    /// Prints the addresses, the organizer's token and a first request.
    fn print_welcome(&self, running: &Running, start: Instant) -> std::io::Result<()> {
        let base = format!("http://{}", running.address);
        let mut out = std::io::stdout().lock();
        writeln!(
            out,
            "
Onsale {version} is ready after {seconds:.1} s. Ctrl-C stops it and everything it started.

  Open {base}

  API        {base}
  Docs       {base}/docs
  Metrics    http://{ops}/metrics
  Database   PostgreSQL {postgres}: {psql}
  Storage    {endpoint}
  Mail       {mail}
  Data       {home}{elsewhere}

  Accounts   {organizer} (organizer), {attendee} (attendee)
  Password   {password}
  Organizer  {token}

  Register:
    curl -s {base}/api/register -H 'content-type: application/json' \\
      -H 'prefer: return=minimal' -H \"idempotency-key: $(od -An -N16 -tx8 /dev/urandom | tr -d ' ')\" \\
      -d '{{\"event\":\"{DEMO_EVENT}\",\"attendees\":[{{\"name\":\"Ada Lovelace\",\"email\":\"ada@example.com\"}}]}}'
",
            version = env!("CARGO_PKG_VERSION"),
            seconds = start.elapsed().as_secs_f64(),
            ops = running.ops_address,
            postgres = self.postgres.version,
            psql = self.postgres.psql(),
            endpoint = self.s3.endpoint(),
            mail = self.mail.as_ref().map_or_else(
                || "goes to the configured server".into(),
                |mail| format!("{} (takes messages at {})", mail.page_url(), mail.smtp_url()),
            ),
            home = self.home.path.display(),
            elsewhere = match self.postgres.data.starts_with(&self.home.path) {
                true => String::new(),
                false => format!(" (the database: {})", self.postgres.data.display()),
            },
            organizer = DEMO_PEOPLE[0].email,
            attendee = DEMO_PEOPLE[1].email,
            password = self.account_password,
            token = self.token,
        )?;
        out.flush()
    }
}
