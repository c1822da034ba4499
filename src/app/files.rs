//! Actors that make files: renderer, uploader, recorder and sweeper; and the leases of documents.

use actix::{Actor, Addr};

use super::Shared;
use crate::{
    actors::{Inbox, LeaseKeeper, Recorder, Renderer, RendererTools, StopSweeping, Sweeper, Throttle, Uploader},
    config::Config,
};

/// Inboxes of the actors that make files, and the limit of bulk work.
#[derive(Clone)]
pub struct FilePipeline {
    pub renderer: Inbox<Renderer>,
    pub uploader: Inbox<Uploader>,
    pub recorder: Inbox<Recorder>,
    pub leases: LeaseKeeper,
    pub throttle: Throttle,
    sweeper: Addr<Sweeper>,
}

/// Starts the actors that make files. The last stage starts first, because each stage gets the inbox of the next.
pub fn start(config: &Config, shared: &Shared) -> FilePipeline {
    let thread = &shared.actors_thread;
    let (database, surge) = (shared.databases.actors.clone(), shared.surge.clone());
    let (store, spool) = (shared.storage.store.clone(), shared.storage.spool.clone());
    let leases = LeaseKeeper::new(config.sweeper.lease_seconds);
    thread.spawn(leases.clone().run(database.clone()));
    let throttle = Throttle::new(config.foreman.in_flight);
    thread.spawn(throttle.clone().run(surge.clone(), shared.pool.clone(), config.foreman.max_transaction_time));

    let recorder = Inbox::new("recorder", config.recorder.queue, thread.clone(), {
        let (database, settings) = (database.clone(), config.recorder.clone());
        move || Recorder::new(database.clone(), &settings)
    });
    let uploader = Inbox::new("uploader", config.uploader.in_flight, thread.clone(), {
        let (store, spool) = (store.clone(), spool.clone());
        let (settings, recorder) = (config.uploader.clone(), recorder.clone());
        move || Uploader::new(store.clone(), spool.clone(), settings.clone(), recorder.clone())
    });
    let renderer = Inbox::new("renderer", config.renderer.queue, thread.clone(), {
        let (uploader, recorder) = (uploader.clone(), recorder.clone());
        let (pool, plans, surge, store) = (shared.pool.clone(), shared.plans.clone(), surge.clone(), store.clone());
        let tools = RendererTools { pool, plans, surge, store, spool };
        move || Renderer::new(&tools, uploader.clone(), recorder.clone())
    });
    let sweeper = Sweeper::start_in_arbiter(thread, {
        let (catalog, settings) = (shared.catalog.clone(), config.sweeper.clone());
        let (renderer, leases) = (renderer.clone(), leases.clone());
        move |_| Sweeper::new(database, catalog, surge, renderer, leases, store, settings)
    });
    FilePipeline { renderer, uploader, recorder, leases, throttle, sweeper }
}

impl FilePipeline {
    /// Stops the sweeper before its next round.
    pub async fn stop_sweeping(&self) {
        if self.sweeper.send(StopSweeping).await.is_err() {
            tracing::debug!("the sweeper had ended already");
        }
    }
}
