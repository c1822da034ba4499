//! Start and stop of the server. Each concern has a file with a `start`; this file has the order.

mod databases;
mod files;
mod jobs;
mod listeners;
mod mail;
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
use tokio::{runtime::Handle, sync::oneshot, task::JoinHandle};

pub use listeners::BindError;

use self::{databases::Databases, files::FilePipeline, jobs::Jobs, listeners::Listeners, sale::Sale, storage::Storage};
use crate::{
    actors::{Load, Outbox, Surge},
    config::Config,
    db::{EventCache, Identity},
    domain::Scope,
    http::{Clients, KeptPages, OpsState, Readers, Services},
    metrics,
    render::{FontLibrary, PlanCache, RenderPool},
    work::{
        Access, Admin, Files, LinkCache, Records, SessionCache, Shares, Tools,
        people::{Passwords, People},
    },
};

/// A running server.
pub struct Running {
    pub address: SocketAddr,
    pub ops_address: SocketAddr,
    draining: Arc<AtomicBool>,
    listeners: Listeners,
    pipeline: Pipeline,
    notifications: JoinHandle<()>,
    databases: Databases,
    arbiters: [Arbiter; 2],
}

/// Services that several concerns use.
struct Shared {
    databases: Databases,
    /// Cache of events, filled through the actors' connections.
    catalog: EventCache,
    storage: Storage,
    pool: RenderPool,
    plans: PlanCache,
    surge: Surge,
    /// Thread of the registrar alone, so that no other work delays its commits.
    registrar_thread: ArbiterHandle,
    /// Thread of all other actors.
    actors_thread: ArbiterHandle,
}

/// The concerns that finish their work when the server stops.
#[derive(Clone)]
struct Pipeline {
    sale: Sale,
    files: FilePipeline,
    jobs: Jobs,
    outbox: Outbox,
}

/// Starts a server. Must run in an actix system on a multi-threaded runtime, whose threads do the I/O.
pub async fn start(config: Config) -> anyhow::Result<Running> {
    let prometheus = metrics::install_once()?;
    let arbiters = [Arbiter::new(), Arbiter::new()];
    let shared = Shared::open(&config, &arbiters).await?;
    let sessions = SessionCache::new(config.accounts.life);
    let access = Access::new(admin(&config, &shared.databases).await?, sessions);

    let files = files::start(&config, &shared);
    let sale = sale::start(&config, &shared, &files);
    upkeep::start(&config, &shared);
    let jobs = jobs::start(&config, &shared, &files);
    let outbox = mail::start(&config, &shared)?;
    let pipeline = Pipeline { sale, files, jobs, outbox };

    let database = shared.databases.requests.clone();
    // Half of the connections for all organizers' long reads, an eighth for those of one organizer.
    let connections = config.database.for_requests().connections;
    let reads = Shares::new((connections / 2).max(1), connections / 8);
    let catalog = shared.catalog.on(database.clone());
    let records = Records { catalog, database, access: Arc::new(access), reads, quotas: config.quotas };
    let links = LinkCache::new(config.urls.cache, config.catalog.lifetime);
    let notifications = notifications::start(&records, pipeline.sale.sold_out.clone(), links.clone());
    let draining = Arc::new(AtomicBool::new(false));
    let tools = tools(&config, &shared, &pipeline, records, links)?;
    let ops = ops(&shared, &pipeline, draining.clone(), prometheus);
    let listeners = Listeners::start(&config.server, services(&config, tools, draining.clone())?, ops)?;
    let (address, ops_address) = (listeners.address, listeners.ops_address);
    tracing::info!(%address, %ops_address, version = env!("CARGO_PKG_VERSION"), "listening");
    // In the background, so that the first name that needs a font from disk does not wait.
    let library = shared.plans.library().clone();
    std::thread::Builder::new().name("fonts".into()).spawn(move || library.load_descriptions())?;
    let databases = shared.databases;
    Ok(Running { address, ops_address, draining, listeners, pipeline, notifications, databases, arbiters })
}

impl Shared {
    /// Opens the databases and storage, and creates the caches and the render pool. The first arbiter is the
    /// registrar's.
    async fn open(config: &Config, [registrar, actors]: &[Arbiter; 2]) -> anyhow::Result<Self> {
        let io = Handle::current();
        let databases = Databases::open(&config.database, io.clone(), runtime_of(registrar).await?);
        let (databases, storage) = tokio::try_join!(databases, Storage::open(config, io))?;
        let (database, secret) = (databases.actors.clone(), config.secrets.secret.clone());
        storage::check_owner(&storage.store, &databases.requests, config.allow_foreign).await?;
        Ok(Self {
            catalog: EventCache::new(database, secret, config.catalog.capacity, config.catalog.lifetime),
            databases,
            storage,
            pool: RenderPool::new(config.pool.clone()),
            plans: PlanCache::new(Arc::new(FontLibrary::new(&config.font_dirs)), config.plans),
            surge: Surge::new(config.surge),
            registrar_thread: registrar.handle(),
            actors_thread: actors.handle(),
        })
    }
}

/// Layouts whose bodies may be read at once; each has up to 8 MiB.
const MAX_LAYOUT_BODIES: usize = 16;

/// Collects the services of [`crate::work`].
fn tools(
    config: &Config,
    shared: &Shared,
    pipeline: &Pipeline,
    records: Records,
    links: LinkCache,
) -> anyhow::Result<Tools> {
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
    let hold_seconds = config.registrar.batch.hold_seconds;
    let register_timeout = std::time::Duration::from_millis(config.http.register_timeout_ms);
    // One organizer can take an eighth of the streams.
    let streams = Shares::new(config.streams, config.streams / 8);
    let layout_bodies = Shares::new(MAX_LAYOUT_BODIES, MAX_LAYOUT_BODIES / 8);
    let people = People { passwords: Passwords::start(config.accounts.hashes)?, settings: config.accounts.people };
    let (job_cache, availability) = Default::default();
    Ok(Tools {
        records,
        registrar,
        files,
        people,
        job_cache,
        availability,
        register_timeout,
        hold_seconds,
        streams,
        layout_bodies,
    })
}

/// Collects the services of the public listener.
fn services(config: &Config, tools: Tools, stopping: Arc<AtomicBool>) -> anyhow::Result<web::Data<Services>> {
    Ok(web::Data::new(Services {
        settings: config.http.clone(),
        tools,
        pages: KeptPages::new(config.http.page_cache_bytes),
        readers: Readers::new(config.readers, config.database.for_requests().connections / 2),
        clients: Clients::new(&config.clients),
        tries: Clients::per_hour(config.accounts.tries_per_hour),
        providers: mail::providers(config)?,
        stopping,
    }))
}

/// Collects the services of the ops listener.
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

/// Returns the token from the configuration with its organizer, which is created if missing. `None` if no token is set.
async fn admin(config: &Config, databases: &Databases) -> anyhow::Result<Option<Admin>> {
    let Some(token) = config.secrets.admin_token.clone() else { return Ok(None) };
    let name = config.secrets.admin_organizer.clone();
    let organizer = databases.requests.ensure_organizer(&name).await?;
    Ok(Some(Admin { token, identity: Identity { organizer, name, token: None, scopes: Scope::ALL.to_vec() } }))
}

/// Returns the runtime of an arbiter's thread.
async fn runtime_of(arbiter: &Arbiter) -> anyhow::Result<Handle> {
    let (sender, runtime) = oneshot::channel();
    arbiter.spawn_fn(move || drop(sender.send(Handle::current())));
    runtime.await.context("an arbiter did not start")
}

impl Pipeline {
    /// Returns the load of every inbox.
    fn loads(&self) -> Vec<Load> {
        let FilePipeline { renderer, uploader, recorder, .. } = &self.files;
        vec![self.sale.registrar.load(), renderer.load(), uploader.load(), recorder.load()]
    }

    /// Finishes accepted work, the first stage first. Work that is not finished before `deadline` stays pending in the
    /// database.
    async fn drain(&self, deadline: Instant) {
        let left = || deadline.saturating_duration_since(Instant::now());
        self.files.stop_sweeping().await;
        self.outbox.stop();
        let drained = [
            self.jobs.drain(left).await,
            self.outbox.drain(left()).await,
            self.sale.registrar.drain(left()).await,
            self.files.renderer.drain(left()).await,
            self.files.uploader.drain(left()).await,
            self.files.recorder.drain(left()).await,
        ];
        if drained.contains(&false) {
            tracing::warn!(
                "some files, jobs and messages were not finished in time; they stay pending in the database"
            );
        }
    }
}

impl Running {
    /// Stops the server: fails readiness, stops accepting connections, and finishes and records accepted work.
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
