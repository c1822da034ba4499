//! Everything that work is done with.

use std::{sync::Arc, time::Duration};

use super::{Access, Files, jobs::JobReads};
use crate::{
    actors::RegistrarQueue,
    db::{Database, EventCache},
};

/// Rows, events in memory, and the rights of callers: enough for all work that makes no files and sells no seats.
#[derive(Clone)]
pub struct Records {
    pub database: Database,
    pub catalog: EventCache,
    pub access: Arc<Access>,
}

/// Everything that a running server works with.
pub struct Tools {
    pub records: Records,
    pub registrar: RegistrarQueue,
    pub files: Files,
    /// States of jobs, shared by all clients that watch them.
    pub job_reads: JobReads,
    /// A registration that takes longer than this is given up.
    pub register_timeout: Duration,
}
