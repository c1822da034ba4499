//! A generated file in answers to its organizer.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::{
    db::DocumentRow,
    domain::{DocumentRef, DocumentState, EventSetup},
};

/// A generated file: its place, its state, and the versions of its input.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DocumentDetail {
    registration_id: String,
    /// `tickets`, `confirmation`, `ticket` or `code`.
    kind: &'static str,
    /// The ticket's position, or the confirmation's number; 0 for the file with all tickets.
    part: i16,
    status: &'static str,
    promised_at: Timestamp,
    /// Time of the next attempt; null if it is not pending.
    #[schema(required)]
    due_at: Option<Timestamp>,
    #[schema(required)]
    stored_at: Option<Timestamp>,
    /// Key in storage.
    #[schema(required)]
    key: Option<String>,
    #[schema(required)]
    bytes: Option<i32>,
    /// SHA-256 of all input of the file.
    #[schema(required)]
    content_hash: Option<String>,
    /// Revision of the event from which it was made.
    #[schema(required)]
    event_revision: Option<i32>,
    #[schema(required)]
    layout_version: Option<i32>,
    /// True if another program made it (`onsale tickets import`).
    imported: bool,
    attempts: i16,
    failures: i16,
    /// For a confirmation: the party that requested it, the reason, and the versions of its input.
    #[schema(value_type = Option<Object>, required)]
    generation: Option<Value>,
    /// Error of the last attempt; null if it did not fail.
    #[schema(required)]
    error: Option<String>,
}

impl DocumentDetail {
    /// Converts a row.
    pub fn new(setup: &EventSetup, row: DocumentRow) -> Self {
        let DocumentRef { registration, kind, part } = row.document;
        Self {
            registration_id: setup.registration_id(registration.number).to_string(),
            kind: kind.name(),
            part,
            status: row.state.name(),
            promised_at: row.promised_at,
            due_at: (row.state == DocumentState::Pending).then_some(row.due_at),
            stored_at: row.stored_at,
            key: row.key,
            bytes: row.bytes,
            content_hash: row.hash.map(|hash| hash.to_string()),
            event_revision: row.revision,
            layout_version: row.layout_version,
            imported: row.imported,
            attempts: row.attempts,
            failures: row.failures,
            generation: row.generation,
            error: row.error,
        }
    }
}
