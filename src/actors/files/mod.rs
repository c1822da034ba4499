//! Making files: rendered by [`Renderer`], stored by [`Uploader`], recorded by [`Recorder`].
//!
//! [`Sweeper`] takes up what memory has lost, [`LeaseKeeper`] renews the leases of what is under way, and [`Throttle`] bounds
//! bulk work by what live work leaves free.

mod leases;
mod make;
mod objects;
mod recorder;
mod renderer;
mod sweeper;
mod throttle;
mod uploader;

pub use leases::LeaseKeeper;
pub use make::{Made, Make, Tell, make_file};
pub use objects::{content_type, invoice_object, made_from};
pub use recorder::{Outcome, Record, Recorder, RecorderSettings};
pub use renderer::{Renderer, RendererSettings, RendererTools};
pub use sweeper::{StopSweeping, Sweeper, SweeperSettings};
pub use throttle::{Leave, Throttle};
pub use uploader::{Upload, Uploader, UploaderSettings};
