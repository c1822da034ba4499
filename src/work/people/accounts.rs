//! One's own account: name, language, password, address, and its end.

use uuid::Uuid;

use super::{
    super::{Caller, Refusal, Tools},
    SOON, account_of,
    guesses::GuessTarget,
    passwords::Verified,
};
use crate::{
    db::AccountRow,
    domain::{Faults, check_email, check_name, check_password, normal_address, page_language},
};

/// A change of an account; `None` keeps the value.
#[derive(Debug, Default)]
pub struct AccountChange {
    pub name: Option<String>,
    /// A BCP 47 tag.
    pub language: Option<String>,
    /// A new address, which is changed when it is confirmed.
    pub email: Option<String>,
    /// The present password, which a new address needs.
    pub password: Option<String>,
}

/// Returns the account of the person who is signed in, and the number of recovery codes that are left.
pub async fn find(tools: &Tools, caller: &Caller) -> Result<(AccountRow, i64), Refusal> {
    let person = tools.records.person(caller).await?;
    let account = account_of(&tools.records, &person).await?;
    let codes = tools.records.database.recovery_codes(account.key).await?;
    Ok((account, codes))
}

/// Changes an account. A new address gets a message, and counts when its owner has confirmed it.
pub async fn change(tools: &Tools, caller: &Caller, change: AccountChange) -> Result<AccountRow, Refusal> {
    let records = &tools.records;
    let person = records.person(caller).await?;
    let account = account_of(records, &person).await?;
    let mut faults = Faults::default();
    let name = change.name.and_then(|name| faults.check("/name", check_name(&name)));
    let language = change.language.and_then(|tag| {
        let known = page_language(&tag).ok_or("must be one of en, de, fr, es, pt, hi, ar, ja");
        faults.check("/locale", known)
    });
    let email = change.email.and_then(|email| faults.check("/email", check_email(email.trim())));
    if email.is_some() && change.password.is_none() {
        faults.add("/currentPassword", "is required for a new address");
    }
    faults.into_result()?;
    if let Some((email, password)) = email.zip(change.password) {
        check_present_password(tools, &account, password).await?;
        let address = (normal_address(&email), email);
        let requested =
            records.database.request_address(Uuid::new_v4(), account.key, (&address.0, &address.1), SOON).await;
        requested.map_err(Refusal::from_write)?;
    }
    if name.is_some() || language.is_some() {
        let changed = records.database.change_account(account.key, name.as_deref(), language).await;
        changed.map_err(Refusal::from_write)?;
        records.access.sessions().forget(account.key);
    }
    account_of(records, &person).await
}

/// Changes the password of a person who knows the present one. Ends all other sessions.
pub async fn set_password(tools: &Tools, caller: &Caller, present: String, new: String) -> Result<(), Refusal> {
    let records = &tools.records;
    let person = records.person(caller).await?;
    let account = account_of(records, &person).await?;
    let about = [account.email.as_str(), account.name.as_str()];
    check_password(&new, &about).map_err(|fault| Refusal::invalid("/password", fault))?;
    check_present_password(tools, &account, present).await?;
    let hash = tools.people.passwords.hash(tools.people.passwords.slot()?, new).await?;
    let set = records.database.set_password(account.key, &hash, Some(person.session)).await;
    set.map_err(Refusal::from_write)?;
    records.access.sessions().forget(account.key);
    records.forget_guesses_at(&[GuessTarget::password(&account.address)]).await
}

/// Checks the password of a person who is signed in. Wrong ones are counted as at sign-in.
pub(super) async fn check_present_password(
    tools: &Tools,
    account: &AccountRow,
    password: String,
) -> Result<(), Refusal> {
    let slot = tools.people.passwords.slot()?;
    let target = GuessTarget::signed_in(account.id);
    tools.records.admit_guess_at(&target, &account.address).await?;
    match tools.people.passwords.verify(slot, password, Some(&account.password)).await? {
        Verified::Right { .. } => tools.records.forget_guesses_at(&[target]).await,
        Verified::Wrong => Err(Refusal::invalid("/currentPassword", "is not your password")),
    }
}

/// Erases the account of a person who knows the password. What must stay for accounting stays without name and address.
pub async fn erase(tools: &Tools, caller: &Caller, password: String) -> Result<(), Refusal> {
    let records = &tools.records;
    let person = records.person(caller).await?;
    let account = account_of(records, &person).await?;
    check_present_password(tools, &account, password).await?;
    let sole = records.database.sole_ownerships(account.key).await?;
    if !sole.is_empty() {
        let names = sole.join(", ");
        return Err(Refusal::conflict(format!("you are the only owner of {names}: make somebody else an owner first")));
    }
    // The account last: while anything of the person is left, erasing can be repeated.
    super::export::erase_traces(tools, &account.address).await?;
    records.database.erase_account(account.key).await.map_err(|error| match error.leaves_no_owner() {
        true => Refusal::conflict("you became the only owner of an organizer: make somebody else an owner first"),
        false => Refusal::from_write(error),
    })?;
    records.access.sessions().forget(account.key);
    Ok(())
}
