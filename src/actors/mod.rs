//! Actors and the work they hand out: each actor owns one kind of work and accepts a bounded amount of it ([`Inbox`]).
//!
//! A message in a mailbox is never the only copy of anything: rows are. `sale` commits registrations, `files` renders, stores
//! and records, `jobs` runs long work in chunks, `upkeep` compares storage with its rows and removes what is old. [`Surge`] is
//! the signal that seats are being sold in a hurry; everything that can wait looks at it.

mod files;
mod inbox;
mod jobs;
mod sale;
mod surge;
mod upkeep;

pub use files::{
    LeaseKeeper, Leave, Made, Make, Outcome, Record, Recorder, RecorderSettings, Renderer, RendererSettings,
    RendererTools, StopSweeping, Sweeper, SweeperSettings, Tell, Throttle, Upload, Uploader, UploaderSettings,
    content_type, invoice_object, made_from, make_file,
};
pub use inbox::{Accepted, Full, Inbox, Load};
pub use jobs::{Foreman, ForemanSettings, JobTools, StopWork, WorkError};
pub use sale::{Ask, BatchSettings, Desk, Refusal, Registered, Registrar, RegistrarSettings, SoldOut};
pub use surge::Surge;
pub use upkeep::{
    Finding, Housekeeper, HousekeeperSettings, ReconcileError, Reconciler, Removed, Repair, Report, RetentionSettings,
    clean,
};
