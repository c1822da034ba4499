//! `onsale migrate`

use std::io::Write;

use clap::Args;

use crate::{
    config::Sources,
    db::{migrate, pending_migrations},
};

/// Options of `migrate`.
#[derive(Debug, Args)]
pub struct Migrate {
    /// List the missing migrations, but apply none
    #[arg(long)]
    dry_run: bool,
}

impl Migrate {
    /// Applies the missing migrations and lists them.
    pub fn run(self, sources: Sources) -> anyhow::Result<()> {
        super::with_database(sources, async |database| {
            let migrations =
                if self.dry_run { pending_migrations(&database).await? } else { migrate(&database).await? };
            let mut out = std::io::stdout().lock();
            for migration in &migrations {
                let action = if self.dry_run { "would apply" } else { "applied" };
                writeln!(out, "{action} {:04} {}", migration.version, migration.name)?;
            }
            if migrations.is_empty() {
                writeln!(out, "the schema is up to date")?;
            }
            Ok(())
        })
    }
}
