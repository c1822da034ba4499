//! `onsale storage`

use std::{
    io::{Write, stdout},
    sync::Arc,
    time::Duration,
};

use anyhow::{Context, ensure};
use clap::{Args, Subcommand, ValueEnum};
use indicatif::{HumanBytes, HumanCount, ProgressBar, ProgressStyle};

use crate::{
    actors::{Finding, ReconcileOptions, Reconciler, Report, RetentionMode, apply_retention},
    config::{Config, LogConfig, Sources, read_prices},
    db::{Database, EventCache},
    domain::Prices,
    render::{FontLibrary, PlanCache, RenderPool},
    store::{ObjectKind, Policy, Store},
    work::{Access, Quotas, Records, Shares},
};

/// Commands for object storage.
#[derive(Debug, Subcommand)]
pub enum Storage {
    /// Compare the objects in storage with the database
    Check(Check),
    /// Make this database the owner of the configured buckets and prefixes; only the owner may remove objects there
    Adopt,
    /// Remove objects that are older than the configured retention
    Clean {
        /// Print the numbers, but remove nothing
        #[arg(long)]
        dry_run: bool,
    },
    /// Show objects, requests and an estimate of their cost
    Usage {
        /// Number of days
        #[arg(long, value_name = "COUNT", default_value_t = 30, value_parser = clap::value_parser!(i32).range(1..=3650))]
        days: i32,
    },
    /// Print the policies for the bucket as JSON
    Policy {
        /// Print only this document
        #[arg(long, value_enum)]
        part: Option<PolicyPart>,
    },
}

/// Options of `storage check`.
#[derive(Debug, Args)]
pub struct Check {
    /// Have missing, damaged and stale files made again, and remove orphaned objects
    #[arg(long)]
    repair: bool,
    /// Age in seconds from which an object without a row counts as orphaned; default: as configured
    #[arg(long, value_name = "COUNT")]
    grace_seconds: Option<u64>,
}

/// A policy document of a bucket.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum PolicyPart {
    Iam,
    BucketPolicy,
    PublicAccessBlock,
    Lifecycle,
    Cors,
}

impl PolicyPart {
    fn policy(self) -> Policy {
        match self {
            Self::Iam => Policy::Iam,
            Self::BucketPolicy => Policy::Bucket,
            Self::PublicAccessBlock => Policy::PublicAccessBlock,
            Self::Lifecycle => Policy::Lifecycle,
            Self::Cors => Policy::Cors,
        }
    }
}

impl Storage {
    /// Runs the command.
    pub fn run(self, mut sources: Sources) -> anyhow::Result<()> {
        match self {
            Self::Check(check) => with_storage(sources, async |tools| check.run(&tools).await),
            Self::Adopt => with_storage(sources, async |tools| Ok(tools.reconciler().adopt().await?)),
            Self::Clean { dry_run } => with_storage(sources, async |tools| run_clean(&tools, dry_run).await),
            Self::Usage { days } => {
                let prices = read_prices(&mut sources);
                super::with_database(sources, async |database| print_usage(&database, &prices, days).await)
            }
            Self::Policy { part } => print_policy(sources, part),
        }
    }
}

/// Prints objects by kind, requests by operation, and the estimated cost.
async fn print_usage(database: &Database, prices: &Prices, days: i32) -> anyhow::Result<()> {
    let usage = database.storage_usage().await?;
    let requests = database.requests_since(days).await?;
    let mut out = stdout().lock();
    let (mut objects, mut bytes) = (0, 0);
    for kind in &usage {
        let name = kind.kind.map_or(ObjectKind::Invoices.name(), |kind| kind.name());
        writeln!(out, "{name}\t{} objects\t{}", kind.objects, size(kind.bytes))?;
        objects += kind.objects;
        bytes += kind.bytes;
    }
    for (operation, count) in &requests {
        writeln!(out, "{operation}\t{count} requests in {days} days")?;
    }
    let counts = requests.iter().map(|(operation, count)| (operation.as_str(), *count));
    let costs = prices.costs(days, counts, objects, bytes);
    for (part, amount) in costs.parts() {
        writeln!(out, "{part}\t{amount:.4} {}", prices.currency)?;
    }
    Ok(writeln!(out, "estimate\t{:.4} {} in {days} days", costs.total(), prices.currency)?)
}

/// Prints one policy, or all of them by name.
fn print_policy(mut sources: Sources, part: Option<PolicyPart>) -> anyhow::Result<()> {
    let places = crate::config::read_places(&mut sources);
    let bind = sources.parsed("server.bind", "an address");
    let origin = crate::config::public_base_url(&mut sources, bind);
    let archive_days = crate::config::read_archive_days(&mut sources);
    sources.faults()?;
    let places = places.expect("`faults` has returned an error if the bucket is missing");
    let document = |policy: Policy| policy.document(&places, &origin, archive_days);
    let json = match part {
        Some(part) => document(part.policy()),
        None => Policy::ALL.into_iter().map(|policy| (policy.name().to_owned(), document(policy))).collect(),
    };
    Ok(writeln!(stdout().lock(), "{json:#}")?)
}

fn size(bytes: i64) -> String {
    HumanBytes(bytes.unsigned_abs()).to_string()
}

/// Services of commands that use storage.
pub struct StorageTools {
    pub config: Config,
    pub database: Database,
    pub store: Store,
    pub catalog: EventCache,
}

impl StorageTools {
    /// Returns the services of commands on events and registrations.
    pub fn records(&self) -> Records {
        let access = Arc::new(Access::of_operator());
        Records {
            database: self.database.clone(),
            catalog: self.catalog.clone(),
            access,
            reads: Shares::new(1, 1),
            quotas: Quotas::NONE,
        }
    }

    fn reconciler(&self) -> Reconciler {
        let library = Arc::new(FontLibrary::new(&self.config.font_dirs));
        Reconciler {
            database: self.database.clone(),
            store: self.store.clone(),
            catalog: self.catalog.clone(),
            plans: PlanCache::new(library, self.config.plans),
            pool: RenderPool::new(self.config.pool.clone()),
            surge: None,
        }
    }
}

/// Runs `work` on a new runtime, with the configured database and storage.
pub fn with_storage<T>(
    sources: Sources,
    work: impl AsyncFnOnce(StorageTools) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let mut sources = super::with_running_server(sources);
    let log = LogConfig::read(&mut sources);
    let config = Config::read(&mut sources)?;
    crate::telemetry::start(&log);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async {
        let io = tokio::runtime::Handle::current();
        let database = Database::new(&config.database, io.clone());
        let store = Store::new(config.storage.clone(), io).await;
        let secret = config.secrets.secret.clone();
        let catalog = EventCache::new(database.clone(), secret, config.catalog.capacity, config.catalog.lifetime);
        work(StorageTools { config, database, store, catalog }).await
    })
}

impl Check {
    async fn run(self, tools: &StorageTools) -> anyhow::Result<()> {
        let reconciler = tools.reconciler();
        let orphan_grace = tools.config.housekeeper.reconcile.orphan_grace;
        let orphan_grace = self.grace_seconds.map_or(orphan_grace, Duration::from_secs);
        let bar = ProgressBar::new_spinner();
        bar.set_style(
            ProgressStyle::with_template("{spinner} {elapsed} {msg}").expect("the template is a valid constant"),
        );
        bar.enable_steady_tick(Duration::from_millis(100));
        let show_progress = |report: &Report| {
            bar.set_message(format!(
                "{} objects, {} rows, {} findings",
                HumanCount(report.objects),
                HumanCount(report.rows),
                Finding::ALL.iter().map(|finding| report.found(*finding)).sum::<u64>()
            ));
        };
        let options = ReconcileOptions { repair: self.repair, orphan_grace, by_operator: true };
        let report = reconciler.run(options, show_progress).await;
        bar.finish_and_clear();
        let report = report.context("comparing storage with the database")?;
        self.print(&report)?;
        ensure!(
            report.is_clean(),
            "storage differs from the database{}",
            if self.repair { "" } else { "; --repair puts it right" }
        );
        Ok(())
    }

    fn print(&self, report: &Report) -> anyhow::Result<()> {
        let mut out = stdout().lock();
        writeln!(out, "objects\t{}\t{}", report.objects, HumanBytes(report.bytes))?;
        writeln!(out, "rows\t{}", report.rows)?;
        for finding in Finding::ALL {
            write!(out, "{}\t{}", finding.name(), report.found(finding))?;
            if self.repair {
                write!(out, "\t{} put right", report.repaired(finding))?;
            }
            writeln!(out)?;
        }
        for (finding, key) in &report.examples {
            writeln!(out, "  {}\t{key}", finding.name())?;
        }
        for place in &report.foreign_places {
            writeln!(
                out,
                "nothing is removed in {}/{}: another database owns it, or it has objects that no database owns; after \
                 `onsale storage adopt`, this database owns it",
                place.bucket, place.prefix
            )?;
        }
        if self.repair && (report.repaired(Finding::Missing) + report.repaired(Finding::Damaged)) > 0 {
            writeln!(out, "missing and damaged files are pending: a running server makes them again")?;
        }
        Ok(())
    }
}

async fn run_clean(tools: &StorageTools, dry_run: bool) -> anyhow::Result<()> {
    let retention = &tools.config.housekeeper.retention;
    let mode = if dry_run { RetentionMode::Count } else { RetentionMode::Remove };
    let actor = "onsale storage clean";
    let expired = apply_retention(&tools.database, &tools.store, retention, actor, mode).await?;
    let mut out = stdout().lock();
    if expired.is_empty() {
        writeln!(out, "nothing is removed: no retention is configured")?;
    }
    for count in expired {
        let action = if dry_run { "would be removed" } else { "removed or scheduled for removal" };
        writeln!(out, "{}\t{} objects\t{}\t{action}", count.kind, count.objects, size(count.bytes))?;
    }
    Ok(())
}
