//! Regional variants of Han characters, which share code points and differ in shape.

/// Regional variant of Han characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum HanVariant {
    Simplified,
    Traditional,
    Japanese,
    Korean,
}

impl HanVariant {
    /// Returns the variant for a language tag; simplified, the most common, if the language does not decide.
    pub fn of_language(tag: &str) -> Self {
        let tag = tag.to_ascii_lowercase();
        match tag.split('-').next() {
            Some("ja") => Self::Japanese,
            Some("ko") => Self::Korean,
            Some("zh") if ["hant", "tw", "hk", "mo"].iter().any(|part| tag.split('-').any(|own| own == *part)) => {
                Self::Traditional
            }
            _ => Self::Simplified,
        }
    }

    /// Detects the variant from kana, hangul or bopomofo in the text.
    pub fn of_text(text: &str) -> Option<Self> {
        text.chars().find_map(|letter| match letter {
            '\u{3040}'..='\u{30ff}' => Some(Self::Japanese),
            '\u{1100}'..='\u{11ff}' | '\u{ac00}'..='\u{d7a3}' => Some(Self::Korean),
            '\u{3100}'..='\u{312f}' => Some(Self::Traditional),
            _ => None,
        })
    }

    /// Detects the variant from the suffix of a font family name.
    pub fn of_font(name: &str) -> Option<Self> {
        match name.rsplit(' ').next()? {
            "SC" | "CN" => Some(Self::Simplified),
            "TC" | "HK" | "TW" => Some(Self::Traditional),
            "JP" => Some(Self::Japanese),
            "KR" => Some(Self::Korean),
            _ => None,
        }
    }
}
