//! The sale of seats: the registrar, its queues, and the cache of sold-out events.

use super::{FilePipeline, Shared};
use crate::{
    actors::{Inbox, Registrar, RegistrarQueue, SoldOutCache},
    config::Config,
};

/// The queues of the registrar, and the cache of sold-out events and ticket types.
#[derive(Clone)]
pub struct Sale {
    pub registrar: RegistrarQueue,
    pub sold_out: SoldOutCache,
}

/// Starts the registrar, which offers new tickets to the renderer.
pub fn start(config: &Config, shared: &Shared, files: &FilePipeline) -> Sale {
    let sold_out = SoldOutCache::default();
    let registrar = Inbox::new("registrar", config.registrar.queue, shared.registrar_thread.clone(), {
        let (database, settings) = (shared.databases.actors.clone(), config.registrar.clone());
        let (renderer, surge, sold_out) = (files.renderer.clone(), shared.surge.clone(), sold_out.clone());
        move || {
            let (database, renderer) = (database.clone(), renderer.clone());
            Registrar::new(database, settings.clone(), renderer, surge.clone(), sold_out.clone())
        }
    });
    Sale { registrar: RegistrarQueue::new(registrar, config.registrar.wait, sold_out.clone()), sold_out }
}
