//! `onsale jobs`, and what begins one: `onsale tickets regenerate` and `onsale tickets archive`. The work itself is done by the servers
//! on the same database.

use std::{
    io::{Write, stdout},
    time::{Duration, Instant},
};

use anyhow::{Context, bail, ensure};
use clap::{Args, Subcommand, ValueEnum};
use indicatif::{HumanBytes, HumanCount, HumanDuration, ProgressBar, ProgressStyle};
use uuid::Uuid;

use super::storage::{StorageTools, with_storage};
use crate::{
    config::Sources,
    db::{Database, EventName, JobRow, NewJob, Selection},
    domain::{ArchiveFormat, EventSetup, JobId, JobKind, JobRequest, JobStatus},
};

/// What to do with jobs.
#[derive(Debug, Subcommand)]
pub enum Jobs {
    /// List jobs, the newest first
    List {
        /// Of one event only, by slug or id
        #[arg(long, value_name = "NAME")]
        event: Option<String>,
        /// So many
        #[arg(long, value_name = "COUNT", default_value_t = 20, value_parser = clap::value_parser!(i64).range(1..=1000))]
        limit: i64,
    },
    /// Show a job, and what it failed at
    Show {
        /// Its id
        id: Uuid,
        /// Stay until it is over
        #[arg(long)]
        watch: bool,
    },
    /// End a job; what is done stays done
    Cancel {
        /// Its id
        id: Uuid,
    },
    /// Let a job rest
    Pause {
        /// Its id
        id: Uuid,
    },
    /// Let a job go on
    Resume {
        /// Its id
        id: Uuid,
    },
}

/// Making tickets anew.
#[derive(Debug, Args)]
#[command(
    after_help = "The work is done by the servers on the same database; this command only asks for it. The same request \
    while it is under way joins it."
)]
pub struct Regenerate {
    #[command(flatten)]
    of: OfEvent,
    /// Also what is as it would be made now
    #[arg(long)]
    all: bool,
    /// Give every ticket a new code; the old ones are revoked
    #[arg(long)]
    reissue: bool,
    /// Only this registration; several times for several
    #[arg(long = "registration", value_name = "ID")]
    registrations: Vec<String>,
    /// Only say how much there is to do, and why
    #[arg(long)]
    dry_run: bool,
}

/// Putting tickets together.
#[derive(Debug, Args)]
pub struct Archive {
    #[command(flatten)]
    of: OfEvent,
    /// A file for each ticket, or one document to be printed
    #[arg(long, value_enum, default_value = "zip")]
    format: Format,
}

/// What an archive is.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    Zip,
    Pdf,
}

/// Which tickets.
#[derive(Debug, Args)]
struct OfEvent {
    /// The event's slug or id
    #[arg(long, value_name = "NAME")]
    event: String,
    /// Only tickets of this type; several times for several
    #[arg(long = "type", value_name = "CODE")]
    types: Vec<String>,
    /// End another job of this kind that is under way for the event
    #[arg(long)]
    supersede: bool,
    /// Stay until it is over
    #[arg(long)]
    watch: bool,
}

/// How often somebody who watches looks.
const LOOK: Duration = Duration::from_millis(250);
/// After this it is said that no server has taken a job up.
const IDLE: Duration = Duration::from_secs(5);
/// Looks in vain before somebody who watches gives up.
const PATIENCE: u32 = 240;
const FAILURES: i64 = 100;
const ACTOR: &str = "onsale";

impl Jobs {
    /// Does it.
    pub fn run(self, sources: Sources) -> anyhow::Result<()> {
        match self {
            Self::List { event: Some(event), limit } => with_storage(sources, async |tools| {
                let setup = find_event(&tools, &event).await?;
                list(&tools.database, Some(&setup), limit).await
            }),
            Self::List { event: None, limit } => {
                super::with_database(sources, async |database| list(&database, None, limit).await)
            }
            Self::Show { id, watch } => super::with_database(sources, async |database| {
                let job = find(&database, JobId(id)).await?;
                if !watch {
                    return show(&database, &job).await;
                }
                let job = follow(&database, job.id).await?;
                show(&database, &job).await?;
                judge(&job)
            }),
            Self::Cancel { id } => super::with_database(sources, async |database| {
                let ended = database.end_job(JobId(id), JobStatus::Cancelled, None, ACTOR).await?;
                let job = find(&database, JobId(id)).await?;
                ensure!(ended, "job {id} is over: {}", job.status.name());
                Ok(writeln!(stdout(), "{}", line(&job))?)
            }),
            Self::Pause { id } => pause(sources, id, true),
            Self::Resume { id } => pause(sources, id, false),
        }
    }
}

fn pause(sources: Sources, id: Uuid, paused: bool) -> anyhow::Result<()> {
    super::with_database(sources, async |database| {
        let done = database.pause_job(JobId(id), paused).await?;
        let job = find(&database, JobId(id)).await?;
        ensure!(done, "job {id} is over: {}", job.status.name());
        Ok(writeln!(stdout(), "{}", line(&job))?)
    })
}

impl Regenerate {
    /// Asks for it.
    pub fn run(self, sources: Sources) -> anyhow::Result<()> {
        let Self { of, all, reissue, registrations, dry_run } = self;
        let request = JobRequest {
            only_stale: !all,
            reissue,
            dry_run,
            ticket_types: of.types.clone(),
            registrations,
            format: None,
        };
        of.begin(sources, JobKind::Regeneration, request)
    }
}

impl Archive {
    /// Asks for it.
    pub fn run(self, sources: Sources) -> anyhow::Result<()> {
        let format = match self.format {
            Format::Zip => ArchiveFormat::Zip,
            Format::Pdf => ArchiveFormat::Pdf,
        };
        let request = JobRequest::archive(format, self.of.types.clone());
        self.of.begin(sources, JobKind::Archive, request)
    }
}

impl OfEvent {
    fn begin(self, sources: Sources, kind: JobKind, request: JobRequest) -> anyhow::Result<()> {
        with_storage(sources, async |tools| {
            let setup = find_event(&tools, &self.event).await?;
            // Whoever wants to know how much there is to do waits for it.
            let watch = self.watch || request.dry_run;
            let job = self.ask(&tools.database, &setup, kind, request).await?;
            if !watch {
                return Ok(writeln!(stdout(), "{}", line(&job))?);
            }
            let job = follow(&tools.database, job.id).await?;
            show(&tools.database, &job).await?;
            judge(&job)
        })
    }

    async fn ask(
        &self,
        database: &Database,
        setup: &EventSetup,
        kind: JobKind,
        mut request: JobRequest,
    ) -> anyhow::Result<JobRow> {
        let selection = Selection::read(setup, &mut request).map_err(|faults| {
            let told: Vec<_> = faults.0.iter().map(|fault| format!("{}: {}", fault.pointer, fault.detail)).collect();
            anyhow::anyhow!("{}", told.join("; "))
        })?;
        let new = NewJob {
            organizer: setup.event.organizer,
            event: setup.event.key,
            kind,
            request: &request,
            actor: ACTOR,
            selection: &selection,
            revision: setup.event.revision,
        };
        let begun = database.begin_job(&new, self.supersede).await?;
        match begun.map_err(|open| open.id.0) {
            Ok(begun) if begun.joined => {
                eprintln!("the same was asked for before: joining job {}", begun.job.id.0);
                Ok(begun.job)
            }
            Ok(begun) => Ok(begun.job),
            Err(open) => {
                bail!("another {} of the event is under way: job {open}; --supersede takes its place", kind.name())
            }
        }
    }
}

async fn find_event(tools: &StorageTools, name: &str) -> anyhow::Result<std::sync::Arc<EventSetup>> {
    let parsed = EventName::parse(name).with_context(|| format!("{name} is neither a slug nor an id"))?;
    let found = tools.catalog.find(parsed).await?;
    found.with_context(|| format!("there is no event {name}"))
}

async fn find(database: &Database, id: JobId) -> anyhow::Result<JobRow> {
    database.job(id, None).await?.with_context(|| format!("there is no job {}", id.0))
}

async fn list(database: &Database, event: Option<&EventSetup>, limit: i64) -> anyhow::Result<()> {
    let mut out = stdout().lock();
    for job in database.jobs(None, event.map(|setup| setup.event.key), None, limit).await? {
        writeln!(out, "{}", line(&job))?;
    }
    Ok(())
}

/// A job in a line, with tabs between.
fn line(job: &JobRow) -> String {
    let counts = &job.counts;
    let status = if job.paused { "paused" } else { job.status.name() };
    format!(
        "{}\t{}\t{status}\t{} of {} tickets\t{} done, {} skipped, {} failed\t{}",
        job.id.0,
        job.kind.name(),
        counts.seen(),
        counts.total,
        counts.done,
        counts.skipped,
        counts.failed,
        job.created_at
    )
}

/// Watches a job until it is over.
async fn follow(database: &Database, id: JobId) -> anyhow::Result<JobRow> {
    let bar = ProgressBar::new(0);
    let style = "{bar:30} {pos}/{len} tickets  {msg}";
    bar.set_style(ProgressStyle::with_template(style).expect("a constant"));
    let begun = Instant::now();
    let mut told = false;
    let mut in_vain = 0;
    loop {
        let job = match find(database, id).await {
            Ok(job) => job,
            // A database that is away comes back; a job that is not there does not.
            Err(error) if in_vain < PATIENCE && error.downcast_ref::<crate::db::DbError>().is_some() => {
                in_vain += 1;
                bar.set_message("the database does not answer");
                tokio::time::sleep(LOOK).await;
                continue;
            }
            Err(error) => return Err(error),
        };
        in_vain = 0;
        let counts = job.counts;
        bar.set_length(counts.total.unsigned_abs());
        bar.set_position(counts.seen().unsigned_abs());
        let left = (counts.total - counts.seen()).max(0);
        let rate = job.rate.filter(|rate| *rate > 0.0 && job.status == JobStatus::Running);
        bar.set_message(match rate {
            Some(rate) => {
                let left = Duration::from_secs_f64(left as f64 / rate);
                format!("{rate:.0} a second, {} left", HumanDuration(left))
            }
            None => job.status.name().to_owned(),
        });
        if job.status.is_over() {
            bar.finish_and_clear();
            return Ok(job);
        }
        if job.status == JobStatus::Queued && begun.elapsed() > IDLE && !told {
            told = true;
            bar.suspend(|| eprintln!("no server has taken it up yet: is one running?"));
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// Whoever waited for a job wants to know by the exit code whether all is well.
fn judge(job: &JobRow) -> anyhow::Result<()> {
    ensure!(
        job.status == JobStatus::Completed,
        "the job {}",
        if job.status == JobStatus::Failed { "failed" } else { "was cancelled" }
    );
    ensure!(job.counts.failed == 0, "{} tickets could not be made", job.counts.failed);
    Ok(())
}

/// Shows a job, and what it failed at.
async fn show(database: &Database, job: &JobRow) -> anyhow::Result<()> {
    let mut out = stdout().lock();
    writeln!(out, "{}", line(job))?;
    for (reason, tickets) in &job.reasons {
        writeln!(out, "  {reason}\t{} tickets", HumanCount(tickets.unsigned_abs()))?;
    }
    if let (Some(started), Some(finished)) = (job.started_at, job.finished_at) {
        let seconds = finished.duration_since(started).as_secs_f64();
        writeln!(out, "  {seconds:.1} s, {:.0} tickets a second", job.counts.seen() as f64 / seconds.max(0.001))?;
    }
    if let Some(result) = &job.result {
        writeln!(out, "  {}\t{}\tuntil {}", result.key, HumanBytes(result.bytes.unsigned_abs()), result.until)?;
    }
    for row in database.job_failures(job.id, (0, 0, 0), FAILURES).await? {
        let failure = row.failure;
        let of = if failure.part > 0 { format!(" {}", failure.part) } else { String::new() };
        writeln!(out, "  failed\tregistration {:04}\t{}{of}\t{}", failure.number, failure.kind.name(), failure.error)?;
    }
    if let Some(error) = &job.error {
        writeln!(out, "  {error}")?;
    }
    Ok(())
}
