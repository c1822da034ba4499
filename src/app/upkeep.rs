//! Upkeep: the housekeeper with its reconciler, and the words of tickets.

use actix::Actor;

use super::Shared;
use crate::{
    actors::{Housekeeper, Reconciler, add_ticket_words},
    config::Config,
};

/// Starts the housekeeper and the task that makes tickets searchable.
pub fn start(config: &Config, shared: &Shared) {
    let reconciler = Reconciler {
        database: shared.databases.actors.clone(),
        store: shared.storage.store.clone(),
        catalog: shared.catalog.clone(),
        plans: shared.plans.clone(),
        pool: shared.pool.clone(),
        surge: Some(shared.surge.clone()),
    };
    let (spool, settings) = (shared.storage.spool.clone(), config.housekeeper.clone());
    Housekeeper::start_in_arbiter(&shared.actors_thread, move |_| Housekeeper::new(reconciler, spool, settings));
    shared.actors_thread.spawn(add_ticket_words(shared.databases.jobs.clone(), shared.surge.clone()));
}
