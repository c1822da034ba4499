//! Files: rendered by [`Renderer`], stored by [`Uploader`], recorded by [`Recorder`].
//!
//! [`Sweeper`] claims pending documents, [`LeaseKeeper`] renews the leases of claimed ones, and [`Throttle`] limits
//! bulk work while clients wait.

mod leases;
mod objects;
mod recorder;
mod render_request;
mod renderer;
mod sweeper;
mod throttle;
mod uploader;

pub use leases::LeaseKeeper;
pub use objects::{content_type, invoice_object, made_from};
pub use recorder::{Outcome, Record, Recorder, RecorderSettings};
pub use render_request::{MadeFile, OutcomeSender, RenderRequest, make_file};
pub use renderer::{Renderer, RendererSettings, RendererTools};
pub use sweeper::{StopSweeping, Sweeper, SweeperSettings};
pub use throttle::{BulkPermit, Throttle};
pub use uploader::{Upload, Uploader, UploaderSettings};
