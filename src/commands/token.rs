//! `onsale token`

use std::io::Write;

use clap::Subcommand;
use jiff::Timestamp;
use serde_json::json;
use uuid::Uuid;

use crate::{
    config::Sources,
    db::{AuditEntry, Database},
    domain::{OrganizerKey, OrganizerToken, Scope},
};

/// Commands for organizers' tokens.
#[derive(Debug, Subcommand)]
pub enum Token {
    /// Create a token and print it; only its hash is stored, so it cannot be printed again
    Create {
        /// Organizer that the token acts for; created if there is none with this name
        #[arg(long, value_name = "NAME")]
        organizer: String,
        /// Scope of the token; can be repeated: events:write, layouts:write, registrations:read, registrations:write,
        /// jobs:write, audit:read, storage:read, invoices:write, invoices:read, team:read, team:write
        #[arg(long = "scope", value_name = "SCOPE", required = true)]
        scopes: Vec<Scope>,
        /// Name of the token in lists and in the audit log
        #[arg(long, default_value = "")]
        name: String,
        /// Days until the token expires; if not given, it is valid until it is revoked
        #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(i32).range(1..=36_500))]
        expires_in_days: Option<i32>,
    },
    /// List tokens with their ids; the tokens themselves are not stored
    List {
        /// Only tokens of this organizer
        #[arg(long, value_name = "NAME")]
        organizer: Option<String>,
    },
    /// Revoke a token, with immediate effect
    Revoke {
        /// Id of the token, as printed by `list`
        id: Uuid,
    },
}

impl Token {
    /// Runs the command.
    pub fn run(self, sources: Sources) -> anyhow::Result<()> {
        super::with_database(sources, async |database| {
            let mut out = std::io::stdout().lock();
            match self {
                Self::Create { organizer, scopes, name, expires_in_days } => {
                    let organizer = database.ensure_organizer(organizer.trim()).await?;
                    let token = OrganizerToken::random();
                    let id = database.create_token(organizer, &name, &token, &scopes, expires_in_days).await?;
                    let scopes: Vec<_> = scopes.iter().map(|scope| scope.name()).collect();
                    let detail =
                        json!({ "tokenId": id, "name": name, "scopes": scopes, "expiresInDays": expires_in_days });
                    audit(&database, Some(organizer), "token.created", detail).await?;
                    writeln!(out, "{}", token.reveal())?;
                    tracing::info!(%id, "a token was created");
                }
                Self::List { organizer } => {
                    for token in database.list_tokens(organizer.as_deref(), None).await? {
                        let state = match (token.revoked_at, token.expires_at) {
                            (Some(at), _) => format!("revoked {at}"),
                            (None, Some(at)) if at <= Timestamp::now() => format!("expired {at}"),
                            (None, Some(at)) => format!("expires {at}"),
                            (None, None) => "active".to_owned(),
                        };
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
                    audit(&database, None, "token.revoked", json!({ "tokenId": id })).await?;
                    writeln!(out, "revoked {id}")?;
                }
            }
            Ok(())
        })
    }
}

/// Writes an entry to the audit log.
async fn audit(
    database: &Database,
    organizer: Option<OrganizerKey>,
    action: &str,
    detail: serde_json::Value,
) -> anyhow::Result<()> {
    let entry = AuditEntry { actor: "onsale token", action, organizer, event: None, detail };
    Ok(database.audit(&entry).await?)
}
