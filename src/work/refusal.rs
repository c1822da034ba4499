//! Why work was refused or failed. The cause of a failure goes to the log here, once.

use std::{borrow::Cow, sync::Arc};

use crate::{
    actors::SeatRefusal,
    db::{DbError, NotOnSale},
    domain::{Faults, Scope},
    render::RenderError,
};

/// Why something was not done.
#[derive(Debug)]
pub enum Refusal {
    /// The command has a form that cannot be understood.
    Malformed(Cow<'static, str>),
    /// No credentials, or wrong ones.
    Unauthenticated,
    /// The credentials lack this right.
    Forbidden(Scope),
    SalesNotOpen,
    SalesClosed,
    /// It does not exist, or is not the caller's to see.
    NotFound,
    SoldOut,
    /// The present state does not allow it.
    Conflict(Cow<'static, str>),
    /// The command is understood and not acceptable.
    Invalid(Faults),
    /// The idempotency key belongs to another command.
    KeyReused,
    /// Too much is under way. Nothing was done.
    Overloaded,
    /// A part that is needed does not answer. Nothing was done.
    Unavailable,
    /// The outcome is not known; the same command again finds out.
    Unknown,
    /// A defect of ours.
    Internal,
}

impl Refusal {
    /// The present state does not allow it, because of this.
    pub fn conflict(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::Conflict(detail.into())
    }

    /// A single fault at `pointer`.
    pub fn invalid(pointer: &str, detail: impl Into<String>) -> Self {
        let mut faults = Faults::default();
        faults.add(pointer, detail);
        Self::Invalid(faults)
    }

    /// A failed write: unlike a failed read, it may have been done.
    pub fn from_write(error: DbError) -> Self {
        if !error.outcome_unknown() {
            return error.into();
        }
        tracing::error!(%error, "it is not known whether a change was made");
        Self::Unknown
    }

    /// A failure after a write was done: the answer must not say that nothing was done.
    #[must_use]
    pub fn after_write(self) -> Self {
        if matches!(self, Self::Unavailable | Self::Overloaded) { Self::Unknown } else { self }
    }
}

impl From<DbError> for Refusal {
    fn from(error: DbError) -> Self {
        Self::from(&error)
    }
}

impl From<Arc<DbError>> for Refusal {
    fn from(error: Arc<DbError>) -> Self {
        Self::from(&*error)
    }
}

impl From<&DbError> for Refusal {
    fn from(error: &DbError) -> Self {
        tracing::error!(%error, "the database failed a request");
        if error.is_transient() { Self::Unavailable } else { Self::Internal }
    }
}

impl From<Faults> for Refusal {
    fn from(faults: Faults) -> Self {
        Self::Invalid(faults)
    }
}

impl From<RenderError> for Refusal {
    fn from(error: RenderError) -> Self {
        match error {
            RenderError::Full => Self::Overloaded,
            RenderError::NoTickets => Self::NotFound,
            error => {
                tracing::error!(%error, "a file was not rendered");
                Self::Internal
            }
        }
    }
}

impl From<SeatRefusal> for Refusal {
    fn from(refusal: SeatRefusal) -> Self {
        match refusal {
            SeatRefusal::SoldOut => Self::SoldOut,
            SeatRefusal::NotOnSale(NotOnSale::Hidden) => Self::NotFound,
            SeatRefusal::NotOnSale(NotOnSale::NotOpen) => Self::SalesNotOpen,
            SeatRefusal::NotOnSale(NotOnSale::Closed) => Self::SalesClosed,
            SeatRefusal::KeyReused => Self::KeyReused,
            SeatRefusal::Unavailable => Self::Unavailable,
            SeatRefusal::Unknown => Self::Unknown,
            SeatRefusal::Failed => Self::Internal,
        }
    }
}
