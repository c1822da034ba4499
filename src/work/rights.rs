//! The one place that answers what a caller may do: the organizer of a token, the roles of a person, the holder of a
//! registration, the operator; and the events and registrations that each may read or change.

use std::sync::Arc;

use serde_json::json;
use subtle::ConstantTimeEq;

use uuid::Uuid;

use super::{Authorized, Caller, Credentials, Records, Refusal, access::Organizers};
use crate::{
    db::{EventName, Identity, OrganizerRow, Person},
    domain::{EventSetup, EventStatus, OrganizerKey, Registration, RegistrationId, RegistrationRef, Role, Scope},
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

/// A registration that a caller may change.
pub(super) enum Changeable {
    ByHolder(Box<EntitledTo>),
    ByOrganizer(Authorized, Arc<EventSetup>, RegistrationRef),
}

impl Changeable {
    /// Returns the caller's name in the audit log, the event and the registration.
    pub fn parts(self) -> (String, Arc<EventSetup>, RegistrationRef) {
        match self {
            Self::ByHolder(own) => (HOLDER.to_owned(), own.setup, own.registration.reference),
            Self::ByOrganizer(by, setup, reference) => (by.actor, setup, reference),
        }
    }
}

/// The name of a registration's holder in the audit log.
const HOLDER: &str = "holder of the registration";

/// The operator's name in the audit log.
const OPERATOR: &str = "onsale";

/// A caller whose credentials are genuine.
enum Known {
    /// A token, which acts for one organizer.
    Token(Identity),
    /// A person who is signed in, and the organizer whom the person named.
    Person(Arc<Person>, Option<String>),
}

impl Known {
    /// Returns the scopes that the caller has for an organizer. `None`: it does not act for it.
    fn scopes_for(&self, organizer: OrganizerKey) -> Option<&[Scope]> {
        match self {
            Self::Token(identity) => (identity.organizer == organizer).then_some(identity.scopes.as_slice()),
            Self::Person(person, _) => role_in(person, organizer).map(Role::scopes),
        }
    }

    /// Returns the caller's name in the audit log.
    fn actor(&self) -> String {
        match self {
            Self::Token(identity) => identity.actor(),
            Self::Person(person, _) => person_actor(person.id),
        }
    }
}

/// Returns a person's name in the audit log.
pub fn person_actor(id: Uuid) -> String {
    format!("account {id}")
}

fn role_in(person: &Person, organizer: OrganizerKey) -> Option<Role> {
    person.memberships.iter().find(|place| place.organizer == organizer).map(|place| place.role)
}

impl Records {
    /// Checks that a caller has the scope, and audits the use of its token.
    pub async fn authorize(&self, caller: &Caller, scope: Scope) -> Result<Authorized, Refusal> {
        let Caller::Request { credentials, .. } = caller else {
            let (actor, scopes) = (OPERATOR.to_owned(), Scope::ALL.to_vec());
            return Ok(Authorized { organizers: Organizers::All, actor, scopes, account: None });
        };
        let known = self.identify(credentials).await?.ok_or(Refusal::Unauthenticated)?;
        let actor = known.actor();
        match known {
            Known::Token(identity) => {
                let organizers = Organizers::One(identity.organizer);
                let authorized = Authorized { organizers, actor, scopes: identity.scopes.clone(), account: None };
                self.audit_use(&identity, &authorized, scope).await;
                if identity.scopes.contains(&scope) { Ok(authorized) } else { Err(Refusal::Forbidden(scope)) }
            }
            Known::Person(person, named) => {
                let (organizers, scopes) = places(&person, named.as_deref(), scope)?;
                Ok(Authorized { organizers, actor, scopes, account: Some(person.account) })
            }
        }
    }

    /// Audits the use of a token, once in a while.
    async fn audit_use(&self, identity: &Identity, authorized: &Authorized, scope: Scope) {
        if let Some((id, _)) = &identity.token
            && self.access.audited.entry(*id).or_insert(()).is_fresh()
        {
            self.audit(authorized, None, "token.used", json!({ "scope": scope.name() })).await;
            if let Err(error) = self.database.token_used(*id).await {
                tracing::warn!(%error, "the use of a token was not recorded");
            }
        }
    }

    /// Returns a caller with genuine credentials. `None` if the request has none, or the token or session is unknown.
    async fn identify(&self, credentials: &Credentials) -> Result<Option<Known>, Refusal> {
        let token = match credentials {
            Credentials::Missing => return Ok(None),
            Credentials::Malformed => return Err(Refusal::Unauthenticated),
            Credentials::ForeignPage => return Err(Refusal::ForeignPage),
            Credentials::Token(token) => token,
            Credentials::Session { token, organizer } => {
                let person = self.person_of(token).await?;
                return Ok(person.map(|person| Known::Person(person, organizer.clone())));
            }
        };
        let identity = match &self.access.admin {
            Some(admin) if bool::from(admin.token.hash().ct_eq(&token.hash())) => Some(admin.identity.clone()),
            _ if !token.has_the_form_of_a_stored_token() => None,
            _ => self.database.find_token(token).await?,
        };
        if identity.is_none() {
            self.access.refused.report();
        }
        Ok(identity.map(Known::Token))
    }

    /// Returns the person who is signed in.
    pub async fn person(&self, caller: &Caller) -> Result<Arc<Person>, Refusal> {
        let Caller::Request { credentials, .. } = caller else { return Err(Refusal::NotSignedIn) };
        match credentials {
            Credentials::ForeignPage => Err(Refusal::ForeignPage),
            Credentials::Session { token, .. } => self.person_of(token).await?.ok_or(Refusal::NotSignedIn),
            Credentials::Missing | Credentials::Malformed | Credentials::Token(_) => Err(Refusal::NotSignedIn),
        }
    }

    /// Returns the refusal for something that does not exist: the same as if it belonged to another organizer.
    pub(super) async fn refuse_absent(&self, caller: &Caller) -> Refusal {
        match caller {
            Caller::Operator | Caller::Request { credentials: Credentials::Missing, .. } => Refusal::NotFound,
            Caller::Request { credentials, .. } => match self.identify(credentials).await {
                Ok(Some(_)) => Refusal::NotFound,
                Ok(None) => Refusal::Unauthenticated,
                Err(refusal) => refusal,
            },
        }
    }

    /// Returns the organizer of the caller, which may have any scope or role.
    pub async fn organizer_of(&self, caller: &Caller) -> Result<OrganizerKey, Refusal> {
        let Caller::Request { credentials, .. } = caller else { return Err(Refusal::Unauthenticated) };
        match self.identify(credentials).await?.ok_or(Refusal::Unauthenticated)? {
            Known::Token(identity) => Ok(identity.organizer),
            Known::Person(person, named) => match (named, person.memberships.as_slice()) {
                (Some(slug), places) => {
                    let place = places.iter().find(|place| place.slug == slug);
                    place.map(|place| place.organizer).ok_or(Refusal::NotFound)
                }
                (None, [only]) => Ok(only.organizer),
                (None, []) => Err(Refusal::NotFound),
                (None, _) => Err(Refusal::UnnamedOrganizer),
            },
        }
    }

    async fn event_if_any(&self, name: &str) -> Result<Option<Arc<EventSetup>>, Refusal> {
        let Some(name) = EventName::parse(name) else { return Ok(None) };
        Ok(self.catalog.find(name).await?)
    }

    /// Returns the event with this slug or id.
    pub async fn event(&self, name: &str) -> Result<Arc<EventSetup>, Refusal> {
        self.event_if_any(name).await?.ok_or(Refusal::NotFound)
    }

    /// Returns the event with this slug or id; a draft only to its organizer.
    pub async fn visible_event(&self, caller: &Caller, name: &str) -> Result<Arc<EventSetup>, Refusal> {
        let setup = self.event(name).await?;
        if setup.event.draft.status != EventStatus::Draft {
            return Ok(setup);
        }
        let known = match caller {
            Caller::Operator => return Ok(setup),
            // Like for an absent event, wrong credentials make no difference.
            Caller::Request { credentials: Credentials::Malformed | Credentials::ForeignPage, .. } => None,
            Caller::Request { credentials, .. } => self.identify(credentials).await?,
        };
        let owns = known.is_some_and(|known| known.scopes_for(setup.event.organizer).is_some());
        if owns { Ok(setup) } else { Err(Refusal::NotFound) }
    }

    /// Checks that a caller has the scope for the organizer of something: a person may work for several.
    async fn authorize_for(
        &self,
        caller: &Caller,
        scope: Scope,
        organizer: Option<OrganizerKey>,
    ) -> Result<Authorized, Refusal> {
        if let Caller::Request { credentials: Credentials::Session { token, .. }, .. } = caller {
            let person = self.person_of(token).await?.ok_or(Refusal::Unauthenticated)?;
            let organizer = organizer.ok_or(Refusal::NotFound)?;
            let role = role_in(&person, organizer).ok_or(Refusal::NotFound)?;
            let (organizers, actor) = (Organizers::One(organizer), person_actor(person.id));
            let scopes = role.scopes().to_vec();
            return match scopes.contains(&scope) {
                true => Ok(Authorized { organizers, actor, scopes, account: Some(person.account) }),
                false => Err(Refusal::Forbidden(scope)),
            };
        }
        let authorized = self.authorize(caller, scope).await?;
        let organizer = organizer.ok_or(Refusal::NotFound)?;
        if authorized.owns(organizer) { Ok(authorized) } else { Err(Refusal::NotFound) }
    }

    /// Checks that a caller acts for an organizer, in any role or with any scope.
    pub(super) async fn authorize_member(
        &self,
        caller: &Caller,
        organizer: Option<OrganizerKey>,
    ) -> Result<(), Refusal> {
        let Caller::Request { credentials, .. } = caller else { return Ok(()) };
        let known = self.identify(credentials).await?.ok_or(Refusal::Unauthenticated)?;
        let is_member = organizer.is_some_and(|organizer| known.scopes_for(organizer).is_some());
        if is_member { Ok(()) } else { Err(Refusal::NotFound) }
    }

    /// Returns the caller's event from the cache, with the caller. Another organizer's event is `NotFound`.
    async fn owned(
        &self,
        caller: &Caller,
        scope: Scope,
        setup: Option<Arc<EventSetup>>,
    ) -> Result<(Authorized, Arc<EventSetup>), Refusal> {
        let organizer = setup.as_ref().map(|setup| setup.event.organizer);
        let authorized = self.authorize_for(caller, scope, organizer).await?;
        Ok((authorized, setup.ok_or(Refusal::NotFound)?))
    }

    /// Returns the caller's event from the cache. Another organizer's event is `NotFound`.
    pub async fn own_event(&self, caller: &Caller, scope: Scope, name: &str) -> Result<Arc<EventSetup>, Refusal> {
        let setup = self.event_if_any(name).await?;
        self.owned(caller, scope, setup).await.map(|(_, setup)| setup)
    }

    /// Returns the caller's event as the database has it now, for a change.
    pub async fn own_event_uncached(
        &self,
        caller: &Caller,
        scope: Scope,
        name: &str,
    ) -> Result<(Authorized, Arc<EventSetup>), Refusal> {
        let cached = self.event_if_any(name).await?;
        let (authorized, cached) = self.owned(caller, scope, cached).await?;
        self.catalog.invalidate(&cached).await;
        let setup = self.catalog.find(EventName::Id(cached.event.id)).await?.ok_or(Refusal::NotFound)?;
        Ok((authorized, setup))
    }

    /// Returns the caller's organizer with this slug.
    pub async fn own_organizer(
        &self,
        caller: &Caller,
        scope: Scope,
        slug: &str,
    ) -> Result<(Authorized, OrganizerRow), Refusal> {
        let organizer = self.database.organizer_of_slug(slug).await?;
        let key = organizer.as_ref().map(|organizer| organizer.key);
        let authorized = self.authorize_for(caller, scope, key).await?;
        Ok((authorized, organizer.ok_or(Refusal::NotFound)?))
    }

    /// Returns the event of a registration, and the caller's entitlement to the registration: as its holder, or as the
    /// event's organizer. For others it is `NotFound`.
    pub async fn event_of(
        &self,
        caller: &Caller,
        id: &RegistrationId,
    ) -> Result<(Arc<EventSetup>, Entitlement), Refusal> {
        let setup = self.catalog.find(EventName::Code(id.code.clone())).await?;
        let Caller::Request { access_token, credentials } = caller else {
            return setup.map(|setup| (setup, Entitlement::Organizer)).ok_or(Refusal::NotFound);
        };
        let secret = self.catalog.secret();
        let holder = setup.as_ref().zip(access_token.as_ref()).and_then(|(setup, token)| {
            let generation = secret.access_generation(setup.event.id, id.number, token)?;
            Some((setup.clone(), Entitlement::Token { generation }))
        });
        if matches!(credentials, Credentials::Missing) {
            return holder.ok_or(Refusal::NotFound);
        }
        // Credentials are checked first, so that an absent registration and another organizer's get the same answer.
        let known = match self.identify(credentials).await {
            Ok(Some(known)) => known,
            Ok(None) => return holder.ok_or(Refusal::Unauthenticated),
            Err(refusal) => return holder.ok_or(refusal),
        };
        let Some(setup) = setup else { return Err(Refusal::NotFound) };
        match known.scopes_for(setup.event.organizer) {
            Some(scopes) if scopes.contains(&Scope::RegistrationsRead) => Ok((setup, Entitlement::Organizer)),
            Some(_) => holder.ok_or(Refusal::Forbidden(Scope::RegistrationsRead)),
            None => match (holder, known) {
                (Some(holder), _) => Ok(holder),
                (None, Known::Person(person, _)) => self.own_contact(&person, setup, id.number).await,
                (None, Known::Token(_)) => Err(Refusal::NotFound),
            },
        }
    }

    /// Entitles a person to the registration whose contact has the person's confirmed address.
    async fn own_contact(
        &self,
        person: &Person,
        setup: Arc<EventSetup>,
        number: i32,
    ) -> Result<(Arc<EventSetup>, Entitlement), Refusal> {
        let reference = RegistrationRef { event: setup.event.key, number };
        let registration = self.database.registration_without_answers(reference).await?;
        let own = registration.filter(|registration| registration.has_contact(&person.address));
        let generation = own.ok_or(Refusal::NotFound)?.access_generation;
        Ok((setup, Entitlement::Token { generation }))
    }

    /// Returns a registration with its event, to its holder and the event's organizer.
    pub async fn registration_of(&self, caller: &Caller, id: &RegistrationId) -> Result<EntitledTo, Refusal> {
        let (setup, entitlement) = self.event_of(caller, id).await?;
        let reference = RegistrationRef { event: setup.event.key, number: id.number };
        let registration = self.database.registration(reference).await?.ok_or(Refusal::NotFound)?;
        if !entitlement.is_valid_for(registration.access_generation) {
            // A token that was revoked does not keep a person out who has the right by address or team.
            return match caller {
                Caller::Request { access_token: Some(_), credentials: credentials @ Credentials::Session { .. } } => {
                    let person = Caller::Request { access_token: None, credentials: credentials.clone() };
                    Box::pin(self.registration_of(&person, id)).await
                }
                _ => Err(Refusal::NotFound),
            };
        }
        Ok(EntitledTo { setup, registration, entitlement })
    }

    /// Returns a registration that a caller may change: its holder by the rules of the organizer, the organizer with the
    /// scope.
    pub(super) async fn changeable(&self, caller: &Caller, scope: Scope, id: &str) -> Result<Changeable, Refusal> {
        let parsed: RegistrationId = id.parse().map_err(|_| Refusal::NotFound)?;
        let entitled = match caller {
            // The holder's token counts first, also for a member of the team.
            Caller::Request { access_token: token @ Some(_), credentials } => {
                let holder = Caller::Request { access_token: token.clone(), credentials: Credentials::Missing };
                match (self.registration_of(&holder, &parsed).await, credentials) {
                    (Ok(own), _) => Some(own),
                    (Err(refusal), Credentials::Missing) => return Err(refusal),
                    (Err(_), _) => self.registration_of(caller, &parsed).await.ok(),
                }
            }
            // A person may be the contact; if not, the rights in the team count.
            Caller::Request { credentials: Credentials::Session { .. }, .. } => {
                self.registration_of(caller, &parsed).await.ok()
            }
            Caller::Request { .. } | Caller::Operator => None,
        };
        match entitled {
            Some(own) if matches!(own.entitlement, Entitlement::Token { .. }) => {
                Ok(Changeable::ByHolder(Box::new(own)))
            }
            _ => {
                let (by, setup, reference) = self.own_registration(caller, scope, id).await?;
                Ok(Changeable::ByOrganizer(by, setup, reference))
            }
        }
    }

    /// Returns a registration of the caller's own event, with the event.
    pub async fn own_registration(
        &self,
        caller: &Caller,
        scope: Scope,
        id: &str,
    ) -> Result<(Authorized, Arc<EventSetup>, RegistrationRef), Refusal> {
        let setup = match id.parse::<RegistrationId>() {
            Ok(id) => self.catalog.find(EventName::Code(id.code.clone())).await?.map(|setup| (setup, id.number)),
            Err(_) => None,
        };
        let number = setup.as_ref().map(|(_, number)| *number);
        let (authorized, setup) = self.owned(caller, scope, setup.map(|(setup, _)| setup)).await?;
        let reference = RegistrationRef { event: setup.event.key, number: number.ok_or(Refusal::NotFound)? };
        Ok((authorized, setup, reference))
    }
}

/// Returns the organizers for whom a person has a scope, and the scopes there. `named`: the one that the person named.
fn places(person: &Person, named: Option<&str>, scope: Scope) -> Result<(Organizers, Vec<Scope>), Refusal> {
    let places: Vec<_> =
        person.memberships.iter().filter(|place| named.is_none_or(|slug| place.slug == slug)).collect();
    if places.is_empty() {
        // As if there were no such organizer; without a name, the person works for none.
        return Err(if named.is_some() { Refusal::NotFound } else { Refusal::Forbidden(scope) });
    }
    let able: Vec<_> = places.into_iter().filter(|place| place.role.scopes().contains(&scope)).collect();
    match able[..] {
        [] => Err(Refusal::Forbidden(scope)),
        [only] => Ok((Organizers::One(only.organizer), only.role.scopes().to_vec())),
        _ => Ok((Organizers::Several(able.iter().map(|place| place.organizer).collect()), vec![scope])),
    }
}
