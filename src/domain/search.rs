//! Words for searching: without accents, in lower case.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accents_case_and_punctuation_make_no_difference() {
        assert_eq!(search_text(["Café Ünïcode", "ŁÓDŹ, the 2nd—Straße"]), "cafe unicode łodz the 2nd straße");
        assert_eq!(search_patterns(" Léa  O'Neil_% "), ["%lea%", "%o%", "%neil%"]);
        assert_eq!(search_patterns("中文 مهرجان"), ["%中文%", "%مهرجان%"]);
    }
}
