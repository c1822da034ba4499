//! Rights of callers: the organizer of a token, and the events and registrations that a caller may read or change.

use std::sync::Arc;

use serde_json::json;
use subtle::ConstantTimeEq;

use super::{Authorized, Bearer, Caller, Records, Refusal};
use crate::{
    db::{EventName, Identity},
    domain::{EventSetup, EventStatus, Registration, RegistrationId, RegistrationRef, Scope},
};

/// The operator's name in the audit log.
const OPERATOR: &str = "onsale";

impl Records {
    /// Checks that a caller has the scope, and audits the use of its token.
    pub async fn authorize(&self, caller: &Caller, scope: Scope) -> Result<Authorized, Refusal> {
        let Caller::Request { bearer, .. } = caller else {
            return Ok(Authorized { organizer: None, actor: OPERATOR.to_owned() });
        };
        let identity = self.identify(bearer).await?.ok_or(Refusal::Unauthenticated)?;
        let authorized = Authorized { organizer: Some(identity.organizer), actor: identity.actor() };
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
        match &self.access.admin {
            Some(admin) if bool::from(admin.token.hash().ct_eq(&token.hash())) => Ok(Some(admin.identity.clone())),
            _ => Ok(self.database.find_token(token).await?),
        }
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

    /// Returns the event of a registration to the registration's holder and the event's organizer. For others it is
    /// `NotFound`.
    pub async fn event_of(&self, caller: &Caller, id: &RegistrationId) -> Result<Arc<EventSetup>, Refusal> {
        let setup = self.catalog.find(EventName::Code(id.code.clone())).await?.ok_or(Refusal::NotFound)?;
        let Caller::Request { access_token, bearer } = caller else { return Ok(setup) };
        let matches = |token: &String| self.catalog.secret().access_token(setup.event.id, id.number).matches(token);
        if access_token.as_ref().is_some_and(matches) {
            return Ok(setup);
        }
        if matches!(bearer, Bearer::Missing) {
            return Err(Refusal::NotFound);
        }
        let identity = self.identify(bearer).await?.ok_or(Refusal::Unauthenticated)?;
        if identity.organizer != setup.event.organizer {
            return Err(Refusal::NotFound);
        }
        match identity.scopes.contains(&Scope::RegistrationsRead) {
            true => Ok(setup),
            false => Err(Refusal::Forbidden(Scope::RegistrationsRead)),
        }
    }

    /// Returns a registration with its event, to its holder and the event's organizer.
    pub async fn registration_of(
        &self,
        caller: &Caller,
        id: &RegistrationId,
    ) -> Result<(Arc<EventSetup>, Registration), Refusal> {
        let setup = self.event_of(caller, id).await?;
        let reference = RegistrationRef { event: setup.event.key, number: id.number };
        let registration = self.database.registration(reference).await?.ok_or(Refusal::NotFound)?;
        Ok((setup, registration))
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
