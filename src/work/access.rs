//! Everything that the rights of callers are checked against, and callers that were checked.

use std::{
    sync::atomic::{AtomicI64, AtomicU64, Ordering},
    time::Duration,
};

use jiff::Timestamp;
use moka::sync::Cache;
use uuid::Uuid;

use super::{Refusal, sessions::SessionCache};
use crate::{
    db::{Identity, SessionLife},
    domain::{AccountKey, OrganizerKey, OrganizerToken, Scope},
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

/// The token that is not in the database, the tokens whose use was audited within `AUDIT_INTERVAL`, and the sessions in
/// use.
pub struct Access {
    pub(super) admin: Option<Admin>,
    pub(super) audited: Cache<Uuid, ()>,
    pub(super) refused: RefusedTokens,
    pub(super) sessions: SessionCache,
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
    pub(super) organizers: Organizers,
    /// The caller's name in the audit log: never a person's name or address, because entries stay for ever.
    pub actor: String,
    pub(super) scopes: Vec<Scope>,
    /// The account of a person.
    pub(super) account: Option<AccountKey>,
}

/// The organizers that a caller acts for.
#[derive(Debug, Clone)]
pub(super) enum Organizers {
    /// The operator acts for all.
    All,
    One(OrganizerKey),
    /// A person who works for several and did not say for whom.
    Several(Vec<OrganizerKey>),
}

impl Access {
    /// Creates the state of the checks, with the token from the configuration if there is one.
    pub fn new(admin: Option<Admin>, sessions: SessionCache) -> Self {
        let audited = Cache::builder().max_capacity(MAX_AUDITED_TOKENS).time_to_live(AUDIT_INTERVAL).build();
        Self { admin, audited, refused: RefusedTokens::default(), sessions }
    }

    /// True for the name of the organizer of the first token, which nobody else may take.
    pub(super) fn is_admin_organizer(&self, name: &str) -> bool {
        self.admin.as_ref().is_some_and(|admin| admin.identity.name.to_lowercase() == name.to_lowercase())
    }

    /// For commands of the operator: nobody signs in.
    pub fn of_operator() -> Self {
        Self::new(None, SessionCache::new(SessionLife { idle: Duration::ZERO, most: Duration::ZERO }))
    }

    /// Returns the sessions that are kept in memory.
    pub fn sessions(&self) -> &SessionCache {
        &self.sessions
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
        match &self.organizers {
            Organizers::All => true,
            Organizers::One(own) => *own == organizer,
            Organizers::Several(own) => own.contains(&organizer),
        }
    }

    /// True if the caller also has this scope.
    pub fn may(&self, scope: Scope) -> bool {
        self.scopes.contains(&scope)
    }

    /// Returns the organizer that the caller acts for. Refused to the operator, who acts for all.
    pub fn organizer(&self) -> Result<OrganizerKey, Refusal> {
        match self.organizers {
            Organizers::All => Err(Refusal::Unauthenticated),
            Organizers::One(own) => Ok(own),
            Organizers::Several(_) => Err(Refusal::UnnamedOrganizer),
        }
    }

    /// Returns the organizer that a list is restricted to. `None`: not restricted.
    pub fn list_filter(&self) -> Result<Option<OrganizerKey>, Refusal> {
        match self.organizers {
            Organizers::All => Ok(None),
            _ => self.organizer().map(Some),
        }
    }

    /// Returns the one organizer that the caller acts for, for the audit log.
    pub(super) fn audited_organizer(&self) -> Option<OrganizerKey> {
        match self.organizers {
            Organizers::One(own) => Some(own),
            Organizers::All | Organizers::Several(_) => None,
        }
    }

    /// The same caller, acting for the organizer of something it may change.
    pub fn acting_for(self, organizer: OrganizerKey) -> Self {
        Self { organizers: Organizers::One(organizer), ..self }
    }
}
