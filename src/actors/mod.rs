//! Actors: each one does one kind of work and accepts a bounded amount of it ([`Inbox`]).
//!
//! A message in a mailbox is never the only copy of its data: the database has it too. `sale` commits registrations,
//! `files` renders, stores and records, `jobs` runs long work in chunks, `outbox` sends
//! messages, `upkeep` compares storage with the database
//! and removes expired files. [`Surge`] is the signal that registrations arrive in large batches; background work waits
//! until it is off.

mod files;
mod inbox;
mod jobs;
mod outbox;
mod sale;
mod surge;
mod upkeep;

pub use files::{
    BulkPermit, LeaseKeeper, MadeFile, Outcome, OutcomeSender, Record, Recorder, RecorderSettings, RenderRequest,
    Renderer, RendererSettings, RendererTools, StopSweeping, Sweeper, SweeperSettings, Throttle, Upload, Uploader,
    UploaderSettings, content_type, invoice_object, made_from, make_file,
};
pub use inbox::{Accepted, Inbox, InboxFull, Load};
pub use jobs::{Foreman, ForemanSettings, JobTools, StopWork, WorkError};
pub use outbox::{Links, Mailing, Outbox, OutboxSettings, OutboxTools, Rates, RegistrationLetter};
pub use sale::{
    BatchSettings, Registered, Registrar, RegistrarQueue, RegistrarSettings, SeatRefusal, SeatRequest, SoldOutCache,
};
pub use surge::Surge;
pub use upkeep::{
    ExpiredFiles, Finding, Housekeeper, HousekeeperSettings, ReconcileError, ReconcileOptions, Reconciler, Report,
    RetentionMode, RetentionSettings, apply_retention, keep_derived,
};
