//! People: their passwords, their requests, and their roles in the teams of organizers.

mod password;
mod request;
mod role;
mod session;

pub use password::{MAX_PASSWORD, check_password};
pub(crate) use request::signed;
pub use request::{PersonRequest, RequestToken};
pub use role::Role;
pub use session::SessionToken;

use super::{Faults, check_email, fault::check_line, search::search_words};

/// Characters of a person's or an organizer's name.
const MAX_NAME: usize = 100;
/// Languages of pages and of messages to accounts. The first one is used for all others.
pub const LANGUAGES: [&str; 8] = ["en", "de", "fr", "es", "pt", "hi", "ar", "ja"];

/// Fields of a new account, as the person gives them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignUp {
    pub email: String,
    pub password: String,
    pub name: String,
    /// One of [`LANGUAGES`].
    pub language: &'static str,
}

impl SignUp {
    /// Checks all fields.
    pub fn check(self) -> Result<Self, Faults> {
        let mut faults = Faults::default();
        let email = faults.check("/email", check_email(self.email.trim()));
        let name = faults.check("/name", check_name(&self.name));
        let about = [self.email.as_str(), self.name.as_str()];
        faults.check("/password", check_password(&self.password, &about));
        let checked = email.zip(name).map(|(email, name)| Self { email, name, ..self });
        faults.into_result()?;
        Ok(checked.expect("a field is missing only with a fault"))
    }
}

/// Checks the name of a person or an organizer.
pub fn check_name(name: &str) -> Result<String, String> {
    check_line(name, MAX_NAME)
}

/// Returns the language of pages that fits a BCP 47 tag. `None` if there is none.
pub fn page_language(tag: &str) -> Option<&'static str> {
    let base = tag.split(['-', '_']).next().unwrap_or_default().trim();
    LANGUAGES.into_iter().find(|known| base.eq_ignore_ascii_case(known))
}

/// Returns the address of an organizer's pages that its name suggests: letters and digits of ASCII.
pub fn organizer_slug(name: &str) -> String {
    let mut slug = String::new();
    for part in search_words(name).filter(|word| word.is_ascii()) {
        if slug.len() + part.len() >= MAX_SLUG {
            break;
        }
        if !slug.is_empty() {
            slug.push('-');
        }
        slug.push_str(&part);
    }
    if slug.starts_with(|c: char| c.is_ascii_lowercase()) {
        slug
    } else {
        format!("o-{slug}").trim_end_matches('-').into()
    }
}

/// Characters of a suggested slug; a number may follow.
const MAX_SLUG: usize = 50;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_who_signs_up_hears_of_all_faults_at_once() {
        let faults = SignUp { email: "ada".into(), password: "short".into(), name: " ".into(), language: "en" };
        let Faults(faults) = faults.check().unwrap_err();
        let pointers: Vec<_> = faults.iter().map(|fault| fault.pointer.as_str()).collect();
        assert_eq!(pointers, ["/email", "/name", "/password"]);
    }

    #[test]
    fn a_tag_has_the_language_of_its_base() {
        assert_eq!(page_language("de-CH"), Some("de"));
        assert_eq!(page_language("PT_br"), Some("pt"));
        assert_eq!(page_language("nl"), None);
    }

    #[test]
    fn a_slug_has_plain_letters() {
        assert_eq!(organizer_slug("Gardenia Collective"), "gardenia-collective");
        assert_eq!(organizer_slug("Café Zürich & Söhne"), "cafe-zurich-sohne");
        assert_eq!(organizer_slug("東京"), "o");
        assert_eq!(organizer_slug("1984"), "o-1984");
    }
}
