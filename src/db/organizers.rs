//! Organizers and the tokens that act for them.

use jiff::Timestamp;
use uuid::Uuid;

use super::{Database, DbError};
use crate::domain::{OrganizerKey, OrganizerToken, Scope};

/// For whom a token acts, and what it may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    pub organizer: OrganizerKey,
    pub name: String,
    /// The token's id and name; `None` is the one from the configuration.
    pub token: Option<(Uuid, String)>,
    pub scopes: Vec<Scope>,
}

impl Identity {
    /// What the audit log calls it.
    pub fn actor(&self) -> String {
        match &self.token {
            Some((id, name)) => format!("token {name:?} {id}"),
            None => "token of the configuration".to_owned(),
        }
    }
}

/// A token as it is listed: never the token itself.
#[derive(Debug, Clone)]
pub struct TokenRow {
    pub id: Uuid,
    pub organizer: String,
    pub name: String,
    pub scopes: Vec<String>,
    pub created_at: Timestamp,
    pub revoked_at: Option<Timestamp>,
}

impl Database {
    /// The organizer of this name, made if it is not there.
    pub async fn ensure_organizer(&self, name: &str) -> Result<OrganizerKey, DbError> {
        let doing = "looking an organizer up";
        let row = self.row(doing, include_str!("queries/organizers/ensure.sql"), &[&name]).await?;
        row.map(|row| OrganizerKey(row.get(0))).ok_or(DbError::Unexpected { doing, what: "absence" })
    }

    /// Keeps a token's hash.
    pub async fn create_token(
        &self,
        organizer: OrganizerKey,
        name: &str,
        token: &OrganizerToken,
        scopes: &[Scope],
    ) -> Result<Uuid, DbError> {
        let id = Uuid::now_v7();
        let scopes: Vec<_> = scopes.iter().map(|scope| scope.name()).collect();
        let sql = include_str!("queries/api_tokens/create.sql");
        self.rows("creating a token", sql, &[&id, &organizer.0, &name, &token.hash().as_slice(), &scopes]).await?;
        Ok(id)
    }

    /// Who presents this token, if anybody may.
    pub async fn find_token(&self, token: &OrganizerToken) -> Result<Option<Identity>, DbError> {
        let sql = include_str!("queries/api_tokens/find.sql");
        let row = self.row("looking a token up", sql, &[&token.hash().as_slice()]).await?;
        Ok(row.map(|row| Identity {
            organizer: OrganizerKey(row.get("organizer_key")),
            name: row.get("name"),
            token: Some((row.get("token_id"), row.get("token_name"))),
            // A scope that only a newer version knows gives no right here.
            scopes: row.get::<_, Vec<String>>("scopes").iter().filter_map(|name| name.parse().ok()).collect(),
        }))
    }

    /// Every token, or every token of one organizer.
    pub async fn list_tokens(&self, organizer: Option<&str>) -> Result<Vec<TokenRow>, DbError> {
        let rows = self.rows("listing tokens", include_str!("queries/api_tokens/list.sql"), &[&organizer]).await?;
        Ok(rows
            .iter()
            .map(|row| TokenRow {
                id: row.get("token_id"),
                organizer: row.get("organizer"),
                name: row.get("name"),
                scopes: row.get("scopes"),
                created_at: row.get("created_at"),
                revoked_at: row.get("revoked_at"),
            })
            .collect())
    }

    /// Ends a token. `false` if there was none to end.
    pub async fn revoke_token(&self, id: Uuid) -> Result<bool, DbError> {
        let row = self.row("revoking a token", include_str!("queries/api_tokens/revoke.sql"), &[&id]).await?;
        Ok(row.is_some())
    }
}
