//! The rules of passwords.

use super::super::normal_address;

/// Longest password, in characters.
pub const MAX_PASSWORD: usize = 256;
/// Shortest password with an upper-case letter, a digit and a symbol; and of any kind.
const MIN_MIXED: usize = 8;
const MIN_PLAIN: usize = 15;
/// Shorter parts of names and addresses may be in a password.
const MIN_PART: usize = 4;

/// Checks a new password. `about` has the person's address and name.
pub fn check_password(password: &str, about: &[&str]) -> Result<(), &'static str> {
    let length = password.chars().count();
    let has = |kind: fn(char) -> bool| password.chars().any(kind);
    let is_mixed = has(char::is_uppercase) && has(char::is_numeric) && has(|c| !c.is_alphanumeric());
    if length > MAX_PASSWORD {
        return Err("must have at most 256 characters");
    }
    if length < MIN_MIXED || length < MIN_PLAIN && !is_mixed {
        return Err("must have 15 characters, or 8 with an upper-case letter, a digit and a symbol");
    }
    if is_made_of(password, about) {
        return Err("must not be made of your name or address");
    }
    if is_common(password) {
        return Err("is known to those who guess passwords");
    }
    Ok(())
}

/// True if little is left of a password without the parts of its owner's name and address.
fn is_made_of(password: &str, about: &[&str]) -> bool {
    let mut rest = password.to_lowercase();
    let mut parts: Vec<_> = about
        .iter()
        .flat_map(|text| {
            let text = normal_address(text);
            let own = text.split('@').next().unwrap_or_default().to_owned();
            text.split(|c: char| !c.is_alphanumeric()).map(str::to_owned).chain([own, text.clone()]).collect::<Vec<_>>()
        })
        .filter(|part| part.chars().count() >= MIN_PART)
        .collect();
    parts.sort_by_key(|part| std::cmp::Reverse(part.len()));
    let before = rest.len();
    for part in parts {
        rest = rest.replace(&part, "");
    }
    rest.len() < before && rest.chars().filter(|c| c.is_alphabetic()).count() < MIN_PART
}

/// True if a password, with or without symbols at its ends, is a frequent one, or a very frequent one with symbols and
/// digits at its ends, or one thing repeated.
fn is_common(password: &str) -> bool {
    let lower = password.to_lowercase();
    let core = lower.trim_matches(|c: char| !c.is_alphanumeric());
    let word = core.trim_matches(|c: char| !c.is_alphabetic());
    is_guessed(&lower, FREQUENT) || is_guessed(core, FREQUENT) || is_guessed(word, VERY_FREQUENT) || is_repeated(&lower)
}

/// True for a text that its own first four characters or fewer repeat, and for a run of neighbours such as 12345678.
fn is_repeated(text: &str) -> bool {
    let chars: Vec<_> = text.chars().collect();
    let repeats = |period: usize| chars.iter().zip(chars.iter().skip(period)).all(|(a, b)| a == b);
    let step =
        |by: i64| chars.windows(2).all(|pair| i64::from(u32::from(pair[1])) - i64::from(u32::from(pair[0])) == by);
    (1..=4).any(repeats) || step(1) || step(-1)
}

/// Guesses, as a power of ten, that find a text in the list of frequent passwords, which has some 30,000.
const FREQUENT: f64 = 4.6;
const VERY_FREQUENT: f64 = 3.3;

/// True if a text is found with fewer guesses: it is one frequent password, as it is or slightly changed.
fn is_guessed(text: &str, limit: f64) -> bool {
    const MAX: usize = 40;
    !text.is_empty() && text.len() <= MAX && zxcvbn::zxcvbn(text, &[]).guesses_log10() < limit
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_long_or_mixed_and_not_a_known_one() {
        let about = ["ada.lovelace@example.com", "Ada Lovelace"];
        for good in
            ["Tr0ub4dor&3x", "Blue-Heron7", "correct horse battery", "пароль которого нет", "Kx9!mmtq", "aA1!5xyz"]
        {
            assert_eq!(check_password(good, &about), Ok(()), "{good}");
        }
        for bad in [
            "short",
            "Kx9!mmt",
            "onlylowercase",
            "Password1!",
            "Passw0rd!",
            "passwordpassword",
            "aaaaaaaaaaaaaaaa",
            "123456789012345678",
            "Lovelace1!",
            "ada.lovelace@example.com",
            "Ada-Lovelace-1",
            "abcdefghijklmnop",
            "Qwerty123!",
        ] {
            assert!(check_password(bad, &about).is_err(), "{bad}");
        }
        assert!(check_password(&"x9 K".repeat(100), &about).is_err());
    }
}
