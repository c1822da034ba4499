//! Pages of lists. A cursor is the place where a page ended, as a text that clients hand back unread.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Serialize, de::DeserializeOwned};
use utoipa::ToSchema;

use crate::http::server::ApiError;

/// A page of a list.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Page<T> {
    pub items: Vec<T>,
    /// Where the next page begins; null at the end.
    #[schema(required)]
    pub next_cursor: Option<String>,
}

impl<T> Page<T> {
    /// A page of `rows`. If there are `limit` of them, another page follows behind the `place` of the last one.
    pub fn of<R, P: Serialize>(rows: Vec<R>, limit: i64, place: impl Fn(&R) -> P, answer: impl FnMut(R) -> T) -> Self {
        let full = usize::try_from(limit).is_ok_and(|limit| rows.len() == limit);
        let next = rows.last().filter(|_| full).map(place);
        Self::ending_at(rows.into_iter().map(answer).collect(), next.as_ref())
    }

    /// A page behind which another begins at `next`.
    pub fn ending_at(items: Vec<T>, next: Option<&impl Serialize>) -> Self {
        let write = |place| URL_SAFE_NO_PAD.encode(serde_json::to_vec(place).expect("a place is plain data"));
        Self { items, next_cursor: next.map(write) }
    }
}

/// Reads a cursor that a page carried.
pub fn read_cursor<T: DeserializeOwned>(cursor: Option<&str>) -> Result<Option<T>, ApiError> {
    let read = |text: &str| serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).ok()?).ok();
    match cursor {
        None => Ok(None),
        Some(text) => read(text).map(Some).ok_or_else(|| ApiError::invalid("/cursor", "is not one of ours")),
    }
}
