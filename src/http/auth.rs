//! Who asks: an organizer with a bearer token, or somebody with the access token of a registration.

use std::{sync::Arc, time::Duration};

use actix_web::{HttpRequest, http::header};
use moka::sync::Cache;
use serde_json::json;
use subtle::ConstantTimeEq;
use uuid::Uuid;

use super::{Services, error::ApiError};
use crate::{
    db::{Database, EventName, Identity},
    domain::{EventSetup, OrganizerToken, Registration, RegistrationId, RegistrationRef, Scope},
};

/// The token from the configuration, with every scope.
pub struct Admin {
    pub token: OrganizerToken,
    pub identity: Identity,
}

/// Knows organizers by their tokens.
pub struct Authenticator {
    database: Database,
    admin: Option<Admin>,
}

impl Authenticator {
    /// Tokens from the database, and the one from the configuration.
    pub fn new(database: Database, admin: Option<Admin>) -> Self {
        Self { database, admin }
    }

    async fn identify(&self, token: &OrganizerToken) -> Result<Option<Identity>, ApiError> {
        match &self.admin {
            Some(admin) if bool::from(admin.token.hash().ct_eq(&token.hash())) => Ok(Some(admin.identity.clone())),
            _ => Ok(self.database.find_token(token).await?),
        }
    }
}

/// How often the use of a token is written down.
const NOTED: Duration = Duration::from_secs(3600);
/// Tokens remembered for that.
const REMEMBERED: u64 = 10_000;

/// Tokens whose use was written down within the hour, by this server.
pub struct TokensInUse(Cache<Uuid, ()>);

impl Default for TokensInUse {
    fn default() -> Self {
        Self(Cache::builder().max_capacity(REMEMBERED).time_to_live(NOTED).build())
    }
}

impl TokensInUse {
    fn is_news(&self, token: Uuid) -> bool {
        self.0.entry(token).or_insert(()).is_fresh()
    }
}

impl Services {
    /// The organizer who asks, if the token allows `scope`.
    pub async fn organizer(&self, request: &HttpRequest, scope: Scope) -> Result<Identity, ApiError> {
        let token = bearer(request)?.ok_or(ApiError::Unauthenticated)?;
        let identity = self.authenticator.identify(&token).await?.ok_or(ApiError::Unauthenticated)?;
        if let Some((id, _)) = &identity.token
            && self.tokens.is_news(*id)
        {
            self.audit(&identity, None, "token.used", json!({ "scope": scope.name() })).await;
        }
        if identity.scopes.contains(&scope) { Ok(identity) } else { Err(ApiError::Forbidden(scope)) }
    }

    /// The event of this slug or id.
    pub async fn event(&self, name: &str) -> Result<Arc<EventSetup>, ApiError> {
        let name = EventName::parse(name).ok_or(ApiError::NotFound)?;
        self.catalog.find(name).await?.ok_or(ApiError::NotFound)
    }

    /// The organizer's own event. Somebody else's looks like none.
    pub async fn own_event(
        &self,
        request: &HttpRequest,
        scope: Scope,
        name: &str,
    ) -> Result<Arc<EventSetup>, ApiError> {
        self.organizer_of(request, scope, name).await.map(|(_, setup)| setup)
    }

    async fn organizer_of(
        &self,
        request: &HttpRequest,
        scope: Scope,
        name: &str,
    ) -> Result<(Identity, Arc<EventSetup>), ApiError> {
        let identity = self.organizer(request, scope).await?;
        let setup = self.event(name).await?;
        if setup.event.organizer == identity.organizer { Ok((identity, setup)) } else { Err(ApiError::NotFound) }
    }

    /// The same as it is now, not as it is remembered, and who asks: for whoever means to change it.
    pub async fn own_event_now(
        &self,
        request: &HttpRequest,
        scope: Scope,
        name: &str,
    ) -> Result<(Identity, Arc<EventSetup>), ApiError> {
        let (identity, remembered) = self.organizer_of(request, scope, name).await?;
        self.catalog.forget(&remembered).await;
        let setup = self.catalog.find(EventName::Id(remembered.event.id)).await?.ok_or(ApiError::NotFound)?;
        Ok((identity, setup))
    }

    /// The event of a registration, for whoever holds its token or owns the event. To all others it does not exist.
    pub async fn event_of_holder(
        &self,
        request: &HttpRequest,
        id: &RegistrationId,
        token: Option<&str>,
    ) -> Result<Arc<EventSetup>, ApiError> {
        let setup = self.catalog.find(EventName::Code(id.code.clone())).await?.ok_or(ApiError::NotFound)?;
        let holds = |token| self.catalog.secret().access_token(setup.event.id, id.number).matches(token);
        if token.is_some_and(holds) {
            return Ok(setup);
        }
        match bearer(request)? {
            Some(token) => {
                let identity = self.authenticator.identify(&token).await?.ok_or(ApiError::Unauthenticated)?;
                let owns = identity.organizer == setup.event.organizer;
                match (owns, identity.scopes.contains(&Scope::RegistrationsRead)) {
                    (true, true) => Ok(setup),
                    (true, false) => Err(ApiError::Forbidden(Scope::RegistrationsRead)),
                    (false, _) => Err(ApiError::NotFound),
                }
            }
            None => Err(ApiError::NotFound),
        }
    }

    /// A registration with its event, for whoever may see it.
    pub async fn registration_of_holder(
        &self,
        request: &HttpRequest,
        id: &RegistrationId,
        token: Option<&str>,
    ) -> Result<(Arc<EventSetup>, Registration), ApiError> {
        let setup = self.event_of_holder(request, id, token).await?;
        let reference = RegistrationRef { event: setup.event.key, number: id.number };
        let registration = self.database.registration(reference).await?.ok_or(ApiError::NotFound)?;
        Ok((setup, registration))
    }

    /// Whether the asking organizer owns the event; nobody's question is refused.
    pub async fn asks_for_own(&self, request: &HttpRequest, setup: &EventSetup) -> Result<bool, ApiError> {
        let Some(token) = bearer(request)? else { return Ok(false) };
        let identity = self.authenticator.identify(&token).await?;
        Ok(identity.is_some_and(|identity| identity.organizer == setup.event.organizer))
    }
}

fn bearer(request: &HttpRequest) -> Result<Option<OrganizerToken>, ApiError> {
    let Some(value) = request.headers().get(header::AUTHORIZATION) else { return Ok(None) };
    let token = value.to_str().ok().and_then(|text| {
        let (scheme, token) = text.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
    });
    token.map(|token| Some(OrganizerToken::presented(token))).ok_or(ApiError::Unauthenticated)
}
