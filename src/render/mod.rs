//! From a layout and a ticket to bytes: pure functions, and the pool of threads they run on.
//!
//! A [`Plan`] is what all tickets of an event share, compiled once: fonts subset, static text shaped, objects written.
//! Rendering copies it and adds what differs. The same input gives the same bytes.

mod compile;
mod confirmation;
mod facts;
mod files;
mod frame;
mod invoice;
mod paper;
mod pdf;
mod plan;
mod pool;
mod press;
mod qr;
mod qr_mask;
mod shapes;
mod shipped;
mod speech;
mod text;
mod ticket;
mod usual;
mod zip;

pub use facts::TicketPage;
pub use files::RegistrationFile;
pub use invoice::invoice;
pub use plan::{Plan, PlanError, Plans};
pub use pool::{Full, PoolSettings, PoolState, Priority, RenderError, RenderPool};
pub use press::Press;
pub use qr::QrImage;
pub use shipped::{SHIPPED, shipped};
pub use text::{Han, Library, Line, Run, Style};
pub use ticket::{CodeOf, Rendered};
pub use zip::{Crc, ZipEntry, end_zip, file_name_of};
