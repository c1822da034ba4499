//! Where values come from: flag over environment over file over default; and every fault with its place.

use std::{collections::BTreeMap, fmt, fs, ops::RangeInclusive, path::Path, str::FromStr};

use toml::de::{DeTable, DeValue};

use super::keys::{KEYS, Key};

/// Where a value was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    Flag,
    Dev,
    Environment(String),
    File { path: String, line: usize },
    Default,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag => f.write_str("command line"),
            Self::Dev => f.write_str("--dev"),
            Self::Environment(name) => write!(f, "environment, {name}"),
            Self::File { path, line } => write!(f, "{path}:{line}"),
            Self::Default => f.write_str("default"),
        }
    }
}

/// Something wrong with the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigFault {
    pub key: String,
    pub problem: String,
    pub place: Option<Place>,
}

impl fmt::Display for ConfigFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.key, self.problem)?;
        self.place.as_ref().map_or(Ok(()), |place| write!(f, " ({place})"))
    }
}

/// Everything that is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct ConfigFaults(pub Vec<ConfigFault>);

impl fmt::Display for ConfigFaults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the configuration has {} fault{}", self.0.len(), if self.0.len() == 1 { "" } else { "s" })?;
        self.0.iter().try_for_each(|fault| write!(f, "\n  {fault}"))
    }
}

/// The sources of a configuration, and what is in them.
#[derive(Debug, Default)]
pub struct Sources {
    found: BTreeMap<&'static str, (String, Place)>,
    faults: Vec<ConfigFault>,
}

impl Sources {
    /// The defaults.
    pub fn new() -> Self {
        let mut sources = Self::default();
        for key in KEYS {
            if let Some(default) = key.default {
                sources.found.insert(key.name, (default.to_owned(), Place::Default));
            }
        }
        sources
    }

    /// Lays a TOML file over what is there.
    pub fn with_file(mut self, path: &Path) -> Self {
        let shown = path.display().to_string();
        match fs::read_to_string(path) {
            Ok(text) => self.add_file(&text, &shown),
            Err(error) => self.fault(&shown, format!("cannot be read: {error}"), None),
        }
        self
    }

    fn add_file(&mut self, text: &str, path: &str) {
        let line_at = |at: usize| text[..at.min(text.len())].matches('\n').count() + 1;
        let table = match DeTable::parse(text) {
            Ok(table) => table.into_inner(),
            Err(error) => {
                let line = error.span().map_or(1, |span| line_at(span.start));
                let place = Place::File { path: path.into(), line };
                return self.fault(path, error.message().to_owned(), Some(place));
            }
        };
        for (section, entries) in table {
            let place = Place::File { path: path.into(), line: line_at(section.span().start) };
            let DeValue::Table(entries) = entries.into_inner() else {
                self.fault(section.as_ref(), "is not a section; write [section] above its keys", Some(place));
                continue;
            };
            for (name, value) in entries {
                let place = Place::File { path: path.into(), line: line_at(name.span().start) };
                let full = format!("{}.{}", section.as_ref(), name.as_ref());
                match (find(&full), plain(value.as_ref())) {
                    (None, _) => self.fault(&full, unknown(&full), Some(place)),
                    (Some(_), None) => self.fault(&full, "must be a text, a number or a list of texts", Some(place)),
                    (Some(key), Some(text)) => drop(self.found.insert(key.name, (text, place))),
                }
            }
        }
    }

    /// Lays the environment over what is there. `NAME_FILE` names a file that holds a secret.
    pub fn with_environment(mut self, variables: impl IntoIterator<Item = (String, String)>) -> Self {
        let variables: BTreeMap<_, _> = variables.into_iter().filter(|(_, value)| !value.is_empty()).collect();
        let mut known = Vec::new();
        for key in KEYS {
            let generated = format!("ONSALE_{}", key.name.replace('.', "_").to_uppercase());
            let names: Vec<String> = key.variables.iter().map(|name| (*name).to_owned()).chain([generated]).collect();
            let given = names.iter().find_map(|name| Some((name, variables.get(name)?)));
            let file = names.iter().map(|name| format!("{name}_FILE")).find(|name| variables.contains_key(name));
            match (given, file.filter(|_| key.secret)) {
                (Some((name, _)), Some(file)) => {
                    let place = Place::Environment(file.clone());
                    self.fault(key.name, format!("{name} and {file} are both set; choose one"), Some(place));
                }
                (Some((name, value)), None) => {
                    self.found.insert(key.name, (value.clone(), Place::Environment(name.clone())));
                }
                (None, Some(name)) => self.read_secret(key, &name, &variables[&name]),
                (None, None) => {}
            }
            known.extend(names);
        }
        for name in variables.keys().filter(|name| name.starts_with("ONSALE_")) {
            let bare = name.strip_suffix("_FILE").unwrap_or(name);
            if !known.iter().any(|known| known == bare) && name != "ONSALE_CONFIG" {
                let place = Place::Environment(name.clone());
                self.fault(name, "there is no such variable", Some(place));
            }
        }
        self
    }

    fn read_secret(&mut self, key: &Key, name: &str, path: &str) {
        let place = Place::Environment(name.to_owned());
        match fs::read_to_string(path) {
            Ok(text) => drop(self.found.insert(key.name, (text.trim().to_owned(), place))),
            Err(error) => self.fault(key.name, format!("{path} cannot be read: {error}"), Some(place)),
        }
    }

    /// Lays `key=value` pairs over what is there.
    pub fn with_values<'a>(mut self, place: &Place, values: impl IntoIterator<Item = (&'a str, String)>) -> Self {
        for (name, value) in values {
            match find(name) {
                Some(key) => drop(self.found.insert(key.name, (value, place.clone()))),
                None => self.fault(name, unknown(name), Some(place.clone())),
            }
        }
        self
    }

    /// Fills in `key=value` pairs where nothing but the default is there.
    pub fn with_fallbacks<'a>(mut self, place: &Place, values: impl IntoIterator<Item = (&'a str, String)>) -> Self {
        for (name, value) in values {
            let chosen = self.found.get(name).is_some_and(|(_, place)| *place != Place::Default);
            match find(name) {
                Some(key) if !chosen => drop(self.found.insert(key.name, (value, place.clone()))),
                Some(_) => {}
                None => self.fault(name, unknown(name), Some(place.clone())),
            }
        }
        self
    }

    /// Where the value of a key was chosen, if it was.
    pub fn chosen(&self, name: &'static str) -> Option<&Place> {
        self.found.get(name).map(|(_, place)| place).filter(|place| **place != Place::Default)
    }

    /// Every key with its value and where that came from; secrets are not shown.
    pub fn shown(&self) -> impl Iterator<Item = (&'static Key, String, Option<&Place>)> {
        KEYS.iter().map(|key| match self.found.get(key.name) {
            None => (key, "(not set)".to_owned(), None),
            Some((_, place)) if key.secret => (key, "(secret)".to_owned(), Some(place)),
            Some((value, place)) => (key, format!("{value:?}"), Some(place)),
        })
    }

    /// The value as it was written, if there is one.
    pub fn text(&self, name: &'static str) -> Option<String> {
        debug_assert!(find(name).is_some(), "{name} is not in the table");
        self.found.get(name).map(|(value, _)| value.clone()).filter(|value| !value.is_empty())
    }

    /// The value, read; a fault if it cannot be.
    pub fn parsed<T: FromStr>(&mut self, name: &'static str, wanted: &str) -> Option<T> {
        let (value, place) = self.found.get(name)?.clone();
        let parsed = value.trim().parse().ok();
        if parsed.is_none() {
            self.fault(name, format!("{} is not {wanted}", quoted(name, &value)), Some(place));
        }
        parsed
    }

    /// A whole number within bounds. Faulty ones read as the lower bound, and are reported.
    pub fn number(&mut self, name: &'static str, bounds: RangeInclusive<u64>) -> u64 {
        let wanted = format!("a whole number from {} to {}", bounds.start(), bounds.end());
        match self.parsed::<u64>(name, &wanted) {
            Some(number) if bounds.contains(&number) => number,
            Some(number) => {
                self.fault_at(name, format!("{number} is not {wanted}"));
                *bounds.start()
            }
            None => *bounds.start(),
        }
    }

    /// Notes that the value of `name` will not do.
    pub fn fault_at(&mut self, name: &'static str, problem: impl Into<String>) {
        let place = self.found.get(name).map(|(_, place)| place.clone());
        self.fault(name, problem, place);
    }

    fn fault(&mut self, key: &str, problem: impl Into<String>, place: Option<Place>) {
        self.faults.push(ConfigFault { key: key.to_owned(), problem: problem.into(), place });
    }

    /// Every fault found so far.
    pub fn faults(&self) -> Result<(), ConfigFaults> {
        if self.faults.is_empty() { Ok(()) } else { Err(ConfigFaults(self.faults.clone())) }
    }
}

fn find(name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.name == name)
}

/// A secret is not shown even if it is wrong.
fn quoted(name: &str, value: &str) -> String {
    if find(name).is_some_and(|key| key.secret) { "what is given".into() } else { format!("`{value}`") }
}

fn unknown(name: &str) -> String {
    let (section, bare) = name.split_once('.').unwrap_or(("", name));
    let close = KEYS.iter().find(|key| {
        let (other_section, other) = key.name.split_once('.').unwrap_or(("", key.name));
        other == bare || (other_section == section && (other.contains(bare) || bare.contains(other)))
    });
    match close {
        Some(key) => format!("there is no such key; did you mean {}?", key.name),
        None => "there is no such key".into(),
    }
}

fn plain(value: &DeValue<'_>) -> Option<String> {
    match value {
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Integer(number) => Some(number.to_string()),
        DeValue::Boolean(truth) => Some(truth.to_string()),
        DeValue::Array(list) => {
            let parts: Option<Vec<_>> = list.iter().map(|entry| plain(entry.as_ref())).collect();
            parts.map(|parts| parts.join(","))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn env(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect()
    }

    fn with_file(text: &str) -> Sources {
        let mut sources = Sources::new();
        sources.add_file(text, "onsale.toml");
        sources
    }

    #[test]
    fn flag_beats_environment_beats_file_beats_default() {
        let file = "[server]\nbind = \"127.0.0.1:1\"\nworkers = 3\n[registrar]\nqueue = 5\n";
        let sources = with_file(file)
            .with_environment(env(&[("BIND", "127.0.0.1:2"), ("ONSALE_REGISTRAR_QUEUE", "6")]))
            .with_values(&Place::Flag, [("server.bind", "127.0.0.1:3".to_owned())]);
        assert_eq!(sources.text("server.bind").unwrap(), "127.0.0.1:3");
        assert_eq!(sources.text("registrar.queue").unwrap(), "6");
        assert_eq!(sources.text("server.workers").unwrap(), "3");
        assert_eq!(sources.text("registrar.batch_max").unwrap(), "512");
        assert!(sources.faults().is_ok());
    }

    #[test]
    fn every_fault_is_named_with_its_place() {
        let file = "[server]\nbnd = 1\nworkers = \"many\"\n[nowhere]\nqueue = 1\n";
        let mut sources =
            with_file(file).with_environment(env(&[("ONSALE_TYPO", "1"), ("ONSALE_REGISTRAR_QUEUE", "0")]));
        sources.number("server.workers", 0..=10);
        sources.number("registrar.queue", 1..=10);
        let text = sources.faults().unwrap_err().to_string();
        for expected in [
            "server.bnd: there is no such key (onsale.toml:2)",
            "server.workers: `many` is not a whole number from 0 to 10 (onsale.toml:3)",
            "nowhere.queue: there is no such key; did you mean registrar.queue? (onsale.toml:5)",
            "ONSALE_TYPO: there is no such variable",
            "registrar.queue: 0 is not a whole number from 1 to 10 (environment, ONSALE_REGISTRAR_QUEUE)",
        ] {
            assert!(text.contains(expected), "{expected}\n---\n{text}");
        }
    }

    #[test]
    fn the_first_bucket_variable_wins() {
        let both = env(&[("AWS_S3_BUCKET_NAME", "second"), ("S3_BUCKET_NAME", "first")]);
        assert_eq!(Sources::new().with_environment(both).text("storage.bucket").unwrap(), "first");
        let one = env(&[("AWS_S3_BUCKET_NAME", "second")]);
        assert_eq!(Sources::new().with_environment(one).text("storage.bucket").unwrap(), "second");
    }

    #[test]
    fn a_secret_comes_from_a_file_and_is_never_shown() {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), "hush\n").unwrap();
        let path = file.path().to_str().unwrap();
        let sources = Sources::new().with_environment(env(&[("ONSALE_ADMIN_TOKEN_FILE", path)]));
        assert_eq!(sources.text("secrets.admin_token").unwrap(), "hush");
        assert!(sources.shown().all(|(_, value, _)| !value.contains("hush")));
        let both = env(&[("ONSALE_ADMIN_TOKEN_FILE", path), ("ONSALE_ADMIN_TOKEN", "x")]);
        assert!(Sources::new().with_environment(both).faults().is_err());
    }
}
