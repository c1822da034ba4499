//! Accounts of people: sign-up, sessions, and the cost of passwords.

use std::{num::NonZeroU32, time::Duration};

use super::{
    Sources,
    key::{choice, flag, keys, number},
};
use crate::{
    db::SessionLife,
    work::people::{HashSettings, PeopleSettings},
};

keys! {
    SIGN_UP = flag("accounts.sign_up", true, "Everybody may make an account; if false, only `onsale account create` does.");
    OPEN_ORGANIZERS = choice("accounts.open_organizers", Some("anyone"), &["anyone", "operators"],
        "Decides if everybody with an account may open an organizer, or only operators with `onsale account create`.");
    SESSION_IDLE_DAYS = number("accounts.session_idle_days", 14, 1..=365, "Days without use until a session ends.");
    SESSION_DAYS = number("accounts.session_days", 90, 1..=365, "Days until a session ends in any case.");
    TRIES_PER_HOUR = number("accounts.tries_per_hour", 600, 0..=1_000_000_000,
        "Sign-ins, sign-ups and requests for messages of one network within an hour, a sixth of them at once; 0 is no limit.");
    HASHES_AT_ONCE = number("accounts.hashes_at_once", 1, 1..=64,
        "Passwords hashed at a time, each with 19 MiB of memory and some 30 ms of one core, at the lowest priority.");
    HASHES_WAITING = number("accounts.hashes_waiting", 64, 1..=10_000,
        "Passwords that wait to be hashed; more get 503.");
}

/// Settings of accounts.
#[derive(Debug, Clone, Copy)]
pub struct AccountConfig {
    pub people: PeopleSettings,
    pub life: SessionLife,
    pub hashes: HashSettings,
    /// Tries of one network within an hour. `None`: no limit.
    pub tries_per_hour: Option<NonZeroU32>,
}

/// Reads the settings of accounts.
pub fn read(sources: &mut Sources) -> AccountConfig {
    AccountConfig {
        people: PeopleSettings {
            sign_up: SIGN_UP.flag(sources),
            open_organizers: OPEN_ORGANIZERS.choice(sources).as_deref() == Some("anyone"),
        },
        life: read_life(sources),
        hashes: HashSettings { at_once: HASHES_AT_ONCE.number(sources), waiting: HASHES_WAITING.number(sources) },
        tries_per_hour: NonZeroU32::new(TRIES_PER_HOUR.number(sources)),
    }
}

fn read_life(sources: &mut Sources) -> SessionLife {
    let days = |days: u32| Duration::from_secs(u64::from(days) * 86_400);
    SessionLife { idle: days(SESSION_IDLE_DAYS.number(sources)), most: days(SESSION_DAYS.number(sources)) }
}
