//! What is asked of the registrar, and what it answers.

use std::{sync::Arc, time::Instant};

use tokio::sync::oneshot;

use crate::{
    db::NotOnSale,
    domain::{EventSetup, IdempotencyKey, NewRegistration, Registration},
};

/// Somebody asks for seats.
#[derive(Debug)]
pub struct Ask {
    pub setup: Arc<EventSetup>,
    pub request: Arc<NewRegistration>,
    pub key: Option<IdempotencyKey>,
    pub since: Instant,
    /// After this nobody waits for the answer.
    pub deadline: Instant,
    pub reply: oneshot::Sender<Result<Registered, Refusal>>,
}

/// The seats are taken and the rows are committed.
#[derive(Debug, Clone)]
pub struct Registered {
    pub registration: Arc<Registration>,
    /// Whether an earlier request with the same key did it.
    pub replayed: bool,
}

/// Why nobody was seated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    SoldOut,
    NotOnSale(NotOnSale),
    /// The key belongs to another request.
    KeyReused,
    /// Nothing was done; trying again later may help.
    Unavailable,
    /// It is not known whether anything was done; only the same key can tell.
    Unknown,
    /// A defect of ours. Nothing was done.
    Failed,
}

impl Refusal {
    /// Its name in metrics.
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

impl Ask {
    /// Answers. The client may have left; then the answer waits under its key.
    pub(super) fn answer(self, result: Result<Registered, Refusal>) {
        drop(self.reply.send(result));
    }
}
