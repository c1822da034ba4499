//! The signed code on a ticket, which a gate scans and can verify offline.
//!
//! Base45 of: version, key id, ticket id, ticket type, generation, and an Ed25519 signature over all of these and the
//! event's id. A code is valid for one event only.

use std::{collections::BTreeMap, fmt};

use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use uuid::Uuid;

use super::{EventId, TicketId, TypeNumber};

const VERSION: u8 = 1;
const SIGNED_BYTES: usize = 1 + 1 + 16 + 2 + 2;
const PAYLOAD_BYTES: usize = SIGNED_BYTES + 64;

/// The content of a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TicketCode {
    pub ticket: TicketId,
    pub type_number: TypeNumber,
    pub generation: i16,
}

/// Reason why a code is rejected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CodeError {
    #[error("not a ticket code")]
    Malformed,
    #[error("signed with a key this event does not have")]
    UnknownKey,
    #[error("the signature is invalid")]
    BadSignature,
}

/// Returns a new random secret key for signing.
pub fn random_key() -> [u8; 32] {
    let mut key = [0; 32];
    getrandom::fill(&mut key).expect("the operating system has randomness");
    key
}

/// Signs ticket codes with an event's current key.
pub struct EventSigner {
    event: EventId,
    key_id: u8,
    key: SigningKey,
}

impl fmt::Debug for EventSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EventSigner({}, key {})", self.event, self.key_id)
    }
}

impl EventSigner {
    /// Creates a signer from the 32 bytes of the secret key.
    pub fn new(event: EventId, key_id: u8, secret: &[u8; 32]) -> Self {
        Self { event, key_id, key: SigningKey::from_bytes(secret) }
    }

    /// Returns the public key of a secret key.
    pub fn public_key(secret: &[u8; 32]) -> [u8; 32] {
        SigningKey::from_bytes(secret).verifying_key().to_bytes()
    }

    /// Returns the id of the key among the event's keys.
    pub fn key_id(&self) -> u8 {
        self.key_id
    }

    /// Returns the text of the signed code. The result is deterministic.
    pub fn sign(&self, code: &TicketCode) -> String {
        let signed = signed_bytes(self.key_id, code);
        let signature = self.key.sign(&signed_message(&signed, self.event));
        let mut payload = [0; PAYLOAD_BYTES];
        payload[..SIGNED_BYTES].copy_from_slice(&signed);
        payload[SIGNED_BYTES..].copy_from_slice(&signature.to_bytes());
        base45::encode(payload)
    }
}

fn signed_bytes(key_id: u8, code: &TicketCode) -> [u8; SIGNED_BYTES] {
    let mut bytes = [0; SIGNED_BYTES];
    bytes[0] = VERSION;
    bytes[1] = key_id;
    bytes[2..18].copy_from_slice(code.ticket.0.as_bytes());
    bytes[18..20].copy_from_slice(&code.type_number.0.to_be_bytes());
    bytes[20..22].copy_from_slice(&code.generation.to_be_bytes());
    bytes
}

/// Returns the message to sign: the code's bytes before the signature, then the event's id.
fn signed_message(signed: &[u8; SIGNED_BYTES], event: EventId) -> [u8; SIGNED_BYTES + 16] {
    let mut message = [0; SIGNED_BYTES + 16];
    message[..SIGNED_BYTES].copy_from_slice(signed);
    message[SIGNED_BYTES..].copy_from_slice(event.0.as_bytes());
    message
}

/// Public keys of an event, with which a gate verifies codes offline.
#[derive(Debug, Clone)]
pub struct VerifyingKeys {
    event: EventId,
    keys: BTreeMap<u8, VerifyingKey>,
}

impl VerifyingKeys {
    /// Collects keys by id; bytes that are not a valid key are skipped.
    pub fn new(event: EventId, keys: impl IntoIterator<Item = (u8, [u8; 32])>) -> Self {
        let keys = keys.into_iter().filter_map(|(id, bytes)| Some((id, VerifyingKey::from_bytes(&bytes).ok()?)));
        Self { event, keys: keys.collect() }
    }

    /// Decodes a scanned text and verifies its signature by the strict rules of Ed25519.
    pub fn verify(&self, text: &str) -> Result<TicketCode, CodeError> {
        let payload: [u8; PAYLOAD_BYTES] = base45::decode(text)
            .ok()
            .and_then(|bytes| bytes.try_into().ok())
            .filter(|payload: &[u8; PAYLOAD_BYTES]| payload[0] == VERSION)
            .ok_or(CodeError::Malformed)?;
        let (signed, signature) = payload.split_first_chunk::<SIGNED_BYTES>().expect("the payload is longer");
        let signature = Signature::from_slice(signature).map_err(|_| CodeError::Malformed)?;
        let key = self.keys.get(&signed[1]).ok_or(CodeError::UnknownKey)?;
        key.verify_strict(&signed_message(signed, self.event), &signature).map_err(|_| CodeError::BadSignature)?;
        Ok(TicketCode {
            ticket: TicketId(Uuid::from_slice(&signed[2..18]).expect("sixteen bytes")),
            type_number: TypeNumber(i16::from_be_bytes([signed[18], signed[19]])),
            generation: i16::from_be_bytes([signed[20], signed[21]]),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signer(event: u128, key_id: u8) -> EventSigner {
        EventSigner::new(EventId(Uuid::from_u128(event)), key_id, &[7; 32])
    }

    fn keys(event: u128) -> VerifyingKeys {
        VerifyingKeys::new(EventId(Uuid::from_u128(event)), [(1, EventSigner::public_key(&[7; 32]))])
    }

    const CODE: TicketCode =
        TicketCode { ticket: TicketId(Uuid::from_u128(42)), type_number: TypeNumber(3), generation: 2 };

    #[test]
    fn a_signed_code_verifies_and_fits_the_alphanumeric_mode() {
        let text = signer(1, 1).sign(&CODE);
        assert_eq!(text.len(), 129);
        assert!(qrcodegen::QrSegment::is_alphanumeric(&text));
        assert_eq!(keys(1).verify(&text), Ok(CODE));
    }

    #[test]
    fn a_code_of_another_event_or_key_is_refused() {
        assert_eq!(keys(2).verify(&signer(1, 1).sign(&CODE)), Err(CodeError::BadSignature));
        assert_eq!(keys(1).verify(&signer(1, 2).sign(&CODE)), Err(CodeError::UnknownKey));
    }

    #[test]
    fn no_flipped_bit_is_accepted() {
        let payload = base45::decode(signer(1, 1).sign(&CODE)).unwrap();
        for bit in 0..payload.len() * 8 {
            let mut forged = payload.clone();
            forged[bit / 8] ^= 1 << (bit % 8);
            assert!(keys(1).verify(&base45::encode(&forged)).is_err(), "bit {bit}");
        }
        for text in ["", "ABC", &"A".repeat(4096), "é"] {
            assert_eq!(keys(1).verify(text), Err(CodeError::Malformed));
        }
    }
}
