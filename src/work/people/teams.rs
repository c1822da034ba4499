//! Organizers and their teams: members, invitations and tokens.

use std::time::Duration;

use uuid::Uuid;

use super::super::{Authorized, Caller, Records, Refusal, Tools, rights::person_actor};
use crate::{
    db::{
        DbError, FoundRequest, InvitationRow, MemberRow, Membership, NewInvitation, NewToken, OrganizerRow, TokenRow,
    },
    domain::{
        Faults, OrganizerKey, OrganizerToken, PersonRequest, Role, Scope, check_email, check_name, normal_address,
        organizer_slug,
    },
};

/// Organizers that one account owns.
const MAX_OWNED: i64 = 20;
/// Time in which an invitation can be accepted.
const INVITATION: Duration = Duration::from_secs(7 * 86_400);
const MAX_INVITATIONS: i64 = 100;
/// Messages of the server to one address within an hour.
const MAX_MESSAGES: i64 = 5;
/// Valid tokens of one organizer.
const MAX_TOKENS: i64 = 100;
const MAX_TOKEN_NAME: usize = 100;
const NAME_TAKEN: &str = "is the name of another organizer";
/// Longest life of a token, in days.
const MAX_DAYS: i32 = 36_500;

/// Returns the organizers that a person works for.
pub async fn organizers(records: &Records, caller: &Caller) -> Result<Vec<Membership>, Refusal> {
    Ok(records.person(caller).await?.memberships.clone())
}

/// Opens an organizer whose owner is the caller.
pub async fn open(tools: &Tools, caller: &Caller, name: &str) -> Result<OrganizerRow, Refusal> {
    let records = &tools.records;
    let person = records.person(caller).await?;
    if !tools.people.settings.open_organizers {
        return Err(Refusal::conflict("organizers are opened by the operator of this server"));
    }
    let name = check_name(name).map_err(|fault| Refusal::invalid("/name", fault))?;
    if records.access.is_admin_organizer(&name) {
        return Err(Refusal::invalid("/name", NAME_TAKEN));
    }
    let (slug, actor) = (organizer_slug(&name), person_actor(person.id));
    let opened = records.database.open_organizer(&name, &slug, person.account, MAX_OWNED, &actor).await;
    let slug = opened
        .map_err(refuse_name)?
        .ok_or_else(|| Refusal::conflict(format!("you own {MAX_OWNED} organizers, the most that are allowed")))?;
    records.access.sessions().forget(person.account);
    records.database.organizer_of_slug(&slug).await?.ok_or(Refusal::Internal)
}

fn refuse_name(error: DbError) -> Refusal {
    match error.is_taken_name() {
        true => Refusal::invalid("/name", NAME_TAKEN),
        false => Refusal::from_write(error),
    }
}

/// Returns an organizer that the caller works for, in any role.
pub async fn find(records: &Records, caller: &Caller, slug: &str) -> Result<OrganizerRow, Refusal> {
    let organizer = records.database.organizer_of_slug(slug).await?;
    let key = organizer.as_ref().map(|organizer| organizer.key);
    records.authorize_member(caller, key).await?;
    organizer.ok_or(Refusal::NotFound)
}

/// Renames an organizer.
pub async fn rename(records: &Records, caller: &Caller, slug: &str, name: &str) -> Result<OrganizerRow, Refusal> {
    let (by, organizer) = records.own_organizer(caller, Scope::TeamWrite, slug).await?;
    let name = check_name(name).map_err(|fault| Refusal::invalid("/name", fault))?;
    if records.access.is_admin_organizer(&name) && name != organizer.name {
        return Err(Refusal::invalid("/name", NAME_TAKEN));
    }
    records.database.rename_organizer(organizer.key, &name, &by.actor).await.map_err(refuse_name)?;
    // Events have the name. Other servers are notified.
    records.catalog.invalidate_all();
    records.database.organizer(organizer.key).await?.ok_or(Refusal::NotFound)
}

/// Returns the members of a team, owners first.
pub async fn members(records: &Records, caller: &Caller, slug: &str) -> Result<Vec<MemberRow>, Refusal> {
    let (_, organizer) = records.own_organizer(caller, Scope::TeamRead, slug).await?;
    Ok(records.database.members(organizer.key).await?)
}

/// Returns a member of a team. Everybody may see the own place.
pub async fn member(records: &Records, caller: &Caller, slug: &str, id: &str) -> Result<MemberRow, Refusal> {
    let own = records.person(caller).await.ok().filter(|person| person.id.to_string() == id);
    let place = own.as_ref().and_then(|person| person.memberships.iter().find(|place| place.slug == slug));
    let members = match place {
        Some(place) => records.database.members(place.organizer).await?,
        None => members(records, caller, slug).await?,
    };
    members.into_iter().find(|member| member.id.to_string() == id).ok_or(Refusal::NotFound)
}

/// Refuses to give rights that the caller does not have.
fn check_grants(by: &Authorized, scopes: &[Scope]) -> Result<(), Refusal> {
    match scopes.iter().find(|scope| !by.may(**scope)) {
        Some(missing) => Err(Refusal::Forbidden(*missing)),
        None => Ok(()),
    }
}

fn check_role(name: &str) -> Result<Role, Refusal> {
    let known = || Role::ALL.map(Role::name).join(", ");
    Role::from_name(name).ok_or_else(|| Refusal::invalid("/role", format!("must be one of {}", known())))
}

fn refuse_change(error: DbError) -> Refusal {
    match error.leaves_no_owner() {
        true => Refusal::conflict("the team would have no owner: make somebody else an owner first"),
        false => Refusal::from_write(error),
    }
}

/// Refuses to change a member who has rights that the caller does not have. Returns the member.
async fn check_member(
    records: &Records,
    by: &Authorized,
    organizer: OrganizerKey,
    id: Uuid,
) -> Result<MemberRow, Refusal> {
    let members = records.database.members(organizer).await?;
    let member = members.into_iter().find(|member| member.id == id).ok_or(Refusal::NotFound)?;
    check_grants(by, member.role.scopes())?;
    Ok(member)
}

/// Changes the role of a member.
pub async fn change_member(
    records: &Records,
    caller: &Caller,
    slug: &str,
    id: &str,
    role: &str,
) -> Result<MemberRow, Refusal> {
    let (by, organizer) = records.own_organizer(caller, Scope::TeamWrite, slug).await?;
    let role = check_role(role)?;
    check_grants(&by, role.scopes())?;
    let id = Uuid::try_parse(id).map_err(|_| Refusal::NotFound)?;
    check_member(records, &by, organizer.key, id).await?;
    let changed = records.database.change_member(organizer.key, id, role, &by.actor).await.map_err(refuse_change)?;
    if !changed {
        return Err(Refusal::NotFound);
    }
    let members = records.database.members(organizer.key).await?;
    let member = members.into_iter().find(|member| member.id == id).ok_or(Refusal::NotFound)?;
    records.access.sessions().forget(member.account);
    Ok(member)
}

/// Removes a member, or the caller itself: everybody may leave a team.
pub async fn remove_member(records: &Records, caller: &Caller, slug: &str, id: &str) -> Result<(), Refusal> {
    let id = Uuid::try_parse(id).map_err(|_| Refusal::NotFound)?;
    let own = records.person(caller).await.ok().filter(|person| person.id == id);
    let (actor, organizer, account) = match own {
        Some(person) => {
            let place = person.memberships.iter().find(|place| place.slug == slug).ok_or(Refusal::NotFound)?;
            (person_actor(person.id), place.organizer, person.account)
        }
        None => {
            let (by, organizer) = records.own_organizer(caller, Scope::TeamWrite, slug).await?;
            let member = check_member(records, &by, organizer.key, id).await?;
            (by.actor, organizer.key, member.account)
        }
    };
    let removed = records.database.remove_member(organizer, id, &actor).await.map_err(refuse_change)?;
    records.access.sessions().forget(account);
    if removed { Ok(()) } else { Err(Refusal::NotFound) }
}

/// Returns the open invitations of an organizer.
pub async fn invitations(records: &Records, caller: &Caller, slug: &str) -> Result<Vec<InvitationRow>, Refusal> {
    let (_, organizer) = records.own_organizer(caller, Scope::TeamRead, slug).await?;
    Ok(records.database.invitations(organizer.key).await?)
}

/// Invites an address to a team, or sends its invitation again.
pub async fn invite(
    records: &Records,
    caller: &Caller,
    slug: &str,
    email: &str,
    role: &str,
) -> Result<InvitationRow, Refusal> {
    let (by, organizer) = records.own_organizer(caller, Scope::TeamWrite, slug).await?;
    let mut faults = Faults::default();
    let email = faults.check("/email", check_email(email.trim()));
    let known = || format!("must be one of {}", Role::ALL.map(Role::name).join(", "));
    let role = faults.check("/role", Role::from_name(role).ok_or_else(known));
    faults.into_result()?;
    let (email, role) = email.zip(role).ok_or(Refusal::Internal)?;
    check_grants(&by, role.scopes())?;
    let address = normal_address(&email);
    let members = records.database.members(organizer.key).await?;
    if members.iter().any(|member| normal_address(&member.email) == address) {
        return Err(Refusal::invalid("/email", "is the address of a member"));
    }
    let new = NewInvitation {
        id: Uuid::new_v4(),
        organizer: organizer.key,
        by: by.account,
        address: &address,
        email: &email,
        role,
        valid: INVITATION,
        actor: &by.actor,
        most_open: MAX_INVITATIONS,
        most_messages: MAX_MESSAGES,
    };
    let id = records.database.invite(new).await.map_err(Refusal::from_write)?.ok_or_else(|| {
        Refusal::conflict("too many invitations are open, or were sent to this address within the last hour")
    })?;
    let open = records.database.invitations(organizer.key).await?;
    open.into_iter().find(|invitation| invitation.id == id).ok_or(Refusal::Internal)
}

/// Withdraws an invitation.
pub async fn withdraw(records: &Records, caller: &Caller, slug: &str, id: &str) -> Result<(), Refusal> {
    let (by, organizer) = records.own_organizer(caller, Scope::TeamWrite, slug).await?;
    let id = Uuid::try_parse(id).map_err(|_| Refusal::NotFound)?;
    let withdrawn = records.database.withdraw_invitation(organizer.key, id, &by.actor).await;
    if withdrawn.map_err(Refusal::from_write)? { Ok(()) } else { Err(Refusal::NotFound) }
}

/// Returns the invitation of a link.
pub async fn invitation(records: &Records, token: &str) -> Result<FoundRequest, Refusal> {
    let id = records.catalog.secret().request_of(PersonRequest::Invitation, token).ok_or(Refusal::NotFound)?;
    records.database.person_request(id).await?.ok_or(Refusal::NotFound)
}

/// Accepts an invitation to the address of the person who is signed in. Returns the organizer.
pub async fn accept(records: &Records, caller: &Caller, token: &str) -> Result<OrganizerRow, Refusal> {
    let person = records.person(caller).await?;
    let invitation = invitation(records, token).await?;
    if invitation.address != person.address {
        return Err(Refusal::conflict("the invitation is for another address: sign in with that one"));
    }
    let accepted = records.database.accept_invitation(invitation.id, person.account, &person_actor(person.id)).await;
    let slug = accepted.map_err(Refusal::from_write)?.ok_or(Refusal::NotFound)?;
    records.access.sessions().forget(person.account);
    records.database.organizer_of_slug(&slug).await?.ok_or(Refusal::NotFound)
}

/// Returns the tokens of an organizer, without their secrets.
pub async fn tokens(records: &Records, caller: &Caller, slug: &str) -> Result<Vec<TokenRow>, Refusal> {
    let (_, organizer) = records.own_organizer(caller, Scope::TeamRead, slug).await?;
    Ok(records.database.tokens_of(&organizer).await?)
}

/// A token that a caller makes.
#[derive(Debug)]
pub struct TokenDraft {
    pub name: String,
    pub scopes: Vec<String>,
    /// `None`: it never expires.
    pub days: Option<i32>,
}

/// Makes a token with scopes that the caller has. It is returned this once.
pub async fn make_token(
    records: &Records,
    caller: &Caller,
    slug: &str,
    draft: TokenDraft,
) -> Result<(OrganizerToken, TokenRow), Refusal> {
    let (by, organizer) = records.own_organizer(caller, Scope::TeamWrite, slug).await?;
    let mut faults = Faults::default();
    let name = match draft.name.trim() {
        name if name.is_empty() || name.chars().count() > MAX_TOKEN_NAME || name.chars().any(char::is_control) => {
            faults.add("/name", "must have 1 to 100 characters on one line");
            String::new()
        }
        name => name.to_owned(),
    };
    let mut scopes: Vec<Scope> = Vec::new();
    for (index, scope) in draft.scopes.iter().enumerate() {
        scopes.extend(faults.check(format!("/scopes/{index}"), scope.parse::<Scope>()));
    }
    if draft.scopes.is_empty() {
        faults.add("/scopes", "must have at least one entry");
    }
    if draft.days.is_some_and(|days| !(1..=MAX_DAYS).contains(&days)) {
        faults.add("/expiresInDays", format!("must lie between 1 and {MAX_DAYS}"));
    }
    faults.into_result()?;
    check_grants(&by, &scopes)?;
    let token = OrganizerToken::random();
    let new = NewToken {
        organizer: organizer.key,
        name: &name,
        token: &token,
        scopes: &scopes,
        days: draft.days,
        actor: &by.actor,
        most: MAX_TOKENS,
    };
    let id = records.database.issue_token(new).await.map_err(Refusal::from_write)?.ok_or_else(|| {
        Refusal::conflict(format!("the organizer has {MAX_TOKENS} valid tokens, the most that are allowed"))
    })?;
    let tokens = records.database.tokens_of(&organizer).await?;
    let row = tokens.into_iter().find(|row| row.id == id).ok_or(Refusal::Internal)?;
    Ok((token, row))
}

/// Revokes a token, with immediate effect.
pub async fn revoke_token(records: &Records, caller: &Caller, slug: &str, id: &str) -> Result<(), Refusal> {
    let (by, organizer) = records.own_organizer(caller, Scope::TeamWrite, slug).await?;
    let id = Uuid::try_parse(id).map_err(|_| Refusal::NotFound)?;
    let revoked = records.database.withdraw_token(organizer.key, id, &by.actor).await;
    if revoked.map_err(Refusal::from_write)? { Ok(()) } else { Err(Refusal::NotFound) }
}
