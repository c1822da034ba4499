//! Second factors: the codes of an app (TOTP), and recovery codes for the day it is lost.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use totp_rs::{Builder, Totp};

use super::{
    super::{Caller, Records, Refusal, Tools},
    account_of,
    accounts::check_present_password,
};
use crate::{
    db::{AccountRow, SecondFactor},
    domain::random_key,
};

/// Bytes of a key, as RFC 4226 recommends.
const KEY_BYTES: usize = 20;
const RECOVERY_CODES: usize = 10;
/// Letters and digits of recovery codes: none that look alike.
const ALPHABET: &[u8; 32] = b"23456789abcdefghjkmnpqrstuvwxyzt";

/// A second factor that is not confirmed yet.
#[derive(Debug)]
pub struct Setup {
    /// Key for apps that cannot scan, in base 32.
    pub secret: String,
    /// Address that apps scan (`otpauth:`).
    pub url: String,
    /// The sealed key, which comes back with the first code.
    pub setup: String,
}

/// Begins a second factor.
pub async fn begin(tools: &Tools, caller: &Caller, password: String) -> Result<Setup, Refusal> {
    let person = tools.records.person(caller).await?;
    let account = account_of(&tools.records, &person).await?;
    check_present_password(tools, &account, password).await?;
    if account.second_factor.is_some() {
        return Err(Refusal::conflict("there is a second factor already"));
    }
    let key = random_key()[..KEY_BYTES].to_vec();
    let totp = totp(&key, &account.email);
    let url = totp.to_url().map_err(|_| Refusal::Internal)?;
    let sealed = tools.records.catalog.secret().seal(&key, account.id.as_bytes());
    Ok(Setup { secret: totp.secret().to_base32(), url, setup: URL_SAFE_NO_PAD.encode(sealed) })
}

/// Confirms a second factor with its first code. Returns the recovery codes.
pub async fn confirm(records: &Records, caller: &Caller, setup: &str, code: &str) -> Result<Vec<String>, Refusal> {
    let person = records.person(caller).await?;
    let account = account_of(records, &person).await?;
    let stale = || Refusal::invalid("/setup", "is not from this account: begin again");
    let sealed = URL_SAFE_NO_PAD.decode(setup).map_err(|_| stale())?;
    let key = records.catalog.secret().open(&sealed, account.id.as_bytes()).map_err(|_| stale())?;
    let step = step_of(&key, &account, code).ok_or_else(|| Refusal::invalid("/code", "is not the present code"))?;
    let codes: Vec<_> = std::iter::repeat_with(recovery_code).take(RECOVERY_CODES).collect();
    let recovery = codes.iter().map(|code| recovery_hash(code)).collect();
    let factor = SecondFactor { sealed_key: sealed, step, recovery };
    let added = records.database.add_second_factor(account.key, &factor).await.map_err(Refusal::from_write)?;
    records.access.sessions().forget(account.key);
    if added { Ok(codes) } else { Err(Refusal::conflict("there is a second factor already")) }
}

/// Removes the second factor of a person, who proves to know the password.
pub async fn remove(tools: &Tools, caller: &Caller, password: String) -> Result<(), Refusal> {
    let person = tools.records.person(caller).await?;
    let account = account_of(&tools.records, &person).await?;
    check_present_password(tools, &account, password).await?;
    let removed = tools.records.database.remove_second_factor(account.key).await.map_err(Refusal::from_write)?;
    tools.records.access.sessions().forget(account.key);
    if removed { Ok(()) } else { Err(Refusal::NotFound) }
}

/// Checks the code of an account that has a second factor: of the app, or a recovery code. Each is accepted once.
pub(super) async fn check(records: &Records, account: &AccountRow, code: Option<&str>) -> Result<(), Refusal> {
    let Some(sealed) = &account.second_factor else { return Ok(()) };
    let code = code.map(str::trim).filter(|code| !code.is_empty()).ok_or(Refusal::SecondFactorNeeded)?;
    let key = records.catalog.secret().open(sealed, account.id.as_bytes()).map_err(|error| {
        tracing::error!(%error, "the key of a second factor cannot be read");
        Refusal::Internal
    })?;
    let database = &records.database;
    let used = match step_of(&key, account, code) {
        Some(step) => database.use_step(account.key, step).await,
        None => database.use_recovery_code(account.key, &recovery_hash(code)).await,
    };
    if used.map_err(Refusal::from_write)? { Ok(()) } else { Err(Refusal::WrongPassword) }
}

/// Returns the time step of a code. `None` if it is not the present one, nor the one before or after.
fn step_of(key: &[u8], account: &AccountRow, code: &str) -> Option<i64> {
    let code: String = code.chars().filter(|c| !c.is_whitespace()).collect();
    let now = u64::try_from(Timestamp::now().as_second()).ok()?;
    totp(key, &account.email).check(&code, now).and_then(|step| step.try_into().ok())
}

/// Returns the algorithm that apps know: SHA-1, six digits, thirty seconds, one step of tolerance.
fn totp(key: &[u8], email: &str) -> Totp {
    Builder::new()
        .with_secret(key.to_vec())
        .with_issuer(Some("Onsale"))
        .with_account_name(email.replace(':', "_"))
        .build_noncompliant()
}

fn recovery_code() -> String {
    let letter = |byte: &u8| char::from(ALPHABET[usize::from(*byte) % ALPHABET.len()]);
    let letters: String = random_key()[..10].iter().map(letter).collect();
    format!("{}-{}", &letters[..5], &letters[5..])
}

/// Returns the hash of a recovery code, however it is typed.
fn recovery_hash(code: &str) -> Vec<u8> {
    let plain: String = code.chars().filter(char::is_ascii_alphanumeric).flat_map(char::to_lowercase).collect();
    Sha256::digest(plain).to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recovery_code_is_the_same_however_it_is_typed() {
        let code = recovery_code();
        assert!(code.len() == 11 && code != recovery_code(), "{code}");
        assert_eq!(recovery_hash(&code), recovery_hash(&format!(" {} ", code.to_uppercase().replace('-', " "))));
    }

    #[test]
    fn codes_are_those_of_rfc_6238() {
        // Its test vector at 59 seconds, cut to six digits.
        let totp = totp(b"12345678901234567890", "ada@example.com");
        assert_eq!(totp.check("287082", 59), Some(1));
        assert_eq!(totp.check("287082", 59 + 30), Some(1));
        assert_eq!(totp.check("287082", 59 + 90), None);
        assert!(totp.to_url().unwrap().starts_with("otpauth://totp/Onsale:ada%40example.com?secret="));
    }
}
