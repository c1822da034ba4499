//! Rights of callers: the organizer of a token, and the events and registrations that a caller may read or change.

use std::sync::Arc;

use serde_json::json;
use subtle::ConstantTimeEq;

use super::{Authorized, Bearer, Caller, Records, Refusal};
use crate::{
    db::{EventName, Identity},
    domain::{EventSetup, EventStatus, OrganizerKey, Registration, RegistrationId, RegistrationRef, Scope},
};

/// The reason why a caller may see a registration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entitlement {
    /// It sent a genuine access token of this generation.
    Token { generation: i16 },
    /// It is the event's organizer, or the operator.
    Organizer,
}

impl Entitlement {
    /// True unless it is a token that was revoked: a registration accepts tokens of its own generation only.
    pub fn is_valid_for(self, access_generation: i16) -> bool {
        match self {
            Self::Token { generation } => generation == access_generation,
            Self::Organizer => true,
        }
    }
}

/// A registration that a caller may see.
#[derive(Debug)]
pub struct EntitledTo {
    pub setup: Arc<EventSetup>,
    pub registration: Registration,
    pub entitlement: Entitlement,
}

/// The operator's name in the audit log.
const OPERATOR: &str = "onsale";

impl Records {
    /// Checks that a caller has the scope, and audits the use of its token.
    pub async fn authorize(&self, caller: &Caller, scope: Scope) -> Result<Authorized, Refusal> {
        let Caller::Request { bearer, .. } = caller else {
            let (actor, scopes) = (OPERATOR.to_owned(), Scope::ALL.to_vec());
            return Ok(Authorized { organizer: None, actor, scopes });
        };
        let identity = self.identify(bearer).await?.ok_or(Refusal::Unauthenticated)?;
        let (actor, scopes) = (identity.actor(), identity.scopes.clone());
        let authorized = Authorized { organizer: Some(identity.organizer), actor, scopes };
        if let Some((id, _)) = &identity.token
            && self.access.audited.entry(*id).or_insert(()).is_fresh()
        {
            self.audit(&authorized, None, "token.used", json!({ "scope": scope.name() })).await;
        }
        if identity.scopes.contains(&scope) { Ok(authorized) } else { Err(Refusal::Forbidden(scope)) }
    }

    /// Returns the identity of a bearer token. `None` if the request has no token or the token is unknown.
    async fn identify(&self, bearer: &Bearer) -> Result<Option<Identity>, Refusal> {
        let token = match bearer {
            Bearer::Missing => return Ok(None),
            Bearer::Malformed => return Err(Refusal::Unauthenticated),
            Bearer::Token(token) => token,
        };
        let identity = match &self.access.admin {
            Some(admin) if bool::from(admin.token.hash().ct_eq(&token.hash())) => Some(admin.identity.clone()),
            _ if !token.has_the_form_of_a_stored_token() => None,
            _ => self.database.find_token(token).await?,
        };
        if identity.is_none() {
            self.access.refused.report();
        }
        Ok(identity)
    }

    /// Returns the refusal for something that does not exist: the same as if it belonged to another organizer.
    pub(super) async fn refuse_absent(&self, caller: &Caller) -> Refusal {
        match caller {
            Caller::Operator | Caller::Request { bearer: Bearer::Missing, .. } => Refusal::NotFound,
            Caller::Request { bearer, .. } => match self.identify(bearer).await {
                Ok(Some(_)) => Refusal::NotFound,
                Ok(None) => Refusal::Unauthenticated,
                Err(refusal) => refusal,
            },
        }
    }

    /// Returns the organizer of the caller's token, which may have any scope.
    pub async fn organizer_of(&self, caller: &Caller) -> Result<OrganizerKey, Refusal> {
        let Caller::Request { bearer, .. } = caller else { return Err(Refusal::Unauthenticated) };
        Ok(self.identify(bearer).await?.ok_or(Refusal::Unauthenticated)?.organizer)
    }

    /// Returns the event with this slug or id.
    pub async fn event(&self, name: &str) -> Result<Arc<EventSetup>, Refusal> {
        let name = EventName::parse(name).ok_or(Refusal::NotFound)?;
        self.catalog.find(name).await?.ok_or(Refusal::NotFound)
    }

    /// Returns the event with this slug or id; a draft only to its organizer.
    pub async fn visible_event(&self, caller: &Caller, name: &str) -> Result<Arc<EventSetup>, Refusal> {
        let setup = self.event(name).await?;
        if setup.event.draft.status != EventStatus::Draft {
            return Ok(setup);
        }
        let identity = match caller {
            Caller::Operator => return Ok(setup),
            // Like for an absent event, wrong credentials make no difference.
            Caller::Request { bearer: Bearer::Malformed, .. } => None,
            Caller::Request { bearer, .. } => self.identify(bearer).await?,
        };
        let owns = identity.is_some_and(|identity| identity.organizer == setup.event.organizer);
        if owns { Ok(setup) } else { Err(Refusal::NotFound) }
    }

    /// Returns the caller's event from the cache. Another organizer's event is `NotFound`.
    pub async fn own_event(&self, caller: &Caller, scope: Scope, name: &str) -> Result<Arc<EventSetup>, Refusal> {
        let authorized = self.authorize(caller, scope).await?;
        let setup = self.event(name).await?;
        if authorized.owns(setup.event.organizer) { Ok(setup) } else { Err(Refusal::NotFound) }
    }

    /// Returns the caller's event as the database has it now, for a change.
    pub async fn own_event_uncached(
        &self,
        caller: &Caller,
        scope: Scope,
        name: &str,
    ) -> Result<(Authorized, Arc<EventSetup>), Refusal> {
        let authorized = self.authorize(caller, scope).await?;
        let cached = self.event(name).await?;
        if !authorized.owns(cached.event.organizer) {
            return Err(Refusal::NotFound);
        }
        self.catalog.invalidate(&cached).await;
        let setup = self.catalog.find(EventName::Id(cached.event.id)).await?.ok_or(Refusal::NotFound)?;
        Ok((authorized, setup))
    }

    /// Returns the event of a registration, and the caller's entitlement to the registration: as its holder, or as the
    /// event's organizer. For others it is `NotFound`.
    pub async fn event_of(
        &self,
        caller: &Caller,
        id: &RegistrationId,
    ) -> Result<(Arc<EventSetup>, Entitlement), Refusal> {
        let setup = self.catalog.find(EventName::Code(id.code.clone())).await?;
        let Caller::Request { access_token, bearer } = caller else {
            return setup.map(|setup| (setup, Entitlement::Organizer)).ok_or(Refusal::NotFound);
        };
        let secret = self.catalog.secret();
        let holder = setup.as_ref().zip(access_token.as_ref()).and_then(|(setup, token)| {
            let generation = secret.access_generation(setup.event.id, id.number, token)?;
            Some((setup.clone(), Entitlement::Token { generation }))
        });
        if matches!(bearer, Bearer::Missing) {
            return holder.ok_or(Refusal::NotFound);
        }
        // Credentials are checked first, so that an absent registration and another organizer's get the same answer.
        let identity = match self.identify(bearer).await {
            Ok(Some(identity)) => identity,
            Ok(None) => return holder.ok_or(Refusal::Unauthenticated),
            Err(refusal) => return holder.ok_or(refusal),
        };
        let own = setup.filter(|setup| identity.organizer == setup.event.organizer);
        match own {
            Some(setup) if identity.scopes.contains(&Scope::RegistrationsRead) => Ok((setup, Entitlement::Organizer)),
            Some(_) => holder.ok_or(Refusal::Forbidden(Scope::RegistrationsRead)),
            None => holder.ok_or(Refusal::NotFound),
        }
    }

    /// Returns a registration with its event, to its holder and the event's organizer.
    pub async fn registration_of(&self, caller: &Caller, id: &RegistrationId) -> Result<EntitledTo, Refusal> {
        let (setup, entitlement) = self.event_of(caller, id).await?;
        let reference = RegistrationRef { event: setup.event.key, number: id.number };
        let registration = self.database.registration(reference).await?.ok_or(Refusal::NotFound)?;
        if !entitlement.is_valid_for(registration.access_generation) {
            return Err(Refusal::NotFound);
        }
        Ok(EntitledTo { setup, registration, entitlement })
    }

    /// Returns a registration of the caller's own event, with the event.
    pub async fn own_registration(
        &self,
        caller: &Caller,
        scope: Scope,
        id: &str,
    ) -> Result<(Authorized, Arc<EventSetup>, RegistrationRef), Refusal> {
        let authorized = self.authorize(caller, scope).await?;
        let id: RegistrationId = id.parse().map_err(|_| Refusal::NotFound)?;
        let setup = self.catalog.find(EventName::Code(id.code.clone())).await?.ok_or(Refusal::NotFound)?;
        if !authorized.owns(setup.event.organizer) {
            return Err(Refusal::NotFound);
        }
        let reference = RegistrationRef { event: setup.event.key, number: id.number };
        Ok((authorized, setup, reference))
    }
}
