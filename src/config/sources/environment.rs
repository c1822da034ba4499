//! Values from environment variables.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

use super::{Place, Sources};
use crate::config::{Key, all_keys};

/// Names the configuration file; read by the command line.
const CONFIG_FILE: &str = "ONSALE_CONFIG";

impl Sources {
    /// Adds the values of environment variables; they replace earlier ones. `NAME_FILE` names a file with a secret.
    pub fn with_environment(mut self, variables: impl IntoIterator<Item = (String, String)>) -> Self {
        let variables: BTreeMap<_, _> = variables.into_iter().filter(|(_, value)| !value.is_empty()).collect();
        let mut known = BTreeSet::new();
        for key in all_keys() {
            let names = names(key);
            self.add_variable(key, &names, &variables);
            known.extend(names);
        }
        for name in variables.keys().filter(|name| name.starts_with("ONSALE_")) {
            let bare = name.strip_suffix("_FILE").unwrap_or(name);
            if !known.contains(bare) && name != CONFIG_FILE {
                let place = Place::Environment(name.clone());
                self.fault(name, "there is no such variable", Some(place));
            }
        }
        self
    }

    fn add_variable(&mut self, key: &Key, names: &[String], variables: &BTreeMap<String, String>) {
        let given = names.iter().find_map(|name| Some((name, variables.get(name)?)));
        let file = names.iter().map(|name| format!("{name}_FILE")).find(|name| variables.contains_key(name));
        match (given, file.filter(|_| key.secret)) {
            (Some((name, _)), Some(file)) => {
                let problem = format!("{name} and {file} are both set; choose one");
                self.fault(key.name, problem, Some(Place::Environment(file)));
            }
            (Some((name, value)), None) => {
                self.found.insert(key.name, (value.clone(), Place::Environment(name.clone())));
            }
            (None, Some(name)) => self.read_secret(key, &name, &variables[&name]),
            (None, None) => {}
        }
    }

    fn read_secret(&mut self, key: &Key, name: &str, path: &str) {
        let place = Place::Environment(name.to_owned());
        match fs::read_to_string(path) {
            Ok(text) => drop(self.found.insert(key.name, (text.trim().to_owned(), place))),
            Err(error) => self.fault(key.name, format!("{path} cannot be read: {error}"), Some(place)),
        }
    }
}

/// Returns the variables of a key; the first one that is set wins.
fn names(key: &Key) -> Vec<String> {
    let generated = format!("ONSALE_{}", key.name.replace('.', "_").to_uppercase());
    key.variables.iter().map(|name| (*name).to_owned()).chain([generated]).collect()
}
