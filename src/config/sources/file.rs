//! Values from a TOML file.

use std::{fs, path::Path};

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{Place, Sources, find, unknown};

impl Sources {
    /// Adds the values of a TOML file; they replace earlier ones.
    pub fn with_file(mut self, path: &Path) -> Self {
        let shown = path.display().to_string();
        match fs::read_to_string(path) {
            Ok(text) => self.add_file(&text, &shown),
            Err(error) => self.fault(&shown, format!("cannot be read: {error}"), None),
        }
        self
    }

    /// Adds the values in `text`; `path` is for faults.
    pub(super) fn add_file(&mut self, text: &str, path: &str) {
        let place = |at: usize| {
            let line = text[..at.min(text.len())].matches('\n').count() + 1;
            Place::File { path: path.to_owned(), line }
        };
        let table = match DeTable::parse(text) {
            Ok(table) => table.into_inner(),
            Err(error) => {
                let place = place(error.span().map_or(0, |span| span.start));
                return self.fault(path, error.message().to_owned(), Some(place));
            }
        };
        for (section, entries) in table {
            let DeValue::Table(entries) = entries.into_inner() else {
                let place = place(section.span().start);
                self.fault(section.as_ref(), "is not a section; write [section] above its keys", Some(place));
                continue;
            };
            for (name, value) in entries {
                let full = format!("{}.{}", section.as_ref(), name.as_ref());
                self.add_entry(&full, &value, place(name.span().start));
            }
        }
    }

    fn add_entry(&mut self, name: &str, value: &Spanned<DeValue<'_>>, place: Place) {
        match (find(name), plain(value.as_ref())) {
            (None, _) => self.fault(name, unknown(name), Some(place)),
            (Some(_), None) => self.fault(name, "must be a text, a number or a list of texts", Some(place)),
            (Some(key), Some(text)) => drop(self.found.insert(key.name, (text, place))),
        }
    }
}

/// Returns a value as text; a list becomes texts separated by commas. `None` for tables, dates and fractions.
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
