//! New accounts: asked for with an address, made when the address is confirmed.

use serde_json::json;
use uuid::Uuid;

use super::{
    super::{Caller, Records, Refusal, Tools},
    Browser, SOON,
    guesses::GuessTarget,
    passwords::Verified,
    sign_in::{SignedIn, begin},
};
use crate::{
    db::AccountRow,
    domain::{AccountKey, PersonRequest, SignUp, normal_address},
};

/// Proof that a person reads the messages to an address.
#[derive(Debug, Clone)]
pub enum Proof {
    /// From the link of a message.
    Token {
        token: String,
        /// The password that was chosen, which a page asks for: somebody else may have signed up with the address.
        password: Option<String>,
    },
    Code {
        email: String,
        code: String,
    },
}

/// Asks an address to confirm a new account. If it has an account, its owner is told instead.
pub async fn request(tools: &Tools, sign_up: SignUp) -> Result<(), Refusal> {
    if !tools.people.settings.sign_up {
        return Err(Refusal::conflict("new accounts are made by the operator of this server"));
    }
    let SignUp { email, password, name, language } = sign_up.check()?;
    let slot = tools.people.passwords.slot()?;
    let password = tools.people.passwords.hash(slot, password).await?;
    let fields = json!({ "email": email, "name": name, "language": language, "password": password });
    let address = normal_address(&email);
    let requested = tools.records.database.request_account(Uuid::new_v4(), &address, &fields, SOON).await;
    requested.map_err(Refusal::from_write)
}

/// Result of a confirmation.
#[derive(Debug)]
pub enum Confirmed {
    /// A new account, whose owner is signed in.
    SignUp(SignedIn),
    /// The new address of the account that is signed in.
    Address { session: Uuid, account: AccountRow },
}

/// Completes what an address was asked to confirm. A new address counts only for the account that asked and is signed in.
pub async fn confirm(tools: &Tools, caller: &Caller, proof: Proof, browser: Browser) -> Result<Confirmed, Refusal> {
    let records = &tools.records;
    let (purpose, request) = match &proof {
        Proof::Token { token, .. } => {
            let secret = records.catalog.secret();
            let of = |purpose| secret.request_of(purpose, token).map(|id| (purpose, id));
            of(PersonRequest::SignUp).or_else(|| of(PersonRequest::Address)).ok_or(Refusal::WrongPassword)?
        }
        Proof::Code { email, code } => find_code(tools, email, code).await?,
    };
    let confirmed = match purpose {
        PersonRequest::SignUp => {
            if let Proof::Token { password: Some(password), .. } = &proof {
                check_chosen(tools, request, password).await?;
            }
            let created = records.database.create_account(request).await.map_err(Refusal::from_write)?;
            let account = account_of_key(records, created.ok_or(Refusal::WrongPassword)?).await?;
            Confirmed::SignUp(begin(tools, &account, browser).await?)
        }
        _ => {
            let person = records.person(caller).await?;
            let set = records.database.set_address(person.account, request).await;
            let is_set = set.map_err(|error| match error.violated_constraint() {
                Some("accounts_address_key") => Refusal::conflict("the address belongs to another account"),
                _ => Refusal::from_write(error),
            })?;
            if !is_set {
                return Err(Refusal::WrongPassword);
            }
            records.access.sessions().forget(person.account);
            Confirmed::Address { session: person.session, account: account_of_key(records, person.account).await? }
        }
    };
    if let Proof::Code { email, .. } = &proof {
        records.forget_guesses_at(&[GuessTarget::code(&normal_address(email))]).await?;
    }
    Ok(confirmed)
}

/// True if the link of a message completes a sign-up, so that its page asks for the password that was chosen.
pub fn is_sign_up(records: &Records, token: &str) -> bool {
    records.catalog.secret().request_of(PersonRequest::SignUp, token).is_some()
}

/// Checks the password of a sign-up that is not confirmed yet.
async fn check_chosen(tools: &Tools, request: Uuid, password: &str) -> Result<(), Refusal> {
    let slot = tools.people.passwords.slot()?;
    let found = tools.records.database.person_request(request).await?.ok_or(Refusal::WrongPassword)?;
    match tools.people.passwords.verify(slot, password.to_owned(), found.password.as_deref()).await? {
        Verified::Right { .. } => Ok(()),
        Verified::Wrong => Err(Refusal::invalid("/password", "is not your password")),
    }
}

async fn account_of_key(records: &Records, account: AccountKey) -> Result<AccountRow, Refusal> {
    records.database.account(account).await?.ok_or(Refusal::Internal)
}

/// Returns the request that a code completes.
async fn find_code(tools: &Tools, email: &str, code: &str) -> Result<(PersonRequest, Uuid), Refusal> {
    let records = &tools.records;
    let address = normal_address(email);
    records.admit_guess_at(&GuessTarget::code(&address), &address).await?;
    let code: String = code.chars().filter(|c| !c.is_whitespace()).collect();
    let tried = records.database.try_code(&address).await.map_err(Refusal::from_write)?;
    let secret = records.catalog.secret();
    let found = tried.filter(|tried| secret.is_code_of(tried.purpose, tried.id, &code));
    found.map(|found| (found.purpose, found.id)).ok_or(Refusal::WrongPassword)
}
