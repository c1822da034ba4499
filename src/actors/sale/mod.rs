//! Selling seats: one queue for each event, batches of registrations, one statement for each batch.
//!
//! [`RegistrarQueue`] accepts requests, [`Registrar`] is the actor that commits them. New tickets are offered to
//! `files`.

mod batch;
mod event_queues;
mod queue_limit;
mod registrar;
mod registrar_queue;
mod seat_request;
mod sold_out;
mod ticket_offers;

pub use batch::BatchSettings;
pub use registrar::{Registrar, RegistrarSettings};
pub use registrar_queue::RegistrarQueue;
pub use seat_request::{Registered, SeatRefusal, SeatRequest};
pub use sold_out::SoldOutCache;
