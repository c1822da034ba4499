//! DKIM signatures (RFC 6376 and 8463), relaxed in headers and body, with RSA and Ed25519 keys.

use std::{fmt, sync::Arc};

use aws_lc_rs::{
    rand::SystemRandom,
    rsa::KeyPair as RsaKeyPair,
    signature::{Ed25519KeyPair, RSA_PKCS1_SHA256},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use jiff::Timestamp;
use rustls_pki_types::{PrivateKeyDer, pem::PemObject};
use sha2::{Digest, Sha256};

/// Headers that are signed. Each is named once more than it occurs, so that nobody can add another one.
const SIGNED: [&str; 11] = [
    "From",
    "Reply-To",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "MIME-Version",
    "Content-Type",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
    "Auto-Submitted",
];

/// RSA keys with fewer bits are ignored by verifiers, or count as broken.
const MIN_RSA_BITS: usize = 1024;

/// A fault of a key, in the words of its configuration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DkimFault {
    #[error("it is no private key in PEM: {0}")]
    Pem(String),
    #[error("a key is neither RSA nor Ed25519")]
    Algorithm,
    #[error("an RSA key has {0} bits; it needs at least {MIN_RSA_BITS}")]
    TooShort(usize),
    #[error("it has {keys} key(s), but there are {selectors} selector(s)")]
    Selectors { keys: usize, selectors: usize },
    #[error("`{0}` is no selector: letters, digits, dots and hyphens")]
    Selector(String),
}

/// Signs messages of a domain, once with each key.
#[derive(Clone)]
pub struct Dkim {
    domain: String,
    keys: Arc<Vec<(String, Key)>>,
}

enum Key {
    Rsa(RsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

impl fmt::Debug for Dkim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let selectors: Vec<_> = self.keys.iter().map(|(selector, _)| selector).collect();
        f.debug_struct("Dkim").field("domain", &self.domain).field("selectors", &selectors).finish()
    }
}

impl Dkim {
    /// Reads private keys in PEM, and their selectors, separated by commas and in the same order.
    pub fn new(domain: &str, selectors: &str, pem: &str) -> Result<Self, DkimFault> {
        let keys = PrivateKeyDer::pem_slice_iter(pem.as_bytes())
            .map(|key| key.map_err(|error| DkimFault::Pem(error.to_string())).and_then(|key| Key::read(&key)))
            .collect::<Result<Vec<_>, _>>()?;
        let selectors: Vec<_> = selectors.split(',').map(str::trim).filter(|selector| !selector.is_empty()).collect();
        let is_selector = |text: &str| text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-'));
        if let Some(faulty) = selectors.iter().find(|selector| !is_selector(selector)) {
            return Err(DkimFault::Selector((*faulty).to_owned()));
        }
        if keys.len() != selectors.len() || keys.is_empty() {
            return Err(DkimFault::Selectors { keys: keys.len(), selectors: selectors.len() });
        }
        let keys = selectors.into_iter().map(str::to_owned).zip(keys).collect();
        Ok(Self { domain: domain.to_owned(), keys: Arc::new(keys) })
    }

    /// Returns the message with a signature by each key before its headers. Lines must end with CRLF.
    pub fn sign(&self, message: &[u8], at: Timestamp) -> Vec<u8> {
        let body_start = find(message, b"\r\n\r\n").map_or(message.len(), |end| end + 4);
        let headers = Headers::of(&message[..body_start]);
        let body_hash = STANDARD.encode(Sha256::digest(relaxed_body(&message[body_start..])));
        let mut signed = Vec::with_capacity(message.len() + 1024);
        for (selector, key) in self.keys.iter() {
            // Folded by hand: a fold inside of a value would count.
            let unsigned = format!(
                "DKIM-Signature: v=1; a={algorithm}; c=relaxed/relaxed; d={domain}; s={selector};\r\n t={seconds}; \
                 h={names};\r\n bh={body_hash};\r\n b=",
                algorithm = key.algorithm(),
                domain = self.domain,
                seconds = at.as_second(),
                names = headers.names().join(":"),
            );
            let mut input = headers.relaxed();
            input.extend(relaxed_header(unsigned.as_bytes()));
            let signature = STANDARD.encode(key.sign(&input));
            signed.extend(unsigned.as_bytes());
            for (index, line) in signature.as_bytes().chunks(72).enumerate() {
                if index > 0 {
                    signed.extend(b"\r\n ");
                }
                signed.extend(line);
            }
            signed.extend(b"\r\n");
        }
        signed.extend(message);
        signed
    }
}

impl Key {
    fn read(key: &PrivateKeyDer<'_>) -> Result<Self, DkimFault> {
        let rsa = match key {
            PrivateKeyDer::Pkcs1(key) => RsaKeyPair::from_der(key.secret_pkcs1_der()),
            PrivateKeyDer::Pkcs8(key) => {
                let key = key.secret_pkcs8_der();
                if let Ok(key) = Ed25519KeyPair::from_pkcs8_maybe_unchecked(key) {
                    return Ok(Self::Ed25519(key));
                }
                RsaKeyPair::from_pkcs8(key)
            }
            _ => return Err(DkimFault::Algorithm),
        };
        let rsa = rsa.map_err(|_| DkimFault::Algorithm)?;
        match rsa.public_modulus_len() * 8 {
            bits if bits < MIN_RSA_BITS => Err(DkimFault::TooShort(bits)),
            _ => Ok(Self::Rsa(rsa)),
        }
    }

    const fn algorithm(&self) -> &'static str {
        match self {
            Self::Rsa(_) => "rsa-sha256",
            Self::Ed25519(_) => "ed25519-sha256",
        }
    }

    fn sign(&self, input: &[u8]) -> Vec<u8> {
        match self {
            Self::Rsa(key) => {
                let mut signature = vec![0; key.public_modulus_len()];
                key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), input, &mut signature)
                    .expect("the signature has the length of the modulus");
                signature
            }
            // RFC 8463: the hash is signed, not the text.
            Self::Ed25519(key) => key.sign(&Sha256::digest(input)).as_ref().to_vec(),
        }
    }
}

/// The headers of a message that are signed, in the order of [`SIGNED`].
struct Headers<'m>(Vec<(&'static str, &'m [u8])>);

impl<'m> Headers<'m> {
    /// Each signed header occurs once in a message of ours.
    fn of(head: &'m [u8]) -> Self {
        let mut fields = Vec::new();
        let mut rest = head;
        while !rest.is_empty() {
            let mut end = find(rest, b"\r\n").map_or(rest.len(), |at| at + 2);
            while matches!(rest.get(end), Some(b' ' | b'\t')) {
                end += find(&rest[end..], b"\r\n").map_or(rest.len() - end, |at| at + 2);
            }
            fields.push(&rest[..end]);
            rest = &rest[end..];
        }
        let named = |name: &str, field: &[u8]| {
            field.len() > name.len()
                && field[..name.len()].eq_ignore_ascii_case(name.as_bytes())
                && field[name.len()] == b':'
        };
        let find = |name| fields.iter().find(|field| named(name, field)).map(|field| (name, *field));
        Self(SIGNED.into_iter().filter_map(find).collect())
    }

    /// Each header, and then each one again: absent ones are signed as absent.
    fn names(&self) -> Vec<String> {
        let once = self.0.iter().map(|(name, _)| name.to_ascii_lowercase());
        once.clone().chain(SIGNED.iter().map(|name| name.to_ascii_lowercase())).collect()
    }

    fn relaxed(&self) -> Vec<u8> {
        self.0.iter().flat_map(|(_, field)| [relaxed_header(field), b"\r\n".to_vec()].concat()).collect()
    }
}

/// A header in lower case, on one line, with single spaces.
fn relaxed_header(field: &[u8]) -> Vec<u8> {
    let colon = field.iter().position(|byte| *byte == b':').unwrap_or(field.len());
    let mut out = field[..colon].to_ascii_lowercase();
    out.push(b':');
    let value = &field[(colon + 1).min(field.len())..];
    let words = value.split(|byte| byte.is_ascii_whitespace()).filter(|word| !word.is_empty());
    for (index, word) in words.enumerate() {
        if index > 0 {
            out.push(b' ');
        }
        out.extend(word);
    }
    out
}

/// A body without spaces at the end of lines, with single spaces, and without empty lines at its end.
fn relaxed_body(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len() + 2);
    let mut end = 0;
    let lines = body.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    for line in lines {
        let mut space = false;
        for byte in line {
            match byte {
                b' ' | b'\t' => space = true,
                byte => {
                    if space {
                        out.push(b' ');
                        space = false;
                    }
                    out.push(*byte);
                }
            }
        }
        let is_empty = out.len() == end || out.ends_with(b"\n") && line.iter().all(u8::is_ascii_whitespace);
        out.extend(b"\r\n");
        if !is_empty {
            end = out.len();
        }
    }
    out.truncate(end);
    out
}

fn find(text: &[u8], pattern: &[u8]) -> Option<usize> {
    text.windows(pattern.len()).position(|window| window == pattern)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_are_relaxed_as_in_the_standard() {
        let relaxed = |text: &str| String::from_utf8(relaxed_body(text.as_bytes())).unwrap();
        // RFC 6376, 3.4.5.
        assert_eq!(relaxed(" C \r\nD \t E\r\n\r\n\r\n"), " C\r\nD E\r\n");
        assert_eq!(relaxed(""), "");
        assert_eq!(relaxed("\r\n\r\n"), "");
        assert_eq!(relaxed("a"), "a\r\n");
        assert_eq!(relaxed("a\r\n\r\nb\r\n"), "a\r\n\r\nb\r\n");
        assert_eq!(relaxed("a\r\n \r\n"), "a\r\n");
    }

    #[test]
    fn headers_are_relaxed_as_in_the_standard() {
        let relaxed = |text: &str| String::from_utf8(relaxed_header(text.as_bytes())).unwrap();
        assert_eq!(relaxed("A: X\r\n"), "a:X");
        assert_eq!(relaxed("B: Y\t\r\n\tZ  \r\n"), "b:Y Z");
    }

    #[test]
    fn keys_that_cannot_sign_are_refused() {
        let fault = |selectors, pem| Dkim::new("example.com", selectors, pem).unwrap_err();
        assert_eq!(fault("a", ""), DkimFault::Selectors { keys: 0, selectors: 1 });
        assert_eq!(fault("a b", ""), DkimFault::Selector("a b".into()));
        assert!(matches!(fault("a", "-----BEGIN PRIVATE KEY-----\nnothing"), DkimFault::Pem(_)));
        let ec = "-----BEGIN PRIVATE KEY-----\nMCQCAQAwBQYDK2VxBBgEFgAAAAAAAAAAAAAAAAAAAAAAAAAAAA==\n-----END PRIVATE KEY-----\n";
        assert_eq!(fault("a", ec), DkimFault::Algorithm);
    }
}
