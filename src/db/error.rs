//! What can go wrong with the database, as far as a caller has to tell it apart.

use tokio_postgres::error::SqlState;

use crate::domain::OpenError;

/// A failed piece of work on the database.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    /// No connection was to be had: nothing was sent.
    #[error("{doing}: no database connection: {reason}")]
    Unreachable { doing: &'static str, reason: String },
    /// No answer in time. What was sent may still take effect.
    #[error("{doing}: the database did not answer in time")]
    Silent { doing: &'static str },
    /// The database said no, or the connection broke.
    #[error("{doing}: {}", cause(source))]
    Query { doing: &'static str, source: tokio_postgres::Error },
    /// A row holds what no code of ours writes.
    #[error("{doing}: unexpected {what} in a row")]
    Unexpected { doing: &'static str, what: &'static str },
    /// A sealed key does not open.
    #[error(transparent)]
    Sealed(#[from] OpenError),
}

impl DbError {
    /// The constraint that refused the statement, which then did nothing.
    pub fn violated(&self) -> Option<&str> {
        let Self::Query { source, .. } = self else { return None };
        source.as_db_error().and_then(|error| error.constraint())
    }

    /// Whether the statement was refused because one of its idempotency keys was used before.
    pub fn is_repeat(&self) -> bool {
        self.violated() == Some("registrations_one_per_key")
    }

    /// Whether the statement was rolled back because it got in another one's way: at once again is the right thing.
    pub fn is_in_the_way(&self) -> bool {
        let Self::Query { source, .. } = self else { return false };
        source.code().is_some_and(|code| code.code().starts_with("40") || *code == SqlState::LOCK_NOT_AVAILABLE)
    }

    /// Whether the statement may have taken effect although it failed here.
    pub fn outcome_unknown(&self) -> bool {
        match self {
            Self::Silent { .. } => true,
            Self::Query { source, .. } => source.code().is_none_or(|code| code.code().starts_with("57P")),
            _ => false,
        }
    }

    /// Whether trying again later may help: the database is away, busy or got in its own way.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Unreachable { .. } | Self::Silent { .. } => true,
            Self::Query { source, .. } => source.code().is_none_or(is_passing_state),
            Self::Unexpected { .. } | Self::Sealed(_) => false,
        }
    }
}

/// Connection, resource, operator and rollback classes, and lock time-outs.
fn is_passing_state(state: &SqlState) -> bool {
    ["08", "40", "53", "55", "57"].iter().any(|class| state.code().starts_with(class))
}

/// Severity, code and message; without the detail, which holds values of the row.
fn cause(error: &tokio_postgres::Error) -> String {
    match error.as_db_error() {
        Some(told) => format!("{} {}: {}", told.severity(), told.code().code(), told.message()),
        None => with_causes(error),
    }
}

/// An error with everything that caused it, on one line.
pub(super) fn with_causes(error: &dyn std::error::Error) -> String {
    std::iter::successors(error.source(), |cause| cause.source())
        .fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}
