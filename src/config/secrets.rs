//! Secrets of the server.

use std::sync::Arc;

use base64::{Engine, engine::general_purpose::STANDARD};

use super::{
    Sources,
    key::{keys, text},
};
use crate::domain::{OrganizerToken, Secret};

const TOO_SHORT: &str = "must be 32 bytes or more in base64";
/// Shorter tokens could be guessed.
const TOKEN_MIN_LENGTH: usize = 20;

keys! {
    SECRET = text("secrets.secret", None,
        "32 bytes or more in base64: signs access tokens and encrypts signing keys; --dev makes one.")
        .variables(&["ONSALE_SECRET"]).secret();
    PREVIOUS = text("secrets.previous", None,
        "The secret before this one, while it is being replaced: what was made with it is still accepted.")
        .variables(&["ONSALE_PREVIOUS_SECRET"]).secret();
    ADMIN_TOKEN = text("secrets.admin_token", None,
        "First token of an organizer, with every scope; 20 characters or more.")
        .variables(&["ONSALE_ADMIN_TOKEN"]).secret();
    ADMIN_ORGANIZER = text("secrets.admin_organizer", Some("admin"), "Organizer of the first token.");
}

/// Secrets of the server.
#[derive(Debug)]
pub struct SecretConfig {
    pub secret: Arc<Secret>,
    pub admin_token: Option<OrganizerToken>,
    pub admin_organizer: String,
}

/// Reads the secrets. `None` if the main secret is missing or faulty.
pub fn read(sources: &mut Sources) -> Option<SecretConfig> {
    let secret = read_secret(sources);
    let admin_token = ADMIN_TOKEN.text(sources);
    if admin_token.as_ref().is_some_and(|token| token.len() < TOKEN_MIN_LENGTH) {
        ADMIN_TOKEN.fault(sources, format!("must have at least {TOKEN_MIN_LENGTH} characters"));
    }
    Some(SecretConfig {
        secret: Arc::new(secret?),
        admin_token: admin_token.as_deref().map(OrganizerToken::from_text),
        admin_organizer: ADMIN_ORGANIZER.text(sources).unwrap_or_else(|| "admin".into()),
    })
}

/// Reads the secret, with the one before it if there is one. `None` if one of them is faulty, or there is none.
pub fn read_secret(sources: &mut Sources) -> Option<Secret> {
    let Some(text) = SECRET.text(sources) else {
        SECRET.fault(sources, "is needed (ONSALE_SECRET): openssl rand -base64 32 makes one");
        return None;
    };
    let decode = |text: &str| STANDARD.decode(text.trim()).ok();
    let secret = decode(&text).and_then(|bytes| Secret::new(&bytes));
    if secret.is_none() {
        SECRET.fault(sources, TOO_SHORT);
    }
    let Some(previous) = PREVIOUS.text(sources) else { return secret };
    let both = decode(&previous).and_then(|bytes| secret?.with_previous(&bytes));
    if both.is_none() {
        PREVIOUS.fault(sources, TOO_SHORT);
    }
    both
}
