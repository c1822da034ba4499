//! A request for a file, the file it becomes, and the way its outcome is reported.

use std::sync::Arc;

use tokio::sync::mpsc;

use super::{Leave, Outcome, Record, Recorder, objects::key_of};
use crate::{
    actors::Inbox,
    db::Claim,
    domain::{EventSetup, Registration},
    metrics::{RENDER_SECONDS, RENDERS, Timer},
    render::{PlanCache, RegistrationFile, RenderError, Rendered},
    store::Spool,
};

/// A file of a registration that is to be made and stored.
#[derive(Debug, Clone)]
pub struct Make {
    pub setup: Arc<EventSetup>,
    pub registration: Arc<Registration>,
    pub claim: Claim,
    /// Who wants to know what became of it; if nobody does, it is recorded.
    pub tell: Option<Tell>,
}

/// Whoever has a file made and records it together with others. What nobody is told of was not made, and stays pending.
#[derive(Debug, Clone)]
pub struct Tell {
    pub outcomes: mpsc::UnboundedSender<Outcome>,
    /// Held for as long as the file is on its way.
    pub leave: Arc<Leave>,
}

/// Has it recorded, or tells who asked.
pub(super) async fn report(recorder: &Inbox<Recorder>, tell: Option<Tell>, outcome: Outcome) {
    let unheard = match &tell {
        Some(tell) => tell.outcomes.send(outcome).err().map(|unheard| unheard.0),
        None => Some(outcome),
    };
    // Who asked may have left meanwhile; what lies in storage is written down all the same.
    if let Some(outcome) = unheard {
        drop(recorder.hand_over(Record::Outcome(outcome)).await);
    }
}

/// A file, what it is called in storage, and whether it lay in the spool.
pub struct Made {
    pub key: String,
    pub rendered: Rendered,
    pub from_spool: bool,
}

/// Renders a file, or takes it from the spool: on a thread of the pool, never on a runtime's.
pub fn make_file(plans: &PlanCache, spool: Option<&Spool>, file: &RegistrationFile) -> Result<Made, RenderError> {
    let key = key_of(file)?;
    if let Some(spool) = spool.filter(|spool| spool.used_bytes() > 0) {
        let plan = plans.get_or_compile(file.setup).map_err(|error| RenderError::Plan(error.to_string()))?;
        let hash = file.hash(&plan)?;
        if let Some(bytes) = spool.find(&key, hash) {
            return Ok(Made { key, rendered: Rendered { bytes, hash }, from_spool: true });
        }
    }
    let timer = Timer::start(RENDER_SECONDS);
    let result = file.render(plans);
    drop(timer);
    metrics::counter!(RENDERS, "outcome" => if result.is_ok() { "ok" } else { "failed" }).increment(1);
    Ok(Made { key, rendered: result?, from_spool: false })
}
