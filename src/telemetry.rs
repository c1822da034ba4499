//! Logging to stderr: one line for each event with the request's id, as JSON or in a readable form.

use std::io::IsTerminal;

use tracing_subscriber::{EnvFilter, fmt, layer::SubscriberExt, util::SubscriberInitExt};

use crate::config::LogConfig;

/// Starts logging. A second call has no effect.
pub fn start(config: &LogConfig) {
    let filter = EnvFilter::new(&config.filter);
    let registry = tracing_subscriber::registry().with(filter);
    let started = if config.pretty {
        let colours = std::io::stderr().is_terminal();
        registry.with(fmt::layer().with_writer(std::io::stderr).with_ansi(colours).with_target(false)).try_init()
    } else {
        let layer = fmt::layer().json().flatten_event(true).with_current_span(true).with_span_list(false);
        registry.with(layer.with_writer(std::io::stderr)).try_init()
    };
    // Fails only in tests that start two servers in one process; the first configuration stays active.
    drop(started);
}
