//! Notifications from PostgreSQL: what is kept in memory is invalidated when another server changes it.

use tokio::task::JoinHandle;

use crate::{
    actors::SoldOut,
    db::Word,
    work::{RecentLinks, Records},
};

/// Starts to listen, on a connection of its own.
pub fn start(records: &Records, sold_out: SoldOut, links: RecentLinks) -> JoinHandle<()> {
    let (database, catalog) = (records.database.clone(), records.catalog.clone());
    tokio::spawn(async move {
        let invalidate = |word| match word {
            Word::Seats(event) => {
                sold_out.forget(event);
                links.invalidate(event);
            }
            Word::Changed(event) => {
                catalog.forget_all();
                links.invalidate(event);
            }
            Word::Deaf | Word::Listening => {
                catalog.forget_all();
                sold_out.hears(matches!(word, Word::Listening));
                links.set_connected(matches!(word, Word::Listening));
            }
        };
        database.listen_for_seats(invalidate).await;
    })
}
