//! The log.

use tracing_subscriber::EnvFilter;

use super::{
    Sources,
    key::{choice, keys, text},
};

keys! {
    FILTER = text("log.filter", Some("info,actix_server=warn,actix_http=off"),
        "Filter of the log: a level for all targets, or one for each target.")
        .variables(&["RUST_LOG"]);
    FORMAT = choice("log.format", Some("json"), &["json", "pretty"], "Format of the log; --dev uses pretty.")
        .variables(&["LOG_FORMAT"]);
}

/// Settings of the log.
#[derive(Debug, Clone)]
pub struct LogConfig {
    pub filter: String,
    /// True if lines are made for people; otherwise they are JSON.
    pub pretty: bool,
}

impl LogConfig {
    /// Reads the settings of the log. Faults are kept in `sources`.
    pub fn read(sources: &mut Sources) -> Self {
        let filter = FILTER.text(sources).unwrap_or_default();
        if let Err(error) = filter.parse::<EnvFilter>() {
            FILTER.fault(sources, format!("`{filter}` is not a log filter: {error}"));
        }
        let format = FORMAT.choice(sources);
        Self { filter, pretty: format.as_deref() == Some("pretty") }
    }
}
