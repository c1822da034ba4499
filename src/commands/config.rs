//! `onsale config`

use std::io::Write;

use clap::Subcommand;

use crate::config::{Config as Settings, LogConfig, Sources};

/// Commands for the configuration.
#[derive(Debug, Subcommand)]
pub enum Config {
    /// Print every setting with the source of its value, without secrets; fails if a value is invalid
    Check,
}

impl Config {
    /// Prints the settings, then returns all faults.
    pub fn run(self, mut sources: Sources) -> anyhow::Result<()> {
        let Self::Check = self;
        let mut out = std::io::stdout().lock();
        for (key, value, place) in sources.shown() {
            let place = place.map(|place| format!("  # {place}")).unwrap_or_default();
            writeln!(out, "{} = {value}{place}", key.name)?;
        }
        drop(out);
        LogConfig::read(&mut sources);
        let settings = Settings::read(&mut sources)?;
        if settings.mail.smtp.is_none() {
            let mut out = std::io::stdout().lock();
            writeln!(out, "# there is no mail server (mail.smtp_url, SMTP_URL): messages wait in the database")?;
        }
        Ok(())
    }
}
