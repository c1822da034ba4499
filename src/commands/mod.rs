//! The command line: what can be said, and one file for each thing that is done.

mod audit;
mod config;
mod event_file;
mod healthcheck;
mod import;
mod jobs;
mod layouts;
mod migrate;
mod openapi;
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
    work::{Access, Records, Refusal},
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

/// Settings, from the strongest source there is.
#[derive(Debug, Args)]
struct Settings {
    /// A TOML file with settings; see config/onsale.example.toml
    #[arg(long, global = true, value_name = "FILE", env = "ONSALE_CONFIG")]
    config: Option<PathBuf>,
    /// One setting, stronger than environment and file: --set server.workers=4
    #[arg(long = "set", global = true, value_name = "KEY=VALUE", value_parser = pair)]
    set: Vec<(String, String)>,
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("write KEY=VALUE")?;
    Ok((key.trim().to_owned(), value.to_owned()))
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the server
    Serve(serve::Serve),
    /// Bring the database's schema up to date
    Migrate(migrate::Migrate),
    /// Render tickets
    #[command(subcommand)]
    Tickets(tickets::Tickets),
    /// Look at, check and import layouts
    #[command(subcommand)]
    Layouts(layouts::Layouts),
    /// Look after object storage
    #[command(subcommand)]
    Storage(storage::Storage),
    /// Look after long work
    #[command(subcommand)]
    Jobs(jobs::Jobs),
    /// Look at the audit log
    #[command(subcommand)]
    Audit(audit::Audit),
    /// Make, list and revoke organizers' tokens
    #[command(subcommand)]
    Token(token::Token),
    /// Ask the server on this machine whether it is ready: for container health checks
    Healthcheck,
    /// Print the OpenAPI document
    Openapi,
    /// Look at the configuration
    #[command(subcommand)]
    Config(config::Config),
}

impl CommandLine {
    /// Does what was said.
    pub fn run(self) -> anyhow::Result<()> {
        let sources = self.settings.sources();
        match self.command {
            Command::Serve(serve) => serve.run(sources),
            Command::Migrate(migrate) => migrate.run(sources),
            Command::Tickets(tickets) => tickets.run(sources),
            Command::Layouts(layouts) => layouts.run(),
            Command::Storage(storage) => storage.run(sources),
            Command::Jobs(jobs) => jobs.run(sources),
            Command::Audit(audit) => audit.run(sources),
            Command::Token(token) => token.run(sources),
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
        // A variable that is not text is none of ours.
        let variables =
            std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
        sources.with_environment(variables).with_values(&Place::Flag, pairs)
    }
}

/// Runs `work` on a runtime of its own, with a database as configured.
fn with_database<T>(
    mut sources: Sources,
    work: impl AsyncFnOnce(crate::db::Database) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let log = crate::config::LogConfig::read(&mut sources);
    let settings = crate::config::read_database(&mut sources);
    sources.faults()?;
    crate::telemetry::start(&log);
    let settings = settings.expect("a missing URL is a fault");
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let database = crate::db::Database::new(&settings, runtime.handle().clone());
    runtime.block_on(work(database))
}

/// Runs `work` like [`with_database`], with everything that needs rows alone: the signing keys of events cannot be
/// opened.
fn with_rows<T>(sources: Sources, work: impl AsyncFnOnce(Records) -> anyhow::Result<T>) -> anyhow::Result<T> {
    with_database(sources, async |database| {
        let secret = Arc::new(Secret::new(&random_key()).expect("a key is long enough for a secret"));
        let catalog = EventCache::new(database.clone(), secret, 1, Duration::ZERO);
        work(Records { database, catalog, access: Arc::new(Access::new(None)) }).await
    })
}

/// A refusal as the command line says it.
fn refused(refusal: Refusal) -> anyhow::Error {
    match refusal {
        Refusal::Invalid(faults) => {
            let lines: Vec<_> = faults.0.iter().map(|fault| format!("{}: {}", fault.pointer, fault.detail)).collect();
            anyhow!(lines.join("; "))
        }
        Refusal::Malformed(detail) | Refusal::Conflict(detail) => anyhow!(detail),
        Refusal::NotFound => anyhow!("it does not exist"),
        Refusal::Unavailable | Refusal::Overloaded => anyhow!("the database does not answer; nothing was done"),
        Refusal::Unknown => anyhow!("it is not known if the change was made; run the command again to find out"),
        other => anyhow!("refused: {other:?}"),
    }
}
