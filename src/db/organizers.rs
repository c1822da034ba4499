//! Organizers and their API tokens.

use jiff::Timestamp;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use super::{Database, DbError};
use crate::domain::{OrganizerKey, OrganizerToken, Scope, organizer_slug};

/// The organizer that a token acts for, and its scopes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    pub organizer: OrganizerKey,
    pub name: String,
    /// The token's id and name; `None` for the token in the configuration.
    pub token: Option<(Uuid, String)>,
    pub scopes: Vec<Scope>,
}

impl Identity {
    /// Returns its name in the audit log.
    pub fn actor(&self) -> String {
        match &self.token {
            Some((id, name)) => format!("token {name:?} {id}"),
            None => "token of the configuration".to_owned(),
        }
    }
}

/// A token in listings, without its secret.
#[derive(Debug, Clone)]
pub struct TokenRow {
    pub id: Uuid,
    pub organizer: String,
    pub name: String,
    /// First characters of the token.
    pub beginning: String,
    pub scopes: Vec<String>,
    pub created_at: Timestamp,
    pub used_at: Option<Timestamp>,
    pub expires_at: Option<Timestamp>,
    pub revoked_at: Option<Timestamp>,
}

impl TokenRow {
    /// True if the token was valid until a time that has passed.
    pub fn has_expired(&self) -> bool {
        self.expires_at.is_some_and(|at| at <= Timestamp::now())
    }
}

impl Database {
    /// Returns the organizer of this name, inserted if missing.
    pub async fn ensure_organizer(&self, name: &str) -> Result<OrganizerKey, DbError> {
        let doing = "reading an organizer";
        let row =
            self.row(doing, include_str!("queries/organizers/ensure.sql"), &[&name, &organizer_slug(name)]).await?;
        row.map(|row| OrganizerKey(row.get(0))).ok_or(DbError::Unexpected { doing, what: "empty result" })
    }

    /// Adds a token, of which only the hash is stored. It expires after `days`; `None`: never.
    pub async fn create_token(
        &self,
        organizer: OrganizerKey,
        name: &str,
        token: &OrganizerToken,
        scopes: &[Scope],
        days: Option<i32>,
    ) -> Result<Uuid, DbError> {
        let id = Uuid::now_v7();
        let scopes: Vec<_> = scopes.iter().map(|scope| scope.name()).collect();
        let sql = include_str!("queries/api_tokens/create.sql");
        let hash = token.hash();
        let beginning = token.beginning();
        let params: [&(dyn ToSql + Sync); 7] = [&id, &organizer.0, &name, &hash.as_slice(), &scopes, &days, &beginning];
        self.rows("creating a token", sql, &params).await?;
        Ok(id)
    }

    /// Returns the identity of a token. `None` if the token is unknown, expired or revoked.
    pub async fn find_token(&self, token: &OrganizerToken) -> Result<Option<Identity>, DbError> {
        let sql = include_str!("queries/api_tokens/find.sql");
        let row = self.row("reading a token", sql, &[&token.hash().as_slice()]).await?;
        Ok(row.map(|row| Identity {
            organizer: OrganizerKey(row.get("organizer_key")),
            name: row.get("name"),
            token: Some((row.get("token_id"), row.get("token_name"))),
            // A scope that only a newer version knows is ignored.
            scopes: row.get::<_, Vec<String>>("scopes").iter().filter_map(|name| name.parse().ok()).collect(),
        }))
    }

    /// Returns all tokens, or those of one organizer.
    pub async fn list_tokens(
        &self,
        name: Option<&str>,
        organizer: Option<OrganizerKey>,
    ) -> Result<Vec<TokenRow>, DbError> {
        let (sql, key) = (include_str!("queries/api_tokens/list.sql"), organizer.map(|organizer| organizer.0));
        let rows = self.rows("listing tokens", sql, &[&name, &key]).await?;
        Ok(rows
            .iter()
            .map(|row| TokenRow {
                id: row.get("token_id"),
                organizer: row.get("organizer"),
                name: row.get("name"),
                beginning: row.get("beginning"),
                scopes: row.get("scopes"),
                created_at: row.get("created_at"),
                used_at: row.get("used_at"),
                expires_at: row.get("expires_at"),
                revoked_at: row.get("revoked_at"),
            })
            .collect())
    }

    /// Revokes a token. `false` if the token is unknown or was revoked before.
    pub async fn revoke_token(&self, id: Uuid) -> Result<bool, DbError> {
        let row = self.row("revoking a token", include_str!("queries/api_tokens/revoke.sql"), &[&id]).await?;
        Ok(row.is_some())
    }
}
