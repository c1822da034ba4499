//! The actors a registration passes: each owns one kind of work, accepts a bounded amount of it, and hands on what it did.
//!
//! [`Registrar`] commits, [`Renderer`] has files made, [`Uploader`] stores them, [`Recorder`] writes down that they are
//! stored, and [`Sweeper`] takes up whatever was lost on the way. [`Housekeeper`] compares storage with its rows now and then.
//! [`Foreman`] has long work done, a chunk at a time: [`Regenerator`] makes an event's files anew, [`Archiver`] puts them together, and
//! [`Throttle`] sees to it that nobody waits for that.
//! What is in a mailbox is never the only copy: rows are.

mod archiver;
mod ask;
mod batch;
mod entry;
mod foreman;
mod housekeeper;
mod inbox;
mod leases;
mod limit;
mod lines;
mod printer;
mod reconciler;
mod recorder;
mod regenerator;
mod registrar;
mod renderer;
mod retention;
mod sold_out;
mod surge;
mod sweeper;
mod throttle;
mod uploader;

pub use archiver::Archiver;
pub use ask::{Ask, Refusal, Registered};
pub use batch::BatchSettings;
pub use foreman::{Foreman, ForemanSettings, StopWork, Yard};
pub use housekeeper::{Housekeeper, HousekeeperSettings};
pub use inbox::{Accepted, Full, Inbox, Load};
pub use leases::LeaseKeeper;
pub use reconciler::{Finding, ReconcileError, Reconciler, Repair, Report};
pub use recorder::{Outcome, Record, Recorder, RecorderSettings};
pub use regenerator::{Regenerator, WorkError};
pub use registrar::{Desk, Registrar, RegistrarSettings};
pub use renderer::{Made, Make, Renderer, RendererSettings, RendererTools, Tell, make_file};
pub use retention::{Removed, RetentionSettings, clean};
pub use sold_out::SoldOut;
pub use surge::Surge;
pub use sweeper::{StopSweeping, Sweeper, SweeperSettings};
pub use throttle::{Leave, Throttle};
pub use uploader::{Upload, Uploader, UploaderSettings, content_type, invoice_object, made_from};
