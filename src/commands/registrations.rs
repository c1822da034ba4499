//! `onsale registrations import`: brings in the registrations of another system under their own numbers.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{BufReader, Write, stdout},
    path::{Path, PathBuf},
};

use anyhow::{Context, bail, ensure};
use clap::{Args, Subcommand};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::{
    config::Sources,
    domain::{Attendee, RegistrationId},
    work::{
        Caller, Records,
        imports::{self, ImportRegistration, Imported},
    },
};

/// Commands for registrations.
#[derive(Debug, Subcommand)]
pub enum Registrations {
    /// Import the registrations of another system under their own numbers
    Import(Import),
}

/// Options of `registrations import`.
#[derive(Debug, Args)]
#[command(
    after_help = "CSV: a line for each ticket, with the columns registrationId, name and email, and if wanted ticketType, createdAt, \
    amount (minor units, of the registration), currency, status, and answers (a JSON object). Lines with the same \
    registrationId are one registration. JSON: a list of objects with the same fields and `tickets`, a list of objects \
    with name and email. Answers of GET /api/events/{event}/registrations, as CSV and JSON, can be imported. Each line on stdout is the \
    outcome of a registration (imported, present, skipped or failed), its id, and the reason. The command can be \
    interrupted and run again. Registrations sold later get higher numbers. Then `onsale tickets import` stores the \
    files of the other system."
)]
pub struct Import {
    /// File with the registrations: .csv or .json
    #[arg(long, value_name = "FILE")]
    from: PathBuf,
    /// Print the outcomes, but import nothing
    #[arg(long)]
    dry_run: bool,
}

/// A registration as it is written in a file.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    registration_id: String,
    ticket_type: Option<String>,
    created_at: Option<Timestamp>,
    status: Option<String>,
    amount: Option<Amount>,
    currency: Option<String>,
    #[serde(default)]
    answers: Option<Map<String, Value>>,
    #[serde(alias = "attendees")]
    tickets: Vec<Person>,
}

/// An amount in minor units, with its currency or beside it.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Amount {
    Number(i64),
    Price { amount: i64, currency: String },
}

/// The content of a JSON file: a list, or a page of the API.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Entries {
    List(Vec<Entry>),
    Page { items: Vec<Entry> },
}

#[derive(Debug, Deserialize)]
struct Person {
    name: String,
    email: String,
}

/// A line of a CSV file.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Line {
    registration_id: String,
    name: String,
    email: String,
    ticket_type: Option<String>,
    created_at: Option<Timestamp>,
    status: Option<String>,
    amount: Option<i64>,
    currency: Option<String>,
    answers: Option<String>,
}

impl Registrations {
    /// Runs the command.
    pub fn run(self, sources: Sources) -> anyhow::Result<()> {
        let Self::Import(Import { from, dry_run }) = self;
        let entries = read(&from).with_context(|| format!("reading {}", from.display()))?;
        super::with_events(sources, async |records| import(&records, entries, dry_run).await)
    }
}

fn read(path: &Path) -> anyhow::Result<Vec<Entry>> {
    let file = File::open(path)?;
    match path.extension().and_then(|ending| ending.to_str()) {
        Some("csv") => read_csv(file),
        Some("json") => match serde_json::from_reader(BufReader::new(file))? {
            Entries::List(entries) | Entries::Page { items: entries } => Ok(entries),
        },
        _ => bail!("the name must end with .csv or .json"),
    }
}

/// Reads lines, and joins those of one registration.
fn read_csv(file: File) -> anyhow::Result<Vec<Entry>> {
    let mut entries: Vec<Entry> = Vec::new();
    let mut known = BTreeMap::new();
    for line in csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(file).deserialize() {
        let line: Line = line?;
        let person = Person { name: without_escape(line.name), email: without_escape(line.email) };
        if let Some(at) = known.get(&line.registration_id) {
            let entry: &mut Entry = &mut entries[*at];
            entry.tickets.push(person);
            continue;
        }
        known.insert(line.registration_id.clone(), entries.len());
        let filled = |text: Option<String>| text.filter(|text| !text.is_empty());
        let answers = filled(line.answers).map(|text| serde_json::from_str(&text));
        let answers = answers.transpose().with_context(|| format!("answers of {}", line.registration_id))?;
        entries.push(Entry {
            registration_id: line.registration_id,
            ticket_type: filled(line.ticket_type),
            created_at: line.created_at,
            status: filled(line.status),
            amount: line.amount.map(Amount::Number),
            currency: filled(line.currency),
            answers,
            tickets: vec![person],
        });
    }
    Ok(entries)
}

/// Removes the apostrophe that exports put before a cell which would be a formula.
fn without_escape(cell: String) -> String {
    match cell.strip_prefix('\'') {
        Some(rest) if rest.starts_with(['=', '+', '-', '@', '\t', '\r']) => rest.to_owned(),
        _ => cell,
    }
}

async fn import(records: &Records, entries: Vec<Entry>, dry_run: bool) -> anyhow::Result<()> {
    let mut counts = BTreeMap::<&str, u64>::new();
    if !dry_run {
        reserve(records, &entries).await?;
    }
    for entry in entries {
        let id = entry.registration_id.clone();
        let (outcome, reason) = match import_one(records, entry, dry_run).await {
            Ok(Ok(Imported::Inserted)) => (if dry_run { "would import" } else { "imported" }, String::new()),
            Ok(Ok(Imported::Present)) => ("present", String::new()),
            Ok(Err(reason)) => ("skipped", reason),
            Err(error) => ("failed", format!("{error:#}")),
        };
        *counts.entry(outcome).or_default() += 1;
        writeln!(stdout(), "{outcome}\t{}\t{reason}", id.escape_debug())?;
    }
    let summary: Vec<_> = counts.iter().map(|(name, count)| format!("{count} {name}")).collect();
    eprintln!("{}", if summary.is_empty() { "no registrations".to_owned() } else { summary.join(", ") });
    ensure!(!counts.contains_key("failed"), "some registrations were not imported");
    Ok(())
}

/// Reserves the numbers of all registrations in a file.
async fn reserve(records: &Records, entries: &[Entry]) -> anyhow::Result<()> {
    let mut last = BTreeMap::<String, RegistrationId>::new();
    for id in entries.iter().filter_map(|entry| entry.registration_id.parse::<RegistrationId>().ok()) {
        let known = last.entry(id.code.to_string()).or_insert_with(|| id.clone());
        known.number = known.number.max(id.number);
    }
    for id in last.values() {
        imports::reserve(records, &Caller::Operator, id).await.map_err(super::refusal_error)?;
    }
    Ok(())
}

/// Returns the amount that was paid; one without a currency is an error.
fn paid(amount: Option<Amount>, currency: Option<String>) -> anyhow::Result<Option<(i64, String)>> {
    match (amount, currency) {
        (None, _) => Ok(None),
        (Some(Amount::Price { amount, currency }), _) | (Some(Amount::Number(amount)), Some(currency)) => {
            Ok(Some((amount, currency)))
        }
        (Some(Amount::Number(_)), None) => bail!("the amount has no currency"),
    }
}

/// Imports a registration. `Ok(Err(…))` is the reason why it is left out.
async fn import_one(records: &Records, entry: Entry, dry_run: bool) -> anyhow::Result<Result<Imported, String>> {
    if let Some(status) = entry.status.filter(|status| status != "confirmed") {
        return Ok(Err(format!("it is {status}")));
    }
    let id: RegistrationId = entry.registration_id.parse()?;
    let command = ImportRegistration {
        id,
        ticket_type: entry.ticket_type,
        attendees: entry
            .tickets
            .into_iter()
            .map(|person| Attendee { name: person.name, email: person.email })
            .collect(),
        created_at: entry.created_at,
        paid: paid(entry.amount, entry.currency)?,
        answers: entry.answers.unwrap_or_default(),
    };
    let imported = imports::import(records, &Caller::Operator, command, dry_run).await;
    Ok(Ok(imported.map_err(super::refusal_error)?))
}
