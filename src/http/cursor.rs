//! Where a page of a list ended, as a text the client hands back and does not read.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Serialize, de::DeserializeOwned};
use utoipa::ToSchema;

use super::error::ApiError;

/// A page of a list.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Page<T> {
    pub items: Vec<T>,
    /// Where to go on; null at the end.
    #[schema(required)]
    pub next_cursor: Option<String>,
}

/// Writes a place down.
pub fn write(place: &impl Serialize) -> String {
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(place).expect("a place is plain data"))
}

/// Reads what [`write()`] wrote.
pub fn read<T: DeserializeOwned>(cursor: Option<&str>) -> Result<Option<T>, ApiError> {
    let read = |text: &str| serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).ok()?).ok();
    match cursor {
        None => Ok(None),
        Some(text) => read(text).map(Some).ok_or_else(|| ApiError::invalid("/cursor", "is not one of ours")),
    }
}
