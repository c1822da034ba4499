//! Configuration keys as data. Each concern declares its keys beside the struct that they fill (`keys!`), and reads the
//! values through them.

use std::{ops::RangeInclusive, str::FromStr, thread, time::Duration};

use super::Sources;

/// One configuration key.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    /// Section and name, as in the file: `section.name`.
    pub name: &'static str,
    pub value: Value,
    /// The effect, the unit and the reason of the limit, in a sentence.
    pub meaning: &'static str,
    /// Environment variables; the first one that is set wins. `ONSALE_SECTION_NAME` is always the last of them.
    pub variables: &'static [&'static str],
    /// True if the value is never printed.
    pub secret: bool,
}

/// Default and allowed values of a key. `None` as the default: not set.
#[derive(Debug, Clone, Copy)]
pub enum Value {
    /// `form` names a valid value in faults: "an address such as …".
    Text {
        default: Option<&'static str>,
        form: &'static str,
    },
    Choice {
        default: Option<&'static str>,
        allowed: &'static [&'static str],
    },
    Number {
        default: u64,
        min: u64,
        max: u64,
    },
    Flag {
        default: bool,
    },
}

/// Declares the keys of a concern: a private constant for each, and `KEYS`, the list of them.
macro_rules! keys {
    ($($constant:ident = $key:expr;)*) => {
        $(const $constant: $crate::config::Key = $key;)*
        /// The keys of this concern, in the order of the example file.
        pub const KEYS: &[$crate::config::Key] = &[$($constant),*];
    };
}
pub(super) use keys;

/// A key whose value may be any text, or is checked where it is read.
pub const fn text(name: &'static str, default: Option<&'static str>, meaning: &'static str) -> Key {
    parsed(name, default, "a text", meaning)
}

/// A key whose value is parsed. `form` names a valid value.
pub const fn parsed(
    name: &'static str,
    default: Option<&'static str>,
    form: &'static str,
    meaning: &'static str,
) -> Key {
    Key { name, value: Value::Text { default, form }, meaning, variables: &[], secret: false }
}

/// A key with one of the values in `allowed`.
pub const fn choice(
    name: &'static str,
    default: Option<&'static str>,
    allowed: &'static [&'static str],
    meaning: &'static str,
) -> Key {
    Key { value: Value::Choice { default, allowed }, ..text(name, None, meaning) }
}

/// A key with a whole number in `range`. A default out of range does not compile.
pub const fn number(name: &'static str, default: u64, range: RangeInclusive<u64>, meaning: &'static str) -> Key {
    let (min, max) = (*range.start(), *range.end());
    assert!(min <= default && default <= max, "the default is out of range");
    Key { value: Value::Number { default, min, max }, ..text(name, None, meaning) }
}

/// A key that is true or false.
pub const fn flag(name: &'static str, default: bool, meaning: &'static str) -> Key {
    Key { value: Value::Flag { default }, ..text(name, None, meaning) }
}

impl Value {
    /// Returns the default as text. `None` if the key has none.
    pub fn default_text(self) -> Option<String> {
        match self {
            Self::Text { default, .. } | Self::Choice { default, .. } => default.map(str::to_owned),
            Self::Number { default, .. } => Some(default.to_string()),
            Self::Flag { default } => Some(default.to_string()),
        }
    }

    /// Names a valid value: completes the fault "`x` is not …".
    pub fn form(self) -> String {
        match self {
            Self::Text { form, .. } => form.to_owned(),
            Self::Choice { allowed, .. } => allowed.join(" or "),
            Self::Number { min, max, .. } => format!("a whole number from {min} to {max}"),
            Self::Flag { .. } => "true or false".to_owned(),
        }
    }
}

impl Key {
    /// Adds environment variables.
    pub const fn variables(self, variables: &'static [&'static str]) -> Self {
        Self { variables, ..self }
    }

    /// Hides the value.
    pub const fn secret(self) -> Self {
        Self { secret: true, ..self }
    }

    /// Returns the text. `None` if there is none, or an empty one.
    pub fn text(&self, sources: &Sources) -> Option<String> {
        sources.text(self.name)
    }

    /// Parses the value. Every fault is kept in `sources`, here and below.
    pub fn parsed<T: FromStr>(&self, sources: &mut Sources) -> Option<T> {
        sources.parsed(self.name, &self.value.form())
    }

    /// Reads one of the allowed texts. An empty one is allowed if the key has no default.
    pub fn choice(&self, sources: &mut Sources) -> Option<String> {
        let Value::Choice { default, allowed } = self.value else { unreachable!("{} is no choice", self.name) };
        let chosen = self.text(sources);
        if !chosen.as_deref().map_or(default.is_none(), |chosen| allowed.contains(&chosen)) {
            let problem = format!("`{}` is not {}", chosen.as_deref().unwrap_or_default(), self.value.form());
            self.fault(sources, problem);
        }
        chosen
    }

    /// Reads true or false.
    pub fn flag(&self, sources: &mut Sources) -> bool {
        self.parsed(sources).unwrap_or(false)
    }

    /// Reads a whole number. A faulty one becomes the lower end of the range.
    pub fn number<T: TryFrom<u64>>(&self, sources: &mut Sources) -> T {
        let Value::Number { min, max, .. } = self.value else { unreachable!("{} is no number", self.name) };
        let number = match self.parsed(sources) {
            Some(number) if (min..=max).contains(&number) => number,
            Some(number) => {
                self.fault(sources, format!("{number} is not {}", self.value.form()));
                min
            }
            None => min,
        };
        T::try_from(number).unwrap_or_else(|_| unreachable!("the range of {} exceeds its type", self.name))
    }

    /// Reads a number of milliseconds.
    pub fn millis(&self, sources: &mut Sources) -> Duration {
        Duration::from_millis(self.number(sources))
    }

    /// Reads a number of seconds.
    pub fn seconds(&self, sources: &mut Sources) -> Duration {
        Duration::from_secs(self.number(sources))
    }

    /// Reads a number of threads; 0 is one per core.
    pub fn threads(&self, sources: &mut Sources) -> usize {
        match self.number(sources) {
            0 => thread::available_parallelism().map_or(1, usize::from),
            threads => threads,
        }
    }

    /// Reports that the value cannot be used.
    pub fn fault(&self, sources: &mut Sources, problem: impl Into<String>) {
        sources.fault_at(self.name, problem);
    }
}
