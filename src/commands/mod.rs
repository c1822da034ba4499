//! The command line: its options, and a file for each command.

mod account;
mod attendees;
mod audit;
mod config;
mod event_file;
mod healthcheck;
mod import;
mod jobs;
mod layouts;
mod mail;
mod migrate;
mod openapi;
mod registrations;
mod secret;
mod serve;
mod storage;
mod tickets;
mod token;

use std::{path::PathBuf, sync::Arc, time::Duration};

use anyhow::anyhow;
use clap::{Args, Parser, Subcommand};

use crate::{
    config::{Place, Sources},
    db::EventCache,
    domain::{Secret, random_key},
    work::{Access, Quotas, Records, Refusal, Shares},
};

/// A ticket server for the minute when sales open.
#[derive(Debug, Parser)]
#[command(name = "onsale", version, arg_required_else_help = true)]
pub struct CommandLine {
    #[command(flatten)]
    settings: Settings,
    #[command(subcommand)]
    command: Command,
}

/// Options of all commands.
#[derive(Debug, Args)]
struct Settings {
    /// TOML file with settings, as config/onsale.example.toml
    #[arg(long, global = true, value_name = "FILE", env = "ONSALE_CONFIG")]
    config: Option<PathBuf>,
    /// Set one value, for example --set server.workers=4; overrides environment and file
    #[arg(long = "set", global = true, value_name = "KEY=VALUE", value_parser = parse_pair)]
    set: Vec<(String, String)>,
}

fn parse_pair(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("write KEY=VALUE")?;
    Ok((key.trim().to_owned(), value.to_owned()))
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the server
    Serve(serve::Serve),
    /// Apply the missing migrations of the database
    Migrate(migrate::Migrate),
    /// Render tickets; import, regenerate and archive the tickets of an event
    #[command(subcommand)]
    Tickets(tickets::Tickets),
    /// Import the registrations of another system
    #[command(subcommand)]
    Registrations(registrations::Registrations),
    /// List, check and import layouts
    #[command(subcommand)]
    Layouts(layouts::Layouts),
    /// Check and clean object storage, and print its policies
    #[command(subcommand)]
    Storage(storage::Storage),
    /// List, watch, pause and cancel jobs
    #[command(subcommand)]
    Jobs(jobs::Jobs),
    /// Read reports of mail servers
    #[command(subcommand)]
    Mail(mail::Mail),
    /// Verify the audit log
    #[command(subcommand)]
    Audit(audit::Audit),
    /// Create, list and revoke organizers' tokens
    #[command(subcommand)]
    Token(token::Token),
    /// Create accounts of people, and help those who are locked out
    #[command(subcommand)]
    Account(account::Account),
    /// Replace the secret of the server
    #[command(subcommand)]
    Secret(secret::Secret),
    /// Check if the server on this machine is ready; for health checks of containers
    Healthcheck,
    /// Print the OpenAPI document
    Openapi,
    /// Check the configuration
    #[command(subcommand)]
    Config(config::Config),
}

impl CommandLine {
    /// Runs the command.
    pub fn run(self) -> anyhow::Result<()> {
        let sources = self.settings.sources();
        match self.command {
            Command::Serve(serve) => serve.run(sources),
            Command::Migrate(migrate) => migrate.run(sources),
            Command::Tickets(tickets) => tickets.run(sources),
            Command::Registrations(registrations) => registrations.run(sources),
            Command::Layouts(layouts) => layouts.run(),
            Command::Storage(storage) => storage.run(sources),
            Command::Jobs(jobs) => jobs.run(sources),
            Command::Mail(mail) => mail.run(sources),
            Command::Audit(audit) => audit.run(sources),
            Command::Token(token) => token.run(sources),
            Command::Account(account) => account.run(sources),
            Command::Secret(secret) => secret.run(sources),
            Command::Healthcheck => healthcheck::run(sources),
            Command::Openapi => openapi::run(),
            Command::Config(config) => config.run(sources),
        }
    }
}

impl Settings {
    fn sources(&self) -> Sources {
        let mut sources = Sources::new();
        if let Some(path) = &self.config {
            sources = sources.with_file(path);
        }
        let pairs = self.set.iter().map(|(key, value)| (key.as_str(), value.clone()));
        // Variables that are not UTF-8 are ignored.
        let variables =
            std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
        sources.with_environment(variables).with_values(&Place::Flag, pairs)
    }
}

/// Adds the settings of the server that runs with `serve --dev` in the data directory, if no database is configured.
fn with_running_server(sources: Sources) -> Sources {
    if sources.chosen("database.url").is_some() {
        return sources;
    }
    let found = crate::dev::running_server(&crate::config::data_dir(&sources)).unwrap_or_default();
    sources.with_fallbacks(&Place::Dev, found.iter().map(|(name, value)| (name.as_str(), value.clone())))
}

/// Runs `work` on a new runtime, with the configured database.
fn with_database<T>(
    sources: Sources,
    work: impl AsyncFnOnce(crate::db::Database) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let mut sources = with_running_server(sources);
    let log = crate::config::LogConfig::read(&mut sources);
    let settings = crate::config::read_database(&mut sources);
    sources.faults()?;
    crate::telemetry::start(&log);
    let settings = settings.expect("`faults` has returned an error if the URL is missing");
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let database = crate::db::Database::new(&settings, runtime.handle().clone());
    runtime.block_on(work(database))
}

/// Time for which a command uses an event that it has read.
const EVENT_LIFETIME: Duration = Duration::from_secs(1);

/// Runs `work` with [`Records`] of the configured database, for commands that read no events: the secret is a random
/// one.
fn with_records<T>(sources: Sources, work: impl AsyncFnOnce(Records) -> anyhow::Result<T>) -> anyhow::Result<T> {
    let secret = Secret::new(&random_key()).expect("32 random bytes are long enough for a secret");
    with_secret(sources, secret, work)
}

/// Runs `work` with [`Records`] of the configured database and the configured secret, which opens signing keys.
fn with_events<T>(sources: Sources, work: impl AsyncFnOnce(Records) -> anyhow::Result<T>) -> anyhow::Result<T> {
    let mut sources = with_running_server(sources);
    let Some(secret) = crate::config::read_secret(&mut sources) else {
        sources.faults()?;
        unreachable!("a missing secret is a fault");
    };
    with_secret(sources, secret, work)
}

fn with_secret<T>(
    sources: Sources,
    secret: Secret,
    work: impl AsyncFnOnce(Records) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    with_database(sources, async |database| {
        let catalog = EventCache::new(database.clone(), Arc::new(secret), 100, EVENT_LIFETIME);
        let (access, reads) = (Arc::new(Access::of_operator()), Shares::new(1, 1));
        work(Records { database, catalog, access, reads, quotas: Quotas::NONE }).await
    })
}

/// Turns a refusal into an error with a text for the terminal.
fn refusal_error(refusal: Refusal) -> anyhow::Error {
    match refusal {
        Refusal::Invalid(faults) => {
            let lines: Vec<_> = faults.0.iter().map(|fault| format!("{}: {}", fault.pointer, fault.detail)).collect();
            anyhow!(lines.join("; "))
        }
        Refusal::Malformed(detail) | Refusal::Conflict(detail) => anyhow!(detail),
        Refusal::NotFound => anyhow!("not found"),
        Refusal::Unavailable | Refusal::Overloaded => anyhow!("the database does not answer; nothing was done"),
        Refusal::Unknown => anyhow!("the outcome is unknown; run the command again to find out"),
        other => anyhow!("refused: {other:?}"),
    }
}
