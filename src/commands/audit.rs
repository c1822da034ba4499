//! `onsale audit`

use std::io::{Write, stdout};

use anyhow::{bail, ensure};
use clap::{Args, Subcommand};
use sha2::{Digest, Sha256};

use crate::{config::Sources, db::Database};

/// What to do with the audit log.
#[derive(Debug, Subcommand)]
pub enum Audit {
    /// Check that no entry was changed, taken out or put in
    #[command(
        after_help = "Prints the number and the hash of the last entry. Keep them elsewhere: given to --head later, they prove \
        that the log up to there is still the same, also that its end was not cut off and written anew."
    )]
    Verify(Verify),
}

/// Checking.
#[derive(Debug, Args)]
pub struct Verify {
    /// An entry that an earlier check ended with, as NUMBER:HASH
    #[arg(long, value_name = "NUMBER:HASH", value_parser = head)]
    head: Option<(i64, String)>,
}

fn head(text: &str) -> Result<(i64, String), String> {
    let (number, hash) = text.split_once(':').ok_or("write NUMBER:HASH")?;
    let number = number.parse().map_err(|_| format!("{number} is no number"))?;
    Ok((number, hash.to_ascii_lowercase()))
}

/// Entries read at once.
const SOME: i64 = 1000;

impl Audit {
    /// Does it.
    pub fn run(self, sources: Sources) -> anyhow::Result<()> {
        let Self::Verify(verify) = self;
        super::with_database(sources, async |database| verify.run(&database).await)
    }
}

impl Verify {
    async fn run(&self, database: &Database) -> anyhow::Result<()> {
        let (mut last, mut before) = (0, Vec::new());
        let mut known = self.head.is_none();
        loop {
            let links = database.audit_chain(last, SOME).await?;
            if links.is_empty() {
                break;
            }
            for link in links {
                ensure!(link.entry == last + 1, "entry {} is missing", last + 1);
                let mut hash = Sha256::new();
                hash.update(&before);
                hash.update(link.text.as_bytes());
                ensure!(hash.finalize().as_slice() == link.hash, "entry {} is not what it was", link.entry);
                if let Some((number, hash)) = &self.head
                    && *number == link.entry
                {
                    ensure!(*hash == hex(&link.hash), "entry {number} is another than at the earlier check");
                    known = true;
                }
                (last, before) = (link.entry, link.hash);
            }
        }
        if !known {
            bail!("the log ends at entry {last}, before the one of the earlier check");
        }
        Ok(writeln!(stdout(), "{last}:{}", hex(&before))?)
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
