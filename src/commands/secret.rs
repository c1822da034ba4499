//! `onsale secret`

use std::io::Write;

use clap::Subcommand;

use crate::{config::Sources, db::Database};

/// Commands for the secret of the server.
#[derive(Debug, Subcommand)]
pub enum Secret {
    /// Encrypt all signing keys and keys of second factors with `ONSALE_SECRET`, if `ONSALE_PREVIOUS_SECRET` still opens them
    ///
    /// After this, `ONSALE_PREVIOUS_SECRET` is only needed for links to tickets that were sent before.
    Reseal,
}

impl Secret {
    /// Runs the command.
    pub fn run(self, sources: Sources) -> anyhow::Result<()> {
        let Self::Reseal = self;
        let mut sources = super::with_running_server(sources);
        let secret = crate::config::read_secret(&mut sources);
        super::with_database(sources, async |database: Database| {
            let secret = secret.expect("`with_database` has returned an error if the secret is missing");
            let keys = database.reseal_signing_keys(&secret).await?;
            let factors = database.reseal_second_factors(&secret).await?;
            let mut out = std::io::stdout().lock();
            writeln!(out, "encrypted {keys} signing keys and {factors} second factors with ONSALE_SECRET")?;
            Ok(())
        })
    }
}
