//! `onsale jobs`, and the commands that start jobs: `onsale tickets regenerate` and `onsale tickets archive`. The
//! servers on the same database do the work.

use std::{
    io::{Write, stdout},
    time::{Duration, Instant},
};

use anyhow::{anyhow, bail, ensure};
use clap::{Args, Subcommand, ValueEnum};
use indicatif::{HumanBytes, HumanCount, HumanDuration, ProgressBar, ProgressStyle};
use uuid::Uuid;

use super::{refusal_error, storage::with_storage, with_records};
use crate::{
    config::Sources,
    db::{JobRow, JobStart},
    domain::{ArchiveFormat, JobKind, JobRequest, JobStatus},
    work::{
        Caller, Records, Refusal,
        jobs::{self, StartJob},
    },
};

/// Commands for jobs.
#[derive(Debug, Subcommand)]
pub enum Jobs {
    /// List jobs, newest first
    List {
        /// Only jobs of this event (slug or id)
        #[arg(long, value_name = "NAME")]
        event: Option<String>,
        /// Largest number of jobs
        #[arg(long, value_name = "COUNT", default_value_t = 20, value_parser = clap::value_parser!(i64).range(1..=1000))]
        limit: i64,
    },
    /// Show a job and its failures
    Show {
        /// Id of the job
        id: Uuid,
        /// Show the progress and wait until the job is over
        #[arg(long)]
        watch: bool,
    },
    /// Cancel a job; finished work is kept
    Cancel {
        /// Id of the job
        id: Uuid,
    },
    /// Pause a job
    Pause {
        /// Id of the job
        id: Uuid,
    },
    /// Resume a paused job
    Resume {
        /// Id of the job
        id: Uuid,
    },
}

/// Options of `tickets regenerate`.
#[derive(Debug, Args)]
#[command(
    after_help = "The servers on the same database do the work; this command only starts the job. If an equal job is open, \
    the command joins it."
)]
pub struct Regenerate {
    #[command(flatten)]
    options: JobOptions,
    /// Make all files, not only stale and missing ones
    #[arg(long)]
    all: bool,
    /// Give every ticket a new code and revoke the old one
    #[arg(long)]
    reissue: bool,
    /// Only this registration; can be repeated
    #[arg(long = "registration", value_name = "ID")]
    registrations: Vec<String>,
    /// Count the tickets to make, by reason, but make nothing
    #[arg(long)]
    dry_run: bool,
}

/// Options of `tickets archive`.
#[derive(Debug, Args)]
pub struct Archive {
    #[command(flatten)]
    options: JobOptions,
    /// zip: a PDF for each ticket; pdf: one document to print
    #[arg(long, value_enum, default_value = "zip")]
    format: Format,
}

/// Format of an archive.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    Zip,
    Pdf,
}

/// Options of all commands that start a job.
#[derive(Debug, Args)]
struct JobOptions {
    /// Slug or id of the event
    #[arg(long, value_name = "NAME")]
    event: String,
    /// Only tickets of this type; can be repeated
    #[arg(long = "type", value_name = "CODE")]
    types: Vec<String>,
    /// Cancel another open job of this kind for the event
    #[arg(long)]
    supersede: bool,
    /// Show the progress and wait until the job is over
    #[arg(long)]
    watch: bool,
}

/// Time between two reads of a watched job.
const POLL_INTERVAL: Duration = Duration::from_millis(250);
/// Time after which a job that no server has claimed is reported.
const UNCLAIMED_WARNING: Duration = Duration::from_secs(5);
/// Failed reads of the database in a row after which watching ends: one minute.
const MAX_MISSES: u32 = 240;
/// Largest number of failures that are shown.
const MAX_FAILURES: i64 = 100;

impl Jobs {
    /// Runs the command.
    pub fn run(self, sources: Sources) -> anyhow::Result<()> {
        match self {
            Self::List { event: Some(event), limit } => with_storage(sources, async |tools| {
                let listed = jobs::list(&tools.records(), &Caller::Operator, Some(&event), None, limit).await;
                print_list(listed.map_err(|refusal| event_error(refusal, &event))?)
            }),
            Self::List { event: None, limit } => with_records(sources, async |records| {
                print_list(jobs::list(&records, &Caller::Operator, None, None, limit).await.map_err(refusal_error)?)
            }),
            Self::Show { id, watch } => with_records(sources, async |records| {
                if !watch {
                    return show(&records, &find(&records, id).await?).await;
                }
                let job = watch_job(&records, id).await?;
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

/// Changes a job and prints it.
fn steer(
    sources: Sources,
    id: Uuid,
    change: impl AsyncFnOnce(&Records, &str) -> Result<JobRow, Refusal>,
) -> anyhow::Result<()> {
    with_records(sources, async |records| {
        let job = match change(&records, &id.to_string()).await {
            Ok(job) => job,
            Err(Refusal::Conflict(_)) => bail!("job {id} is over: {}", find(&records, id).await?.status.name()),
            Err(refusal) => return Err(job_error(refusal, id)),
        };
        Ok(writeln!(stdout(), "{}", line(&job))?)
    })
}

impl Regenerate {
    /// Runs the command.
    pub fn run(self, sources: Sources) -> anyhow::Result<()> {
        let Self { options, all, reissue, registrations, dry_run } = self;
        let request = JobRequest {
            only_stale: !all,
            reissue,
            dry_run,
            ticket_types: options.types.clone(),
            registrations,
            format: None,
            announcement: None,
        };
        options.begin(sources, JobKind::Regeneration, request)
    }
}

impl Archive {
    /// Runs the command.
    pub fn run(self, sources: Sources) -> anyhow::Result<()> {
        let format = match self.format {
            Format::Zip => ArchiveFormat::Zip,
            Format::Pdf => ArchiveFormat::Pdf,
        };
        let request = JobRequest::archive(format, self.options.types.clone());
        self.options.begin(sources, JobKind::Archive, request)
    }
}

impl JobOptions {
    fn begin(self, sources: Sources, kind: JobKind, request: JobRequest) -> anyhow::Result<()> {
        with_storage(sources, async |tools| {
            let records = tools.records();
            // The only purpose of a dry run is its result.
            let watch = self.watch || request.dry_run;
            let job = self.start(&records, kind, request).await?;
            if !watch {
                return Ok(writeln!(stdout(), "{}", line(&job))?);
            }
            let job = watch_job(&records, job.id.0).await?;
            show(&records, &job).await?;
            check_success(&job)
        })
    }

    async fn start(&self, records: &Records, kind: JobKind, request: JobRequest) -> anyhow::Result<JobRow> {
        let command = StartJob { kind, request, supersede: self.supersede };
        let started = jobs::begin(records, &Caller::Operator, &self.event, command).await;
        match started.map_err(|refusal| event_error(refusal, &self.event))? {
            JobStart::Started { job, .. } => Ok(*job),
            JobStart::Joined { job, .. } => {
                eprintln!("an equal job is open already: joining job {}", job.id.0);
                Ok(*job)
            }
            JobStart::Contended => bail!("other requests start and end jobs of the event at the same time; try again"),
            JobStart::Blocked(open) => {
                let (kind, id) = (kind.name(), open.id.0);
                bail!("another {kind} of the event is open: job {id}; --supersede replaces it")
            }
        }
    }
}

async fn find(records: &Records, id: Uuid) -> anyhow::Result<JobRow> {
    jobs::find(records, &Caller::Operator, &id.to_string()).await.map_err(|refusal| job_error(refusal, id))
}

fn job_error(refusal: Refusal, id: Uuid) -> anyhow::Error {
    match refusal {
        Refusal::NotFound => anyhow!("there is no job {id}"),
        refusal => refusal_error(refusal),
    }
}

fn event_error(refusal: Refusal, name: &str) -> anyhow::Error {
    match refusal {
        Refusal::NotFound => anyhow!("there is no event {name}"),
        refusal => refusal_error(refusal),
    }
}

fn print_list(jobs: Vec<JobRow>) -> anyhow::Result<()> {
    let mut out = stdout().lock();
    for job in jobs {
        writeln!(out, "{}", line(&job))?;
    }
    Ok(())
}

/// Formats a job as a line with tabs.
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

/// Shows the progress of a job until it is over.
async fn watch_job(records: &Records, id: Uuid) -> anyhow::Result<JobRow> {
    let bar = ProgressBar::new(0);
    let style = "{bar:30} {pos}/{len} tickets  {msg}";
    bar.set_style(ProgressStyle::with_template(style).expect("`style` is a valid constant"));
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
                if job.status == JobStatus::Queued && start.elapsed() > UNCLAIMED_WARNING && !reported {
                    reported = true;
                    bar.suspend(|| eprintln!("no server has claimed the job yet: is one running?"));
                }
            }
            // An outage of the database may be short.
            Err(Refusal::Unavailable) if misses < MAX_MISSES => {
                misses += 1;
                bar.set_message("the database does not answer");
            }
            Err(refusal) => return Err(job_error(refusal, id)),
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

/// Fails if the job or any of its tickets failed, so that the exit code is 1.
fn check_success(job: &JobRow) -> anyhow::Result<()> {
    ensure!(
        job.status == JobStatus::Completed,
        "the job {}",
        if job.status == JobStatus::Failed { "failed" } else { "was cancelled" }
    );
    ensure!(job.counts.failed == 0, "{} tickets could not be made", job.counts.failed);
    Ok(())
}

/// Prints a job, its result and its failures.
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
        let part = if failure.part > 0 { format!(" {}", failure.part) } else { String::new() };
        writeln!(
            out,
            "  failed\tregistration {:04}\t{}{part}\t{}",
            failure.number,
            failure.kind.name(),
            failure.error
        )?;
    }
    if let Some(error) = &job.error {
        writeln!(out, "  {error}")?;
    }
    Ok(())
}
