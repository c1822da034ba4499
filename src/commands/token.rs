//! `onsale token`

use std::io::Write;

use clap::Subcommand;
use serde_json::json;
use uuid::Uuid;

use crate::{
    config::Sources,
    db::{AuditEntry, Database},
    domain::{OrganizerKey, OrganizerToken, Scope},
};

/// What to do with tokens.
#[derive(Debug, Subcommand)]
pub enum Token {
    /// Make a token and print it: it is stored as a hash and cannot be shown again
    Create {
        /// The organizer it acts for, made if there is none of this name
        #[arg(long, value_name = "NAME")]
        organizer: String,
        /// A right it has; several times for several: events:write, layouts:write, registrations:read,
        /// registrations:write, jobs:write, audit:read, storage:read, invoices:write, invoices:read
        #[arg(long = "scope", value_name = "SCOPE", required = true)]
        scopes: Vec<Scope>,
        /// What to remember it by
        #[arg(long, default_value = "")]
        name: String,
    },
    /// List tokens: their ids, never themselves
    List {
        /// Of one organizer only
        #[arg(long, value_name = "NAME")]
        organizer: Option<String>,
    },
    /// End a token at once
    Revoke {
        /// Its id, as `list` shows it
        id: Uuid,
    },
}

impl Token {
    /// Does it.
    pub fn run(self, sources: Sources) -> anyhow::Result<()> {
        super::with_database(sources, async |database| {
            let mut out = std::io::stdout().lock();
            match self {
                Self::Create { organizer, scopes, name } => {
                    let organizer = database.ensure_organizer(organizer.trim()).await?;
                    let token = OrganizerToken::random();
                    let id = database.create_token(organizer, &name, &token, &scopes).await?;
                    let scopes: Vec<_> = scopes.iter().map(|scope| scope.name()).collect();
                    note(
                        &database,
                        Some(organizer),
                        "token.created",
                        json!({ "tokenId": id, "name": name, "scopes": scopes }),
                    )
                    .await?;
                    writeln!(out, "{}", token.reveal())?;
                    tracing::info!(%id, "a token was made");
                }
                Self::List { organizer } => {
                    for token in database.list_tokens(organizer.as_deref()).await? {
                        let state = token.revoked_at.map_or("active".into(), |at| format!("revoked {at}"));
                        writeln!(
                            out,
                            "{}\t{}\t{}\t{}\t{}\t{state}",
                            token.id,
                            token.organizer,
                            token.name,
                            token.scopes.join(","),
                            token.created_at
                        )?;
                    }
                }
                Self::Revoke { id } => {
                    anyhow::ensure!(database.revoke_token(id).await?, "there is no active token {id}");
                    note(&database, None, "token.revoked", json!({ "tokenId": id })).await?;
                    writeln!(out, "revoked {id}")?;
                }
            }
            Ok(())
        })
    }
}

async fn note(
    database: &Database,
    organizer: Option<OrganizerKey>,
    action: &str,
    detail: serde_json::Value,
) -> anyhow::Result<()> {
    let entry = AuditEntry { actor: "onsale token", action, organizer, event: None, detail };
    Ok(database.audit(&entry).await?)
}
