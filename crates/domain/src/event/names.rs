//! Names with a fixed spelling: slugs, codes and colours.

use std::{fmt, str::FromStr, sync::Arc};

macro_rules! text_newtype {
    ($($(#[$doc:meta])* $name:ident: $rule:literal, $accepts:expr;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// The text as a string slice.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl FromStr for $name {
            type Err = String;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let accepts: fn(&str) -> bool = $accepts;
                if accepts(text) { Ok(Self(text.into())) } else { Err($rule.into()) }
            }
        }
    )*};
}

text_newtype! {
    /// Name of an event in URLs.
    Slug: "must be 2 to 63 characters a-z, 0-9 and '-', the first a letter",
        |text| is_spelled(text, 2..=63, |c| c.is_ascii_lowercase(), |c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    /// Prefix of the event's registration ids, such as `GDN2025`.
    EventCode: "must be 2 to 12 characters A-Z and 0-9, the first a letter",
        |text| is_spelled(text, 2..=12, |c| c.is_ascii_uppercase(), |c| c.is_ascii_uppercase() || c.is_ascii_digit());
    /// Name of a ticket type, unique within its event.
    TypeCode: "must be 1 to 63 characters a-z, 0-9 and '-', and must not start with '-'",
        |text| is_spelled(text, 1..=63, |c| c != '-', |c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    /// The accent colour of an event's tickets, as `#rrggbb`.
    AccentColor: "must be a colour such as #1f6f4a",
        |text| text.len() == 7 && text.starts_with('#') && text[1..].bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
}

/// Returns true if `text` has an allowed length, first character and characters.
fn is_spelled(
    text: &str,
    length: std::ops::RangeInclusive<usize>,
    first: fn(char) -> bool,
    all: fn(char) -> bool,
) -> bool {
    length.contains(&text.len()) && text.chars().all(all) && text.chars().next().is_some_and(first)
}
