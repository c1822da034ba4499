//! Services that commands use.

use std::{sync::Arc, time::Duration};

use super::{Access, Availability, Files, Quotas, Refusal, Share, Shares, job_cache::JobCache, people::People};
use crate::{
    actors::RegistrarQueue,
    db::{Database, EventCache},
    domain::OrganizerKey,
};

/// The database, cached events, and the rights of callers: enough for commands that make no files and sell no seats.
#[derive(Clone)]
pub struct Records {
    pub database: Database,
    pub catalog: EventCache,
    pub access: Arc<Access>,
    /// Permits for organizers' reads of many rows.
    pub reads: Shares,
    pub quotas: Quotas,
}

/// Time that a read of many rows waits for a permit.
const READ_WAIT: Duration = Duration::from_secs(2);

impl Records {
    /// Takes a permit for a read of many rows.
    pub async fn read_permit(&self, organizer: OrganizerKey) -> Result<Share, Refusal> {
        self.reads.wait(organizer, READ_WAIT).await
    }
}

/// The services of a running server.
pub struct Tools {
    pub records: Records,
    pub registrar: RegistrarQueue,
    pub files: Files,
    pub people: People,
    /// Cache of jobs for the clients that watch them.
    pub job_cache: JobCache,
    /// Seats that are left, as pages show them.
    pub availability: Availability,
    /// A registration that still waits after this time is refused.
    pub register_timeout: Duration,
    /// Time for which seats are held until they are paid.
    pub hold_seconds: f64,
    /// Permits for open streams of job progress.
    pub streams: Shares,
    /// Permits for layouts whose bodies are being read.
    pub layout_bodies: Shares,
}
