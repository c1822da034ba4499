//! Pools of database connections.

use tokio::runtime::Handle;

use crate::db::{Database, DatabaseSettings, pending_migrations};

/// Three pools: however many requests read, registering and files do not wait behind them, and jobs wait for nobody else's.
pub struct Databases {
    pub requests: Database,
    /// For the actors. Carried by the registrar's thread, so that between two commits no other thread has to wake up.
    pub actors: Database,
    pub jobs: Database,
}

impl Databases {
    /// Opens the pools. Fails if the schema is older than this server.
    pub async fn open(settings: &DatabaseSettings, io: Handle, registrar: Handle) -> anyhow::Result<Self> {
        let databases = Self {
            requests: Database::new(&settings.for_requests(), io.clone()),
            actors: Database::new(&settings.for_actors(), registrar),
            jobs: Database::new(&settings.for_jobs(), io),
        };
        let missing = pending_migrations(&databases.requests).await?.len();
        anyhow::ensure!(missing == 0, "the database lacks {missing} migration(s); run `onsale migrate` first");
        Ok(databases)
    }

    pub fn close(&self) {
        [&self.requests, &self.actors, &self.jobs].into_iter().for_each(Database::close);
    }
}
