//! The caller of a command, with its credentials.

use crate::domain::{OrganizerToken, SessionToken};

/// The caller of a command. Each command checks the credentials that it needs.
#[derive(Debug, Clone)]
pub enum Caller {
    /// A request with credentials, or with none.
    Request {
        /// The access token of a registration: gives its holder access to it.
        access_token: Option<String>,
        credentials: Credentials,
    },
    /// The operator at the command line, with every right.
    Operator,
}

/// The credentials of a request.
#[derive(Debug, Clone)]
pub enum Credentials {
    Missing,
    /// An `Authorization` header that carries no bearer token.
    Malformed,
    /// A session, in a request for a change that a page of another site sent.
    ForeignPage,
    /// The token of an organizer.
    Token(OrganizerToken),
    /// The session of a person, and the organizer whom the person acts for.
    Session {
        token: SessionToken,
        /// Slug; `None`: the one organizer that the person works for.
        organizer: Option<String>,
    },
}
