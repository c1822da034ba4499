//! Notifications from PostgreSQL: invalidate caches when another server has changed an event.

use tokio::task::JoinHandle;

use crate::{
    actors::SoldOutCache,
    db::Notification,
    work::{LinkCache, Records},
};

/// Starts to listen for notifications, on a separate connection.
pub fn start(records: &Records, sold_out: SoldOutCache, links: LinkCache) -> JoinHandle<()> {
    let (database, catalog, access) = (records.database.clone(), records.catalog.clone(), records.access.clone());
    tokio::spawn(async move {
        let invalidate = |notification| match notification {
            Notification::SeatsReleased(event) => {
                sold_out.invalidate(event);
                links.invalidate(event);
            }
            Notification::EventChanged(event) => {
                catalog.invalidate_key(event);
                links.invalidate(event);
            }
            Notification::AccountChanged(account) => access.sessions().forget(account),
            Notification::Disconnected | Notification::Connected => {
                catalog.invalidate_all();
                sold_out.set_connected(matches!(notification, Notification::Connected));
                links.set_connected(matches!(notification, Notification::Connected));
                access.sessions().set_connected(matches!(notification, Notification::Connected));
            }
        };
        database.listen_for_changes(invalidate).await;
    })
}
