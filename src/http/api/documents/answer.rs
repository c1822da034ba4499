//! A generated file as its organizer sees it.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::{
    db::DocumentRow,
    domain::{DocumentRef, DocumentState, EventSetup},
};

/// A generated file: where it is, its state, and what it was made from.
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
    /// Time of the next attempt, if it is pending.
    #[schema(required)]
    due_at: Option<Timestamp>,
    #[schema(required)]
    stored_at: Option<Timestamp>,
    #[schema(required)]
    key: Option<String>,
    #[schema(required)]
    bytes: Option<i32>,
    /// SHA-256 of all input of the file.
    #[schema(required)]
    content_hash: Option<String>,
    /// The event's revision that it was made from.
    #[schema(required)]
    event_revision: Option<i32>,
    #[schema(required)]
    layout_version: Option<i32>,
    /// Made by another program.
    imported: bool,
    attempts: i16,
    failures: i16,
    /// The party that asked for it, and why.
    #[schema(value_type = Option<Object>, required)]
    generation: Option<Value>,
    /// Why the last attempt failed.
    #[schema(required)]
    error: Option<String>,
}

impl DocumentDetail {
    /// The row as its organizer sees it.
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
