//! Errors of the database, by the reaction that callers need.

use tokio_postgres::error::SqlState;

use crate::domain::OpenError;

/// Failure of an operation on the database; `doing` names the operation.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    /// No connection was available; nothing was sent.
    #[error("{doing}: no database connection: {reason}")]
    Unreachable { doing: &'static str, reason: String },
    /// The database did not answer in time. The statement may still take effect.
    #[error("{doing}: the database did not answer in time")]
    Silent { doing: &'static str },
    /// The database refused the statement, or the connection broke.
    #[error("{doing}: {}", cause(source))]
    Query { doing: &'static str, source: tokio_postgres::Error },
    /// A row is missing or holds a value that this version never writes.
    #[error("{doing}: the database returned an unexpected {what}")]
    Unexpected { doing: &'static str, what: &'static str },
    /// A sealed signing key cannot be decrypted.
    #[error(transparent)]
    Sealed(#[from] OpenError),
}

impl DbError {
    /// Returns the constraint that the statement violated. The statement changed nothing.
    pub fn violated_constraint(&self) -> Option<&str> {
        let Self::Query { source, .. } = self else { return None };
        source.as_db_error().and_then(|error| error.constraint())
    }

    /// True if the statement was refused because one of its idempotency keys was used before.
    pub fn is_repeated_key(&self) -> bool {
        self.violated_constraint() == Some("registrations_one_per_key")
    }

    /// True if the statement was rolled back after a conflict with another one; it should be retried at once.
    pub fn is_conflict(&self) -> bool {
        let Self::Query { source, .. } = self else { return false };
        source.code().is_some_and(|code| code.code().starts_with("40") || *code == SqlState::LOCK_NOT_AVAILABLE)
    }

    /// True if the statement may have taken effect although it failed here.
    pub fn outcome_unknown(&self) -> bool {
        match self {
            Self::Silent { .. } => true,
            Self::Query { source, .. } => source.code().is_none_or(|code| code.code().starts_with("57P")),
            _ => false,
        }
    }

    /// True if nothing was sent to the database.
    pub fn is_unreachable(&self) -> bool {
        matches!(self, Self::Unreachable { .. })
    }

    /// True if the statement took too long.
    pub fn is_timeout(&self) -> bool {
        match self {
            Self::Silent { .. } => true,
            Self::Query { source, .. } => source.code() == Some(&SqlState::QUERY_CANCELED),
            _ => false,
        }
    }

    /// True if a later retry may succeed: the database was unreachable, overloaded, or had a conflict.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Unreachable { .. } | Self::Silent { .. } => true,
            Self::Query { source, .. } => source.code().is_none_or(is_transient_state),
            Self::Unexpected { .. } | Self::Sealed(_) => false,
        }
    }
}

/// True for the SQLSTATE classes connection (08), rollback (40), resources (53), lock (55) and operator (57).
fn is_transient_state(state: &SqlState) -> bool {
    ["08", "40", "53", "55", "57"].iter().any(|class| state.code().starts_with(class))
}

/// Returns severity, code and message, without the detail, which contains values of the row.
fn cause(error: &tokio_postgres::Error) -> String {
    match error.as_db_error() {
        Some(refusal) => format!("{} {}: {}", refusal.severity(), refusal.code().code(), refusal.message()),
        None => with_causes(error),
    }
}

/// Formats an error with its causes on one line.
pub(super) fn with_causes(error: &dyn std::error::Error) -> String {
    std::iter::successors(error.source(), |cause| cause.source())
        .fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}
