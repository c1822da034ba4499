//! A request for a file, the rendered file, and the report of its outcome.

use std::sync::Arc;

use tokio::sync::mpsc;

use super::{BulkPermit, Outcome, Record, Recorder, objects::key_of};
use crate::{
    actors::Inbox,
    db::Claim,
    domain::{EventSetup, Registration},
    metrics::{RENDER_SECONDS, RENDERS, Timer},
    render::{PlanCache, RegistrationFile, RenderError, Rendered},
    store::Spool,
};

/// A request to render and store a file of a registration.
#[derive(Debug, Clone)]
pub struct RenderRequest {
    pub setup: Arc<EventSetup>,
    pub registration: Arc<Registration>,
    pub claim: Claim,
    /// Channel to the job that records the outcome; `None` if the recorder does.
    pub outcome_sender: Option<OutcomeSender>,
}

/// Channel for the outcomes of a job's files. A file without an outcome stays pending.
#[derive(Debug, Clone)]
pub struct OutcomeSender {
    pub outcomes: mpsc::UnboundedSender<Outcome>,
    /// Held until the file is stored or failed.
    pub permit: Arc<BulkPermit>,
}

/// Sends an outcome to the job that asked for the file, or to the recorder.
pub(super) async fn report_outcome(
    recorder: &Inbox<Recorder>,
    outcome_sender: Option<OutcomeSender>,
    outcome: Outcome,
) {
    let unsent = match &outcome_sender {
        Some(sender) => sender.outcomes.send(outcome).err().map(|unsent| unsent.0),
        None => Some(outcome),
    };
    // If the job has dropped its channel, the recorder records the outcome.
    if let Some(outcome) = unsent {
        drop(recorder.send(Record::Outcome(outcome)).await);
    }
}

/// A file with its key in storage.
pub struct MadeFile {
    pub key: String,
    pub rendered: Rendered,
    /// True if the file was read from the spool instead of rendered.
    pub from_spool: bool,
}

/// Renders a file, or reads it from the spool. Blocks: call it on a thread of the render pool.
pub fn make_file(plans: &PlanCache, spool: Option<&Spool>, file: &RegistrationFile) -> Result<MadeFile, RenderError> {
    let key = key_of(file)?;
    if let Some(spool) = spool.filter(|spool| spool.used_bytes() > 0) {
        let plan = plans.get_or_compile(file.setup).map_err(|error| RenderError::Plan(error.to_string()))?;
        let hash = file.hash(&plan)?;
        if let Some(bytes) = spool.find(&key, hash) {
            return Ok(MadeFile { key, rendered: Rendered { bytes, hash }, from_spool: true });
        }
    }
    let timer = Timer::start(RENDER_SECONDS);
    let result = file.render(plans);
    drop(timer);
    metrics::counter!(RENDERS, "outcome" => if result.is_ok() { "ok" } else { "failed" }).increment(1);
    Ok(MadeFile { key, rendered: result?, from_spool: false })
}
