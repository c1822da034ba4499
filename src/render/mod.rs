//! Renders layouts and tickets into files: pure functions, and the thread pool that runs them.
//!
//! A [`Plan`] holds what all tickets of an event share, compiled once: subset fonts, shaped static text, PDF objects.
//! Rendering copies the plan and adds the parts that differ. The same input gives the same bytes.

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
mod shipped;
mod text;
mod ticket;
mod zip;

pub use facts::TicketPage;
pub use files::RegistrationFile;
pub use invoice::invoice;
pub use plan::{Plan, PlanError, Plans};
pub use pool::{PoolSettings, PoolState, Priority, RenderError, RenderPool};
pub use press::Press;
pub use qr::QrImage;
pub use shipped::{SHIPPED, shipped};
pub use text::{Han, Library, Line, Run, Style};
pub use ticket::{CodeOf, Rendered};
pub use zip::{Crc, ZipEntry, end_zip, file_name_of};
