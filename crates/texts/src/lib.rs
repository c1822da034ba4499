//! Texts of the pages, in eight languages (Fluent), with plural forms. Words of the API's faults are found by their
//! English text, so that there is one validation and one text of each.

mod faults;

use std::{borrow::Cow, sync::LazyLock};

use fluent_bundle::{FluentArgs, FluentResource, FluentValue, concurrent::FluentBundle};
use onsale_domain::LANGUAGES;

pub use faults::fault_of;

/// The texts of one language.
pub struct Texts {
    language: &'static str,
    bundle: FluentBundle<FluentResource>,
}

/// A value in a text.
pub type TextValue<'a> = FluentValue<'a>;

/// Sources by language, in the order of [`LANGUAGES`].
const SOURCES: [&str; 8] = [
    include_str!("texts/en.ftl"),
    include_str!("texts/de.ftl"),
    include_str!("texts/fr.ftl"),
    include_str!("texts/es.ftl"),
    include_str!("texts/pt.ftl"),
    include_str!("texts/hi.ftl"),
    include_str!("texts/ar.ftl"),
    include_str!("texts/ja.ftl"),
];

static TEXTS: LazyLock<Vec<Texts>> = LazyLock::new(|| {
    LANGUAGES.into_iter().zip(SOURCES).map(|(language, source)| Texts::read(language, source)).collect()
});

impl Texts {
    /// Returns the texts of a language, or the English ones.
    pub fn of(language: &str) -> &'static Self {
        TEXTS.iter().find(|texts| texts.language == language).unwrap_or(&TEXTS[0])
    }

    fn read(language: &'static str, source: &str) -> Self {
        let resource = FluentResource::try_new(source.to_owned()).expect("a test reads every file");
        let mut bundle = FluentBundle::new_concurrent(vec![language.parse().expect("a constant language")]);
        // Values are isolated where the direction of writing could mix them up.
        bundle.set_use_isolating(language == "ar");
        bundle.add_resource(resource).expect("a test finds no message twice");
        Self { language, bundle }
    }

    /// Returns the language: one of [`LANGUAGES`].
    pub fn language(&self) -> &'static str {
        self.language
    }

    /// Returns the direction of writing, as HTML names it.
    pub fn direction(&self) -> &'static str {
        if self.language == "ar" { "rtl" } else { "ltr" }
    }

    /// Returns a text without values.
    pub fn get(&self, id: &str) -> Cow<'_, str> {
        self.format(id, None)
    }

    /// Returns a text with values.
    pub fn with<'v, const N: usize>(&self, id: &str, values: [(&'v str, TextValue<'v>); N]) -> String {
        let args: FluentArgs<'_> = values.into_iter().collect();
        self.format(id, Some(&args)).into_owned()
    }

    /// Returns the text of a fault in this language; its English text if it is not translated.
    pub fn fault(&self, english: &str) -> String {
        let Some((id, values)) = fault_of(english) else { return english.to_owned() };
        let args: FluentArgs<'_> = values.into_iter().map(|(name, value)| (name, FluentValue::from(value))).collect();
        self.format(id, Some(&args)).into_owned()
    }

    /// True if there is a text with this id.
    pub fn has(&self, id: &str) -> bool {
        self.bundle.has_message(id)
    }

    fn format<'a>(&'a self, id: &str, args: Option<&'a FluentArgs<'_>>) -> Cow<'a, str> {
        let pattern = self.bundle.get_message(id).and_then(|message| message.value());
        let Some(pattern) = pattern else {
            debug_assert!(false, "there is no text {id}");
            return Cow::Owned(id.to_owned());
        };
        let mut errors = Vec::new();
        let text = self.bundle.format_pattern(pattern, args, &mut errors);
        debug_assert!(errors.is_empty(), "{id}: {errors:?}");
        Cow::Owned(text.into_owned())
    }
}

#[cfg(test)]
mod tests;
