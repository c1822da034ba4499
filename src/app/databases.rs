//! Connection pools of the database.

use tokio::runtime::Handle;

use crate::db::{Database, DatabaseSettings, pending_migrations};

/// Separate pools, so that reads, registrations, jobs and messages do not wait for connections of each other.
pub struct Databases {
    /// For HTTP requests.
    pub requests: Database,
    /// For actors. Its I/O runs on the registrar's thread, so that no other thread has to wake up between two commits.
    pub actors: Database,
    pub jobs: Database,
    pub messages: Database,
}

impl Databases {
    /// Opens the pools. Fails if a migration is missing.
    pub async fn open(settings: &DatabaseSettings, io: Handle, registrar: Handle) -> anyhow::Result<Self> {
        let databases = Self {
            requests: Database::new(&settings.for_requests(), io.clone()),
            actors: Database::new(&settings.for_actors(), registrar),
            jobs: Database::new(&settings.for_jobs(), io.clone()),
            messages: Database::new(&settings.for_messages(), io),
        };
        let missing = pending_migrations(&databases.requests).await?.len();
        anyhow::ensure!(missing == 0, "the database lacks {missing} migration(s); run `onsale migrate` first");
        Ok(databases)
    }

    /// Closes all connections.
    pub fn close(&self) {
        [&self.requests, &self.actors, &self.jobs, &self.messages].into_iter().for_each(Database::close);
    }
}
