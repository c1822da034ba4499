//! Tests that hold for every key, and the example file, which is generated from the keys.

use std::{collections::BTreeSet, env, fmt::Write, fs};

use super::{Config, Key, LogConfig, Place, Sources, Value, all_keys};

/// Longest line of the example file.
const WIDTH: usize = 120;

const HEAD: &str = "\
# All configuration keys with their defaults. A key that is commented out is not set by default.
#
# A flag replaces the environment, the environment replaces this file, and this file replaces the defaults:
#   onsale serve --config config/onsale.example.toml --set server.workers=4
#
# Each key can be set by the environment variable ONSALE_SECTION_NAME, or by a variable in parentheses below.
# Secrets belong in the environment, or in a file that the variable NAME_FILE names, not here.
";

fn example() -> String {
    let (mut text, mut open) = (HEAD.to_owned(), "");
    for key in all_keys() {
        let (section, name) = key.name.split_once('.').unwrap();
        if section != open {
            writeln!(text, "\n[{section}]").unwrap();
            open = section;
        }
        text.push_str(&comment(key));
        writeln!(text, "{}", line(name, key.value)).unwrap();
    }
    text
}

/// Returns the meaning and the variables of a key, wrapped into lines.
fn comment(key: &Key) -> String {
    let variables = if key.variables.is_empty() { String::new() } else { format!(" ({})", key.variables.join(", ")) };
    let (mut text, mut width) = ("#".to_owned(), 1);
    for word in format!("{}{variables}", key.meaning).split(' ') {
        if WIDTH < width + 1 + word.len() {
            text.push_str("\n#");
            width = 1;
        }
        write!(text, " {word}").unwrap();
        width += 1 + word.len();
    }
    text + "\n"
}

/// Returns the default of a key in TOML, with the allowed values.
fn line(name: &str, value: Value) -> String {
    let default = value.default_text();
    match value {
        Value::Number { default, min, max } => format!("{name} = {default} # {min} to {max}"),
        Value::Flag { default } => format!("{name} = {default}"),
        Value::Text { .. } => default.map_or(format!("# {name} ="), |default| format!("{name} = {default:?}")),
        Value::Choice { .. } => {
            let form = value.form();
            default.map_or(format!("# {name} = # {form}"), |default| format!("{name} = {default:?} # {form}"))
        }
    }
}

fn needed() -> Vec<(&'static str, String)> {
    [
        ("database.url", "postgres://localhost/x"),
        ("storage.bucket", "x"),
        ("secrets.secret", "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3JldA=="),
    ]
    .map(|(name, value)| (name, value.to_owned()))
    .to_vec()
}

#[test]
fn the_example_file_shows_every_key() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/config/onsale.example.toml");
    if env::var_os("UPDATE_EXAMPLE").is_some() {
        fs::write(path, example()).unwrap();
    }
    assert!(fs::read_to_string(path).unwrap() == example(), "UPDATE_EXAMPLE=1 cargo test --lib config:: writes {path}");
}

#[test]
fn every_key_has_a_name_of_its_own_and_every_section_is_in_one_piece() {
    let names: Vec<_> = all_keys().map(|key| key.name).collect();
    assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len());
    let mut sections: Vec<_> = names.iter().map(|name| name.split('.').next().unwrap()).collect();
    sections.dedup();
    assert_eq!(sections.iter().collect::<BTreeSet<_>>().len(), sections.len());
}

#[test]
fn every_number_is_read_and_held_to_its_range() {
    let numbers = |value: fn(u64, u64) -> u64| {
        let one = move |key: &Key| match key.value {
            Value::Number { min, max, .. } => Some((key.name, value(min, max).to_string())),
            _ => None,
        };
        Sources::new().with_values(&Place::Flag, needed()).with_values(&Place::Flag, all_keys().filter_map(one))
    };
    for mut allowed in
        [Sources::new().with_values(&Place::Flag, needed()), numbers(|min, _| min), numbers(|_, max| max)]
    {
        LogConfig::read(&mut allowed);
        Config::read(&mut allowed).unwrap();
    }
    let mut sources = numbers(|_, max| max + 1);
    let faults = Config::read(&mut sources).unwrap_err().0;
    let reported: Vec<_> = faults.iter().map(|fault| fault.key.as_str()).collect();
    for key in all_keys().filter(|key| matches!(key.value, Value::Number { .. })) {
        assert_eq!(reported.iter().filter(|name| **name == key.name).count(), 1, "{}", key.name);
    }
}

#[test]
fn every_other_typed_value_is_read() {
    let typed = |key: &&Key| match key.value {
        Value::Text { form, .. } => form != "a text",
        Value::Choice { .. } | Value::Flag { .. } => true,
        Value::Number { .. } => false,
    };
    let wrong = all_keys().filter(typed).map(|key| (key.name, "?".to_owned()));
    let mut sources = Sources::new().with_values(&Place::Flag, wrong);
    LogConfig::read(&mut sources);
    let faults = Config::read(&mut sources).unwrap_err().0;
    for key in all_keys().filter(typed) {
        assert!(faults.iter().any(|fault| fault.key == key.name), "{}", key.name);
    }
}
