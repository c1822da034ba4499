use std::collections::{BTreeMap, BTreeSet};

use fluent_syntax::{
    ast::{Entry, Expression, InlineExpression, Pattern, PatternElement},
    parser,
};

use super::*;

/// Names of the values in a pattern, in all of its forms.
fn values(pattern: &Pattern<&str>, found: &mut BTreeSet<String>) {
    for element in &pattern.elements {
        let PatternElement::Placeable { expression } = element else { continue };
        let inline = match expression {
            Expression::Inline(inline) => inline,
            Expression::Select { selector, variants } => {
                for variant in variants {
                    values(&variant.value, found);
                }
                selector
            }
        };
        if let InlineExpression::VariableReference { id } = inline {
            found.insert(id.name.to_owned());
        }
    }
}

fn messages(source: &str) -> BTreeMap<String, BTreeSet<String>> {
    let resource = parser::parse(source).unwrap_or_else(|(_, errors)| panic!("{errors:?}"));
    let mut found = BTreeMap::new();
    for entry in &resource.body {
        if let Entry::Message(message) = entry {
            let mut names = BTreeSet::new();
            values(message.value.as_ref().unwrap(), &mut names);
            assert!(found.insert(message.id.name.to_owned(), names).is_none(), "{} is there twice", message.id.name);
        }
    }
    found
}

#[test]
fn every_language_has_every_text_with_its_values() {
    let english = messages(SOURCES[0]);
    assert!(english.len() > 250);
    for (language, source) in LANGUAGES.into_iter().zip(SOURCES) {
        let own = messages(source);
        for (id, names) in &english {
            assert_eq!(own.get(id), Some(names), "{language}: {id}");
        }
        assert_eq!(own.len(), english.len(), "{language}");
    }
}

#[test]
fn no_text_is_left_in_english() {
    // Texts that may be the same in two languages.
    let shared = |text: &str| text.chars().count() < 16;
    let english = Texts::of("en");
    for language in &LANGUAGES[1..] {
        for (id, names) in messages(SOURCES[0]) {
            if names.is_empty() && !shared(&english.get(&id)) {
                assert_ne!(Texts::of(language).get(&id), english.get(&id), "{language}: {id}");
            }
        }
    }
}

#[test]
fn plural_forms_are_those_of_the_language() {
    let count = |language, count: i64| Texts::of(language).with("tickets-count", [("count", count.into())]);
    assert_eq!(count("en", 1), "One ticket");
    assert_eq!(count("en", 2), "2 tickets");
    let arabic: BTreeSet<_> =
        [1, 2, 3, 11, 100].map(|number| count("ar", number).replace(|c: char| c.is_numeric(), "")).into();
    assert!(arabic.len() >= 4, "{arabic:?}");
}

#[test]
fn a_fault_is_found_by_its_english_words() {
    assert_eq!(fault_of("must be an e-mail address"), Some(("fault-email", vec![])));
    assert_eq!(
        fault_of("must have at most 100 characters, has 120"),
        Some(("fault-too-long", vec![("limit", "100"), ("count", "120")]))
    );
    assert_eq!(fault_of("must have at most"), None);
    assert_eq!(
        Texts::of("en").fault("must have at most 100 characters, has 120"),
        "must have at most 100 characters, has 120"
    );
    assert_ne!(Texts::of("de").fault("must be an e-mail address"), "must be an e-mail address");
    assert_eq!(Texts::of("de").fault("no such words"), "no such words");
}
