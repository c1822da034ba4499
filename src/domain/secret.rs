//! Uses of `ONSALE_SECRET`: access tokens and encryption of keys at rest. Each use has its own key, derived by label.

use std::fmt;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chacha20poly1305::{
    KeyInit as _, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use hmac::{Hmac, KeyInit as _, Mac};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::EventId;

const NONCE_BYTES: usize = 24;
const TOKEN_BYTES: usize = 16;

/// The keys derived from `ONSALE_SECRET`.
pub struct Secret {
    access: Hmac<Sha256>,
    sealing: XChaCha20Poly1305,
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// Error: the text cannot be decrypted with this secret.
#[derive(Debug, thiserror::Error)]
#[error("cannot decrypt a stored key: ONSALE_SECRET is not the one it was encrypted with, or the row was altered")]
pub struct OpenError;

impl Secret {
    /// Derives the keys; `None` if `bytes` has fewer than 32 bytes.
    pub fn new(bytes: &[u8]) -> Option<Self> {
        (bytes.len() >= 32).then(|| Self {
            access: Hmac::new_from_slice(&derive_key(bytes, "access tokens")).expect("HMAC accepts keys of any length"),
            sealing: XChaCha20Poly1305::new(&derive_key(bytes, "keys at rest").into()),
        })
    }

    /// Returns the token that grants access to a registration. It is derived, so that it need not be stored.
    pub fn access_token(&self, event: EventId, number: i32) -> AccessToken {
        let mut mac = self.access.clone();
        mac.update(event.0.as_bytes());
        mac.update(&number.to_be_bytes());
        let digest: [u8; 32] = mac.finalize().into_bytes().into();
        AccessToken(URL_SAFE_NO_PAD.encode(&digest[..TOKEN_BYTES]))
    }

    /// Encrypts `plain`; decryption needs the same `context`.
    pub fn seal(&self, plain: &[u8], context: &[u8]) -> Vec<u8> {
        let nonce: [u8; NONCE_BYTES] = random_bytes();
        let sealed = self
            .sealing
            .encrypt(XNonce::from_slice(&nonce), Payload { msg: plain, aad: context })
            .expect("a key is shorter than the cipher's limit");
        [nonce.as_slice(), &sealed].concat()
    }

    /// Decrypts a result of [`Self::seal`].
    pub fn open(&self, sealed: &[u8], context: &[u8]) -> Result<Vec<u8>, OpenError> {
        let (nonce, message) = sealed.split_at_checked(NONCE_BYTES).ok_or(OpenError)?;
        self.sealing.decrypt(XNonce::from_slice(nonce), Payload { msg: message, aad: context }).map_err(|_| OpenError)
    }
}

/// Derives the key for one use from the secret.
fn derive_key(secret: &[u8], label: &str) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("HMAC accepts keys of any length");
    mac.update(b"onsale ");
    mac.update(label.as_bytes());
    mac.finalize().into_bytes().into()
}

/// Returns random bytes from the operating system.
fn random_bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the operating system has randomness");
    bytes
}

/// Access token of a registration.
#[derive(Clone)]
pub struct AccessToken(String);

impl AccessToken {
    /// Returns the token's text, to be sent to the client.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Compares the token with `given` in constant time.
    pub fn matches(&self, given: &str) -> bool {
        self.0.as_bytes().ct_eq(given.as_bytes()).into()
    }
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AccessToken(…)")
    }
}

/// Bearer token of an organizer: shown once, stored as a hash.
#[derive(Clone)]
pub struct OrganizerToken(String);

impl OrganizerToken {
    /// Creates a new token.
    pub fn random() -> Self {
        Self(format!("onsale_{}", URL_SAFE_NO_PAD.encode(random_bytes::<32>())))
    }

    /// Wraps the text of a token that a client sent.
    pub fn from_text(text: &str) -> Self {
        Self(text.to_owned())
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

impl fmt::Debug for OrganizerToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OrganizerToken(…)")
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_sealed_key_opens_only_with_its_secret_and_context() {
        let secret = Secret::new(&[1; 32]).unwrap();
        let sealed = secret.seal(b"key", b"event 1");
        assert_eq!(secret.open(&sealed, b"event 1").unwrap(), b"key");
        assert!(secret.open(&sealed, b"event 2").is_err());
        assert!(Secret::new(&[2; 32]).unwrap().open(&sealed, b"event 1").is_err());
        assert!(secret.open(b"short", b"event 1").is_err());
    }

    #[test]
    fn a_token_fits_one_registration_only() {
        let secret = Secret::new(&[1; 32]).unwrap();
        let token = secret.access_token(EventId(Uuid::nil()), 1);
        assert!(token.matches(token.reveal()));
        assert!(!secret.access_token(EventId(Uuid::nil()), 2).matches(token.reveal()));
        assert_eq!(format!("{token:?}"), "AccessToken(…)");
        assert!(Secret::new(&[1; 31]).is_none());
    }
}
