//! Wiring, downstream first, and the order in which everything stops.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use actix::{Actor, Addr, Arbiter};
use actix_web::{
    App, HttpServer,
    dev::{Server, ServerHandle},
    middleware::from_fn,
    web,
};
use anyhow::Context;
use metrics_exporter_prometheus::PrometheusHandle;
use tokio::{
    runtime::Handle,
    sync::{Semaphore, oneshot},
    task::JoinHandle,
};

use crate::{
    actors::{
        Desk, Foreman, Housekeeper, Inbox, JobTools, LeaseKeeper, Reconciler, Recorder, Registrar, Renderer,
        RendererTools, SoldOut, StopSweeping, StopWork, Surge, Sweeper, Throttle, Uploader,
    },
    config::{Config, DiskConfig, ServerConfig},
    db::{Catalog, Database, Identity, Word, pending_migrations},
    domain::Scope,
    http::{
        Admin, Authenticator, Clients, HotLinks, OpsState, Readers, Services, TokensInUse, job_looks, observe,
        ops_routes, public_routes,
    },
    metrics,
    render::{Library, Plans, RenderPool},
    store::{LocalTickets, Spool, Store, Urls},
};

/// An address that could not be listened on.
#[derive(Debug, thiserror::Error)]
#[error("listening on {address}: {source}")]
pub struct BindError {
    pub address: SocketAddr,
    pub source: std::io::Error,
}

/// How long storage may take to say whether strangers can read it.
const STRANGERS: Duration = Duration::from_secs(1);
/// Connections the kernel keeps for us while all workers are busy.
const BACKLOG: u32 = 8192;
/// How long a closing connection may take over its good-bye.
const DISCONNECT: Duration = Duration::from_secs(1);
/// Of the time to stop, what is left to the actors after the last request.
const ACTORS_SHARE: f32 = 0.3;

/// A server that listens.
pub struct Running {
    pub address: SocketAddr,
    pub ops_address: SocketAddr,
    settings: ServerConfig,
    draining: Arc<AtomicBool>,
    public: ServerHandle,
    ops: ServerHandle,
    pipeline: Pipeline,
    listening: JoinHandle<()>,
    databases: [Database; 3],
    arbiters: Vec<Arbiter>,
}

/// The actors, in the order a registration passes them.
#[derive(Clone)]
struct Pipeline {
    registrar: Desk,
    renderer: Inbox<Renderer>,
    uploader: Inbox<Uploader>,
    recorder: Inbox<Recorder>,
    sweeper: Addr<Sweeper>,
    foreman: Addr<Foreman>,
    yard: Arc<JobTools>,
}

/// Makes a server and lets it listen. Runs inside an actix system on a runtime with threads of its own for I/O.
pub async fn start(config: Config) -> anyhow::Result<Running> {
    let io = Handle::current();
    let page = measuring()?;
    let arbiters = vec![Arbiter::new(), Arbiter::new()];
    // The actors have connections of their own: however many people look, registering does not queue behind them. They are
    // carried by the registrar's thread, so that between two commits no other has to wake up.
    let database = Database::new(&config.database.shared(), io.clone());
    let bulk_database = Database::new(&config.database.bulk(), io.clone());
    let actors_database = Database::new(&config.database.reserved(), runtime_of(&arbiters[0]).await?);
    ensure_migrated(&database).await?;
    let (secret, cached) = (config.secrets.secret.clone(), &config.catalog);
    let catalog = Catalog::new(database.clone(), secret, cached.capacity, cached.lifetime);
    let store = open_store(&config, io).await?;
    let (spool, local_tickets) = open_disk(&config.disk)?;
    let urls = Urls::new(store.clone(), config.urls.life, config.urls.cache);
    let pool = RenderPool::new(config.pool.clone());
    let library = Arc::new(Library::new(&config.font_dirs));
    let plans = Plans::new(library.clone(), config.plans);
    let admin = admin(&config, &database).await?;

    let (sold_out, hot) = (SoldOut::default(), HotLinks::new(config.urls.cache, config.catalog.lifetime));
    let listening = tokio::spawn(listen(database.clone(), catalog.clone(), sold_out.clone(), hot.clone()));
    let tools = Tools {
        database: actors_database.clone(),
        bulk_database: bulk_database.clone(),
        catalog: catalog.on(actors_database.clone()),
        store,
        spool: spool.clone(),
        pool: pool.clone(),
        plans: plans.clone(),
        sold_out,
    };
    let pipeline = wire(&config, &arbiters, tools);
    let draining = Arc::new(AtomicBool::new(false));
    let services = web::Data::new(Services {
        settings: config.http.clone(),
        authenticator: Authenticator::new(database.clone(), admin),
        database: database.clone(),
        catalog,
        registrar: pipeline.registrar.clone(),
        renderer: pipeline.renderer.clone(),
        readers: Readers::new(config.readers, config.database.shared().connections / 2),
        clients: Clients::new(&config.clients),
        recorder: pipeline.recorder.clone(),
        pool: pool.clone(),
        plans,
        urls,
        hot,
        spool,
        local_tickets,
        streams: Arc::new(Semaphore::new(config.streams)),
        looks: job_looks(),
        stopping: draining.clone(),
        tokens: TokensInUse::default(),
        grace_seconds: config.registrar.grace_seconds,
        lease_seconds: config.sweeper.lease_seconds,
    });
    let ops_state = web::Data::new(OpsState {
        database: database.clone(),
        pool,
        draining: draining.clone(),
        page,
        loads: Arc::new({
            let pipeline = pipeline.clone();
            move || pipeline.loads()
        }),
    });
    let Listeners { handles, address, ops_address } = listen_both(&config.server, services, ops_state)?;
    tracing::info!(%address, %ops_address, version = env!("CARGO_PKG_VERSION"), "listening");
    warm(library)?;
    Ok(Running {
        address,
        ops_address,
        settings: config.server,
        draining,
        public: handles.0,
        ops: handles.1,
        pipeline,
        listening,
        databases: [database, actors_database, bulk_database],
        arbiters,
    })
}

/// What serves, and where.
struct Listeners {
    /// Public, and for operators.
    handles: (ServerHandle, ServerHandle),
    address: SocketAddr,
    ops_address: SocketAddr,
}

fn listen_both(
    settings: &ServerConfig,
    services: web::Data<Services>,
    ops_state: web::Data<OpsState>,
) -> Result<Listeners, BindError> {
    let (public, address) = listen_public(settings, services, ops_state.clone())?;
    let (ops, ops_address) = listen_ops(settings, ops_state)?;
    let handles = (public.handle(), ops.handle());
    actix::spawn(public);
    actix::spawn(ops);
    Ok(Listeners { handles, address, ops_address })
}

async fn ensure_migrated(database: &Database) -> anyhow::Result<()> {
    let missing = pending_migrations(database).await?.len();
    anyhow::ensure!(missing == 0, "the database lacks {missing} migration(s); run `onsale migrate` first");
    Ok(())
}

/// Storage. A bucket that answers strangers gives every ticket to everybody, and is refused.
async fn open_store(config: &Config, io: Handle) -> anyhow::Result<Store> {
    let store = Store::new(config.storage.clone(), io).await;
    if config.allow_public {
        return Ok(store);
    }
    match tokio::time::timeout(STRANGERS, store.is_open_to_strangers()).await {
        Ok(Some(true)) => anyhow::bail!(
            "strangers can read the bucket: block public access to it (`onsale storage policy` prints how), or start with \
             storage.allow_public=true"
        ),
        Ok(Some(false)) => {}
        Ok(None) | Err(_) => tracing::warn!("storage does not say whether strangers can read it"),
    }
    Ok(store)
}

/// The spool, if there is to be one, and another program's files.
fn open_disk(disk: &DiskConfig) -> anyhow::Result<(Option<Spool>, Option<LocalTickets>)> {
    let spool = match disk.spool_bytes {
        0 => None,
        bytes => Some(Spool::open(&disk.spool, bytes).context("opening the spool")?),
    };
    let local = disk.local_tickets.clone().map(|folder| LocalTickets::new(folder, disk.local_file_bytes));
    Ok((spool, local))
}

/// Nobody waits for this, and the first name that no font of ours can write will not either.
fn warm(library: Arc<Library>) -> std::io::Result<()> {
    std::thread::Builder::new().name("fonts".into()).spawn(move || library.warm()).map(drop)
}

/// The runtime of an arbiter's thread.
async fn runtime_of(arbiter: &Arbiter) -> anyhow::Result<Handle> {
    let (tell, told) = oneshot::channel();
    arbiter.spawn_fn(move || drop(tell.send(Handle::current())));
    told.await.context("an arbiter did not start")
}

/// What actors work with.
struct Tools {
    database: Database,
    /// For jobs: connections of their own.
    bulk_database: Database,
    catalog: Catalog,
    store: Store,
    spool: Option<Spool>,
    pool: RenderPool,
    plans: Plans,
    sold_out: SoldOut,
}

/// Starts the actors, downstream first: each is given the way to the next.
fn wire(config: &Config, arbiters: &[Arbiter], tools: Tools) -> Pipeline {
    let Tools { database, bulk_database, catalog, store, spool, pool, plans, sold_out } = tools;
    // The registrar has a thread to itself: nothing may come between a commit and the next.
    let (registrars, others) = (arbiters[0].handle(), arbiters[1].handle());
    let surge = Surge::from(config.surge);

    let recorder = Inbox::new("recorder", config.recorder.queue, others.clone(), {
        let (database, settings) = (database.clone(), config.recorder.clone());
        move || Recorder::new(database.clone(), &settings)
    });
    let uploader = Inbox::new("uploader", config.uploader.in_flight, others.clone(), {
        let (store, spool) = (store.clone(), spool.clone());
        let (settings, recorder) = (config.uploader.clone(), recorder.clone());
        move || Uploader::new(store.clone(), spool.clone(), settings.clone(), recorder.clone())
    });
    let renderer = Inbox::new("renderer", config.renderer.queue, others.clone(), {
        let (uploader, recorder) = (uploader.clone(), recorder.clone());
        let tools = RendererTools {
            pool: pool.clone(),
            plans: plans.clone(),
            surge: surge.clone(),
            store: store.clone(),
            spool: spool.clone(),
        };
        move || Renderer::new(&tools, uploader.clone(), recorder.clone())
    });
    let registrar = Inbox::new("registrar", config.registrar.queue, registrars, {
        let (database, settings) = (database.clone(), config.registrar.clone());
        let (renderer, surge, sold_out) = (renderer.clone(), surge.clone(), sold_out.clone());
        move || {
            let (database, renderer) = (database.clone(), renderer.clone());
            Registrar::new(database, settings.clone(), renderer, surge.clone(), sold_out.clone())
        }
    });
    let registrar = Desk::new(registrar, config.registrar.wait, sold_out);
    let reconciler = Reconciler {
        database: database.clone(),
        store: store.clone(),
        catalog: catalog.clone(),
        plans: plans.clone(),
        pool: pool.clone(),
        surge: Some(surge.clone()),
    };
    let settings = config.housekeeper.clone();
    Housekeeper::start_in_arbiter(&others, move |_| Housekeeper::new(reconciler, spool, settings));
    let leases = LeaseKeeper::new(config.sweeper.lease_seconds);
    others.spawn(leases.clone().run(database.clone()));
    let throttle = Throttle::new(config.foreman.in_flight);
    others.spawn(throttle.clone().look_after(surge.clone(), pool.clone(), config.foreman.patience));
    let yard = Arc::new(JobTools {
        catalog: catalog.on(bulk_database.clone()),
        database: bulk_database,
        plans,
        pool,
        store: store.clone(),
        renderer: renderer.clone(),
        leases: leases.clone(),
        throttle,
        max_failures: config.recorder.max_failures,
        slots: Arc::new(Semaphore::new(config.foreman.chunks)),
        settings: config.foreman.clone(),
    });
    let foreman = Foreman::start_in_arbiter(&others, {
        let yard = yard.clone();
        move |_| Foreman::new(yard)
    });
    let sweeper = Sweeper::start_in_arbiter(&others, {
        let (database, catalog, settings) = (database.clone(), catalog.clone(), config.sweeper.clone());
        let renderer = renderer.clone();
        move |_| Sweeper::new(database, catalog, surge, renderer, leases, store, settings)
    });
    Pipeline { registrar, renderer, uploader, recorder, sweeper, foreman, yard }
}

/// Nobody is told from memory that a seat is gone which has come back, nor led to the file of one who has given it back.
async fn listen(database: Database, catalog: Catalog, sold_out: SoldOut, hot: HotLinks) {
    let hear = |word| match word {
        Word::Seats(event) => {
            sold_out.forget(event);
            hot.forget(event);
        }
        Word::Changed(event) => {
            catalog.forget_all();
            hot.forget(event);
        }
        Word::Deaf | Word::Listening => {
            catalog.forget_all();
            sold_out.hears(matches!(word, Word::Listening));
            hot.hears(matches!(word, Word::Listening));
        }
    };
    database.listen_for_seats(hear).await;
}

impl Pipeline {
    fn loads(&self) -> Vec<crate::actors::Load> {
        vec![self.registrar.load(), self.renderer.load(), self.uploader.load(), self.recorder.load()]
    }

    /// Lets everything accepted be finished, upstream first. What is not finished in time waits in the database.
    async fn drain(&self, deadline: Instant) {
        if self.sweeper.send(StopSweeping).await.is_err() {
            tracing::debug!("the sweeper had ended already");
        }
        if self.foreman.send(StopWork).await.is_err() {
            tracing::debug!("the foreman had ended already");
        }
        let left = || deadline.saturating_duration_since(Instant::now());
        let drained = [
            self.yard.drain(left()).await,
            self.registrar.drain(left()).await,
            self.renderer.drain(left()).await,
            self.uploader.drain(left()).await,
            self.recorder.drain(left()).await,
        ];
        if drained.contains(&false) {
            tracing::warn!("some work was left to the next start; it is pending in the database");
        }
    }
}

impl Running {
    /// Stops: not ready, no new connections, what was accepted is finished, what was done is written down.
    pub async fn stop(self) {
        let start = Instant::now();
        tracing::info!("stopping");
        self.draining.store(true, Ordering::Relaxed);
        self.public.stop(true).await;
        self.pipeline.drain(start + self.settings.shutdown).await;
        self.ops.stop(false).await;
        self.listening.abort();
        self.databases.iter().for_each(Database::close);
        for arbiter in &self.arbiters {
            arbiter.stop();
        }
        tracing::info!(seconds = start.elapsed().as_secs_f64(), "stopped");
    }
}

/// One recorder a process, however many servers a test starts in it.
fn measuring() -> anyhow::Result<PrometheusHandle> {
    static PAGE: Mutex<Option<PrometheusHandle>> = Mutex::new(None);
    let mut page = PAGE.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(page) = &*page {
        return Ok(page.clone());
    }
    let installed = metrics::install()?;
    let upkeep = installed.clone();
    std::thread::Builder::new().name("metrics".into()).spawn(move || {
        loop {
            std::thread::sleep(metrics::UPKEEP);
            upkeep.run_upkeep();
        }
    })?;
    Ok(page.insert(installed).clone())
}

async fn admin(config: &Config, database: &Database) -> anyhow::Result<Option<Admin>> {
    let Some(token) = config.secrets.admin_token.clone() else { return Ok(None) };
    let name = config.secrets.admin_organizer.clone();
    let organizer = database.ensure_organizer(&name).await?;
    Ok(Some(Admin { token, identity: Identity { organizer, name, token: None, scopes: Scope::ALL.to_vec() } }))
}

fn listen_public(
    settings: &ServerConfig,
    services: web::Data<Services>,
    ops: web::Data<OpsState>,
) -> Result<(Server, SocketAddr), BindError> {
    let server = HttpServer::new(move || {
        App::new().app_data(services.clone()).app_data(ops.clone()).wrap(from_fn(observe)).configure(public_routes)
    });
    let bound = server
        .workers(settings.workers)
        .max_connections(settings.max_connections.div_ceil(settings.workers))
        .backlog(BACKLOG)
        .keep_alive(settings.keep_alive)
        .client_request_timeout(settings.head_timeout)
        .client_disconnect_timeout(DISCONNECT)
        .shutdown_timeout(settings.shutdown.mul_f32(1.0 - ACTORS_SHARE).as_secs().max(1))
        .disable_signals()
        .bind(settings.bind)
        .map_err(|source| BindError { address: settings.bind, source })?;
    let address = bound.addrs()[0];
    Ok((bound.run(), address))
}

fn listen_ops(settings: &ServerConfig, ops: web::Data<OpsState>) -> Result<(Server, SocketAddr), BindError> {
    let server = HttpServer::new(move || App::new().app_data(ops.clone()).wrap(from_fn(observe)).configure(ops_routes));
    let bound = server
        .workers(1)
        .client_request_timeout(settings.head_timeout)
        .disable_signals()
        .bind(settings.ops_bind)
        .map_err(|source| BindError { address: settings.ops_bind, source })?;
    let address = bound.addrs()[0];
    Ok((bound.run(), address))
}
