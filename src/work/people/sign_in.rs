//! Signing in and out, forgotten passwords, and the list of sessions.

use uuid::Uuid;

use super::{
    super::{Caller, Records, Refusal, Tools},
    Browser, SOON,
    guesses::GuessTarget,
    passwords::Verified,
    second_factor,
};
use crate::{
    db::{AccountRow, NewSession, SessionRow},
    domain::{PersonRequest, SessionToken, check_email, check_password, normal_address},
};

/// Sessions of one account; beyond them, the oldest end.
const MAX_SESSIONS: i64 = 50;

/// Address, password, and the code of a second factor.
#[derive(Debug, Clone)]
pub struct SignIn {
    pub email: String,
    pub password: String,
    pub code: Option<String>,
}

/// A session that has begun.
#[derive(Debug)]
pub struct SignedIn {
    pub session: Uuid,
    pub token: SessionToken,
    /// The mark that the browser keeps, so that it is known the next time.
    pub mark: String,
    pub account: AccountRow,
}

/// Signs a person in. An unknown address and a wrong password take the same time and have the same answer.
pub async fn sign_in(tools: &Tools, command: SignIn, browser: Browser) -> Result<SignedIn, Refusal> {
    let SignIn { email, password, code } = command;
    let records = &tools.records;
    // Before any query: a flood of sign-ins costs the database nothing.
    let slot = tools.people.passwords.slot()?;
    let address = normal_address(&email);
    let account = records.database.account_of_address(&address).await?;
    let target = records.guess_target(&address, account.as_ref(), browser.mark.as_deref());
    records.admit_guess_at(&target, &address).await?;
    let stored = account.as_ref().map(|account| account.password.as_str());
    let verified = tools.people.passwords.verify(slot, password, stored).await?;
    let (Some(account), Verified::Right { rehashed }) = (account, verified) else {
        return Err(Refusal::WrongPassword);
    };
    second_factor::check(records, &account, code.as_deref()).await?;
    records.forget_guesses_at(&[target]).await?;
    let mut account = account;
    if let Some(rehashed) = rehashed {
        records.database.rehash_password(account.key, &account.password, &rehashed).await?;
        account.password = rehashed;
    }
    begin(tools, &account, browser).await
}

/// Begins a session with a new token.
pub(super) async fn begin(tools: &Tools, account: &AccountRow, browser: Browser) -> Result<SignedIn, Refusal> {
    let token = SessionToken::random();
    let session = NewSession {
        account,
        token_hash: &token.hash(),
        device: &browser.device,
        network: browser.network,
        most: MAX_SESSIONS,
    };
    let session = tools.records.database.begin_session(session).await.map_err(Refusal::from_write)?;
    let session = session.ok_or(Refusal::WrongPassword)?;
    let mark = browser.mark.filter(|mark| tools.records.is_mark_of(account, mark));
    let mark = mark.unwrap_or_else(|| tools.records.browser_mark(account));
    Ok(SignedIn { session, token, mark, account: account.clone() })
}

/// Ends the present session.
pub async fn sign_out(records: &Records, caller: &Caller) -> Result<(), Refusal> {
    let person = records.person(caller).await?;
    records.database.end_session(person.account, person.session).await.map_err(Refusal::from_write)?;
    records.access.sessions().forget(person.account);
    Ok(())
}

/// Returns the sessions of a person, the one used last first, and the id of the present one.
pub async fn sessions(records: &Records, caller: &Caller) -> Result<(Uuid, Vec<SessionRow>), Refusal> {
    let person = records.person(caller).await?;
    let sessions = records.database.sessions(person.account, records.access.sessions().life()).await?;
    Ok((person.session, sessions))
}

/// Ends a session of the person.
pub async fn end_session(records: &Records, caller: &Caller, id: &str) -> Result<(), Refusal> {
    let person = records.person(caller).await?;
    let id = Uuid::try_parse(id).map_err(|_| Refusal::NotFound)?;
    let ended = records.database.end_session(person.account, id).await.map_err(Refusal::from_write)?;
    records.access.sessions().forget(person.account);
    if ended { Ok(()) } else { Err(Refusal::NotFound) }
}

/// Ends all sessions of the person but the present one.
pub async fn end_other_sessions(records: &Records, caller: &Caller) -> Result<(), Refusal> {
    let person = records.person(caller).await?;
    let ended = records.database.end_other_sessions(person.account, person.session).await;
    ended.map_err(Refusal::from_write)?;
    records.access.sessions().forget(person.account);
    Ok(())
}

/// Sends the link to a new password. A message is queued in either case; it is not sent if the address has no account.
pub async fn request_reset(records: &Records, email: &str) -> Result<(), Refusal> {
    let email = check_email(email.trim()).map_err(|fault| Refusal::invalid("/email", fault))?;
    let requested = records.database.request_reset(Uuid::new_v4(), &normal_address(&email), SOON).await;
    requested.map_err(Refusal::from_write)
}

/// Sets a forgotten password, which ends all sessions. Signs its owner in, unless the account needs a code as well.
pub async fn reset(
    tools: &Tools,
    token: &str,
    password: String,
    browser: Browser,
) -> Result<Option<SignedIn>, Refusal> {
    let records = &tools.records;
    let id = records.catalog.secret().request_of(PersonRequest::Reset, token).ok_or(Refusal::NotFound)?;
    let request = records.database.person_request(id).await?.ok_or(Refusal::NotFound)?;
    let account = request.account.ok_or(Refusal::NotFound)?;
    let account = records.database.account(account).await?.ok_or(Refusal::NotFound)?;
    let about = [account.email.as_str(), account.name.as_str()];
    check_password(&password, &about).map_err(|fault| Refusal::invalid("/password", fault))?;
    let hash = tools.people.passwords.hash(tools.people.passwords.slot()?, password).await?;
    let is_set = records.database.reset_password(account.key, id, &hash).await.map_err(Refusal::from_write)?;
    records.access.sessions().forget(account.key);
    if !is_set {
        return Err(Refusal::NotFound);
    }
    let account = AccountRow { password: hash, ..account };
    let target = records.guess_target(&account.address, Some(&account), browser.mark.as_deref());
    records.forget_guesses_at(&[GuessTarget::password(&account.address), target]).await?;
    match account.second_factor {
        Some(_) => Ok(None),
        None => begin(tools, &account, browser).await.map(Some),
    }
}

/// True if the token of a link leads to a new password.
pub async fn can_reset(records: &Records, token: &str) -> Result<bool, Refusal> {
    let Some(id) = records.catalog.secret().request_of(PersonRequest::Reset, token) else { return Ok(false) };
    Ok(records.database.person_request(id).await?.is_some())
}
