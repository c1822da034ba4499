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
    render::{FontLibrary, PlanCache, RenderPool},
    store::{ObjectKind, Policy, Store},
    work::{Access, Records},
};

/// What to do with object storage.
#[derive(Debug, Subcommand)]
pub enum Storage {
    /// Compare what lies in storage with what should
    Check(Check),
    /// Take over the places of this configuration, after the database was moved: only one database may clean up in them
    Adopt,
    /// Let go of what is older than the configuration keeps it
    Clean {
        /// Only say what would go
        #[arg(long)]
        dry_run: bool,
    },
    /// Show what lies in storage, what was asked of it, and what that costs
    Usage {
        /// Of how many days
        #[arg(long, value_name = "COUNT", default_value_t = 30, value_parser = clap::value_parser!(i32).range(1..=3650))]
        days: i32,
    },
    /// Print what a real bucket should be told, as JSON
    Policy {
        /// One document instead of all
        #[arg(long, value_enum)]
        part: Option<Part>,
    },
}

/// Comparing.
#[derive(Debug, Args)]
pub struct Check {
    /// Have made again what is missing, damaged or stale, and remove what belongs to nobody
    #[arg(long)]
    repair: bool,
    /// How old an object without a row must be before it is nobody's; as configured if left out
    #[arg(long, value_name = "COUNT")]
    grace_seconds: Option<u64>,
}

/// A document for a bucket.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Part {
    Iam,
    BucketPolicy,
    PublicAccessBlock,
    Lifecycle,
    Cors,
}

impl Part {
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
    /// Does it.
    pub fn run(self, mut sources: Sources) -> anyhow::Result<()> {
        match self {
            Self::Check(check) => with_storage(sources, async |tools| check.run(&tools).await),
            Self::Adopt => with_storage(sources, async |tools| Ok(tools.reconciler().adopt().await?)),
            Self::Clean { dry_run } => with_storage(sources, async |tools| run_clean(&tools, dry_run).await),
            Self::Usage { days } => {
                let prices = read_prices(&mut sources);
                super::with_database(sources, async |database| {
                    let used = database.storage_usage().await?;
                    let asked = database.requests_since(days).await?;
                    let mut out = stdout().lock();
                    let (mut objects, mut bytes) = (0, 0);
                    for kind in &used {
                        let name = kind.kind.map_or(ObjectKind::Invoices.name(), |kind| kind.name());
                        writeln!(out, "{name}\t{} objects\t{}", kind.objects, size(kind.bytes))?;
                        objects += kind.objects;
                        bytes += kind.bytes;
                    }
                    for (operation, count) in &asked {
                        writeln!(out, "{operation}\t{count} requests in {days} days")?;
                    }
                    let named = asked.iter().map(|(operation, count)| (operation.as_str(), *count));
                    let costs = prices.costs(days, named, objects, bytes);
                    for (part, amount) in costs.parts() {
                        writeln!(out, "{part}\t{amount:.4} {}", prices.currency)?;
                    }
                    writeln!(out, "estimate\t{:.4} {} in {days} days", costs.total(), prices.currency)?;
                    Ok(())
                })
            }
            Self::Policy { part } => {
                let places = crate::config::read_places(&mut sources);
                let bind = sources.parsed("server.bind", "an address");
                let origin = crate::config::public_base_url(&mut sources, bind);
                sources.faults()?;
                let places = places.expect("a missing bucket is a fault");
                let document = |policy: Policy| policy.document(&places, &origin);
                let json = match part {
                    Some(part) => document(part.policy()),
                    None => {
                        Policy::ALL.into_iter().map(|policy| (policy.name().to_owned(), document(policy))).collect()
                    }
                };
                writeln!(stdout().lock(), "{json:#}")?;
                Ok(())
            }
        }
    }
}

fn size(bytes: i64) -> String {
    HumanBytes(bytes.unsigned_abs()).to_string()
}

/// What works on storage need.
pub struct StorageTools {
    pub config: Config,
    pub database: Database,
    pub store: Store,
    pub catalog: EventCache,
}

impl StorageTools {
    /// Everything that work on rows and events needs.
    pub fn records(&self) -> Records {
        let access = Arc::new(Access::new(None));
        Records { database: self.database.clone(), catalog: self.catalog.clone(), access }
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

/// Runs `work` on a runtime of its own, with database and storage as configured.
pub fn with_storage<T>(
    mut sources: Sources,
    work: impl AsyncFnOnce(StorageTools) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
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
        bar.set_style(ProgressStyle::with_template("{spinner} {elapsed} {msg}").expect("a constant"));
        bar.enable_steady_tick(Duration::from_millis(100));
        let show_progress = |report: &Report| {
            bar.set_message(format!(
                "{} objects, {} rows, {} to put right",
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
            "storage is not as it should be{}",
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
                "nothing is removed in {}/{}: the place belongs to another database, or has no owner and holds unknown \
                 objects; `onsale storage adopt` takes it over",
                place.bucket, place.prefix
            )?;
        }
        if self.repair && (report.repaired(Finding::Missing) + report.repaired(Finding::Damaged)) > 0 {
            writeln!(out, "what was missing or damaged is pending again: a running server makes it")?;
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
        writeln!(out, "everything is kept: no retention is configured")?;
    }
    for of in expired {
        let did = if dry_run { "would go" } else { "gone or going" };
        writeln!(out, "{}\t{} objects\t{}\t{did}", of.kind, of.objects, size(of.bytes))?;
    }
    Ok(())
}
