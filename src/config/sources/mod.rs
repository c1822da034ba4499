//! Sources of values: flags, environment, file and defaults, the strongest first; and all faults with their places.

mod environment;
mod fault;
mod file;

use std::{collections::BTreeMap, str::FromStr};

pub use fault::{ConfigFault, ConfigFaults, Place};

use super::{Key, all_keys};

/// The values of a configuration, and its faults.
#[derive(Debug, Default)]
pub struct Sources {
    found: BTreeMap<&'static str, (String, Place)>,
    faults: Vec<ConfigFault>,
}

impl Sources {
    /// The defaults.
    pub fn new() -> Self {
        let default = |key: &Key| Some((key.name, (key.value.default_text()?, Place::Default)));
        Self { found: all_keys().filter_map(default).collect(), faults: Vec::new() }
    }

    /// Adds `key=value` pairs; they replace earlier values.
    pub fn with_values<'a>(mut self, place: &Place, values: impl IntoIterator<Item = (&'a str, String)>) -> Self {
        for (name, value) in values {
            match find(name) {
                Some(key) => drop(self.found.insert(key.name, (value, place.clone()))),
                None => self.fault(name, unknown(name), Some(place.clone())),
            }
        }
        self
    }

    /// Adds `key=value` pairs where a key has no value but its default.
    pub fn with_fallbacks<'a>(mut self, place: &Place, values: impl IntoIterator<Item = (&'a str, String)>) -> Self {
        for (name, value) in values {
            let chosen = self.chosen(name).is_some();
            match find(name) {
                Some(key) if !chosen => drop(self.found.insert(key.name, (value, place.clone()))),
                Some(_) => {}
                None => self.fault(name, unknown(name), Some(place.clone())),
            }
        }
        self
    }

    /// Returns the place of a value that is not the default. `None` if there is none.
    pub fn chosen(&self, name: &str) -> Option<&Place> {
        self.found.get(name).map(|(_, place)| place).filter(|place| **place != Place::Default)
    }

    /// Lists every key with its value and the place of the value; secrets are hidden.
    pub fn shown(&self) -> impl Iterator<Item = (&'static Key, String, Option<&Place>)> {
        all_keys().map(|key| match self.found.get(key.name) {
            None => (key, "(not set)".to_owned(), None),
            Some((_, place)) if key.secret => (key, "(secret)".to_owned(), Some(place)),
            Some((value, place)) => (key, format!("{value:?}"), Some(place)),
        })
    }

    /// Returns a value as it was written. `None` if there is none, or an empty one.
    pub fn text(&self, name: &str) -> Option<String> {
        debug_assert!(find(name).is_some(), "no concern declares {name}");
        self.found.get(name).map(|(value, _)| value.clone()).filter(|value| !value.is_empty())
    }

    /// Parses a value. `form` completes the fault "`x` is not …".
    pub fn parsed<T: FromStr>(&mut self, name: &str, form: &str) -> Option<T> {
        let (value, place) = self.found.get(name)?.clone();
        let parsed = value.trim().parse().ok();
        if parsed.is_none() {
            self.fault(name, format!("{} is not {form}", quoted(name, &value)), Some(place));
        }
        parsed
    }

    /// Adds a fault of the value of `name`.
    pub fn fault_at(&mut self, name: &str, problem: impl Into<String>) {
        let place = self.found.get(name).map(|(_, place)| place.clone());
        self.fault(name, problem, place);
    }

    fn fault(&mut self, key: &str, problem: impl Into<String>, place: Option<Place>) {
        self.faults.push(ConfigFault { key: key.to_owned(), problem: problem.into(), place });
    }

    /// Returns an error with all faults so far, if there are any.
    pub fn faults(&self) -> Result<(), ConfigFaults> {
        if self.faults.is_empty() { Ok(()) } else { Err(ConfigFaults(self.faults.clone())) }
    }
}

fn find(name: &str) -> Option<&'static Key> {
    all_keys().find(|key| key.name == name)
}

/// Returns a value for a fault; a secret is not shown even if it is faulty.
fn quoted(name: &str, value: &str) -> String {
    if find(name).is_some_and(|key| key.secret) { "what is given".into() } else { format!("`{value}`") }
}

/// Returns the fault of an unknown key, with a similar key if there is one.
fn unknown(name: &str) -> String {
    let (section, bare) = name.split_once('.').unwrap_or(("", name));
    let close = all_keys().find(|key| {
        let (other_section, other) = key.name.split_once('.').unwrap_or(("", key.name));
        other == bare || (other_section == section && (other.contains(bare) || bare.contains(other)))
    });
    match close {
        Some(key) => format!("there is no such key; did you mean {}?", key.name),
        None => "there is no such key".into(),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::config::Config;

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
        let text = Config::read(&mut sources).unwrap_err().to_string();
        for expected in [
            "server.bnd: there is no such key (onsale.toml:2)",
            "server.workers: `many` is not a whole number from 0 to 1024 (onsale.toml:3)",
            "nowhere.queue: there is no such key; did you mean registrar.queue? (onsale.toml:5)",
            "ONSALE_TYPO: there is no such variable",
            "registrar.queue: 0 is not a whole number from 1 to 1000000 (environment, ONSALE_REGISTRAR_QUEUE)",
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
