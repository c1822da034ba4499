//! `onsale tickets`

use std::{
    collections::VecDeque,
    fs::{self, File},
    io::{BufReader, BufWriter},
    path::{Path, PathBuf},
    sync::Arc,
    time::Instant,
};

use anyhow::{Context, ensure};
use clap::{Args, Subcommand};
use indicatif::{HumanBytes, ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::Value;

use super::{
    attendees::{Row, Table, TicketRows},
    event_file::{read_event, sample_setup},
    import::Import,
    jobs::{Archive, Regenerate},
    layouts::read_layout,
};
use crate::{
    config::Sources,
    domain::{EventLayout, EventSetup},
    render::{CodeSource, FontLibrary, Plan, PoolSettings, Priority, RenderPool, TicketPdfWriter},
};

/// Commands for tickets.
#[derive(Debug, Subcommand)]
pub enum Tickets {
    /// Render tickets from a CSV or JSON file, without server, database or storage
    #[command(
        after_help = "Columns: name (required), email, ticketType, label, registrationId, code. Any other column is an answer, \
        {answers.COLUMN} in the layout. Without a column `code`, codes are signed with a temporary key: no gate accepts \
        them."
    )]
    Render(Render),
    /// Import PDFs of another program into storage
    Import(Import),
    /// Make the tickets of an event again
    Regenerate(Regenerate),
    /// Put all tickets of an event in one file in storage
    Archive(Archive),
}

/// Options of `tickets render`.
#[derive(Debug, Args)]
pub struct Render {
    /// JSON file of the layout, or the name of a built-in one: a6, din-long, a4
    #[arg(long, value_name = "FILE|NAME", default_value = "a6")]
    layout: String,
    /// The attendees: CSV with a header line, or JSON: a list of objects, or {"event": {…}, "tickets": […]}
    #[arg(long, value_name = "FILE")]
    data: PathBuf,
    /// Folder for one PDF per ticket, or file for one PDF of all tickets
    #[arg(long, value_name = "DIR|FILE.pdf")]
    out: PathBuf,
    /// JSON file of the event, as for POST /api/events, with all fields optional
    #[arg(long, value_name = "FILE")]
    event: Option<PathBuf>,
    /// Number of threads; 0 is one per core
    #[arg(long, value_name = "COUNT", default_value_t = 0)]
    threads: usize,
}

/// Tickets that a thread renders at once.
const BATCH: usize = 64;
/// Batches in the queue for each thread.
const BATCHES_PER_THREAD: usize = 4;

impl Tickets {
    /// Runs the command.
    pub fn run(self, sources: Sources) -> anyhow::Result<()> {
        match self {
            Self::Render(render) => render.run(sources),
            Self::Import(import) => import.run(sources),
            Self::Regenerate(regenerate) => regenerate.run(sources),
            Self::Archive(archive) => archive.run(sources),
        }
    }
}

impl Render {
    fn run(self, mut sources: Sources) -> anyhow::Result<()> {
        crate::telemetry::start(&crate::config::LogConfig::read(&mut sources));
        let fonts = crate::config::font_dirs(&sources);
        sources.faults()?;
        let layout = read_layout(&self.layout)?;
        let mut table = Table::open(&self.data)?;
        let setup = Arc::new(self.read_event(table.event.take())?);
        let plan = Plan::compile(&Arc::new(FontLibrary::new(&fonts)), &EventLayout::new(1, layout), &setup)
            .with_context(|| format!("compiling {}", self.layout))?;
        let bar = progress(table.count);
        let started = Instant::now();
        let tickets = TicketRows::new(setup.clone(), table);
        let one_file = self.out.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("pdf"));
        let (count, bytes) = if one_file {
            self.render_one(&plan, &setup, tickets, &bar)?
        } else {
            self.render_each(plan, setup, tickets, &bar)?
        };
        bar.finish_and_clear();
        let seconds = started.elapsed().as_secs_f64();
        eprintln!(
            "{count} tickets, {} in {seconds:.1} s ({:.0} a second): {}",
            HumanBytes(bytes),
            count as f64 / seconds,
            self.out.display()
        );
        Ok(())
    }

    /// Reads the event from its own file or from the data file; without either, returns a sample.
    fn read_event(&self, from_data: Option<Value>) -> anyhow::Result<EventSetup> {
        match (&self.event, from_data) {
            (Some(path), _) => {
                let file = File::open(path).with_context(|| format!("opening {}", path.display()))?;
                let event = serde_json::from_reader(BufReader::new(file));
                event.map_err(Into::into).and_then(read_event).with_context(|| format!("reading {}", path.display()))
            }
            (None, Some(event)) => read_event(event),
            (None, None) => sample_setup(),
        }
    }

    /// Renders all tickets into one PDF. Returns the number of tickets and of bytes.
    fn render_one(
        &self,
        plan: &Plan,
        setup: &EventSetup,
        tickets: TicketRows,
        bar: &ProgressBar,
    ) -> anyhow::Result<(u64, u64)> {
        let partial = self.out.with_extension("pdf.part");
        let file = File::create(&partial).with_context(|| format!("writing {}", partial.display()))?;
        let mut writer = TicketPdfWriter::begin(plan, BufWriter::with_capacity(1 << 20, file))?;
        let mut count = 0;
        for ticket in tickets {
            let Row { page, code } = ticket?;
            writer.ticket(&page, code.as_deref().map_or(CodeSource::Signer(&setup.signer), CodeSource::Signed))?;
            count += 1;
            bar.inc(1);
        }
        ensure!(count > 0, "there is nobody in {}", self.data.display());
        let (out, _) = writer.finish()?;
        let file = out.into_inner().map_err(|error| error.into_error())?;
        file.sync_all()?;
        let bytes = file.metadata()?.len();
        fs::rename(&partial, &self.out).with_context(|| format!("writing {}", self.out.display()))?;
        Ok((count, bytes))
    }

    /// Renders a PDF for each ticket. Returns the number of tickets and of bytes.
    fn render_each(
        &self,
        plan: Plan,
        setup: Arc<EventSetup>,
        mut tickets: TicketRows,
        bar: &ProgressBar,
    ) -> anyhow::Result<(u64, u64)> {
        fs::create_dir_all(&self.out).with_context(|| format!("creating {}", self.out.display()))?;
        let threads = match self.threads {
            0 => std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
            threads => threads,
        };
        let max_batches = threads * BATCHES_PER_THREAD;
        let pool = RenderPool::new(PoolSettings { threads, live_queue: 1, bulk_queue: max_batches });
        let plan = Arc::new(plan);
        let mut under_way = VecDeque::new();
        let (mut count, mut bytes) = (0, 0);
        loop {
            while under_way.len() < max_batches {
                let batch = tickets.by_ref().take(BATCH).collect::<anyhow::Result<Vec<_>>>()?;
                if batch.is_empty() {
                    break;
                }
                let (plan, setup, folder) = (plan.clone(), setup.clone(), self.out.clone());
                let work = move || {
                    batch.iter().map(|ticket| write_ticket(&plan, &setup, ticket, &folder)).sum::<Result<u64, _>>()
                };
                let batch = pool.submit(Priority::Bulk, work).context("the render queue is full")?;
                under_way.push_back(batch);
            }
            let Some(batch) = under_way.pop_front() else { break };
            bytes += batch.blocking_recv().context("a render thread panicked")??;
            let done = tickets.number.min(count + BATCH as u64);
            bar.inc(done - count);
            count = done;
        }
        ensure!(count > 0, "there is nobody in {}", self.data.display());
        Ok((count, bytes))
    }
}

fn write_ticket(plan: &Plan, setup: &EventSetup, row: &Row, folder: &Path) -> Result<u64, crate::render::RenderError> {
    let Row { page, code } = row;
    let rendered = match code {
        Some(code) => plan.render_with_code(page, code)?,
        None => plan.render(std::slice::from_ref(page), &setup.signer)?,
    };
    fs::write(folder.join(format!("{}.pdf", page.label)), &rendered.bytes)?;
    Ok(rendered.bytes.len() as u64)
}

fn progress(count: Option<u64>) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(count, ProgressDrawTarget::stderr_with_hz(4));
    let style = match count {
        Some(_) => "{bar:32} {human_pos} of {human_len}  {per_sec}  {eta} left",
        None => "{spinner} {human_pos}  {per_sec}  {elapsed}",
    };
    bar.with_style(ProgressStyle::with_template(style).expect("both templates are valid constants"))
}
