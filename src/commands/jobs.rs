//! `onsale jobs`, and what begins one: `onsale tickets regenerate` and `onsale tickets archive`. The work itself is done by the servers
//! on the same database.

use std::{
    io::{Write, stdout},
    time::{Duration, Instant},
};

use anyhow::{anyhow, bail, ensure};
use clap::{Args, Subcommand, ValueEnum};
use indicatif::{HumanBytes, HumanCount, HumanDuration, ProgressBar, ProgressStyle};
use uuid::Uuid;

use super::{refused, storage::with_storage, with_rows};
use crate::{
    config::Sources,
    db::{JobRow, JobStart},
    domain::{ArchiveFormat, JobKind, JobRequest, JobStatus},
    work::{
        Caller, Records, Refusal,
        jobs::{self, Begin},
    },
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
    of: EventFiles,
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
    of: EventFiles,
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
struct EventFiles {
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

/// Pause between two looks at a job that is watched.
const POLL_INTERVAL: Duration = Duration::from_millis(250);
/// A job that no server claims for this long is reported.
const UNCLAIMED: Duration = Duration::from_secs(5);
/// Looks without an answer of the database before watching ends.
const MAX_MISSES: u32 = 240;
/// Failures that are shown.
const MAX_FAILURES: i64 = 100;

impl Jobs {
    /// Runs the command.
    pub fn run(self, sources: Sources) -> anyhow::Result<()> {
        match self {
            Self::List { event: Some(event), limit } => with_storage(sources, async |tools| {
                let listed = jobs::list(&tools.records(), &Caller::Operator, Some(&event), None, limit).await;
                print_list(listed.map_err(|refusal| of_event(refusal, &event))?)
            }),
            Self::List { event: None, limit } => with_rows(sources, async |records| {
                print_list(jobs::list(&records, &Caller::Operator, None, None, limit).await.map_err(refused)?)
            }),
            Self::Show { id, watch } => with_rows(sources, async |records| {
                if !watch {
                    return show(&records, &find(&records, id).await?).await;
                }
                let job = follow(&records, id).await?;
                show(&records, &job).await?;
                check_success(&job)
            }),
            Self::Cancel { id } => {
                steer(sources, id, async |records, id| jobs::cancel(records, &Caller::Operator, id).await)
            }
            Self::Pause { id } => {
                steer(sources, id, async |records, id| jobs::set_paused(records, &Caller::Operator, id, true).await)
            }
            Self::Resume { id } => {
                steer(sources, id, async |records, id| jobs::set_paused(records, &Caller::Operator, id, false).await)
            }
        }
    }
}

/// Changes a job and shows it.
fn steer(
    sources: Sources,
    id: Uuid,
    change: impl AsyncFnOnce(&Records, &str) -> Result<JobRow, Refusal>,
) -> anyhow::Result<()> {
    with_rows(sources, async |records| {
        let job = match change(&records, &id.to_string()).await {
            Ok(job) => job,
            Err(Refusal::Conflict(_)) => bail!("job {id} is over: {}", find(&records, id).await?.status.name()),
            Err(refusal) => return Err(of_job(refusal, id)),
        };
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

impl EventFiles {
    fn begin(self, sources: Sources, kind: JobKind, request: JobRequest) -> anyhow::Result<()> {
        with_storage(sources, async |tools| {
            let records = tools.records();
            // A dry run is of use only with its result.
            let watch = self.watch || request.dry_run;
            let job = self.start(&records, kind, request).await?;
            if !watch {
                return Ok(writeln!(stdout(), "{}", line(&job))?);
            }
            let job = follow(&records, job.id.0).await?;
            show(&records, &job).await?;
            check_success(&job)
        })
    }

    async fn start(&self, records: &Records, kind: JobKind, request: JobRequest) -> anyhow::Result<JobRow> {
        let command = Begin { kind, request, supersede: self.supersede };
        let started = jobs::begin(records, &Caller::Operator, &self.event, command).await;
        match started.map_err(|refusal| of_event(refusal, &self.event))? {
            JobStart::Started { job, .. } => Ok(*job),
            JobStart::Joined { job, .. } => {
                eprintln!("an equal job is open already: joining job {}", job.id.0);
                Ok(*job)
            }
            JobStart::Blocked(open) => {
                let (kind, id) = (kind.name(), open.id.0);
                bail!("another {kind} of the event is under way: job {id}; --supersede takes its place")
            }
        }
    }
}

async fn find(records: &Records, id: Uuid) -> anyhow::Result<JobRow> {
    jobs::find(records, &Caller::Operator, &id.to_string()).await.map_err(|refusal| of_job(refusal, id))
}

fn of_job(refusal: Refusal, id: Uuid) -> anyhow::Error {
    match refusal {
        Refusal::NotFound => anyhow!("there is no job {id}"),
        refusal => refused(refusal),
    }
}

fn of_event(refusal: Refusal, name: &str) -> anyhow::Error {
    match refusal {
        Refusal::NotFound => anyhow!("there is no event {name}"),
        refusal => refused(refusal),
    }
}

fn print_list(jobs: Vec<JobRow>) -> anyhow::Result<()> {
    let mut out = stdout().lock();
    for job in jobs {
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
        counts.processed(),
        counts.total,
        counts.done,
        counts.skipped,
        counts.failed,
        job.created_at
    )
}

/// Watches a job until it is over.
async fn follow(records: &Records, id: Uuid) -> anyhow::Result<JobRow> {
    let bar = ProgressBar::new(0);
    let style = "{bar:30} {pos}/{len} tickets  {msg}";
    bar.set_style(ProgressStyle::with_template(style).expect("a constant"));
    let (start, mut reported, mut misses) = (Instant::now(), false, 0);
    loop {
        match jobs::find(records, &Caller::Operator, &id.to_string()).await {
            Ok(job) if job.status.is_over() => {
                bar.finish_and_clear();
                return Ok(job);
            }
            Ok(job) => {
                misses = 0;
                show_progress(&bar, &job);
                if job.status == JobStatus::Queued && start.elapsed() > UNCLAIMED && !reported {
                    reported = true;
                    bar.suspend(|| eprintln!("no server has claimed the job yet: is one running?"));
                }
            }
            // The database is unavailable, and may come back.
            Err(Refusal::Unavailable) if misses < MAX_MISSES => {
                misses += 1;
                bar.set_message("the database does not answer");
            }
            Err(refusal) => return Err(of_job(refusal, id)),
        }
        tokio::time::sleep(POLL_INTERVAL).await;
    }
}

fn show_progress(bar: &ProgressBar, job: &JobRow) {
    let counts = job.counts;
    bar.set_length(counts.total.unsigned_abs());
    bar.set_position(counts.processed().unsigned_abs());
    let left = (counts.total - counts.processed()).max(0);
    let rate = job.rate.filter(|rate| *rate > 0.0 && job.status == JobStatus::Running);
    bar.set_message(match rate {
        Some(rate) => {
            let left = Duration::from_secs_f64(left as f64 / rate);
            format!("{rate:.0} a second, {} left", HumanDuration(left))
        }
        None => job.status.name().to_owned(),
    });
}

/// Makes the exit code tell if all is well.
fn check_success(job: &JobRow) -> anyhow::Result<()> {
    ensure!(
        job.status == JobStatus::Completed,
        "the job {}",
        if job.status == JobStatus::Failed { "failed" } else { "was cancelled" }
    );
    ensure!(job.counts.failed == 0, "{} tickets could not be made", job.counts.failed);
    Ok(())
}

/// Shows a job and its failures.
async fn show(records: &Records, job: &JobRow) -> anyhow::Result<()> {
    let mut out = stdout().lock();
    writeln!(out, "{}", line(job))?;
    for (reason, tickets) in &job.reasons {
        writeln!(out, "  {reason}\t{} tickets", HumanCount(tickets.unsigned_abs()))?;
    }
    if let (Some(started), Some(finished)) = (job.started_at, job.finished_at) {
        let seconds = finished.duration_since(started).as_secs_f64();
        writeln!(out, "  {seconds:.1} s, {:.0} tickets a second", job.counts.processed() as f64 / seconds.max(0.001))?;
    }
    if let Some(result) = &job.result {
        writeln!(out, "  {}\t{}\tuntil {}", result.key, HumanBytes(result.bytes.unsigned_abs()), result.until)?;
    }
    for row in records.database.job_failures(job.id, (0, 0, 0), MAX_FAILURES).await? {
        let failure = row.failure;
        let of = if failure.part > 0 { format!(" {}", failure.part) } else { String::new() };
        writeln!(out, "  failed\tregistration {:04}\t{}{of}\t{}", failure.number, failure.kind.name(), failure.error)?;
    }
    if let Some(error) = &job.error {
        writeln!(out, "  {error}")?;
    }
    Ok(())
}
