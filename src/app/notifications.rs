//! Notifications from PostgreSQL: what is kept in memory is invalidated when another server changes it.

use tokio::task::JoinHandle;

use crate::{
    actors::SoldOutCache,
    db::Notification,
    work::{RecentLinks, Records},
};

/// Starts to listen, on a connection of its own.
pub fn start(records: &Records, sold_out: SoldOutCache, links: RecentLinks) -> JoinHandle<()> {
    let (database, catalog) = (records.database.clone(), records.catalog.clone());
    tokio::spawn(async move {
        let invalidate = |notification| match notification {
            Notification::SeatsReleased(event) => {
                sold_out.invalidate(event);
                links.invalidate(event);
            }
            Notification::EventChanged(event) => {
                catalog.invalidate_all();
                links.invalidate(event);
            }
            Notification::Disconnected | Notification::Connected => {
                catalog.invalidate_all();
                sold_out.set_connected(matches!(notification, Notification::Connected));
                links.set_connected(matches!(notification, Notification::Connected));
            }
        };
        database.listen_for_changes(invalidate).await;
    })
}
