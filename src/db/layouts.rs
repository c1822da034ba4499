//! Layouts: versions that never change, and which one an event has.

use jiff::Timestamp;

use super::{Database, DbError};
use crate::domain::{EventKey, Layout};

/// A version as it was kept.
#[derive(Debug)]
pub struct KeptLayout {
    pub version: i32,
    pub layout: Layout,
    pub created_at: Timestamp,
}

impl Database {
    /// Adds a version of an event's layout, which its tickets have from now on. Two at once: one of them conflicts.
    pub async fn add_layout(&self, event: EventKey, layout: Layout) -> Result<Option<KeptLayout>, DbError> {
        let body = serde_json::to_string(&layout).expect("plain data serializes");
        let sql = include_str!("queries/layouts/add.sql");
        let row = self.row("adding a layout", sql, &[&event.0, &body]).await?;
        Ok(row.map(|row| KeptLayout { version: row.get("version"), layout, created_at: row.get("created_at") }))
    }

    /// The version that an event's tickets have, if it has one of its own.
    pub async fn layout(&self, event: EventKey) -> Result<Option<KeptLayout>, DbError> {
        let doing = "reading a layout";
        let Some(row) = self.row(doing, include_str!("queries/layouts/current.sql"), &[&event.0]).await? else {
            return Ok(None);
        };
        let layout = Layout::from_json(row.get::<_, &str>("body").as_bytes())
            .map_err(|_| DbError::Unexpected { doing, what: "layout" })?;
        Ok(Some(KeptLayout { version: row.get("version"), layout, created_at: row.get("created_at") }))
    }
}
