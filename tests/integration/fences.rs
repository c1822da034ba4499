//! Rules about modules, checked in the sources: which module may use which library and which other module.

use std::{
    fs,
    path::{Path, PathBuf},
};

fn sources() -> Vec<(String, String)> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if entry.is_dir() {
                walk(&entry, found);
            } else if entry.extension().is_some_and(|extension| extension == "rs") {
                found.push(entry);
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    for folder in ["src", "crates"] {
        walk(&root.join(folder), &mut found);
    }
    assert!(found.len() > 50);
    // The file `lib.rs` of a crate under `crates/` is the index of a module, like `mod.rs`.
    let name = |path: &PathBuf| {
        let path = path.strip_prefix(root).unwrap().to_str().unwrap();
        match path.strip_prefix("crates/") {
            Some(path) => path.replacen("/src/lib.rs", "/mod.rs", 1).replacen("/src/", "/", 1),
            None => path.strip_prefix("src/").unwrap().to_owned(),
        }
    };
    found.iter().map(|path| (name(path), fs::read_to_string(path).unwrap())).collect()
}

/// Returns the top-level module of a source file.
fn module(path: &str) -> &str {
    path.split('/').next().unwrap().trim_end_matches(".rs")
}

/// Returns the code before the unit tests, without comments.
fn code(text: &str) -> String {
    let text = text.split("#[cfg(test)]").next().unwrap();
    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_library_is_used_in_its_module_only() {
    let fences: &[(&[&str], &[&str])] = &[
        (&["actix_web"], &["http", "app"]),
        (&["actix::", "use actix"], &["http", "app", "actors", "commands"]),
        (&["tokio_postgres", "deadpool"], &["db"]),
        (&["pdf_writer", "qrcodegen", "harfrust", "skrifa", "subsetter", "rayon"], &["render"]),
        (&["libdeflater"], &["assets", "render"]),
        (&["rust_embed"], &["assets"]),
        (&["fluent_bundle", "fluent_syntax"], &["texts"]),
        (&["askama"], &["http"]),
        (&["argon2", "totp_rs"], &["work"]),
        (&["zxcvbn"], &["domain"]),
        (&["zune_jpeg", "icu_segmenter", "unicode_bidi", "unicode_script"], &["render"]),
        (&["mrml", "icalendar", "rustls_pki_types"], &["mail"]),
        (&["lettre"], &["mail", "outside", "actors"]),
        (&["mail_parser"], &["mail", "dev"]),
        (&["mailin::"], &["dev"]),
        (&["schemars"], &["domain"]),
        (&["indicatif"], &["commands"]),
        (&["aws_config", "aws_sdk", "aws_smithy", "aws_credential"], &["store"]),
        (&["moka"], &["store", "db", "render", "actors", "http", "work"]),
        (&["governor"], &["http"]),
        (&["s3s"], &["dev"]),
        (&["hyper", "hyper_util"], &["dev", "outside"]),
        (&["rustix"], &["dev", "commands", "http", "work"]),
        (&["clap"], &["commands", "main"]),
        (&["utoipa"], &["http", "domain", "mail"]),
        (&["anyhow"], &["app", "commands", "dev", "main"]),
    ];
    for (path, text) in sources() {
        let text = code(&text);
        for (names, modules) in fences {
            for name in *names {
                assert!(
                    !text.contains(name) || modules.contains(&module(&path)),
                    "{path} uses {name}, which only {modules:?} may use"
                );
            }
        }
    }
}

#[test]
fn modules_depend_in_one_direction_only() {
    // Each module with the modules that it may use.
    let allowed: &[(&str, &[&str])] = &[
        ("assets", &[]),
        ("domain", &[]),
        ("fonts", &[]),
        ("texts", &["domain"]),
        ("mail", &["domain"]),
        ("metrics", &[]),
        ("db", &["domain", "metrics"]),
        ("render", &["domain", "fonts", "metrics"]),
        ("store", &["domain", "metrics"]),
        ("outside", &["domain", "mail", "metrics"]),
        ("actors", &["domain", "db", "mail", "render", "store", "outside", "metrics"]),
        ("work", &["domain", "db", "mail", "outside", "render", "store", "actors", "metrics"]),
        ("http", &["assets", "domain", "db", "mail", "render", "store", "texts", "actors", "work", "metrics"]),
        ("config", &["domain", "db", "mail", "outside", "render", "store", "actors", "work", "http"]),
        ("telemetry", &["config"]),
        ("dev", &["domain", "db"]),
        ("app", &["domain", "db", "outside", "render", "store", "actors", "work", "http", "config", "metrics"]),
        (
            "commands",
            &["domain", "db", "mail", "render", "store", "actors", "work", "http", "config", "app", "dev", "telemetry"],
        ),
        ("main", &["commands"]),
        ("lib", &["domain", "mail", "metrics", "render", "store"]),
    ];
    for (path, text) in sources() {
        let (_, may) = allowed
            .iter()
            .find(|(name, _)| *name == module(&path))
            .unwrap_or_else(|| panic!("{path} is in no known module"));
        let text = code(&text).replace("onsale::", "crate::").replace("onsale_", "crate::");
        for (at, _) in text.match_indices("crate::") {
            let rest = &text[at + "crate::".len()..];
            let modules = match rest.strip_prefix('{') {
                Some(list) => first_names(list),
                None => vec![rest],
            };
            for name in modules {
                let name = name.trim().split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap();
                let known = allowed.iter().any(|(module, _)| *module == name);
                assert!(!known || name == module(&path) || may.contains(&name), "{path} may not use {name}");
            }
        }
    }
}

#[test]
fn folders_of_a_module_depend_in_one_direction_only() {
    // Each folder with the folders and files of its module that it may use.
    let allowed: &[(&str, &str, &[&str])] = &[
        ("actors", "files", &["inbox", "surge"]),
        ("actors", "sale", &["inbox", "surge", "files"]),
        ("actors", "jobs", &["inbox", "surge", "files"]),
        ("actors", "upkeep", &["inbox", "surge", "files"]),
        ("actors", "outbox", &["surge"]),
        ("http", "server", &[]),
        ("http", "auth", &["server"]),
        ("http", "read", &["server"]),
        ("http", "pages", &["auth", "read", "server"]),
        ("http", "api", &["auth", "pages", "read", "server"]),
    ];
    let sources = sources();
    for (module, folder, may) in allowed {
        let (_, index) = sources.iter().find(|(path, _)| *path == format!("{module}/mod.rs")).unwrap();
        let index = code(index);
        let exports = exports(&index);
        for (path, text) in sources.iter().filter(|(path, _)| path.starts_with(&format!("{module}/{folder}/"))) {
            for name in imports(&code(text), module) {
                let name = name.as_str();
                let target = exports.iter().find(|(export, _)| *export == name).map_or(name, |(_, folder)| *folder);
                assert!(target == *folder || may.contains(&target), "{path} uses {target} ({name})");
            }
        }
    }
}

/// The names that a source imports from a module of this crate.
fn imports(text: &str, module: &str) -> Vec<String> {
    let mut names = Vec::new();
    for (at, start) in text.match_indices("crate::") {
        let rest = &text[at + start.len()..];
        let entries = match rest.strip_prefix('{') {
            Some(list) => first_names(list),
            None => vec![rest],
        };
        for entry in entries {
            let Some(rest) = entry.trim().strip_prefix(module).and_then(|rest| rest.strip_prefix("::")) else {
                continue;
            };
            let found = match rest.strip_prefix('{') {
                Some(list) => first_names(list),
                None => vec![rest],
            };
            let words = found.into_iter().map(first_word).filter(|word| !word.is_empty());
            names.extend(words.map(str::to_owned));
        }
    }
    names
}

fn first_word(text: &str) -> &str {
    text.trim().split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap()
}

/// The names that the index of a module re-exports, each with the folder or file it comes from.
fn exports(index: &str) -> Vec<(&str, &str)> {
    let mut exports = Vec::new();
    for (at, start) in index.match_indices("pub use ") {
        let rest = &index[at + start.len()..];
        let (from, list) = rest.split_once("::").unwrap();
        let names = match list.strip_prefix('{') {
            Some(list) => first_names(list),
            None => vec![list],
        };
        exports.extend(names.into_iter().map(|name| (first_word(name), from)));
    }
    exports
}

/// Returns the names at the outermost level of a list of imports, up to its closing brace.
fn first_names(list: &str) -> Vec<&str> {
    let (mut depth, mut start, mut names) = (0, 0, Vec::new());
    for (at, c) in list.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => {
                names.push(&list[start..at]);
                break;
            }
            '}' => depth -= 1,
            ',' if depth == 0 => {
                names.push(&list[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    names
}

#[test]
fn a_list_of_imports_is_read_to_its_end() {
    let names = first_names("\n db::{self, A},\n domain::{B},\n http::C};\nuse x::{y}");
    assert_eq!(names.iter().map(|name| name.trim()).collect::<Vec<_>>(), ["db::{self, A}", "domain::{B}", "http::C"]);
}

#[test]
fn mailboxes_are_never_sent_to_without_a_permit() {
    for (path, text) in sources() {
        let text = code(&text);
        assert!(!text.contains("do_send"), "{path}: do_send ignores the bound of the mailbox");
        assert!(!text.contains("try_send") || path == "actors/inbox.rs", "{path}: only an inbox delivers");
    }
}
