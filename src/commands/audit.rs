//! `onsale audit`

use std::io::{Write, stdout};

use anyhow::{bail, ensure};
use clap::{Args, Subcommand};
use sha2::{Digest, Sha256};

use crate::{
    config::Sources,
    db::{AuditLink, Database},
};

/// Commands for the audit log.
#[derive(Debug, Subcommand)]
pub enum Audit {
    /// Check that no entry was changed, removed or inserted
    #[command(
        after_help = "Prints number and hash of the last entry of each organizer's chain. Store them outside of the database: a later \
        check with --head proves that the log up to these entries is unchanged. Without --head, a rewritten end of a chain is not \
        found."
    )]
    Verify(Verify),
}

/// Options of `audit verify`.
#[derive(Debug, Args)]
pub struct Verify {
    /// Last entry of a chain at an earlier check, as printed by it; can be repeated
    #[arg(long = "head", value_name = "CHAIN:NUMBER:HASH", value_parser = parse_head)]
    heads: Vec<Head>,
}

/// The last entry of a chain.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Head {
    chain: i32,
    entry: i64,
    hash: String,
}

fn parse_head(text: &str) -> Result<Head, String> {
    let [chain, entry, hash] = text.split(':').collect::<Vec<_>>()[..] else {
        return Err("write CHAIN:NUMBER:HASH".into());
    };
    match (chain.parse(), entry.parse()) {
        (Ok(chain), Ok(entry)) => Ok(Head { chain, entry, hash: hash.to_ascii_lowercase() }),
        _ => Err(format!("`{chain}:{entry}` are not two numbers")),
    }
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
        let mut found: Vec<Head> = Vec::new();
        let (mut last, mut before) = ((0, 0), Vec::new());
        loop {
            let links = database.audit_links(last, PAGE_SIZE).await?;
            if links.is_empty() {
                break;
            }
            for AuditLink { chain, entry, text, hash } in links {
                if chain != last.0 {
                    (last, before) = ((chain, 0), Vec::new());
                }
                ensure!(entry == last.1 + 1, "entry {} of chain {chain} is missing", last.1 + 1);
                let mut expected = Sha256::new();
                expected.update(&before);
                expected.update(text.as_bytes());
                ensure!(expected.finalize().as_slice() == hash, "entry {entry} of chain {chain} is not what it was");
                self.compare(chain, entry, &hex(&hash))?;
                found.retain(|head| head.chain != chain);
                found.push(Head { chain, entry, hash: hex(&hash) });
                (last, before) = ((chain, entry), hash);
            }
        }
        for head in &self.heads {
            let end = found.iter().find(|end| end.chain == head.chain).map_or(0, |end| end.entry);
            if end < head.entry {
                bail!("chain {} ends at entry {end}, before the one of the earlier check", head.chain);
            }
        }
        let mut out = stdout().lock();
        for Head { chain, entry, hash } in found {
            writeln!(out, "{chain}:{entry}:{hash}")?;
        }
        Ok(())
    }

    /// Compares an entry with those of an earlier check.
    fn compare(&self, chain: i32, entry: i64, hash: &str) -> anyhow::Result<()> {
        let known = self.heads.iter().find(|head| head.chain == chain && head.entry == entry);
        ensure!(
            known.is_none_or(|head| head.hash == hash),
            "entry {entry} of chain {chain} has another hash than at the earlier check"
        );
        Ok(())
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
