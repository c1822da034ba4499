//! Reads the attendees for `onsale tickets render` from a CSV or JSON file, one ticket at a time.

use std::{
    collections::HashSet,
    fs::{self, File},
    hash::{BuildHasher, RandomState},
    io::{BufReader, Read},
    path::Path,
    sync::Arc,
};

use anyhow::{Context, bail, ensure};
use serde::Deserialize;
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::{
    domain::{EventSetup, TicketCode, TicketId, TypeNumber},
    render::TicketValues,
};

/// Rows of a data file, and its event if it contains one.
pub struct Table {
    rows: Box<dyn Iterator<Item = anyhow::Result<Map<String, Value>>>>,
    pub count: Option<u64>,
    pub event: Option<Value>,
}

/// A JSON file with tickets and an event.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DataFile {
    event: Option<Value>,
    tickets: Vec<Map<String, Value>>,
}

impl Table {
    /// Opens a CSV or JSON file.
    pub fn open(path: &Path) -> anyhow::Result<Self> {
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
pub struct Row {
    pub page: TicketValues,
    pub code: Option<String>,
}

/// Converts rows to tickets.
pub struct TicketRows {
    setup: Arc<EventSetup>,
    rows: Table,
    /// Rows read so far.
    pub number: u64,
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
    /// Starts with the first row of a table.
    pub fn new(setup: Arc<EventSetup>, rows: Table) -> Self {
        Self {
            setup,
            rows,
            number: 0,
            now: jiff::Timestamp::now(),
            registration: String::new(),
            position: 0,
            labels: HashSet::new(),
            hasher: RandomState::new(),
        }
    }

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
