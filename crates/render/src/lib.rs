//! Renders layouts and tickets into files: pure functions, and the thread pool that runs them.
//!
//! A [`Plan`] holds what all tickets of an event share, compiled once: subset fonts, shaped static text, PDF objects.
//! Rendering copies the plan and adds the parts that differ. The same input gives the same bytes.

use onsale_domain as domain;
use onsale_metrics as metrics;

mod built_in;
mod code_source;
mod common_letters;
mod compile;
mod confirmation;
mod facts;
mod files;
mod frame;
mod invoice;
mod locale;
mod paper;
mod pdf;
mod plan;
mod pool;
mod press;
mod qr;
mod qr_mask;
mod shapes;
mod text;
mod ticket;
mod zip;

/// Version of the code that makes files. It is a part of their hashes, so files of other versions are stale. Raise it
/// when a change of the code changes the bytes of files: a test compares them.
const RENDERER_VERSION: &str = "onsale renderer 1";

pub use built_in::{BUILT_IN_LAYOUTS, built_in_layout};
pub use code_source::CodeSource;
pub use facts::{Facts, TicketValues};
pub use files::RegistrationFile;
pub use invoice::invoice;
pub use locale::LocaleFormatter;
pub use plan::{Plan, PlanCache, PlanError};
pub use pool::{PoolSettings, PoolState, Priority, RenderError, RenderPool};
pub use press::TicketPdfWriter;
pub use qr::QrImage;
pub use text::{FontLibrary, GlyphRun, HanVariant, ShapedLine, Style};
pub use ticket::Rendered;
pub use zip::{Crc, ZipEntry, file_name_from_person, write_zip_end};
