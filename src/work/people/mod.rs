//! People: their accounts, sessions and second factors, the teams they work in, and their tickets.

pub mod accounts;
pub mod export;
pub mod second_factor;
pub mod sign_in;
pub mod sign_up;
pub mod teams;
pub mod tickets;

mod guesses;
mod passwords;

use std::{net::IpAddr, time::Duration};

pub use passwords::{HashSettings, Passwords};

use super::{Records, Refusal};
use crate::db::{AccountRow, Person, RequestLimits};

/// Settings of accounts.
#[derive(Debug, Clone, Copy)]
pub struct PeopleSettings {
    /// False: only operators make accounts.
    pub sign_up: bool,
    /// False: only operators open organizers.
    pub open_organizers: bool,
}

/// The services that accounts need.
pub struct People {
    pub passwords: Passwords,
    pub settings: PeopleSettings,
}

/// The browser of a person who signs in.
#[derive(Debug, Clone, Default)]
pub struct Browser {
    /// Browser and operating system, for the list of sessions.
    pub device: String,
    pub network: Option<IpAddr>,
    /// The mark of an earlier sign-in with this browser.
    pub mark: Option<String>,
}

/// Limits of requests that a message completes within half an hour.
const SOON: RequestLimits = RequestLimits { valid: Duration::from_secs(30 * 60), messages: 5, waiting: 10_000 };

/// Returns the account of a person who is signed in.
async fn account_of(records: &Records, person: &Person) -> Result<AccountRow, Refusal> {
    records.database.account(person.account).await?.ok_or(Refusal::NotSignedIn)
}
