//! The configuration: what can be set (`keys`), where it is found (`sources`), and here, what it becomes. Each room has a
//! small struct for its own settings; this file alone fills them.

mod keys;
mod sources;

use std::{net::SocketAddr, num::NonZeroU32, path::PathBuf, sync::Arc, time::Duration};

use base64::{Engine, engine::general_purpose::STANDARD};
use ipnet::IpNet;

pub use keys::{KEYS, Key};
pub use sources::{ConfigFault, ConfigFaults, Place, Sources};

use crate::{
    actors::{
        BatchSettings, ForemanSettings, HousekeeperSettings, RecorderSettings, RegistrarSettings, RendererSettings,
        Repair, RetentionSettings, SweeperSettings, UploaderSettings,
    },
    db::DatabaseSettings,
    domain::{OrganizerToken, Prices, Secret},
    http::{ClientSettings, HttpSettings},
    render::PoolSettings,
    store::{Credentials, Places, StoreSettings},
};

/// Everything a server is made from.
#[derive(Debug)]
pub struct Config {
    pub server: ServerConfig,
    pub http: HttpSettings,
    pub database: DatabaseSettings,
    pub storage: StoreSettings,
    pub urls: UrlConfig,
    pub secrets: SecretConfig,
    pub registrar: RegistrarSettings,
    /// Registrations in one transaction, from which on everything that can wait does.
    pub surge: usize,
    pub clients: ClientSettings,
    /// Requests that read what is public, at once.
    pub readers: usize,
    pub catalog: CatalogConfig,
    pub pool: PoolSettings,
    /// Bytes of compiled layouts kept.
    pub plans: u64,
    /// Where more fonts are looked for.
    pub font_dirs: Vec<PathBuf>,
    pub renderer: RendererSettings,
    pub uploader: UploaderSettings,
    pub recorder: RecorderSettings,
    pub sweeper: SweeperSettings,
    pub disk: DiskConfig,
    pub foreman: ForemanSettings,
    /// Clients that may watch jobs at once.
    pub streams: usize,
    pub housekeeper: HousekeeperSettings,
    /// Whether to start although strangers can read the bucket.
    pub allow_public: bool,
}

/// Files on local disk.
#[derive(Debug, Clone)]
pub struct DiskConfig {
    /// Where files wait that storage does not take.
    pub spool: PathBuf,
    /// How much of them; none is no spool.
    pub spool_bytes: u64,
    /// Where another program's tickets lie.
    pub local_tickets: Option<PathBuf>,
    /// How large one may be.
    pub local_file_bytes: u64,
}

/// The listeners.
#[derive(Debug, Clone)]
pub struct ServerConfig {
    pub bind: SocketAddr,
    pub ops_bind: SocketAddr,
    pub workers: usize,
    pub max_connections: usize,
    pub keep_alive: Duration,
    pub head_timeout: Duration,
    pub shutdown: Duration,
}

/// Pre-signed URLs.
#[derive(Debug, Clone)]
pub struct UrlConfig {
    pub life: Duration,
    pub cache: u64,
}

/// What nobody else may know.
#[derive(Debug)]
pub struct SecretConfig {
    pub secret: Arc<Secret>,
    pub admin_token: Option<OrganizerToken>,
    pub admin_organizer: String,
}

/// Events in memory.
#[derive(Debug, Clone)]
pub struct CatalogConfig {
    pub capacity: u64,
    pub lifetime: Duration,
}

/// How the log looks.
#[derive(Debug, Clone)]
pub struct LogConfig {
    pub filter: String,
    pub pretty: bool,
}

impl Config {
    /// Reads everything a server needs, or says everything that is wrong.
    pub fn read(sources: &mut Sources) -> Result<Self, ConfigFaults> {
        let server = read_server(sources);
        let http = read_http(sources, server.as_ref().map(|server| server.bind));
        let database = read_database(sources);
        let storage = read_storage(sources);
        let secrets = read_secrets(sources);
        let renderer = RendererSettings { queue: size(sources, "renderer.queue", 1..=1_000_000) };
        let pool = read_pool(sources);
        if pool.bulk_queue < renderer.queue {
            sources.fault_at("render.bulk_queue", "must not be smaller than renderer.queue");
        }
        let registrar = RegistrarSettings {
            queue: size(sources, "registrar.queue", 1..=1_000_000),
            wait: Duration::from_millis(sources.number("registrar.wait_ms", 1..=600_000)),
            stuck: Duration::from_millis(sources.number("registrar.stuck_ms", 50..=600_000)),
            batch_max: size(sources, "registrar.batch_max", 1..=10_000),
            grace_seconds: seconds(sources, "sweeper.grace_seconds"),
            batch: BatchSettings {
                hold_seconds: seconds(sources, "registrar.hold_seconds"),
                resolve_ms: sources.number("registrar.resolve_ms", 100..=600_000),
            },
        };
        let sweeper = SweeperSettings {
            interval_ms: sources.number("sweeper.interval_ms", 10..=3_600_000),
            claim: size(sources, "sweeper.claim", 1..=100_000),
            lease_seconds: seconds(sources, "sweeper.lease_seconds"),
            grace_seconds: seconds(sources, "sweeper.grace_seconds"),
        };
        let catalog = CatalogConfig {
            capacity: sources.number("catalog.capacity", 1..=10_000_000),
            lifetime: Duration::from_millis(sources.number("catalog.lifetime_ms", 1..=3_600_000)),
        };
        let urls = UrlConfig {
            life: Duration::from_secs(sources.number("storage.url_life_seconds", 120..=604_800)),
            cache: sources.number("storage.url_cache", 1..=100_000_000),
        };
        let uploader = UploaderSettings {
            in_flight: size(sources, "uploader.in_flight", 1..=10_000),
            max_backoff_seconds: seconds(sources, "uploader.max_backoff_seconds"),
        };
        let recorder = RecorderSettings {
            queue: size(sources, "recorder.queue", 1..=1_000_000),
            max_failures: small(sources, "renderer.max_failures", 1..=1000),
        };
        let clients = read_clients(sources);
        let readers = size(sources, "server.readers", 1..=100_000);
        let surge = size(sources, "registrar.surge", 1..=1_000_000);
        let plans = sources.number("render.plans_mb", 1..=100_000) << 20;
        let font_dirs = font_dirs(sources);
        let disk = read_disk(sources);
        let foreman = read_foreman(sources, uploader.in_flight);
        let streams = size(sources, "jobs.streams", 1..=100_000);
        let housekeeper = read_housekeeper(sources);
        let allow_public = truth(sources, "storage.allow_public");
        sources.faults()?;
        let complete = "a part is missing only with a fault";
        Ok(Self {
            server: server.expect(complete),
            http: http.expect(complete),
            database: database.expect(complete),
            storage: storage.expect(complete),
            secrets: secrets.expect(complete),
            urls,
            registrar,
            surge,
            clients,
            readers,
            catalog,
            pool,
            plans,
            font_dirs,
            renderer,
            uploader,
            recorder,
            sweeper,
            disk,
            foreman,
            streams,
            housekeeper,
            allow_public,
        })
    }
}

impl LogConfig {
    /// Reads how the log looks. What is wrong with it is among the faults of `sources`.
    pub fn read(sources: &mut Sources) -> Self {
        let filter = sources.text("log.filter").unwrap_or_default();
        if let Err(error) = filter.parse::<tracing_subscriber::EnvFilter>() {
            sources.fault_at("log.filter", format!("`{filter}` is not a log filter: {error}"));
        }
        let format = sources.text("log.format").unwrap_or_default();
        if !["json", "pretty"].contains(&format.as_str()) {
            sources.fault_at("log.format", format!("`{format}` is neither json nor pretty"));
        }
        Self { filter, pretty: format == "pretty" }
    }
}

fn read_clients(sources: &mut Sources) -> ClientSettings {
    ClientSettings {
        per_second: u32::try_from(sources.number("clients.per_second", 0..=1_000_000)).ok().and_then(NonZeroU32::new),
        burst: u32::try_from(sources.number("clients.burst", 1..=1_000_000))
            .ok()
            .and_then(NonZeroU32::new)
            .unwrap_or(NonZeroU32::MIN),
        remembered: sources.number("clients.remembered", 1..=100_000_000),
    }
}

/// Reads what may lie on local disk.
pub fn read_disk(sources: &mut Sources) -> DiskConfig {
    DiskConfig {
        spool: data_dir(sources).join("spool"),
        spool_bytes: sources.number("spool.mb", 0..=10_000_000) << 20,
        local_tickets: sources.text("local.tickets_dir").map(PathBuf::from),
        local_file_bytes: sources.number("local.file_mb", 1..=4096) << 20,
    }
}

/// Reads how the database is reached: all that some commands need.
pub fn read_database(sources: &mut Sources) -> Option<DatabaseSettings> {
    let url = match sources.text("database.url") {
        Some(_) => sources.parsed("database.url", "a URL such as postgres://user@host/name"),
        None => {
            sources.fault_at("database.url", "is needed (DATABASE_URL), or serve --dev");
            None
        }
    };
    let connections = size(sources, "database.connections", 6..=1000);
    let wait_ms = sources.number("database.wait_ms", 10..=600_000);
    let connect_ms = sources.number("database.connect_ms", 10..=600_000);
    let statement_ms = sources.number("database.statement_ms", 100..=600_000);
    Some(DatabaseSettings { url: url?, connections, wait_ms, connect_ms, statement_ms })
}

fn read_server(sources: &mut Sources) -> Option<ServerConfig> {
    let address = "an address such as 127.0.0.1:8080";
    let bind = sources.parsed("server.bind", address);
    let ops_bind = sources.parsed("server.ops_bind", address);
    let server = ServerConfig {
        workers: cores(sources, "server.workers"),
        max_connections: size(sources, "server.max_connections", 1..=1_000_000),
        keep_alive: Duration::from_secs(sources.number("server.keep_alive_seconds", 1..=3600)),
        head_timeout: Duration::from_millis(sources.number("server.head_timeout_ms", 100..=600_000)),
        shutdown: Duration::from_secs(sources.number("server.shutdown_seconds", 1..=28)),
        bind: bind?,
        ops_bind: ops_bind?,
    };
    Some(server)
}

fn read_http(sources: &mut Sources, bind: Option<SocketAddr>) -> Option<HttpSettings> {
    let base = public_base_url(sources, bind);
    let proxies = sources.text("server.trusted_proxies").unwrap_or_default();
    let mut trusted_proxies = Vec::new();
    for text in proxies.split(',').map(str::trim).filter(|text| !text.is_empty()) {
        let network = text.parse::<IpNet>().or_else(|_| text.parse().map(|address: std::net::IpAddr| address.into()));
        match network {
            Ok(network) => trusted_proxies.push(network),
            Err(_) => {
                sources.fault_at("server.trusted_proxies", format!("`{text}` is not a network such as 10.0.0.0/8"));
            }
        }
    }
    Some(HttpSettings {
        public_base_url: base,
        body_limit_bytes: size(sources, "server.body_limit_bytes", 1024..=16_777_216),
        body_timeout: Duration::from_millis(sources.number("server.body_timeout_ms", 100..=600_000)),
        register_timeout_ms: sources.number("server.register_timeout_ms", 10..=600_000),
        list_limit: i64::try_from(sources.number("server.list_limit", 1..=10_000)).ok()?,
        trusted_proxies,
    })
}

/// Reads what links are built from.
pub fn public_base_url(sources: &mut Sources, bind: Option<SocketAddr>) -> String {
    let base = sources.text("server.public_base_url").or_else(|| bind.map(|bind| format!("http://{bind}")));
    let base = base.unwrap_or_default().trim_end_matches('/').to_owned();
    let host = base.strip_prefix("http://").or_else(|| base.strip_prefix("https://")).unwrap_or_default();
    if host.is_empty() || host.contains(|c: char| c.is_whitespace() || "?#\"<>\\".contains(c)) {
        let problem = format!("`{base}` is not a URL such as https://tickets.example.com");
        sources.fault_at("server.public_base_url", problem);
    }
    base
}

fn read_storage(sources: &mut Sources) -> Option<StoreSettings> {
    let id = sources.text("storage.access_key_id");
    let secret = sources.text("storage.secret_access_key");
    let session_token = sources.text("storage.session_token");
    let credentials = match (id, secret) {
        (Some(access_key_id), Some(secret_access_key)) => {
            Some(Credentials { access_key_id, secret_access_key, session_token })
        }
        (None, None) => None,
        (Some(_), None) => {
            sources.fault_at("storage.access_key_id", "is set without storage.secret_access_key");
            None
        }
        (None, Some(_)) => {
            sources.fault_at("storage.secret_access_key", "is set without storage.access_key_id");
            None
        }
    };
    let milliseconds = |sources: &mut Sources, name| Duration::from_millis(sources.number(name, 10..=600_000));
    let encryption = sources.text("storage.encryption");
    if encryption.as_ref().is_some_and(|how| !["AES256", "aws:kms"].contains(&how.as_str())) {
        sources.fault_at("storage.encryption", "must be AES256 or aws:kms");
    }
    let places = read_places(sources);
    let part = usize::try_from(sources.number("storage.part_mb", 5..=1024)).unwrap_or(8) << 20;
    let settings = StoreSettings {
        places: places?,
        region: sources.text("storage.region").unwrap_or_default(),
        endpoint: sources.text("storage.endpoint"),
        public_endpoint: sources.text("storage.public_endpoint"),
        cdn: sources.text("storage.cdn_base_url"),
        credentials,
        in_flight: size(sources, "uploader.in_flight", 1..=10_000),
        connect: milliseconds(sources, "storage.connect_ms"),
        attempt: milliseconds(sources, "storage.attempt_ms"),
        operation: milliseconds(sources, "storage.operation_ms"),
        encryption,
        kms_key: sources.text("storage.kms_key"),
        class: sources.text("storage.class"),
        part_bytes: part,
    };
    Some(settings)
}

/// Reads where objects lie.
pub fn read_places(sources: &mut Sources) -> Option<Places> {
    let Some(bucket) = sources.text("storage.bucket") else {
        sources.fault_at("storage.bucket", "is needed (S3_BUCKET_NAME), or serve --dev");
        return None;
    };
    let own = sources.text("storage.places").unwrap_or_default();
    Places::new(&bucket, &own).map_err(|problem| sources.fault_at("storage.places", problem)).ok()
}

/// Reads whether something is wanted.
fn truth(sources: &mut Sources, name: &'static str) -> bool {
    sources.parsed(name, "true or false").unwrap_or(false)
}

fn read_foreman(sources: &mut Sources, uploads: usize) -> ForemanSettings {
    // The rest is for what people wait for.
    let in_flight = (uploads - uploads.div_ceil(4)).max(1);
    ForemanSettings {
        chunks: size(sources, "jobs.chunks", 0..=64),
        registrations: i32::from(small(sources, "jobs.registrations", 1..=5_000)),
        lease_seconds: seconds(sources, "jobs.lease_seconds"),
        in_flight,
        patience: Duration::from_millis(sources.number("jobs.patience_ms", 1..=60_000)),
        archive_days: i32::from(small(sources, "jobs.archive_days", 1..=3650)),
    }
}

fn read_housekeeper(sources: &mut Sources) -> HousekeeperSettings {
    let days = |sources: &mut Sources, name| i32::try_from(sources.number(name, 0..=36_500)).unwrap_or(0);
    HousekeeperSettings {
        interval_seconds: sources.number("housekeeper.interval_seconds", 0..=864_000) as f64,
        repair: Repair {
            repair: truth(sources, "housekeeper.repair"),
            grace: Duration::from_secs(sources.number("housekeeper.grace_seconds", 0..=31_536_000)),
            on_purpose: false,
        },
        retention: RetentionSettings {
            tickets_days: days(sources, "retention.tickets_days"),
            codes_days: days(sources, "retention.codes_days"),
            confirmations_days: days(sources, "retention.confirmations_days"),
            invoices_days: days(sources, "retention.invoices_days"),
        },
        shorten_after_days: days(sources, "downloads.shorten_after_days"),
        prices: read_prices(sources),
    }
}

/// Reads what storage charges.
pub fn read_prices(sources: &mut Sources) -> Prices {
    let mut price = |name| {
        let price: f64 = sources.parsed(name, "a price such as 0.023").unwrap_or(0.0);
        if !(price.is_finite() && price >= 0.0) {
            sources.fault_at(name, "must not be less than nothing");
        }
        price
    };
    let (writes, reads) = (price("prices.writes_per_1000"), price("prices.reads_per_1000"));
    let (kept, sent) = (price("prices.kept_per_gb_month"), price("prices.sent_per_gb"));
    Prices { currency: sources.text("prices.currency").unwrap_or_default(), writes, reads, kept, sent }
}

fn read_secrets(sources: &mut Sources) -> Option<SecretConfig> {
    let secret = match sources.text("secrets.secret") {
        None => {
            sources.fault_at("secrets.secret", "is needed (ONSALE_SECRET): openssl rand -base64 32 makes one");
            None
        }
        Some(text) => {
            let secret = STANDARD.decode(text.trim()).ok().and_then(|bytes| Secret::new(&bytes));
            if secret.is_none() {
                sources.fault_at("secrets.secret", "must be 32 bytes or more in base64");
            }
            secret
        }
    };
    let admin_token = sources.text("secrets.admin_token");
    if admin_token.as_ref().is_some_and(|token| token.len() < 20) {
        sources.fault_at("secrets.admin_token", "must have at least 20 characters");
    }
    Some(SecretConfig {
        secret: Arc::new(secret?),
        admin_token: admin_token.as_deref().map(OrganizerToken::presented),
        admin_organizer: sources.text("secrets.admin_organizer").unwrap_or_else(|| "admin".into()),
    })
}

fn read_pool(sources: &mut Sources) -> PoolSettings {
    PoolSettings {
        threads: cores(sources, "render.threads"),
        live_queue: size(sources, "render.live_queue", 1..=1_000_000),
        bulk_queue: size(sources, "render.bulk_queue", 1..=1_000_000),
    }
}

/// Folders of more fonts.
pub fn font_dirs(sources: &Sources) -> Vec<PathBuf> {
    let folders = sources.text("render.font_dirs").unwrap_or_default();
    folders.split(':').filter(|folder| !folder.is_empty()).map(PathBuf::from).collect()
}

/// Where `--dev` keeps what it keeps.
pub fn data_dir(sources: &Sources) -> PathBuf {
    sources.text("server.data_dir").unwrap_or_else(|| "./data".into()).into()
}

fn size(sources: &mut Sources, name: &'static str, bounds: std::ops::RangeInclusive<u64>) -> usize {
    usize::try_from(sources.number(name, bounds)).unwrap_or(usize::MAX)
}

fn small(sources: &mut Sources, name: &'static str, bounds: std::ops::RangeInclusive<u64>) -> i16 {
    i16::try_from(sources.number(name, bounds)).unwrap_or(i16::MAX)
}

fn seconds(sources: &mut Sources, name: &'static str) -> f64 {
    sources.number(name, 1..=86_400) as f64
}

/// A number of threads; 0 is one a core.
fn cores(sources: &mut Sources, name: &'static str) -> usize {
    match size(sources, name, 0..=1024) {
        0 => std::thread::available_parallelism().map_or(1, usize::from),
        threads => threads,
    }
}
