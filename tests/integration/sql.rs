//! Codes in SQL, read from the sources: each number of a coded column carries the name that the Rust enum gives it,
//! as in `state = 2 /* stored */`.

use std::{
    fs,
    path::{Path, PathBuf},
};

use onsale::domain::{DocumentKind, DocumentState, JobKind, JobStatus, MessageKind, MessageState, RegistrationStatus};

type Codes = Vec<(i16, &'static str)>;

/// Tables that have a column of one of [`COLUMNS`]'s names. The last one named before a bare column owns the column.
const TABLES: [&str; 12] = [
    "registrations",
    "documents",
    "downloads",
    "jobs",
    "job_failures",
    "events",
    "sale_changes",
    "sale_counts",
    "document_counts",
    "mail_templates",
    "messages",
    "event_notices",
];
/// The aliases under which a coded column is compared with a number.
const ALIASES: [(&str, &str); 5] =
    [("r", "registrations"), ("d", "documents"), ("j", "jobs"), ("f", "job_failures"), ("m", "messages")];
const COLUMNS: [&str; 3] = ["kind", "state", "status"];

fn codes(table: &str, column: &str) -> Option<Codes> {
    Some(match (table, column) {
        ("registrations" | "sale_changes" | "sale_counts", "status") => {
            RegistrationStatus::ALL.map(|c| (c.number(), c.name())).to_vec()
        }
        ("documents" | "downloads" | "job_failures", "kind") => {
            DocumentKind::ALL.map(|c| (c.number(), c.name())).to_vec()
        }
        ("documents" | "document_counts", "state") => DocumentState::ALL.map(|c| (c.number(), c.name())).to_vec(),
        ("messages", "state") => MessageState::ALL.map(|c| (c.number(), c.name())).to_vec(),
        ("mail_templates" | "messages" | "event_notices", "kind") => {
            MessageKind::ALL.map(|c| (c.number(), c.name())).to_vec()
        }
        ("jobs", "kind") => JobKind::ALL.map(|c| (c.number(), c.name())).to_vec(),
        ("jobs", "status") => JobStatus::ALL.map(|c| (c.number(), c.name())).to_vec(),
        _ => return None,
    })
}

#[derive(Debug, Clone, PartialEq)]
enum Token {
    /// A keyword or a name, with its alias.
    Word(String),
    Number(i16),
    /// A string.
    Text(String),
    /// A comment between `/*` and `*/`.
    Legend(String),
    Sign(String),
}

fn tokens(mut sql: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    while let Some(first) = sql.chars().next() {
        let run = |of: fn(char) -> bool| sql.find(|c: char| !of(c)).unwrap_or(sql.len());
        let (length, token) = match first {
            _ if sql.starts_with("--") => (run(|c| c != '\n'), None),
            _ if sql.starts_with("/*") => {
                let end = sql.find("*/").expect("a comment ends");
                (end + 2, Some(Token::Legend(sql[2..end].trim().to_owned())))
            }
            '\'' => {
                let end = 1 + sql[1..].find('\'').unwrap_or(sql.len() - 2);
                (end + 1, Some(Token::Text(sql[1..end].to_owned())))
            }
            c if c.is_whitespace() => (run(char::is_whitespace), None),
            c if c.is_alphabetic() || c == '_' || c == '$' => {
                let length = run(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | '$'));
                (length, Some(Token::Word(sql[..length].to_owned())))
            }
            c if c.is_ascii_digit() => {
                let length = run(|c| c.is_ascii_digit() || c == '.');
                (length, Some(sql[..length].parse().map_or(Token::Sign("number".to_owned()), Token::Number)))
            }
            c if "<>=!".contains(c) => {
                let length = run(|c| "<>=!".contains(c));
                (length, Some(Token::Sign(sql[..length].to_owned())))
            }
            c => (c.len_utf8(), Some(Token::Sign(c.to_string()))),
        };
        tokens.extend(token);
        sql = &sql[length..];
    }
    tokens
}

/// One statement, or one file of statements.
struct Sql {
    tokens: Vec<Token>,
    faults: Vec<String>,
    /// Numbers whose name was compared.
    checked: Vec<usize>,
}

impl Sql {
    /// Returns each number that lacks its name or has another one's.
    fn faults(text: &str) -> Vec<String> {
        let mut sql = Self { tokens: tokens(text), faults: Vec::new(), checked: Vec::new() };
        let (mut table, mut inserted) = (None, None);
        for at in 0..sql.tokens.len() {
            if ["FROM", "JOIN", "UPDATE", "INTO", "TABLE", "ON"].iter().any(|word| sql.is(at, word)) {
                table = TABLES.into_iter().find(|table| sql.is(at + 1, table)).or(table);
            }
            if sql.is(at, "INTO") && table.is_some_and(|table| sql.is(at + 1, table)) {
                inserted = table;
                sql.insert(at + 1);
            }
            if sql.is(at, "CONFLICT") {
                table = inserted;
            }
            if sql.is(at, "COMMENT") {
                sql.comment(at + 3);
            }
            for number in sql.numbers(at) {
                let column = sql.word(at).to_owned();
                sql.check(number, &column, table);
            }
            if let Some(column) = sql.given_name(at) {
                sql.check(at, &column, table);
            }
        }
        for at in 0..sql.tokens.len() {
            if let (Some(Token::Number(number)), Some(Token::Legend(name))) =
                (sql.tokens.get(at), sql.tokens.get(at + 1))
                && !sql.checked.contains(&at)
            {
                sql.faults.push(format!("{number} /* {name} */ belongs to no coded column"));
            }
        }
        sql.faults
    }

    fn word(&self, at: usize) -> &str {
        if let Some(Token::Word(word)) = self.tokens.get(at) { word } else { "" }
    }

    fn sign(&self, at: usize) -> &str {
        if let Some(Token::Sign(sign)) = self.tokens.get(at) { sign } else { "" }
    }

    fn is(&self, at: usize, word: &str) -> bool {
        self.word(at) == word
    }

    fn is_number(&self, at: usize) -> bool {
        matches!(self.tokens.get(at), Some(Token::Number(_)))
    }

    /// Returns the positions of the numbers that a coded column at `at` is compared with, set to or limited by.
    fn numbers(&self, at: usize) -> Vec<usize> {
        if !COLUMNS.contains(&self.word(at).rsplit('.').next().unwrap_or_default()) {
            return Vec::new();
        }
        let end = |from: usize, last: fn(&Self, usize) -> bool| {
            (from..self.tokens.len()).find(|at| last(self, *at)).unwrap_or(self.tokens.len())
        };
        let after = |words: &'static [&str], range: std::ops::Range<usize>| {
            range.filter(|at| words.contains(&self.word(*at))).map(|at| at + 1).collect()
        };
        let next = at + 1;
        let found: Vec<_> = match self.word(next) {
            "IN" => (next..end(next, |sql, at| sql.sign(at) == ")")).collect(),
            "BETWEEN" => after(&["BETWEEN", "AND"], next..end(next, |sql, at| sql.sign(at) == ")")),
            "WHEN" if self.is(at - 1, "CASE") => after(&["WHEN"], next..end(next, |sql, at| sql.is(at, "END"))),
            "smallint" => after(&["DEFAULT"], next..end(next, |sql, at| sql.sign(at) == ",")),
            _ if self.sign(next).contains(['=', '<', '>']) => self.values(next + 1),
            _ => Vec::new(),
        };
        found.into_iter().filter(|at| self.is_number(*at)).collect()
    }

    /// Returns the positions of the numbers that the expression at `at` can have as its value.
    fn values(&self, at: usize) -> Vec<usize> {
        if !self.is(at, "CASE") {
            return vec![at];
        }
        let end = (at..self.tokens.len()).find(|at| self.is(*at, "END")).unwrap_or(self.tokens.len());
        (at..end).filter(|at| matches!(self.word(*at), "THEN" | "ELSE")).map(|at| at + 1).collect()
    }

    /// Returns the coded column that a number at `at` is selected as.
    fn given_name(&self, at: usize) -> Option<String> {
        let mut next = at + 1;
        next += usize::from(matches!(self.tokens.get(next), Some(Token::Legend(_))));
        next += if self.sign(next) == ":" { 3 } else { 0 };
        let column = self.word(next + 1);
        (self.is_number(at) && self.is(next, "AS") && COLUMNS.contains(&column)).then(|| column.to_owned())
    }

    /// Checks what `INSERT INTO table (columns) SELECT …` or `VALUES (…)` gives the coded columns.
    fn insert(&mut self, table: usize) {
        let name = self.word(table).to_owned();
        let open = if self.is(table + 1, "AS") { table + 3 } else { table + 1 };
        if self.sign(open) != "(" {
            return;
        }
        let close = (open..self.tokens.len()).find(|at| self.sign(*at) == ")").expect("the columns end");
        let columns: Vec<_> = (open + 1..close).step_by(2).map(|at| self.word(at).to_owned()).collect();
        let mut at = close + if self.is(close + 1, "VALUES") { 3 } else { 2 };
        for column in columns {
            for number in self.values(at).into_iter().filter(|at| self.is_number(*at)).collect::<Vec<_>>() {
                if COLUMNS.contains(&column.as_str()) {
                    self.check(number, &column, TABLES.into_iter().find(|table| *table == name));
                }
            }
            let mut depth = 0;
            at = (at..self.tokens.len())
                .find(|at| {
                    depth += i32::from(self.sign(*at) == "(") - i32::from(self.sign(*at) == ")");
                    depth == 0 && self.sign(*at) == ","
                })
                .map_or(self.tokens.len(), |comma| comma + 1);
        }
    }

    /// Checks `COMMENT ON COLUMN table.column IS '1 name, 2 name (explanation)'`.
    fn comment(&mut self, column: usize) {
        let (table, name) = self.word(column).split_once('.').expect("a column of a table");
        let Some(Token::Text(text)) = self.tokens.get(column + 2) else { panic!("a comment is a text") };
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let names = text.split(", ").map(|code| code.split(" (").next().unwrap().to_owned()).collect::<Vec<_>>();
        let codes = codes(table, name).expect("only coded columns have comments");
        let expected: Vec<_> = codes.iter().map(|(code, name)| format!("{code} {}", name.replace('_', " "))).collect();
        if names != expected {
            self.faults.push(format!("{table}.{name} is commented {names:?}, not {expected:?}"));
        }
    }

    /// Compares the name behind the number at `at` with the column's enum.
    fn check(&mut self, at: usize, column: &str, last_table: Option<&str>) {
        self.checked.push(at);
        let (table, column) = match column.split_once('.') {
            Some((alias, column)) => {
                let known = ALIASES.iter().find(|(short, long)| [*short, *long].contains(&alias));
                (known.map(|(_, table)| *table), column)
            }
            None => (last_table, column),
        };
        let Token::Number(number) = self.tokens[at] else { unreachable!("only numbers are checked") };
        let Some(codes) = table.and_then(|table| codes(table, column)) else {
            return self.faults.push(format!("{column} {number}: no table known; use one of {ALIASES:?}"));
        };
        let expected = codes.iter().find(|(code, _)| *code == number).map(|(_, name)| *name);
        let name = if let Some(Token::Legend(name)) = self.tokens.get(at + 1) { name.as_str() } else { "" };
        if expected != Some(name) {
            self.faults.push(format!("{column} {number} /* {name} */ should have the name {expected:?}"));
        }
    }
}

/// Every file with this extension in the folders, with its name.
fn files(folders: &[&str], extension: &str) -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut left: Vec<PathBuf> = folders.iter().map(|folder| root.join(folder)).collect();
    let mut found = Vec::new();
    while let Some(path) = left.pop() {
        if path.is_dir() {
            left.extend(fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
        } else if path.extension().is_some_and(|found| found == extension) {
            found.push((path.strip_prefix(root).unwrap().display().to_string(), fs::read_to_string(&path).unwrap()));
        }
    }
    found
}

/// The statements among the strings of a Rust file.
fn statements(rust: &str) -> impl Iterator<Item = &str> {
    let is_statement = |text: &&str| ["SELECT ", "UPDATE ", "INSERT INTO ", "DELETE "].iter().any(|w| text.contains(w));
    rust.split('"').filter(is_statement)
}

#[test]
fn every_code_in_sql_carries_its_name() {
    let sql = files(&["migrations", "src/db/queries"], "sql");
    assert!(sql.len() > 100);
    let mut faults = Vec::new();
    for (path, text) in &sql {
        faults.extend(Sql::faults(text).into_iter().map(|fault| format!("{path}: {fault}")));
    }
    for (path, text) in
        files(&["src", "crates", "tests", "benches"], "rs").iter().filter(|(path, _)| !path.ends_with("/sql.rs"))
    {
        let found = statements(text).flat_map(Sql::faults);
        faults.extend(found.map(|fault| format!("{path}: {fault}")));
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn no_line_of_sql_is_longer_than_120_characters() {
    for (path, text) in files(&["migrations", "src/db/queries"], "sql") {
        for (line, number) in text.lines().zip(1..) {
            assert!(line.chars().count() <= 120, "{path}:{number} has {} characters", line.chars().count());
        }
    }
}

#[test]
fn bare_numbers_and_wrong_names_are_found() {
    for good in [
        "SELECT FROM documents d WHERE d.kind IN (1 /* tickets */, 4 /* code */) AND state <> 2 /* stored */ LIMIT 3",
        "UPDATE jobs SET status = CASE WHEN failed > 0 THEN 5 /* failed */ ELSE 3 /* completed */ END, reached = 1",
        "INSERT INTO documents AS d (number, kind, state) SELECT least(1, 2), 1 /* tickets */, $1 FROM made",
        "SELECT CASE j.kind WHEN 2 /* archive */ THEN 1 ELSE 0 END FROM jobs j WHERE j.status = $1",
        "SELECT state FROM documents UNION SELECT 1 /* pending */::smallint AS state",
        "INSERT INTO documents SELECT FROM jobs ON CONFLICT (kind) DO UPDATE SET state = 4 /* withdrawn */",
    ] {
        assert_eq!(Sql::faults(good), [""; 0], "{good}");
    }
    for bad in [
        "SELECT FROM documents WHERE kind = 1",
        "SELECT FROM documents d WHERE d.kind IN (1 /* tickets */, 4)",
        "SELECT FROM registrations r WHERE r.status = 4 /* cancelled */",
        "SELECT FROM jobs WHERE status BETWEEN 1 /* queued */ AND 2",
        "SELECT FROM jobs x WHERE x.status = 1 /* queued */",
        "UPDATE jobs SET status = CASE WHEN failed > 0 THEN 5 /* failed */ ELSE 3 END",
        "SELECT CASE j.kind WHEN 2 THEN 1 ELSE 0 END FROM jobs j",
        "INSERT INTO documents (number, kind) SELECT 1, 1 FROM made",
        "INSERT INTO jobs (job_id, status) VALUES (gen_random_uuid(), 1)",
        "CREATE TABLE jobs (status smallint NOT NULL DEFAULT 1)",
        "SELECT state FROM documents UNION SELECT 1 AS state",
        "SELECT FROM documents WHERE part = 1 /* tickets */",
        "COMMENT ON COLUMN jobs.kind IS '1 regeneration, 2 invoice'",
    ] {
        assert_eq!(Sql::faults(bad).len(), 1, "{bad}: {:?}", Sql::faults(bad));
    }
}
