//! One part of a ZIP: ticket files, their entries in the ZIP directory, and their rows in the list of tickets.

use std::panic::{AssertUnwindSafe, catch_unwind};

use jiff::Timestamp;

use crate::{
    db::FileFailure,
    domain::{DocumentKind, EventSetup, Registration, Ticket, escape_formula},
    render::{Crc, PlanCache, RegistrationFile, RenderError, Rendered, ZipEntry, file_name_from_person},
};

/// Name and columns of the list of tickets.
pub(super) const LISTING: &str = "index.csv";
const COLUMNS: [&str; 8] = ["file", "ticketId", "label", "registrationId", "name", "email", "ticketType", "error"];

/// A part while files are added.
pub(super) struct PartBuilder {
    pub number: i32,
    /// Offset of the part in the archive, in bytes.
    pub at: u64,
    pub bytes: Vec<u8>,
    pub directory: Vec<u8>,
    pub listing: Vec<u8>,
    pub entries: i32,
    /// Number of the last registration in the part.
    pub last_number: i32,
    pub failures: Vec<FileFailure>,
}

/// The file of one ticket, or its rendering error.
pub(super) struct TicketFile {
    label: String,
    /// Id, label, registration, name, address and type, as in [`COLUMNS`].
    cells: [String; 6],
    position: i16,
    number: i32,
    result: Result<Rendered, RenderError>,
}

/// Returns the first row of the list of tickets.
pub(super) fn listing_head() -> Vec<u8> {
    csv_row(&COLUMNS)
}

/// Renders the valid tickets of a registration. Runs on a thread of the render pool.
pub(super) fn render_all(plans: &PlanCache, setup: &EventSetup, registration: &Registration) -> Vec<TicketFile> {
    let tickets = registration.tickets.iter().filter(|ticket| !ticket.revoked);
    tickets.map(|ticket| render(plans, setup, registration, ticket)).collect()
}

fn render(plans: &PlanCache, setup: &EventSetup, registration: &Registration, ticket: &Ticket) -> TicketFile {
    let id = setup.registration_id(registration.reference.number);
    let ticket_type = setup.ticket_type(registration.type_number).map_or("", |t| t.code.as_str());
    let (kind, part) = (DocumentKind::Ticket, ticket.position);
    let file = RegistrationFile { setup, registration, kind, part, made_at: Timestamp::UNIX_EPOCH };
    let label = id.ticket_label(ticket.position);
    let cells = [
        ticket.id.to_string(),
        label.clone(),
        id.to_string(),
        ticket.name.clone(),
        ticket.email.clone(),
        ticket_type.to_owned(),
    ];
    let result = catch_unwind(AssertUnwindSafe(|| file.render(plans)))
        .unwrap_or_else(|_| Err(RenderError::Panicked("one ticket of an archive".into())));
    TicketFile { label, cells, position: ticket.position, number: id.number, result }
}

impl PartBuilder {
    /// Creates an empty part with room for `size` bytes, for registrations from `first` on.
    pub fn new(number: i32, at: u64, first: i32, size: usize) -> Self {
        Self {
            number,
            at,
            bytes: Vec::with_capacity(size + size / 4),
            directory: Vec::new(),
            listing: Vec::new(),
            entries: 0,
            last_number: first - 1,
            failures: Vec::new(),
        }
    }

    /// Adds a ticket: its file and its row, or a row with its error.
    pub fn add(&mut self, file: TicketFile) {
        let TicketFile { label, cells: [id, cell_label, registration, name, email, ticket_type], .. } = &file;
        let person = file_name_from_person(name);
        let file_name = if person.is_empty() { format!("{label}.pdf") } else { format!("{label} {person}.pdf") };
        let (file_name, error) = match &file.result {
            Ok(rendered) => {
                self.add_file(&file_name, &rendered.bytes);
                (file_name, String::new())
            }
            Err(error) => {
                tracing::error!(%error, ticket = id, "a ticket is missing in an archive");
                let (number, kind, part) = (file.number, DocumentKind::Ticket, file.position);
                self.failures.push(FileFailure { number, kind, part, tickets: 1, error: error.to_string() });
                (String::new(), error.to_string())
            }
        };
        let row = [&file_name, id, cell_label, registration, name, email, ticket_type, &error];
        self.listing.extend(csv_row(&row.map(String::as_str)));
    }

    fn add_file(&mut self, name: &str, bytes: &[u8]) {
        let entry = ZipEntry { name, bytes: bytes.len() as u64, crc: Crc::of(bytes), at: Timestamp::now() };
        let at = self.at + self.bytes.len() as u64;
        entry.begin(&mut self.bytes, &mut self.directory, at);
        self.bytes.extend_from_slice(bytes);
        self.entries += 1;
    }
}

fn csv_row(cells: &[&str]) -> Vec<u8> {
    const IN_MEMORY: &str = "writing to memory does not fail";
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(cells.iter().map(|cell| escape_formula(cell).into_owned())).expect(IN_MEMORY);
    writer.into_inner().expect(IN_MEMORY)
}
