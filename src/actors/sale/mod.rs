//! Selling seats: queues in front of events, batches of registrations, one statement each.
//!
//! [`Desk`] is the way in, [`Registrar`] the actor that commits. Fresh tickets are offered to the `files` wing.

mod ask;
mod batch;
mod desk;
mod entry;
mod limit;
mod lines;
mod offers;
mod registrar;
mod sold_out;

pub use ask::{Ask, Refusal, Registered};
pub use batch::BatchSettings;
pub use desk::Desk;
pub use registrar::{Registrar, RegistrarSettings};
pub use sold_out::SoldOut;
