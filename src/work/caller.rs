//! The party that work is done for.

use crate::domain::OrganizerToken;

/// The party that work is done for. Its credentials are checked where a right is needed.
#[derive(Debug, Clone)]
pub enum Caller {
    /// A request with credentials, or with none.
    Request {
        /// The access token of a registration: opens that registration to its holder.
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

impl Caller {
    /// The same caller with an access token for a registration.
    #[must_use]
    pub fn with_access_token(self, token: Option<String>) -> Self {
        match self {
            Self::Request { bearer, .. } => Self::Request { access_token: token, bearer },
            Self::Operator => Self::Operator,
        }
    }

    /// True if the request carries an access token.
    pub fn is_holder(&self) -> bool {
        matches!(self, Self::Request { access_token: Some(_), .. })
    }
}
