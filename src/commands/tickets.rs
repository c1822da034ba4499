//! `onsale tickets`

use std::{
    collections::{HashSet, VecDeque},
    fs::{self, File},
    hash::{BuildHasher, RandomState},
    io::{BufReader, BufWriter, Read},
    path::{Path, PathBuf},
    sync::Arc,
    time::Instant,
};

use anyhow::{Context, bail, ensure};
use clap::{Args, Subcommand};
use indicatif::{HumanBytes, ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Deserialize;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::{
    event_file::{read_event, sample_setup},
    import::Import,
    jobs::{Archive, Regenerate},
    layouts::read_layout,
};
use crate::{
    config::Sources,
    domain::{EventLayout, EventSetup, TicketCode, TicketId, TypeNumber},
    render::{CodeSource, FontLibrary, Plan, PoolSettings, Priority, RenderPool, TicketPdfWriter, TicketValues},
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
        let tickets = TicketRows {
            setup: setup.clone(),
            rows: table,
            number: 0,
            now: jiff::Timestamp::now(),
            registration: String::new(),
            position: 0,
            labels: HashSet::new(),
            hasher: RandomState::new(),
        };
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

/// Rows of a data file, and its event if it contains one.
struct Table {
    rows: Box<dyn Iterator<Item = anyhow::Result<Map<String, Value>>>>,
    count: Option<u64>,
    event: Option<Value>,
}

/// A JSON file with tickets and an event.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DataFile {
    event: Option<Value>,
    tickets: Vec<Map<String, Value>>,
}

impl Table {
    fn open(path: &Path) -> anyhow::Result<Self> {
        let context = || format!("reading {}", path.display());
        match path.extension().and_then(|ending| ending.to_str()).map(str::to_ascii_lowercase).as_deref() {
            Some("csv") => Self::csv(path).with_context(context),
            Some("json") => Self::json(&fs::read(path).with_context(context)?).with_context(context),
            _ => bail!("{} is neither .csv nor .json", path.display()),
        }
    }

    fn csv(path: &Path) -> anyhow::Result<Self> {
        let lines = csv::Reader::from_reader(without_bom(File::open(path)?)?).into_byte_records().count();
        let mut reader = csv::Reader::from_reader(without_bom(File::open(path)?)?);
        let head = reader.headers()?.clone();
        ensure!(head.iter().any(|column| column == "name"), "there is no column `name` in the first line");
        let rows = reader.into_records().map(move |row| {
            let row = row?;
            Ok(head.iter().map(str::to_owned).zip(row.iter().map(|cell| Value::String(cell.to_owned()))).collect())
        });
        Ok(Self { rows: Box::new(rows), count: Some(lines as u64), event: None })
    }

    fn json(bytes: &[u8]) -> anyhow::Result<Self> {
        let value: Value = serde_json::from_slice(bytes)?;
        let DataFile { event, tickets } = if value.is_array() {
            DataFile { event: None, tickets: serde_path_to_error::deserialize(value)? }
        } else {
            serde_path_to_error::deserialize(value)?
        };
        Ok(Self { count: Some(tickets.len() as u64), rows: Box::new(tickets.into_iter().map(Ok)), event })
    }
}

/// Skips the byte order mark that spreadsheets write before the first column's name.
fn without_bom(mut file: File) -> std::io::Result<impl Read> {
    let mut head = [0; 3];
    let read = file.read(&mut head)?;
    let kept = if &head[..read] == b"\xef\xbb\xbf" { 0 } else { read };
    Ok(std::io::Cursor::new(head).take(kept as u64).chain(BufReader::new(file)))
}

/// A ticket, with its code if the row contains one.
struct Row {
    page: TicketValues,
    code: Option<String>,
}

/// Converts rows to tickets.
struct TicketRows {
    setup: Arc<EventSetup>,
    rows: Table,
    number: u64,
    now: jiff::Timestamp,
    registration: String,
    position: i16,
    /// Hashes of the labels so far; labels themselves would take more memory.
    labels: HashSet<u64>,
    hasher: RandomState,
}

impl Iterator for TicketRows {
    type Item = anyhow::Result<Row>;

    fn next(&mut self) -> Option<Self::Item> {
        let row = self.rows.rows.next()?;
        self.number += 1;
        Some(row.and_then(|row| self.ticket(row)).with_context(|| format!("ticket {}", self.number)))
    }
}

/// Checks that a code fits the alphanumeric mode of QR codes.
fn check_code(code: &str) -> anyhow::Result<()> {
    let alphabet = |c: char| c.is_ascii_digit() || c.is_ascii_uppercase() || " $%*+-./:".contains(c);
    let valid = code.len() <= 200 && code.chars().all(alphabet);
    ensure!(valid, "`code` is no code: at most 200 capital letters, digits and $%*+-./:");
    Ok(())
}

/// Checks that a label is a safe file name.
fn check_label(label: &str) -> anyhow::Result<()> {
    let plain = label.chars().all(|c| c.is_alphanumeric() || "-_. ".contains(c));
    let valid = plain && !label.starts_with('.') && label.len() <= 120;
    ensure!(valid, "`{label}` names a file: letters, digits, - _ . and blanks only");
    Ok(())
}

impl TicketRows {
    /// Returns the number of a ticket type by code or name; the event's first type if there is no name.
    fn type_number(&self, ticket_type: Option<&str>) -> anyhow::Result<TypeNumber> {
        let types = &self.setup.types;
        let Some(name) = ticket_type else { return Ok(types.first().map_or(TypeNumber(1), |first| first.number)) };
        let found = types.iter().find(|t| t.code.as_str() == name || t.name == name);
        Ok(found.with_context(|| format!("the event has no ticket type `{name}`"))?.number)
    }

    fn ticket(&mut self, mut row: Map<String, Value>) -> anyhow::Result<Row> {
        let mut take = |column: &str| match row.remove(column) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text).filter(|text| !text.trim().is_empty())),
            Some(other) => Err(anyhow::anyhow!("`{column}` is {other}, not a text")),
        };
        let name = take("name")?.context("`name` is empty")?;
        let email = take("email")?.unwrap_or_default();
        let ticket_type = take("ticketType")?;
        let registration = take("registrationId")?;
        let label = take("label")?;
        let code = take("code")?;
        code.as_deref().map_or(Ok(()), check_code)?;
        let type_number = self.type_number(ticket_type.as_deref())?;
        let registration = registration.unwrap_or_else(|| format!("{}-{:04}", self.setup.event.code, self.number));
        // Rows of one registration follow each other.
        self.position = if self.registration == registration { self.position.saturating_add(1) } else { 1 };
        self.registration.clone_from(&registration);
        let position = self.position;
        let label = label.unwrap_or_else(|| format!("{registration}-{position}"));
        ensure!(self.labels.insert(self.hasher.hash_one(&label)), "another ticket has the label {label}");
        check_label(&label)?;
        let page = TicketValues {
            contact: name.clone(),
            name,
            email,
            label,
            position,
            count: 1,
            registration,
            created_at: self.now,
            answers: Some(Value::Object(row)),
            code: TicketCode { ticket: TicketId(Uuid::from_u128(u128::from(self.number))), type_number, generation: 1 },
        };
        Ok(Row { page, code })
    }
}
