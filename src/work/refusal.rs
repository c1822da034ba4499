//! Reasons why a command was refused or failed. The cause of a failure is logged here, once.

use std::{borrow::Cow, sync::Arc, time::Duration};

use crate::{
    actors::SeatRefusal,
    db::{DbError, NotOnSale},
    domain::{Faults, Scope},
    render::RenderError,
};

/// The reason why a command was not executed, or not certainly.
#[derive(Debug)]
pub enum Refusal {
    /// The command cannot be parsed.
    Malformed(Cow<'static, str>),
    /// No credentials, or wrong ones.
    Unauthenticated,
    /// The request is from no person who is signed in.
    NotSignedIn,
    /// Address, password or code do not fit.
    WrongPassword,
    /// The password fits; the account also needs a code.
    SecondFactorNeeded,
    /// The credentials lack this scope.
    Forbidden(Scope),
    /// A page of another site sent the request.
    ForeignPage,
    /// The caller works for several organizers and named none.
    UnnamedOrganizer,
    /// Too many tries; the next one is admitted after this time.
    TooManyTries(Duration),
    SalesNotOpen,
    SalesClosed,
    /// The resource does not exist, or the caller has no access to it.
    NotFound,
    SoldOut,
    /// The present state does not allow the command.
    Conflict(Cow<'static, str>),
    /// The command has faults.
    Invalid(Faults),
    /// The idempotency key was used with another command.
    KeyReused,
    /// A queue is full. Nothing was done.
    Overloaded,
    /// The database or storage does not answer. Nothing was done.
    Unavailable,
    /// The outcome is unknown. Repeating the command is safe and returns it.
    Unknown,
    /// A bug, or another failure that a retry does not cure.
    Internal,
}

impl Refusal {
    /// Returns a conflict with its reason.
    pub fn conflict(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::Conflict(detail.into())
    }

    /// Returns the refusal for a single fault at `pointer`.
    pub fn invalid(pointer: &str, detail: impl Into<String>) -> Self {
        let mut faults = Faults::default();
        faults.add(pointer, detail);
        Self::Invalid(faults)
    }

    /// Converts the error of a write, which may have been committed.
    pub fn from_write(error: DbError) -> Self {
        if !error.outcome_unknown() {
            return error.into();
        }
        tracing::error!(%error, "the outcome of a write is unknown");
        Self::Unknown
    }

    /// Converts a failure that follows a committed write: `Unavailable` and `Overloaded` would claim that nothing was
    /// done.
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
        tracing::error!(%error, "a database query failed");
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
