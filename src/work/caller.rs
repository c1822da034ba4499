//! The caller of a command, with its credentials.

use crate::domain::OrganizerToken;

/// The caller of a command. Each command checks the credentials that it needs.
#[derive(Debug, Clone)]
pub enum Caller {
    /// A request with credentials, or with none.
    Request {
        /// The access token of a registration: gives its holder access to it.
        access_token: Option<String>,
        bearer: Bearer,
    },
    /// The operator at the command line, with every right.
    Operator,
}

/// The bearer token of a request.
#[derive(Debug, Clone)]
pub enum Bearer {
    Missing,
    /// An `Authorization` header that carries no bearer token.
    Malformed,
    Token(OrganizerToken),
}
