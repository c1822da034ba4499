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

use uuid::Uuid;

use super::{
    EventId,
    people::{PersonRequest, RequestToken, signed},
};

const NONCE_BYTES: usize = 24;
/// An access generation, and a code of 16 bytes.
const TOKEN_BYTES: usize = 18;
/// The id of a request, and a code of 16 bytes.
const REQUEST_BYTES: usize = 32;

/// The keys derived from `ONSALE_SECRET`, and from the secret before it while it is being replaced.
pub struct Secret {
    current: Keys,
    previous: Option<Keys>,
}

/// The keys derived from one secret.
struct Keys {
    access: Hmac<Sha256>,
    people: Hmac<Sha256>,
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

impl Keys {
    /// Derives the keys; `None` if `bytes` has fewer than 32 bytes.
    fn new(bytes: &[u8]) -> Option<Self> {
        (bytes.len() >= 32).then(|| Self {
            access: Hmac::new_from_slice(&derive_key(bytes, "access tokens")).expect("HMAC accepts keys of any length"),
            people: Hmac::new_from_slice(&derive_key(bytes, "people")).expect("HMAC accepts keys of any length"),
            sealing: XChaCha20Poly1305::new(&derive_key(bytes, "keys at rest").into()),
        })
    }

    fn person_mac(&self, message: &[u8]) -> [u8; 32] {
        let mut mac = self.people.clone();
        mac.update(message);
        mac.finalize().into_bytes().into()
    }

    fn request_token(&self, kind: PersonRequest, id: Uuid) -> [u8; REQUEST_BYTES] {
        let mut token = [0; REQUEST_BYTES];
        token[..16].copy_from_slice(id.as_bytes());
        token[16..].copy_from_slice(&self.person_mac(&signed(kind, id, "token"))[..REQUEST_BYTES - 16]);
        token
    }

    fn request_code(&self, kind: PersonRequest, id: Uuid) -> String {
        let [a, b, c, d, ..] = self.person_mac(&signed(kind, id, "code"));
        format!("{:06}", u32::from_be_bytes([a, b, c, d]) % 1_000_000)
    }

    fn access_token(&self, event: EventId, number: i32, generation: i16) -> [u8; TOKEN_BYTES] {
        let mut mac = self.access.clone();
        mac.update(event.0.as_bytes());
        mac.update(&number.to_be_bytes());
        mac.update(&generation.to_be_bytes());
        let digest: [u8; 32] = mac.finalize().into_bytes().into();
        let mut token = [0; TOKEN_BYTES];
        token[..2].copy_from_slice(&generation.to_be_bytes());
        token[2..].copy_from_slice(&digest[..TOKEN_BYTES - 2]);
        token
    }
}

impl Secret {
    /// Derives the keys; `None` if `bytes` has fewer than 32 bytes.
    pub fn new(bytes: &[u8]) -> Option<Self> {
        Some(Self { current: Keys::new(bytes)?, previous: None })
    }

    /// Also accepts what was made with the secret before this one. `None` if `bytes` has fewer than 32 bytes.
    pub fn with_previous(self, bytes: &[u8]) -> Option<Self> {
        Some(Self { previous: Some(Keys::new(bytes)?), ..self })
    }

    /// Returns the token that grants access to a registration. It is derived, so that it need not be stored. The
    /// registration's access generation is incremented to revoke its tokens.
    pub fn access_token(&self, event: EventId, number: i32, generation: i16) -> AccessToken {
        AccessToken(URL_SAFE_NO_PAD.encode(self.current.access_token(event, number, generation)))
    }

    /// Returns the access generation of a genuine token of a registration, `None` for any other text. The token is
    /// valid only if the registration still has this generation.
    pub fn access_generation(&self, event: EventId, number: i32, token: &str) -> Option<i16> {
        let bytes: [u8; TOKEN_BYTES] = URL_SAFE_NO_PAD.decode(token).ok()?.try_into().ok()?;
        let generation = i16::from_be_bytes([bytes[0], bytes[1]]);
        let is_genuine = |keys: &Keys| bool::from(keys.access_token(event, number, generation).ct_eq(&bytes));
        let genuine = is_genuine(&self.current) || self.previous.as_ref().is_some_and(is_genuine);
        genuine.then_some(generation)
    }

    /// Returns the token in the link that completes a request. It is derived, so that it need not be stored.
    pub fn request_token(&self, kind: PersonRequest, id: Uuid) -> RequestToken {
        RequestToken(URL_SAFE_NO_PAD.encode(self.current.request_token(kind, id)))
    }

    /// Returns the id of the request of a genuine token, `None` for any other text.
    pub fn request_of(&self, kind: PersonRequest, token: &str) -> Option<Uuid> {
        let bytes: [u8; REQUEST_BYTES] = URL_SAFE_NO_PAD.decode(token).ok()?.try_into().ok()?;
        let id = Uuid::from_slice(&bytes[..16]).ok()?;
        let is_genuine = |keys: &Keys| bool::from(keys.request_token(kind, id).ct_eq(&bytes));
        (is_genuine(&self.current) || self.previous.as_ref().is_some_and(is_genuine)).then_some(id)
    }

    /// Returns the code of six digits that completes a request.
    pub fn request_code(&self, kind: PersonRequest, id: Uuid) -> String {
        self.current.request_code(kind, id)
    }

    /// True if this is the code of a request.
    pub fn is_code_of(&self, kind: PersonRequest, id: Uuid, code: &str) -> bool {
        let is_genuine = |keys: &Keys| bool::from(keys.request_code(kind, id).as_bytes().ct_eq(code.as_bytes()));
        is_genuine(&self.current) || self.previous.as_ref().is_some_and(is_genuine)
    }

    /// Returns a text that only this server can make of `value`, for a use that `label` names: the token of forms, the
    /// mark of a known device.
    pub fn mark(&self, label: &str, value: &[u8]) -> String {
        URL_SAFE_NO_PAD.encode(self.current.person_mac(&[label.as_bytes(), value].join(&0)))
    }

    /// True if a text is the mark of `value` for this use.
    pub fn is_mark_of(&self, label: &str, value: &[u8], mark: &str) -> bool {
        let is_genuine = |keys: &Keys| {
            let genuine = URL_SAFE_NO_PAD.encode(keys.person_mac(&[label.as_bytes(), value].join(&0)));
            bool::from(genuine.as_bytes().ct_eq(mark.as_bytes()))
        };
        is_genuine(&self.current) || self.previous.as_ref().is_some_and(is_genuine)
    }

    /// Encrypts `plain`; decryption needs the same `context`.
    pub fn seal(&self, plain: &[u8], context: &[u8]) -> Vec<u8> {
        let nonce: [u8; NONCE_BYTES] = random_bytes();
        let sealed = self
            .current
            .sealing
            .encrypt(XNonce::from_slice(&nonce), Payload { msg: plain, aad: context })
            .expect("a key is shorter than the cipher's limit");
        [nonce.as_slice(), &sealed].concat()
    }

    /// Decrypts a result of [`Self::seal`].
    pub fn open(&self, sealed: &[u8], context: &[u8]) -> Result<Vec<u8>, OpenError> {
        let (nonce, message) = sealed.split_at_checked(NONCE_BYTES).ok_or(OpenError)?;
        let open =
            |keys: &Keys| keys.sealing.decrypt(XNonce::from_slice(nonce), Payload { msg: message, aad: context }).ok();
        open(&self.current).or_else(|| self.previous.as_ref().and_then(open)).ok_or(OpenError)
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
pub(crate) fn random_bytes<const N: usize>() -> [u8; N] {
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

    /// Wraps the text of a token from the configuration.
    pub fn from_text(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// True if the token has the form of [`Self::random`]: no other token is in the database.
    pub fn has_the_form_of_a_stored_token(&self) -> bool {
        let encoded = self.0.strip_prefix("onsale_").map(|text| URL_SAFE_NO_PAD.decode(text));
        encoded.is_some_and(|bytes| bytes.is_ok_and(|bytes| bytes.len() == 32))
    }

    /// Returns the token's text.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Returns the first characters, by which its owner recognizes it; they help nobody to guess the others.
    pub fn beginning(&self) -> &str {
        self.0.get(..BEGINNING).unwrap_or_default()
    }

    /// Returns the hash that is stored and looked up. A random token needs no slow hash.
    pub fn hash(&self) -> [u8; 32] {
        Sha256::digest(&self.0).into()
    }
}

/// `onsale_` and four characters of a token.
const BEGINNING: usize = 11;

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
    fn a_token_fits_one_registration_and_generation_only() {
        let secret = Secret::new(&[1; 32]).unwrap();
        let event = EventId(Uuid::nil());
        let token = secret.access_token(event, 1, 7);
        assert_eq!(secret.access_generation(event, 1, token.reveal()), Some(7));
        assert_eq!(secret.access_generation(event, 2, token.reveal()), None);
        assert_eq!(secret.access_generation(EventId(Uuid::max()), 1, token.reveal()), None);
        let mut forged = URL_SAFE_NO_PAD.decode(token.reveal()).unwrap();
        forged[1] = 8;
        for other in ["", "x", &token.reveal()[1..], &URL_SAFE_NO_PAD.encode(forged)] {
            assert_eq!(secret.access_generation(event, 1, other), None, "{other}");
        }
        assert_eq!(format!("{token:?}"), "AccessToken(…)");
        assert!(Secret::new(&[1; 31]).is_none());
    }

    #[test]
    fn a_request_has_a_token_and_a_code_of_its_own() {
        let secret = Secret::new(&[1; 32]).unwrap();
        let [id, other] = [Uuid::from_u128(1), Uuid::from_u128(2)];
        let token = secret.request_token(PersonRequest::Reset, id);
        assert_eq!(secret.request_of(PersonRequest::Reset, token.reveal()), Some(id));
        assert_eq!(secret.request_of(PersonRequest::SignUp, token.reveal()), None, "a token for another purpose");
        assert_eq!(secret.request_of(PersonRequest::Reset, "x"), None);
        let code = secret.request_code(PersonRequest::SignUp, id);
        assert!(code.len() == 6 && secret.is_code_of(PersonRequest::SignUp, id, &code));
        assert!(
            !secret.is_code_of(PersonRequest::SignUp, other, &code)
                && !secret.is_code_of(PersonRequest::Reset, id, &code)
        );
        let both = Secret::new(&[2; 32]).unwrap().with_previous(&[1; 32]).unwrap();
        assert_eq!(both.request_of(PersonRequest::Reset, token.reveal()), Some(id));
        let mark = secret.mark("form", b"value");
        assert!(both.is_mark_of("form", b"value", &mark) && !secret.is_mark_of("device", b"value", &mark));
    }

    #[test]
    fn while_a_secret_is_replaced_both_are_accepted() {
        let old = Secret::new(&[1; 32]).unwrap();
        let both = Secret::new(&[2; 32]).unwrap().with_previous(&[1; 32]).unwrap();
        let new = Secret::new(&[2; 32]).unwrap();
        let event = EventId(Uuid::nil());
        assert_eq!(both.access_generation(event, 1, old.access_token(event, 1, 1).reveal()), Some(1));
        assert_eq!(new.access_generation(event, 1, both.access_token(event, 1, 1).reveal()), Some(1));
        assert_eq!(both.open(&old.seal(b"key", b"event"), b"event").unwrap(), b"key");
        assert_eq!(new.open(&both.seal(b"key", b"event"), b"event").unwrap(), b"key");
        assert!(new.open(&old.seal(b"key", b"event"), b"event").is_err());
    }

    #[test]
    fn a_stored_token_is_told_by_its_form() {
        assert!(OrganizerToken::random().has_the_form_of_a_stored_token());
        for other in ["", "onsale_", "onsale_x", "Bearer onsale_", "x".repeat(50).as_str()] {
            assert!(!OrganizerToken::from_text(other).has_the_form_of_a_stored_token(), "{other}");
        }
    }
}
