//! Words for searching: without accents, in lower case.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

use super::Attendee;

/// Largest number of words that a search looks for.
const MAX_WORDS: usize = 16;

/// Returns the words of a text, each without accents and in lower case.
pub fn search_words(text: &str) -> impl Iterator<Item = String> {
    let plain: String = text.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase).collect();
    let words: Vec<_> = plain.split(|c: char| !c.is_alphanumeric()).map(str::to_owned).collect();
    words.into_iter().filter(|word| !word.is_empty())
}

/// Returns the text in which searches look for words.
pub fn search_text<'a>(parts: impl IntoIterator<Item = &'a str>) -> String {
    parts.into_iter().flat_map(search_words).collect::<Vec<_>>().join(" ")
}

/// Returns a LIKE pattern for each word of a search. Words contain no wildcards.
pub fn search_patterns(search: &str) -> Vec<String> {
    search_words(search).take(MAX_WORDS).map(|word| format!("%{word}%")).collect()
}

/// Returns the words of a ticket's name and e-mail address, in which organizers search: with a space before and after
/// each word. Ideographs are words of their own, because names are written without spaces there.
pub fn ticket_words(attendee: &Attendee) -> String {
    let words = [attendee.name.as_str(), &attendee.email].into_iter().flat_map(search_words);
    let words = words.map(|word| separate_ideographs(&word)).collect::<Vec<_>>().join(" ");
    format!(" {words} ")
}

/// What a search looks for in the words of tickets: each text must occur there. An index finds texts of three characters
/// or more; a shorter word is therefore looked for at the beginning of words only.
pub fn ticket_search(search: &str) -> Vec<String> {
    let texts = search_words(search).take(MAX_WORDS).map(|word| {
        let separated = separate_ideographs(&word);
        if separated.len() > word.len() || word.chars().count() < 3 { format!(" {separated}") } else { word }
    });
    texts.collect()
}

/// Returns at most three texts of a search that are likely to be in few tickets, for a look-up in the index: long words
/// are rarer than short ones, and many addresses have the same host.
pub fn rare_texts(search: &str) -> Vec<String> {
    let without_hosts: Vec<_> = search.split_whitespace().filter_map(|part| part.split('@').next()).collect();
    let (all, mut texts) = (ticket_search(search), ticket_search(&without_hosts.join(" ")));
    // Without the hosts, more of the other words are within the limit; a search looks for none but its own.
    texts.retain(|text| all.contains(text));
    if texts.iter().all(|text| text.chars().count() < 3) {
        texts = all;
    }
    texts.sort_by_key(|text| std::cmp::Reverse(text.chars().count()));
    texts.truncate(3);
    texts
}

fn separate_ideographs(word: &str) -> String {
    let mut separated = String::with_capacity(word.len() + 2);
    let mut last = None;
    for c in word.chars() {
        let ideograph = is_ideograph(c);
        if last.is_some_and(|last| last || ideograph) {
            separated.push(' ');
        }
        separated.push(c);
        last = Some(ideograph);
    }
    separated
}

/// True for the characters of Chinese and Japanese.
fn is_ideograph(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accents_case_and_punctuation_make_no_difference() {
        assert_eq!(search_text(["Café Ünïcode", "ŁÓDŹ, the 2nd—Straße"]), "cafe unicode łodz the 2nd straße");
        assert_eq!(search_patterns(" Léa  O'Neil_% "), ["%lea%", "%o%", "%neil%"]);
        assert_eq!(search_patterns("中文 مهرجان"), ["%中文%", "%مهرجان%"]);
    }

    #[test]
    fn a_ticket_is_found_by_parts_of_words_and_by_the_first_letters() {
        let found = |name: &str, search: &str| {
            let words = ticket_words(&Attendee { name: name.into(), email: "a.lovelace@example.org".into() });
            ticket_search(search).iter().all(|text| words.contains(text))
        };
        for search in [
            "ada",
            "love",
            "lace example",
            "Ad",
            "a",
            "example.org",
            "LOVELACE, Ada",
            "a.lovelace@example",
            "ada@example",
            "",
        ] {
            assert!(found("Ada Lovelace", search), "{search}");
        }
        for search in ["adam", "ov", "da", "ada babbage"] {
            assert!(!found("Ada Lovelace", search), "{search}");
        }
        assert!(
            found("José Müller", "muller jose")
                && found("佐藤健", "健")
                && found("佐藤健", "藤健")
                && found("김민준", "민준")
        );
        assert!(!found("佐藤健", "健藤"));
    }

    #[test]
    fn an_address_is_looked_up_without_its_host() {
        assert_eq!(rare_texts("a.lovelace@example.org Ada"), ["lovelace", "ada", " a"]);
        assert_eq!(rare_texts("ab@example.org"), [" ab"]);
        assert_eq!(rare_texts("a@example.org"), ["example", "org", " a"]);
        assert_eq!(rare_texts("@example"), ["example"]);
        assert_eq!(rare_texts("one three fourteen seven"), ["fourteen", "three", "seven"]);
        let many = format!("{}beyond-the-limit", "ada@example.org ".repeat(6));
        assert_eq!(rare_texts(&many)[0], "ada");
    }
}
