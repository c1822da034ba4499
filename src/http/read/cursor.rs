//! Pages of lists. A cursor is the sort key of the last entry of a page, as a text that is opaque to clients.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use utoipa::ToSchema;

use crate::{domain::is_supported_time, http::server::ApiError};

/// A page of a list.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Page<T> {
    pub items: Vec<T>,
    /// Cursor of the next page; null on the last page.
    #[schema(required)]
    pub next_cursor: Option<String>,
}

impl<T> Page<T> {
    /// Makes a page of `rows`. If there are `limit` of them, the next page follows the `sort_key` of the last one.
    pub fn of<R, K: Serialize>(
        rows: Vec<R>,
        limit: i64,
        sort_key: impl Fn(&R) -> K,
        answer: impl FnMut(R) -> T,
    ) -> Self {
        let full = usize::try_from(limit).is_ok_and(|limit| rows.len() == limit);
        let next = rows.last().filter(|_| full).map(sort_key);
        Self::ending_at(rows.into_iter().map(answer).collect(), next.as_ref())
    }

    /// Makes a page; `next` is the sort key after which the next page begins, `None` on the last page.
    pub fn ending_at(items: Vec<T>, next: Option<&impl Serialize>) -> Self {
        let write = |key| {
            URL_SAFE_NO_PAD.encode(serde_json::to_vec(key).expect("a sort key is made of numbers, times and UUIDs"))
        };
        Self { items, next_cursor: next.map(write) }
    }
}

/// Parses the cursor of a request.
pub fn read_cursor<T: DeserializeOwned>(cursor: Option<&str>) -> Result<Option<T>, ApiError> {
    let read = |text: &str| {
        let key: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
        let mut times = key.as_array().into_iter().flatten().filter_map(|part| part.as_str()?.parse().ok());
        let supported = times.all(is_supported_time);
        supported.then(|| serde_json::from_value(key).ok())?
    };
    match cursor {
        None => Ok(None),
        Some(text) => read(text).map(Some).ok_or_else(|| ApiError::invalid("/cursor", "is not a cursor of this list")),
    }
}
