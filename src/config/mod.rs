//! The configuration: one file for each concern, with its keys, their defaults, ranges and meanings, and its settings.
//! A new key is one edit in the file of its concern; `config/onsale.example.toml` is generated from the keys.

mod accounts;
mod catalog;
mod clients;
mod database;
mod disk;
mod documents;
mod housekeeper;
mod jobs;
mod key;
mod log;
mod mail;
mod prices;
mod quotas;
mod registrar;
mod render;
mod retention;
mod secrets;
mod server;
mod sources;
mod storage;

use std::path::PathBuf;

pub use accounts::AccountConfig;
pub use catalog::CatalogConfig;
pub use database::read as read_database;
pub use disk::DiskConfig;
pub use jobs::read_archive_days;
pub use key::{Key, Value};
pub use log::LogConfig;
pub use mail::MailConfig;
pub use prices::read as read_prices;
pub use render::font_dirs;
pub use secrets::{SecretConfig, read_secret};
pub use server::{ServerConfig, data_dir, public_base_url};
pub use sources::{ConfigFault, ConfigFaults, Place, Sources};
pub use storage::{UrlConfig, read_places};

use crate::{
    actors,
    db::DatabaseSettings,
    http::{ClientSettings, HttpSettings},
    render::PoolSettings,
    store::StoreSettings,
    work::Quotas,
};

/// The keys of all concerns, in the order of `onsale config check` and of the example file.
const CONCERNS: &[&[Key]] = &[
    server::KEYS,
    clients::KEYS,
    database::KEYS,
    storage::KEYS,
    disk::KEYS,
    secrets::KEYS,
    registrar::KEYS,
    catalog::KEYS,
    render::KEYS,
    documents::KEYS,
    housekeeper::KEYS,
    jobs::KEYS,
    mail::KEYS,
    accounts::KEYS,
    quotas::KEYS,
    retention::KEYS,
    prices::KEYS,
    log::KEYS,
];

/// Lists every key.
fn all_keys() -> impl Iterator<Item = &'static Key> {
    CONCERNS.iter().copied().flatten()
}

/// Settings of a server. A plain number, flag or list is named like its key.
#[derive(Debug)]
pub struct Config {
    pub server: ServerConfig,
    pub http: HttpSettings,
    pub database: DatabaseSettings,
    pub storage: StoreSettings,
    pub urls: UrlConfig,
    pub secrets: SecretConfig,
    pub registrar: actors::RegistrarSettings,
    pub surge: usize,
    pub clients: ClientSettings,
    pub readers: usize,
    pub catalog: CatalogConfig,
    pub pool: PoolSettings,
    /// Memory for compiled layouts, in bytes.
    pub plans: u64,
    pub font_dirs: Vec<PathBuf>,
    pub renderer: actors::RendererSettings,
    pub uploader: actors::UploaderSettings,
    pub recorder: actors::RecorderSettings,
    pub sweeper: actors::SweeperSettings,
    pub disk: DiskConfig,
    pub foreman: actors::ForemanSettings,
    pub streams: usize,
    pub mail: MailConfig,
    pub accounts: AccountConfig,
    pub quotas: Quotas,
    pub housekeeper: actors::HousekeeperSettings,
    pub allow_public: bool,
    /// True to start even if another installation owns the bucket.
    pub allow_foreign: bool,
}

impl Config {
    /// Reads all settings of a server, or returns all faults.
    pub fn read(sources: &mut Sources) -> Result<Self, ConfigFaults> {
        let config = Self::gather(sources);
        sources.faults()?;
        Ok(config.expect("a part is missing only with a fault"))
    }

    /// Reads all parts, then returns `None` if one is missing, so that all faults are found.
    fn gather(sources: &mut Sources) -> Option<Self> {
        let server = server::read(sources);
        let http = server::read_http(sources, server.as_ref().map(|server| server.bind));
        let database = database::read(sources);
        let uploader = documents::read_uploader(sources);
        let storage = storage::read(sources, uploader.in_flight);
        let secrets = secrets::read(sources);
        let renderer = documents::read_renderer(sources);
        let sweeper = documents::read_sweeper(sources);
        let accounts = accounts::read(sources);
        Some(Self {
            http,
            urls: storage::read_urls(sources),
            registrar: registrar::read(sources, sweeper.grace_seconds),
            surge: registrar::read_surge(sources),
            clients: clients::read(sources),
            readers: server::read_readers(sources),
            catalog: catalog::read(sources),
            pool: render::read(sources, renderer.queue),
            plans: render::read_plans(sources),
            font_dirs: render::font_dirs(sources),
            renderer,
            recorder: documents::read_recorder(sources),
            sweeper,
            disk: disk::read(sources),
            foreman: jobs::read(sources, uploader.in_flight),
            uploader,
            streams: jobs::read_streams(sources),
            mail: mail::read(sources),
            accounts,
            quotas: quotas::read(sources),
            housekeeper: housekeeper::read(sources, accounts.life),
            allow_public: storage::read_allow_public(sources),
            allow_foreign: storage::read_allow_foreign(sources),
            server: server?,
            database: database?,
            storage: storage?,
            secrets: secrets?,
        })
    }
}

#[cfg(test)]
mod example;
