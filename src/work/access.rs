//! Everything that the rights of callers are checked against, and callers that were checked.

use std::{
    sync::atomic::{AtomicI64, AtomicU64, Ordering},
    time::Duration,
};

use jiff::Timestamp;
use moka::sync::Cache;
use uuid::Uuid;

use super::Refusal;
use crate::{
    db::Identity,
    domain::{OrganizerKey, OrganizerToken, Scope},
    metrics::TOKENS_REFUSED,
};

/// The use of a token is audited once per interval.
const AUDIT_INTERVAL: Duration = Duration::from_secs(3600);
/// Largest number of tokens whose audited use is kept in memory.
const MAX_AUDITED_TOKENS: u64 = 10_000;

/// The token from the configuration, which has every scope.
pub struct Admin {
    pub token: OrganizerToken,
    pub identity: Identity,
}

/// The token that is not in the database, and the tokens whose use was audited within `AUDIT_INTERVAL`.
pub struct Access {
    pub(super) admin: Option<Admin>,
    pub(super) audited: Cache<Uuid, ()>,
    pub(super) refused: RefusedTokens,
}

/// Reports bearer tokens that were refused: counts each, and logs at most once a second.
#[derive(Default)]
pub(super) struct RefusedTokens {
    unlogged: AtomicU64,
    /// Time of the newest log line, in seconds since 1970.
    logged_at: AtomicI64,
}

/// A caller that has the required scope.
#[derive(Debug, Clone)]
pub struct Authorized {
    /// The organizer the caller acts for; `None` for the operator, who acts for all.
    pub(super) organizer: Option<OrganizerKey>,
    /// The caller's name in the audit log.
    pub actor: String,
    pub(super) scopes: Vec<Scope>,
}

impl Access {
    /// Creates the state of the checks, with the token from the configuration if there is one.
    pub fn new(admin: Option<Admin>) -> Self {
        let audited = Cache::builder().max_capacity(MAX_AUDITED_TOKENS).time_to_live(AUDIT_INTERVAL).build();
        Self { admin, audited, refused: RefusedTokens::default() }
    }
}

impl RefusedTokens {
    pub fn report(&self) {
        metrics::counter!(TOKENS_REFUSED).increment(1);
        self.unlogged.fetch_add(1, Ordering::Relaxed);
        let now = Timestamp::now().as_second();
        if self.logged_at.swap(now, Ordering::Relaxed) != now {
            let tokens = self.unlogged.swap(0, Ordering::Relaxed);
            tracing::warn!(tokens, "bearer tokens were refused: unknown, expired or revoked");
        }
    }
}

impl Authorized {
    /// True if the caller acts for this organizer.
    pub fn owns(&self, organizer: OrganizerKey) -> bool {
        self.organizer.is_none_or(|own| own == organizer)
    }

    /// True if the caller also has this scope.
    pub fn may(&self, scope: Scope) -> bool {
        self.scopes.contains(&scope)
    }

    /// Returns the organizer that the caller acts for. Refused to the operator, who acts for all.
    pub fn organizer(&self) -> Result<OrganizerKey, Refusal> {
        self.organizer.ok_or(Refusal::Unauthenticated)
    }

    /// Returns the organizer that a list is restricted to. `None`: not restricted.
    pub fn organizer_filter(&self) -> Option<OrganizerKey> {
        self.organizer
    }

    /// The same caller, acting for the organizer of something it may change: the operator acts for all.
    pub fn acting_for(self, organizer: OrganizerKey) -> Self {
        Self { organizer: Some(organizer), ..self }
    }
}
