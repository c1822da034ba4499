//! Everything that the rights of callers are checked against, and callers that were checked.

use std::time::Duration;

use moka::sync::Cache;
use uuid::Uuid;

use super::Refusal;
use crate::{
    db::Identity,
    domain::{OrganizerKey, OrganizerToken},
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
}

/// A caller that has the required scope.
#[derive(Debug, Clone)]
pub struct Authorized {
    /// The organizer the caller acts for; `None` for the operator, who acts for all.
    pub(super) organizer: Option<OrganizerKey>,
    /// The caller's name in the audit log.
    pub actor: String,
}

impl Access {
    /// Creates the state of the checks, with the token from the configuration if there is one.
    pub fn new(admin: Option<Admin>) -> Self {
        let audited = Cache::builder().max_capacity(MAX_AUDITED_TOKENS).time_to_live(AUDIT_INTERVAL).build();
        Self { admin, audited }
    }
}

impl Authorized {
    /// True if the caller acts for this organizer.
    pub fn owns(&self, organizer: OrganizerKey) -> bool {
        self.organizer.is_none_or(|own| own == organizer)
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
