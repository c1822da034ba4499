//! Columns of events and ticket types. The fields of a draft are columns of the same name; nested fields are joined with `_`.
//! Statements contain `{event_columns}` and `{type_columns}`, so that each list stands here only.

use std::sync::LazyLock;

use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};
use tokio_postgres::Row;

use super::DbError;
use crate::domain::{EventDraft, search_text};

/// Columns of `events` that come from a draft, and the texts to search in. The capacity is a column of `event_seats`.
const EVENT: &str = "slug, code, title, description, category, status, starts_at, ends_at, timezone, language, \
    accent_color, venue_name, venue_address, sales_open_at, sales_close_at, renames_until, returns_until, questions, search_text, place_text";
/// Columns of `ticket_types` that come from a draft. The capacity is a column of `ticket_type_seats`.
const TICKET_TYPE: &str = "code, name, description, price_amount, price_currency, max_per_registration";

/// A statement with its lists of columns.
pub(super) type Statement = LazyLock<String>;

pub(super) static CREATE_EVENT: Statement = LazyLock::new(|| fill(include_str!("queries/events/create.sql")));
pub(super) static CHANGE_EVENT: Statement = LazyLock::new(|| fill(include_str!("queries/events/change.sql")));
pub(super) static CREATE_TYPE: Statement = LazyLock::new(|| fill(include_str!("queries/ticket_types/create.sql")));
pub(super) static CHANGE_TYPE: Statement = LazyLock::new(|| fill(include_str!("queries/ticket_types/change.sql")));

fn fill(sql: &str) -> String {
    sql.replace("{event_columns}", EVENT).replace("{type_columns}", TICKET_TYPE)
}

/// A draft as a JSON object of columns.
pub(super) fn columns_of(draft: &impl Serialize) -> Value {
    let mut columns = Map::new();
    let Value::Object(fields) = serde_json::to_value(draft).expect("a draft is plain data") else {
        unreachable!("a draft is a struct");
    };
    for (name, value) in fields {
        match value {
            Value::Object(nested) => {
                columns.extend(nested.into_iter().map(|(inner, v)| (format!("{name}_{inner}"), v)));
            }
            value => drop(columns.insert(name, value)),
        }
    }
    columns.into()
}

/// Returns the columns of an event's draft, with the texts in which searches look for words.
pub(super) fn columns_of_event(draft: &EventDraft) -> Value {
    let EventDraft { title, description, category, venue, .. } = draft;
    let optional = [description, category, &venue.address].into_iter().flatten().map(String::as_str);
    let mut columns = columns_of(draft);
    columns["search_text"] = search_text([title.as_str(), &venue.name].into_iter().chain(optional)).into();
    columns["place_text"] =
        search_text([Some(&venue.name), venue.address.as_ref()].into_iter().flatten().map(String::as_str)).into();
    columns
}

/// Reads the draft of a row.
pub(super) fn draft_from<T: DeserializeOwned>(row: &Row, doing: &'static str) -> Result<T, DbError> {
    serde_json::from_value(row.get("draft")).map_err(|_| DbError::Unexpected { doing, what: "draft" })
}
