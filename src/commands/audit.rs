//! `onsale audit`

use std::io::{Write, stdout};

use anyhow::{bail, ensure};
use clap::{Args, Subcommand};
use sha2::{Digest, Sha256};

use crate::{config::Sources, db::Database};

/// Commands for the audit log.
#[derive(Debug, Subcommand)]
pub enum Audit {
    /// Check that no entry was changed, removed or inserted
    #[command(
        after_help = "Prints the number and the hash of the last entry. Store them outside of the database: a later check with \
        --head proves that the log up to this entry is unchanged. Without --head, a rewritten end of the log is not found."
    )]
    Verify(Verify),
}

/// Options of `audit verify`.
#[derive(Debug, Args)]
pub struct Verify {
    /// Last entry of an earlier check, as printed by it
    #[arg(long, value_name = "NUMBER:HASH", value_parser = parse_head)]
    head: Option<(i64, String)>,
}

fn parse_head(text: &str) -> Result<(i64, String), String> {
    let (number, hash) = text.split_once(':').ok_or("write NUMBER:HASH")?;
    let number = number.parse().map_err(|_| format!("`{number}` is not a number"))?;
    Ok((number, hash.to_ascii_lowercase()))
}

/// Entries per read.
const PAGE_SIZE: i64 = 1000;

impl Audit {
    /// Runs the command.
    pub fn run(self, sources: Sources) -> anyhow::Result<()> {
        let Self::Verify(verify) = self;
        super::with_database(sources, async |database| verify.run(&database).await)
    }
}

impl Verify {
    async fn run(&self, database: &Database) -> anyhow::Result<()> {
        let (mut last, mut before) = (0, Vec::new());
        let mut head_found = self.head.is_none();
        loop {
            let links = database.audit_chain(last, PAGE_SIZE).await?;
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
                    ensure!(*hash == hex(&link.hash), "entry {number} has another hash than at the earlier check");
                    head_found = true;
                }
                (last, before) = (link.entry, link.hash);
            }
        }
        if !head_found {
            bail!("the log ends at entry {last}, before the one of the earlier check");
        }
        Ok(writeln!(stdout(), "{last}:{}", hex(&before))?)
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
