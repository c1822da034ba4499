//! Requests that a message completes: the token in its link, and the code that can be typed instead. Both are derived
//! from the request's id, so that neither is stored.

use std::fmt;

use uuid::Uuid;

/// A request that its recipient completes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PersonRequest {
    /// A new account.
    SignUp,
    /// A new password.
    Reset,
    /// Another address of an account.
    Address,
    /// A place in a team.
    Invitation,
}

impl PersonRequest {
    /// Returns the name in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::SignUp => "sign-up",
            Self::Reset => "reset",
            Self::Address => "address",
            Self::Invitation => "invitation",
        }
    }

    /// Parses a name that [`Self::name`] returns.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::SignUp, Self::Reset, Self::Address, Self::Invitation].into_iter().find(|kind| kind.name() == name)
    }
}

/// Token in the link of a message.
#[derive(Clone, PartialEq, Eq)]
pub struct RequestToken(pub(crate) String);

impl RequestToken {
    /// Returns the token's text.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for RequestToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RequestToken(…)")
    }
}

/// Bytes that a MAC of a request covers.
pub(crate) fn signed(kind: PersonRequest, id: Uuid, what: &str) -> Vec<u8> {
    [what.as_bytes(), kind.name().as_bytes(), id.as_bytes().as_slice()].join(&0)
}
