//! The use of storage: counted requests, stored objects and bytes, and the estimated costs.

use crate::{
    db::{Database, DbError},
    domain::Prices,
    metrics::{STORAGE_COST, STORAGE_OBJECTS, STORAGE_USED},
    store::{ObjectKind, Store},
};

/// Days of requests from which the costs of a month are estimated.
const COST_DAYS: i32 = 30;

/// Adds this server's requests to storage to the totals of all servers.
pub(super) async fn count_requests(database: &Database, store: &Store) -> Result<(), DbError> {
    let counts: Vec<_> =
        store.take_request_counts().into_iter().map(|(operation, count)| (operation.name(), count)).collect();
    if counts.is_empty() {
        return Ok(());
    }
    database.add_requests(&counts).await
}

/// Sets the gauges of used storage and its estimated costs.
pub(super) async fn measure(database: &Database, prices: &Prices) -> Result<(), DbError> {
    let (mut objects, mut bytes) = (0, 0);
    for used in database.storage_usage().await? {
        let kind = used.kind.map_or(ObjectKind::Invoices.name(), |kind| kind.name());
        metrics::gauge!(STORAGE_OBJECTS, "kind" => kind).set(used.objects as f64);
        metrics::gauge!(STORAGE_USED, "kind" => kind).set(used.bytes as f64);
        objects += used.objects;
        bytes += used.bytes;
    }
    let requests = database.requests_since(COST_DAYS).await?;
    let costs =
        prices.costs(COST_DAYS, requests.iter().map(|(operation, count)| (operation.as_str(), *count)), objects, bytes);
    for (part, amount) in costs.parts() {
        metrics::gauge!(STORAGE_COST, "part" => part).set(amount);
    }
    Ok(())
}
