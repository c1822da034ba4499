//! `onsale config`

use std::io::Write;

use clap::Subcommand;

use crate::config::{Config as Settings, LogConfig, Sources};

/// What to do with the configuration.
#[derive(Debug, Subcommand)]
pub enum Config {
    /// Print every setting in force and where it comes from, secrets redacted; fails if any will not do
    Check,
}

impl Config {
    /// Prints what is in force, and every fault.
    pub fn run(self, mut sources: Sources) -> anyhow::Result<()> {
        let Self::Check = self;
        let mut out = std::io::stdout().lock();
        for (key, value, place) in sources.shown() {
            let place = place.map(|place| format!("  # {place}")).unwrap_or_default();
            writeln!(out, "{} = {value}{place}", key.name)?;
        }
        drop(out);
        LogConfig::read(&mut sources);
        Settings::read(&mut sources)?;
        Ok(())
    }
}
