//! Upkeep: the housekeeper with its reconciler, and what is derived from registrations.

use actix::Actor;

use super::Shared;
use crate::{
    actors::{Housekeeper, Reconciler, keep_derived},
    config::Config,
};

/// Starts the housekeeper and the task that keeps derived data up to date.
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
    shared.actors_thread.spawn(keep_derived(shared.databases.jobs.clone(), shared.surge.clone()));
}
