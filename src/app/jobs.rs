//! Jobs: the foreman and its tools.

use std::{sync::Arc, time::Duration};

use actix::{Actor, Addr};
use tokio::sync::Semaphore;

use super::{FilePipeline, Shared};
use crate::{
    actors::{Foreman, JobTools, StopWork},
    config::Config,
};

/// The foreman, and the tools of its jobs.
#[derive(Clone)]
pub struct Jobs {
    foreman: Addr<Foreman>,
    tools: Arc<JobTools>,
}

/// Starts the foreman.
pub fn start(config: &Config, shared: &Shared, files: &FilePipeline) -> Jobs {
    let database = shared.databases.jobs.clone();
    let tools = Arc::new(JobTools {
        catalog: shared.catalog.on(database.clone()),
        database,
        plans: shared.plans.clone(),
        pool: shared.pool.clone(),
        store: shared.storage.store.clone(),
        renderer: files.renderer.clone(),
        leases: files.leases.clone(),
        throttle: files.throttle.clone(),
        max_failures: config.recorder.max_failures,
        slots: Arc::new(Semaphore::new(config.foreman.chunks)),
        settings: config.foreman.clone(),
    });
    let foreman = Foreman::start_in_arbiter(&shared.actors_thread, {
        let tools = tools.clone();
        move |_| Foreman::new(tools)
    });
    Jobs { foreman, tools }
}

impl Jobs {
    /// Stops claiming chunks, and waits for the claimed ones. False if they are not finished within `left()`.
    pub async fn drain(&self, left: impl Fn() -> Duration) -> bool {
        if self.foreman.send(StopWork).await.is_err() {
            tracing::debug!("the foreman had ended already");
        }
        self.tools.drain(left()).await
    }
}
