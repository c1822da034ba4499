//! Layouts: versions that never change, and which one an event has.

use std::sync::Arc;

use jiff::Timestamp;
use moka::future::Cache;

use super::{Database, DbError};
use crate::domain::{EventKey, EventLayout, Layout};

/// A version as it was kept.
#[derive(Debug)]
pub struct KeptLayout {
    pub version: i32,
    pub layout: Layout,
    pub created_at: Timestamp,
}

/// Layouts in memory. A version never changes, so what was read once is right for ever.
#[derive(Clone)]
pub(super) struct Layouts(Cache<(EventKey, i32), Arc<EventLayout>>);

/// Memory for layouts with their pictures.
const KEPT_BYTES: u64 = 64 << 20;

impl Layouts {
    pub(super) fn new() -> Self {
        let weigh = |_: &(EventKey, i32), layout: &Arc<EventLayout>| {
            let pictures: usize = layout.layout.images.values().map(|image| image.0.len()).sum();
            u32::try_from(pictures + 16 * 1024).unwrap_or(u32::MAX)
        };
        Self(Cache::builder().weigher(weigh).max_capacity(KEPT_BYTES).build())
    }

    /// A version of an event's layout.
    pub(super) async fn of(
        &self,
        database: &Database,
        event: EventKey,
        version: i32,
    ) -> Result<Arc<EventLayout>, DbError> {
        if let Some(known) = self.0.get(&(event, version)).await {
            return Ok(known);
        }
        let doing = "reading a layout";
        let sql = include_str!("queries/layouts/version.sql");
        let row = database.row(doing, sql, &[&event.0, &version]).await?;
        let body: String = row.ok_or(DbError::Unexpected { doing, what: "layout" })?.get("body");
        // It may be megabytes of pictures, and this may be a web worker.
        let read = tokio::task::spawn_blocking(move || {
            Layout::from_json(body.as_bytes()).map(|layout| Arc::new(EventLayout::new(version, layout)))
        });
        let layout = read.await.ok().and_then(Result::ok).ok_or(DbError::Unexpected { doing, what: "layout" })?;
        self.0.insert((event, version), layout.clone()).await;
        Ok(layout)
    }
}

impl Database {
    /// Adds a version of an event's layout, which its tickets have from now on. Two at once: one of them conflicts.
    pub async fn add_layout(
        &self,
        event: EventKey,
        layout: Layout,
        actor: &str,
    ) -> Result<Option<KeptLayout>, DbError> {
        let body = serde_json::to_string(&layout).expect("plain data serializes");
        let sql = include_str!("queries/layouts/add.sql");
        let row = self.row("adding a layout", sql, &[&event.0, &body, &actor, &layout.hash().to_string()]).await?;
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
