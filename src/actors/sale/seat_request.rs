//! Requests for seats, and the answers of the registrar.

use std::{sync::Arc, time::Instant};

use tokio::sync::oneshot;

use crate::{
    db::NotOnSale,
    domain::{EventSetup, IdempotencyKey, NewRegistration, Registration},
};

/// A request for the seats of one registration.
#[derive(Debug)]
pub struct SeatRequest {
    pub setup: Arc<EventSetup>,
    pub registration: Arc<NewRegistration>,
    pub key: Option<IdempotencyKey>,
    pub received_at: Instant,
    /// The client does not wait for the answer after this time.
    pub deadline: Instant,
    pub reply: oneshot::Sender<Result<Registered, SeatRefusal>>,
}

/// A committed registration.
#[derive(Debug, Clone)]
pub struct Registered {
    pub registration: Arc<Registration>,
    /// True if an earlier request with the same key created the registration.
    pub replayed: bool,
}

/// The reason why a request got no seats.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SeatRefusal {
    SoldOut,
    NotOnSale(NotOnSale),
    /// The key belongs to a different request.
    KeyReused,
    /// Nothing was written; a later retry may succeed.
    Unavailable,
    /// The outcome of the transaction is unknown; a retry with the same key finds it out.
    Unknown,
    /// A defect of the server. Nothing was written.
    Failed,
}

impl SeatRefusal {
    /// Returns the name in metrics.
    pub const fn name(self) -> &'static str {
        match self {
            Self::SoldOut => "sold_out",
            Self::NotOnSale(_) => "not_on_sale",
            Self::KeyReused => "key_reused",
            Self::Unavailable => "unavailable",
            Self::Unknown => "unknown",
            Self::Failed => "failed",
        }
    }
}

impl SeatRequest {
    /// Sends the answer. If the client has disconnected, a retry with the same key gets the answer from the database.
    pub(super) fn answer(self, result: Result<Registered, SeatRefusal>) {
        drop(self.reply.send(result));
    }
}
