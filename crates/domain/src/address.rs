//! E-mail addresses: their validation, and the form in which they are compared.

use email_address::EmailAddress;
use unicode_normalization::UnicodeNormalization;

const MAX_EMAIL: usize = 254;

/// Checks an address that messages will be sent to. Its domain may have letters of any script.
pub fn check_email(email: &str) -> Result<String, &'static str> {
    let plain = email.len() <= MAX_EMAIL && !email.contains(|c: char| c.is_control() || c.is_whitespace() || c == '"');
    match email.parse::<EmailAddress>() {
        Ok(address) if plain && address.display_part().is_empty() => {
            // A domain that has no form in ASCII cannot be looked up.
            let known = address.domain().is_ascii() || ascii_domain(address.domain()).is_some();
            if known { Ok(email.to_owned()) } else { Err(NO_ADDRESS) }
        }
        _ => Err(NO_ADDRESS),
    }
}

/// Address on the tickets of people who have erased their accounts. It has no mailbox (RFC 2606).
pub const ERASED_ADDRESS: &str = "erased@invalid.invalid";

const NO_ADDRESS: &str = "must be an e-mail address";

/// Returns the ASCII form of a domain. `None` if it has none.
pub fn ascii_domain(domain: &str) -> Option<String> {
    idna::domain_to_ascii_strict(domain).ok()
}

/// Returns the form in which addresses are compared: in lower case, with the domain in ASCII.
pub fn normal_address(email: &str) -> String {
    let email = email.trim();
    if email.is_ascii() {
        return email.to_ascii_lowercase();
    }
    let lower: String = email.nfc().flat_map(char::to_lowercase).collect();
    match lower.rsplit_once('@').and_then(|(user, domain)| Some((user, ascii_domain(domain)?))) {
        Some((user, domain)) => format!("{user}@{domain}"),
        None => lower,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_every_script_are_accepted() {
        for good in ["ada@example.com", "ada@bücher.example", "用户@例え.jp", "o'neil+gig@example.co.uk"] {
            assert_eq!(check_email(good).as_deref(), Ok(good));
        }
        for bad in
            ["ada", "ada@", "ada@example.com\r\nBcc: eve@example.com", "a b@example.com", "Ada <ada@example.com>"]
        {
            assert_eq!(check_email(bad), Err(NO_ADDRESS), "{bad}");
        }
    }

    #[test]
    fn equal_addresses_have_one_form() {
        assert_eq!(normal_address(" Ada@Example.COM"), "ada@example.com");
        assert_eq!(normal_address("Ada@BÜCHER.example"), "ada@xn--bcher-kva.example");
        assert_eq!(normal_address("ada@xn--bcher-kva.example"), "ada@xn--bcher-kva.example");
    }
}
