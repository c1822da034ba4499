//! Connections to PostgreSQL.

use super::{
    Sources,
    key::{keys, number, parsed},
};
use crate::db::DatabaseSettings;

keys! {
    URL = parsed("database.url", None, "a URL such as postgres://user@host/name",
        "URL of the PostgreSQL database; serve needs it, unless with --dev.").variables(&["DATABASE_URL"]).secret();
    CONNECTIONS = number("database.connections", 16, 6..=1000,
        "Connections of this server; a quarter is reserved for actors, an eighth for jobs; messages have two more.");
    WAIT_MS = number("database.wait_ms", 2000, 10..=600_000, "Milliseconds to wait for a free connection.");
    CONNECT_MS = number("database.connect_ms", 3000, 10..=600_000, "Milliseconds in which a connection must open.");
    STATEMENT_MS = number("database.statement_ms", 5000, 100..=600_000,
        "Milliseconds until a running statement is cancelled.");
}

/// Reads the connection to the database. `None` if its URL is missing or faulty.
pub fn read(sources: &mut Sources) -> Option<DatabaseSettings> {
    let url = if URL.text(sources).is_some() {
        URL.parsed(sources)
    } else {
        URL.fault(sources, "is needed (DATABASE_URL), or serve --dev");
        None
    };
    let connections = CONNECTIONS.number(sources);
    let (wait_ms, connect_ms) = (WAIT_MS.number(sources), CONNECT_MS.number(sources));
    let statement_ms = STATEMENT_MS.number(sources);
    Some(DatabaseSettings { url: url?, connections, wait_ms, connect_ms, statement_ms })
}
