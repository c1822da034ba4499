//! Selling seats: the registrar and the queues before it.

use super::{FilePipeline, Shared};
use crate::{
    actors::{Desk, Inbox, Registrar, SoldOut},
    config::Config,
};

/// The way to a seat, and the memory of what is sold out.
#[derive(Clone)]
pub struct Sale {
    pub registrar: Desk,
    pub sold_out: SoldOut,
}

/// Starts the registrar, which offers fresh tickets to the renderer.
pub fn start(config: &Config, shared: &Shared, files: &FilePipeline) -> Sale {
    let sold_out = SoldOut::default();
    let registrar = Inbox::new("registrar", config.registrar.queue, shared.registrar_thread.clone(), {
        let (database, settings) = (shared.databases.actors.clone(), config.registrar.clone());
        let (renderer, surge, sold_out) = (files.renderer.clone(), shared.surge.clone(), sold_out.clone());
        move || {
            let (database, renderer) = (database.clone(), renderer.clone());
            Registrar::new(database, settings.clone(), renderer, surge.clone(), sold_out.clone())
        }
    });
    Sale { registrar: Desk::new(registrar, config.registrar.wait, sold_out.clone()), sold_out }
}
