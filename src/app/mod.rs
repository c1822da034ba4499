//! Wiring: a small `start` for each concern, downstream first, and the order in which everything stops.

mod databases;
mod files;
mod jobs;
mod listeners;
mod notifications;
mod sale;
mod storage;
mod upkeep;

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Instant,
};

use actix::{Arbiter, ArbiterHandle};
use actix_web::web;
use anyhow::Context;
use tokio::{
    runtime::Handle,
    sync::{Semaphore, oneshot},
    task::JoinHandle,
};

pub use listeners::BindError;

use self::{databases::Databases, files::FilePipeline, jobs::Jobs, listeners::Listeners, sale::Sale, storage::Storage};
use crate::{
    actors::{Load, Surge},
    config::Config,
    db::{EventCache, Identity},
    domain::Scope,
    http::{Clients, OpsState, Readers, Services},
    metrics,
    render::{FontLibrary, PlanCache, RenderPool},
    work::{Access, Admin, Files, RecentLinks, Records, Tools},
};

/// A server that listens.
pub struct Running {
    pub address: SocketAddr,
    pub ops_address: SocketAddr,
    draining: Arc<AtomicBool>,
    listeners: Listeners,
    pipeline: Pipeline,
    notifications: JoinHandle<()>,
    databases: Databases,
    arbiters: Vec<Arbiter>,
}

/// Everything that more than one concern works with.
struct Shared {
    databases: Databases,
    /// Events in memory, read over the connections of the actors.
    catalog: EventCache,
    storage: Storage,
    pool: RenderPool,
    plans: PlanCache,
    surge: Surge,
    /// A thread for the registrar alone: nothing may come between a commit and the next.
    registrar_thread: ArbiterHandle,
    /// The thread of all other actors.
    actors_thread: ArbiterHandle,
}

/// The concerns that finish their work when the server stops.
#[derive(Clone)]
struct Pipeline {
    sale: Sale,
    files: FilePipeline,
    jobs: Jobs,
}

/// Starts a server. Runs inside an actix system on a runtime with threads of its own for I/O.
pub async fn start(config: Config) -> anyhow::Result<Running> {
    let io = Handle::current();
    let prometheus = metrics::install_once()?;
    let arbiters = vec![Arbiter::new(), Arbiter::new()];
    let databases = Databases::open(&config.database, io.clone(), runtime_of(&arbiters[0]).await?).await?;
    let database = &databases.requests;
    let catalog = EventCache::new(
        database.clone(),
        config.secrets.secret.clone(),
        config.catalog.capacity,
        config.catalog.lifetime,
    );
    let storage = Storage::open(&config, io).await?;
    let library = Arc::new(FontLibrary::new(&config.font_dirs));
    let access = Access::new(admin(&config, &databases).await?);
    let shared = Shared {
        catalog: catalog.on(databases.actors.clone()),
        databases,
        storage,
        pool: RenderPool::new(config.pool.clone()),
        plans: PlanCache::new(library.clone(), config.plans),
        surge: Surge::new(config.surge),
        registrar_thread: arbiters[0].handle(),
        actors_thread: arbiters[1].handle(),
    };

    let files = files::start(&config, &shared);
    let sale = sale::start(&config, &shared, &files);
    upkeep::start(&config, &shared);
    let jobs = jobs::start(&config, &shared, &files);
    let pipeline = Pipeline { sale, files, jobs };

    let records = Records { database: shared.databases.requests.clone(), catalog, access: Arc::new(access) };
    let links = RecentLinks::new(config.urls.cache, config.catalog.lifetime);
    let notifications = notifications::start(&records, pipeline.sale.sold_out.clone(), links.clone());
    let draining = Arc::new(AtomicBool::new(false));
    let tools = tools(&config, &shared, &pipeline, records, links);
    let ops = ops(&shared, &pipeline, draining.clone(), prometheus);
    let listeners = Listeners::start(&config.server, services(&config, tools, draining.clone()), ops)?;
    let (address, ops_address) = (listeners.address, listeners.ops_address);
    tracing::info!(%address, %ops_address, version = env!("CARGO_PKG_VERSION"), "listening");
    // In the background: the first name that needs a font from disk does not wait for their descriptions either.
    std::thread::Builder::new().name("fonts".into()).spawn(move || library.load_descriptions())?;
    let databases = shared.databases;
    Ok(Running { address, ops_address, draining, listeners, pipeline, notifications, databases, arbiters })
}

/// Everything that work is done with.
fn tools(config: &Config, shared: &Shared, pipeline: &Pipeline, records: Records, links: RecentLinks) -> Tools {
    let files = Files {
        pool: shared.pool.clone(),
        plans: shared.plans.clone(),
        renderer: pipeline.files.renderer.clone(),
        recorder: pipeline.files.recorder.clone(),
        leases: pipeline.files.leases.clone(),
        urls: shared.storage.urls.clone(),
        links,
        spool: shared.storage.spool.clone(),
        local_tickets: shared.storage.local_tickets.clone(),
        grace_seconds: config.registrar.grace_seconds,
    };
    let registrar = pipeline.sale.registrar.clone();
    let register_timeout = std::time::Duration::from_millis(config.http.register_timeout_ms);
    Tools { records, registrar, files, job_reads: Default::default(), register_timeout }
}

/// Everything that the handlers of the public listener share.
fn services(config: &Config, tools: Tools, stopping: Arc<AtomicBool>) -> web::Data<Services> {
    web::Data::new(Services {
        settings: config.http.clone(),
        tools,
        readers: Readers::new(config.readers, config.database.for_requests().connections / 2),
        clients: Clients::new(&config.clients),
        streams: Arc::new(Semaphore::new(config.streams)),
        stopping,
    })
}

/// Everything that the handlers of the ops listener share.
fn ops(
    shared: &Shared,
    pipeline: &Pipeline,
    draining: Arc<AtomicBool>,
    prometheus: metrics_exporter_prometheus::PrometheusHandle,
) -> web::Data<OpsState> {
    let (database, pool) = (shared.databases.requests.clone(), shared.pool.clone());
    let pipeline = pipeline.clone();
    let loads = Arc::new(move || pipeline.loads());
    web::Data::new(OpsState { database, pool, draining, prometheus, loads })
}

/// The token from the configuration, if there is one, with its organizer.
async fn admin(config: &Config, databases: &Databases) -> anyhow::Result<Option<Admin>> {
    let Some(token) = config.secrets.admin_token.clone() else { return Ok(None) };
    let name = config.secrets.admin_organizer.clone();
    let organizer = databases.requests.ensure_organizer(&name).await?;
    Ok(Some(Admin { token, identity: Identity { organizer, name, token: None, scopes: Scope::ALL.to_vec() } }))
}

/// The runtime of an arbiter's thread.
async fn runtime_of(arbiter: &Arbiter) -> anyhow::Result<Handle> {
    let (sender, runtime) = oneshot::channel();
    arbiter.spawn_fn(move || drop(sender.send(Handle::current())));
    runtime.await.context("an arbiter did not start")
}

impl Pipeline {
    fn loads(&self) -> Vec<Load> {
        let FilePipeline { renderer, uploader, recorder, .. } = &self.files;
        vec![self.sale.registrar.load(), renderer.load(), uploader.load(), recorder.load()]
    }

    /// Finishes accepted work, upstream first. Work that is not finished in time stays pending in the database.
    async fn drain(&self, deadline: Instant) {
        let left = || deadline.saturating_duration_since(Instant::now());
        self.files.stop_sweeping().await;
        let drained = [
            self.jobs.drain(left).await,
            self.sale.registrar.drain(left()).await,
            self.files.renderer.drain(left()).await,
            self.files.uploader.drain(left()).await,
            self.files.recorder.drain(left()).await,
        ];
        if drained.contains(&false) {
            tracing::warn!("some work was left to the next start; it is pending in the database");
        }
    }
}

impl Running {
    /// Stops: readiness ends, no new connections are accepted, accepted work is finished and recorded.
    pub async fn stop(self) {
        let start = Instant::now();
        tracing::info!("stopping");
        self.draining.store(true, Ordering::Relaxed);
        self.listeners.stop_public().await;
        self.pipeline.drain(start + self.listeners.shutdown).await;
        self.listeners.stop_ops().await;
        self.notifications.abort();
        self.databases.close();
        for arbiter in &self.arbiters {
            arbiter.stop();
        }
        tracing::info!(seconds = start.elapsed().as_secs_f64(), "stopped");
    }
}
