//! `onsale migrate`

use std::io::Write;

use clap::Args;

use crate::{
    config::Sources,
    db::{migrate, pending_migrations},
};

/// Bringing the schema up to date.
#[derive(Debug, Args)]
pub struct Migrate {
    /// Only say what would be done
    #[arg(long)]
    dry_run: bool,
}

impl Migrate {
    /// Applies what is missing, and says what that was.
    pub fn run(self, sources: Sources) -> anyhow::Result<()> {
        super::with_database(sources, async |database| {
            let migrations =
                if self.dry_run { pending_migrations(&database).await? } else { migrate(&database).await? };
            let mut out = std::io::stdout().lock();
            for migration in &migrations {
                let did = if self.dry_run { "would apply" } else { "applied" };
                writeln!(out, "{did} {:04} {}", migration.version, migration.name)?;
            }
            if migrations.is_empty() {
                writeln!(out, "the schema is up to date")?;
            }
            Ok(())
        })
    }
}
