//! Layouts: immutable versions, one of which is assigned to the event.

use std::{collections::BTreeMap, sync::Arc};

use jiff::Timestamp;
use moka::future::Cache;
use tokio_postgres::Row;

use super::{Database, DbError};
use crate::domain::{EventKey, EventLayout, Layout, OrganizerKey};

/// A version of a layout in the database.
#[derive(Debug)]
pub struct LayoutVersion {
    pub version: i32,
    pub layout: Layout,
    pub created_at: Timestamp,
}

/// Cache of layouts. A version never changes, so entries never become stale.
#[derive(Clone)]
pub(super) struct Layouts(Cache<(EventKey, i32), Arc<EventLayout>>);

/// Memory for cached layouts with their pictures.
const CACHE_BYTES: u64 = 64 << 20;

impl Layouts {
    pub(super) fn new() -> Self {
        let weight = |_: &(EventKey, i32), layout: &Arc<EventLayout>| {
            let pictures: usize = layout.layout.images.values().map(|image| image.0.len()).sum();
            u32::try_from(pictures + 16 * 1024).unwrap_or(u32::MAX)
        };
        Self(Cache::builder().weigher(weight).max_capacity(CACHE_BYTES).build())
    }

    /// Returns a version of an event's layout.
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
        let row = row.ok_or(DbError::Unexpected { doing, what: "layout" })?;
        // Parsed outside of the async runtime: a layout may hold megabytes of pictures.
        let read = tokio::task::spawn_blocking(move || {
            layout_from(&row, doing).map(|layout| Arc::new(EventLayout::new(version, layout)))
        });
        let layout = read.await.map_err(|_| DbError::Unexpected { doing, what: "layout" })??;
        self.0.insert((event, version), layout.clone()).await;
        Ok(layout)
    }
}

impl Database {
    /// Adds a version of an event's layout and assigns it. Of two concurrent calls one fails with a conflict.
    pub async fn add_layout(
        &self,
        event: EventKey,
        layout: Layout,
        actor: &str,
    ) -> Result<Option<LayoutVersion>, DbError> {
        let without_pictures = Layout { images: BTreeMap::new(), ..layout.clone() };
        let body = serde_json::to_string(&without_pictures).expect("plain data serializes");
        let names: Vec<_> = layout.images.keys().collect();
        let pictures: Vec<_> = layout.images.values().map(|image| &*image.0).collect();
        let sql = include_str!("queries/layouts/add.sql");
        let hash = layout.hash().to_string();
        let row = self.row("adding a layout", sql, &[&event.0, &body, &actor, &hash, &names, &pictures]).await?;
        Ok(row.map(|row| LayoutVersion { version: row.get("version"), layout, created_at: row.get("created_at") }))
    }

    /// Returns the layout assigned to an event. `None` if the event has the built-in one.
    pub async fn layout(&self, event: EventKey) -> Result<Option<LayoutVersion>, DbError> {
        let doing = "reading a layout";
        let Some(row) = self.row(doing, include_str!("queries/layouts/current.sql"), &[&event.0]).await? else {
            return Ok(None);
        };
        let layout = layout_from(&row, doing)?;
        Ok(Some(LayoutVersion { version: row.get("version"), layout, created_at: row.get("created_at") }))
    }

    /// Returns the bytes of the layouts in use by an organizer's other events, with their pictures.
    pub async fn layout_bytes(&self, organizer: OrganizerKey, except: EventKey) -> Result<i64, DbError> {
        let sql = include_str!("queries/layouts/bytes_of_organizer.sql");
        let row = self.row("measuring layouts", sql, &[&organizer.0, &except.0]).await?;
        Ok(row.map_or(0, |row| row.get("bytes")))
    }
}

fn layout_from(row: &Row, doing: &'static str) -> Result<Layout, DbError> {
    let unexpected = || DbError::Unexpected { doing, what: "layout" };
    let (names, pictures): (Vec<String>, Vec<&[u8]>) = (row.get("pictures"), row.get("contents"));
    if names.len() != pictures.len() {
        return Err(unexpected());
    }
    Layout::from_stored(row.get("body"), names.into_iter().zip(pictures)).ok_or_else(unexpected)
}
