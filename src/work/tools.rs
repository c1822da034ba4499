//! Services that commands use.

use std::{sync::Arc, time::Duration};

use super::{Access, Files, job_cache::JobCache};
use crate::{
    actors::RegistrarQueue,
    db::{Database, EventCache},
};

/// The database, cached events, and the rights of callers: enough for commands that make no files and sell no seats.
#[derive(Clone)]
pub struct Records {
    pub database: Database,
    pub catalog: EventCache,
    pub access: Arc<Access>,
}

/// The services of a running server.
pub struct Tools {
    pub records: Records,
    pub registrar: RegistrarQueue,
    pub files: Files,
    /// Cache of jobs for the clients that watch them.
    pub job_cache: JobCache,
    /// A registration that still waits after this time is refused.
    pub register_timeout: Duration,
}
