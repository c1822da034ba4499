//! Wrong passwords and codes: each makes the next try wait longer. A browser in which the owner has signed in before is
//! counted apart, so that strangers cannot lock the owner out.

use std::time::Duration;

use sha2::{Digest, Sha256};

use super::{super::Records, Refusal};
use crate::{db::AccountRow, metrics::GUESSES_REFUSED};

/// Wrong tries after which the owner is told.
const NOTICED: i32 = 10;
/// Use of marks of known browsers.
const DEVICE: &str = "device";

/// The count that a try belongs to.
#[derive(Debug, Clone)]
pub struct GuessTarget(Vec<u8>);

impl GuessTarget {
    /// Passwords of an address, tried from anywhere.
    pub fn password(address: &str) -> Self {
        Self::hash("password", address)
    }

    /// Passwords of an account, tried from a browser in which its owner has signed in.
    fn known_browser(mark: &str) -> Self {
        Self::hash("browser", mark)
    }

    /// Codes that an address was sent.
    pub fn code(address: &str) -> Self {
        Self::hash("code", address)
    }

    /// The present password, asked for again from a person who is signed in.
    pub fn signed_in(account: uuid::Uuid) -> Self {
        Self::hash("signed in", &account.to_string())
    }

    fn hash(kind: &str, of: &str) -> Self {
        Self(Sha256::digest([kind, "\0", of].concat()).to_vec())
    }
}

impl Records {
    /// Returns the count for a password of an account, or of an address without one.
    pub(super) fn guess_target(&self, address: &str, account: Option<&AccountRow>, mark: Option<&str>) -> GuessTarget {
        let known = account.zip(mark).filter(|(account, mark)| self.is_mark_of(account, mark));
        known.map_or_else(|| GuessTarget::password(address), |(_, mark)| GuessTarget::known_browser(mark))
    }

    /// True for a mark that this account's owner got.
    pub(super) fn is_mark_of(&self, account: &AccountRow, mark: &str) -> bool {
        mark.split_once('.').is_some_and(|(random, mark)| {
            self.catalog.secret().is_mark_of(DEVICE, format!("{}{random}", account.id).as_bytes(), mark)
        })
    }

    /// Returns the mark of a browser in which an account's owner has signed in.
    pub(super) fn browser_mark(&self, account: &AccountRow) -> String {
        let random = uuid::Uuid::new_v4().simple().to_string();
        let mark = self.catalog.secret().mark(DEVICE, format!("{}{random}", account.id).as_bytes());
        format!("{random}.{mark}")
    }

    /// Admits a try, which counts as wrong until it proves right. Tells the owner of the address after many.
    pub(super) async fn admit_guess_at(&self, target: &GuessTarget, address: &str) -> Result<(), Refusal> {
        let Some(tries) = self.database.admit_guess(&target.0).await.map_err(Refusal::from_write)? else {
            metrics::counter!(GUESSES_REFUSED).increment(1);
            let seconds = self.database.guess_wait(&target.0).await?;
            return Err(Refusal::TooManyTries(Duration::from_secs_f64(seconds.clamp(1.0, 900.0))));
        };
        if tries >= NOTICED {
            self.database.tell_of_guesses(address).await?;
        }
        Ok(())
    }

    /// Forgets the wrong tries: one was right, or the password is new.
    pub(super) async fn forget_guesses_at(&self, targets: &[GuessTarget]) -> Result<(), Refusal> {
        let targets: Vec<_> = targets.iter().map(|target| target.0.clone()).collect();
        Ok(self.database.forget_guesses(&targets).await?)
    }
}
