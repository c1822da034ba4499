//! From a layout and a ticket to bytes: pure functions, and the pool of threads they run on.
//!
//! A [`Plan`] is what all tickets of an event share, compiled once: fonts subset, static text shaped, objects written.
//! Rendering copies it and adds what differs. The same input gives the same bytes.

mod date;
mod deflate;
mod font;
mod plan;
mod pool;
mod qr;
mod qr_mask;
mod subset;
mod text;
mod text_box;
mod ticket;

pub use plan::{Plan, PlanError, Plans};
pub use pool::{Full, PoolSettings, PoolState, Priority, RenderError, RenderPool};
pub use qr::QrImage;
pub use ticket::{Rendered, TicketPage};
