//! Session tokens: the cookie of a person who has signed in.

use std::fmt;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

use super::super::secret::random_bytes;

const BYTES: usize = 32;

/// Token of a session: in a cookie only, stored as a hash.
#[derive(Clone, PartialEq, Eq)]
pub struct SessionToken(String);

impl SessionToken {
    /// Creates a new token.
    pub fn random() -> Self {
        Self(URL_SAFE_NO_PAD.encode(random_bytes::<BYTES>()))
    }

    /// Reads the value of a cookie. `None` if it has not the form of [`Self::random`].
    pub fn from_text(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        (bytes.len() == BYTES).then(|| Self(text.to_owned()))
    }

    /// Returns the token's text.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Returns the hash that is stored and looked up. A random token needs no slow hash.
    pub fn hash(&self) -> [u8; 32] {
        Sha256::digest(&self.0).into()
    }
}

impl fmt::Debug for SessionToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionToken(…)")
    }
}
