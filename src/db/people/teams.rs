//! Organizers with their teams, invitations and tokens.

use std::time::Duration;

use jiff::Timestamp;
use tokio_postgres::{Row, types::ToSql};
use uuid::Uuid;

use super::{
    super::{Database, DbError, TokenRow},
    role_from,
};
use crate::domain::{AccountKey, OrganizerKey, OrganizerToken, Role, Scope};

/// An organizer.
#[derive(Debug, Clone)]
pub struct OrganizerRow {
    pub key: OrganizerKey,
    pub slug: String,
    pub name: String,
    pub created_at: Timestamp,
}

/// A member of a team.
#[derive(Debug, Clone)]
pub struct MemberRow {
    pub account: AccountKey,
    pub id: Uuid,
    pub name: String,
    pub email: String,
    pub role: Role,
    pub joined_at: Timestamp,
    pub has_second_factor: bool,
    pub seen_at: Option<Timestamp>,
}

/// An invitation that can be accepted.
#[derive(Debug, Clone)]
pub struct InvitationRow {
    pub id: Uuid,
    pub email: String,
    pub role: Role,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
}

/// An invitation to a team.
#[derive(Debug)]
pub struct NewInvitation<'a> {
    pub id: Uuid,
    pub organizer: OrganizerKey,
    /// The account that invites; `None`: the organizer itself, by a token.
    pub by: Option<AccountKey>,
    /// In its normal form.
    pub address: &'a str,
    pub email: &'a str,
    pub role: Role,
    pub valid: Duration,
    pub actor: &'a str,
    /// Open invitations of the organizer.
    pub most_open: i64,
    /// Messages of the server to one address within an hour.
    pub most_messages: i64,
}

/// A token that a caller makes.
#[derive(Debug)]
pub struct NewToken<'a> {
    pub organizer: OrganizerKey,
    pub name: &'a str,
    pub token: &'a OrganizerToken,
    pub scopes: &'a [Scope],
    /// `None`: it never expires.
    pub days: Option<i32>,
    pub actor: &'a str,
    /// Valid tokens of the organizer.
    pub most: i64,
}

/// The constraint that a change violates which would leave a team without an owner.
const KEEPS_AN_OWNER: &str = "members_keep_an_owner";
/// The constraint of organizers' names.
const UNIQUE_NAME: &str = "organizers_name_key";

impl DbError {
    /// True if a team would have no owner.
    pub fn leaves_no_owner(&self) -> bool {
        self.violated_constraint() == Some(KEEPS_AN_OWNER)
    }

    /// True if another organizer has the name.
    pub fn is_taken_name(&self) -> bool {
        self.violated_constraint() == Some(UNIQUE_NAME)
    }
}

impl Database {
    /// Opens an organizer whose owner is an account. Returns its slug. `None` if the account owns `most`.
    pub async fn open_organizer(
        &self,
        name: &str,
        slug: &str,
        owner: AccountKey,
        most: i64,
        actor: &str,
    ) -> Result<Option<String>, DbError> {
        let sql = include_str!("../queries/organizers/open.sql");
        let row = self.row("opening an organizer", sql, &[&name, &slug, &owner.0, &most, &actor]).await?;
        Ok(row.map(|row| row.get("slug")))
    }

    /// Returns the organizer with this slug.
    pub async fn organizer_of_slug(&self, slug: &str) -> Result<Option<OrganizerRow>, DbError> {
        // PostgreSQL refuses a zero byte as an error.
        if slug.contains('\0') {
            return Ok(None);
        }
        let sql = include_str!("../queries/organizers/find.sql");
        let row = self.row("reading an organizer", sql, &[&Some(slug), &None::<i32>]).await?;
        Ok(row.as_ref().map(organizer_from))
    }

    /// Returns an organizer.
    pub async fn organizer(&self, key: OrganizerKey) -> Result<Option<OrganizerRow>, DbError> {
        let sql = include_str!("../queries/organizers/find.sql");
        let row = self.row("reading an organizer", sql, &[&None::<&str>, &Some(key.0)]).await?;
        Ok(row.as_ref().map(organizer_from))
    }

    /// Renames an organizer.
    pub async fn rename_organizer(&self, organizer: OrganizerKey, name: &str, actor: &str) -> Result<(), DbError> {
        let sql = include_str!("../queries/organizers/rename.sql");
        self.rows("renaming an organizer", sql, &[&organizer.0, &name, &actor]).await.map(drop)
    }

    /// Returns the team of an organizer, owners first.
    pub async fn members(&self, organizer: OrganizerKey) -> Result<Vec<MemberRow>, DbError> {
        let doing = "listing members";
        let rows = self.rows(doing, include_str!("../queries/members/list.sql"), &[&organizer.0]).await?;
        let member = |row: &Row| {
            Ok(MemberRow {
                account: AccountKey(row.get("account_key")),
                id: row.get("account_id"),
                name: row.get("name"),
                email: row.get("email"),
                role: role_from(doing, row.get("role"))?,
                joined_at: row.get("joined_at"),
                has_second_factor: row.get("has_factor"),
                seen_at: row.get("seen_at"),
            })
        };
        rows.iter().map(member).collect()
    }

    /// Returns the names of organizers whose only owner is an account.
    pub async fn sole_ownerships(&self, account: AccountKey) -> Result<Vec<String>, DbError> {
        let rows = self.rows("reading owners", include_str!("../queries/members/sole.sql"), &[&account.0]).await?;
        Ok(rows.iter().map(|row| row.get("name")).collect())
    }

    /// Gives an account a role in a team.
    pub async fn put_member(&self, organizer: OrganizerKey, account: AccountKey, role: Role) -> Result<(), DbError> {
        let sql = include_str!("../queries/members/put.sql");
        self.rows("adding a member", sql, &[&organizer.0, &account.0, &role.name()]).await.map(drop)
    }

    /// Changes the role of a member. `false` if there is none such.
    pub async fn change_member(
        &self,
        organizer: OrganizerKey,
        id: Uuid,
        role: Role,
        actor: &str,
    ) -> Result<bool, DbError> {
        let sql = include_str!("../queries/members/change.sql");
        let row = self.row("changing a member", sql, &[&organizer.0, &id, &role.name(), &actor]).await?;
        Ok(row.is_some())
    }

    /// Removes a member. `false` if there is none such.
    pub async fn remove_member(&self, organizer: OrganizerKey, id: Uuid, actor: &str) -> Result<bool, DbError> {
        let sql = include_str!("../queries/members/remove.sql");
        Ok(self.row("removing a member", sql, &[&organizer.0, &id, &actor]).await?.is_some())
    }

    /// Invites an address to a team. Returns the id. `None` above a limit.
    pub async fn invite(&self, new: NewInvitation<'_>) -> Result<Option<Uuid>, DbError> {
        let by = new.by.map(|account| account.0);
        let (role, valid) = (new.role.name(), new.valid.as_secs_f64());
        let params: [&(dyn ToSql + Sync); 10] = [
            &new.id,
            &new.organizer.0,
            &by,
            &new.address,
            &new.email,
            &role,
            &valid,
            &new.actor,
            &new.most_open,
            &new.most_messages,
        ];
        let row = self.row("inviting", include_str!("../queries/person_requests/invite.sql"), &params).await?;
        Ok(row.map(|row| row.get("request_id")))
    }

    /// Returns the open invitations of an organizer.
    pub async fn invitations(&self, organizer: OrganizerKey) -> Result<Vec<InvitationRow>, DbError> {
        let doing = "listing invitations";
        let sql = include_str!("../queries/person_requests/invitations.sql");
        let invitation = |row: &Row| {
            Ok(InvitationRow {
                id: row.get("request_id"),
                email: row.get("email"),
                role: role_from(doing, row.get("role"))?,
                created_at: row.get("created_at"),
                expires_at: row.get("expires_at"),
            })
        };
        self.rows(doing, sql, &[&organizer.0]).await?.iter().map(invitation).collect()
    }

    /// Withdraws an invitation. `false` if there is none such.
    pub async fn withdraw_invitation(&self, organizer: OrganizerKey, id: Uuid, actor: &str) -> Result<bool, DbError> {
        let sql = include_str!("../queries/person_requests/withdraw.sql");
        Ok(self.row("withdrawing an invitation", sql, &[&organizer.0, &id, &actor]).await?.is_some())
    }

    /// Accepts an invitation for an account that has its address. Returns the slug of the organizer. `None` if it was
    /// used, has expired, or is for another address.
    pub async fn accept_invitation(
        &self,
        id: Uuid,
        account: AccountKey,
        actor: &str,
    ) -> Result<Option<String>, DbError> {
        let sql = include_str!("../queries/members/accept.sql");
        let row = self.row("accepting an invitation", sql, &[&id, &account.0, &actor]).await?;
        Ok(row.map(|row| row.get("slug")))
    }

    /// Adds a token on behalf of a caller. Returns its id. `None` if the organizer has as many as it may.
    pub async fn issue_token(&self, new: NewToken<'_>) -> Result<Option<Uuid>, DbError> {
        let id = Uuid::now_v7();
        let (hash, beginning) = (new.token.hash(), new.token.beginning());
        let scopes: Vec<_> = new.scopes.iter().map(|scope| scope.name()).collect();
        let params: [&(dyn ToSql + Sync); 9] =
            [&id, &new.organizer.0, &new.name, &hash.as_slice(), &scopes, &new.days, &beginning, &new.actor, &new.most];
        let row = self.row("making a token", include_str!("../queries/api_tokens/issue.sql"), &params).await?;
        Ok(row.map(|row| row.get("token_id")))
    }

    /// Returns the tokens of an organizer.
    pub async fn tokens_of(&self, organizer: &OrganizerRow) -> Result<Vec<TokenRow>, DbError> {
        self.list_tokens(None, Some(organizer.key)).await
    }

    /// Revokes a token of an organizer. `false` if there is none such.
    pub async fn withdraw_token(&self, organizer: OrganizerKey, id: Uuid, actor: &str) -> Result<bool, DbError> {
        let sql = include_str!("../queries/api_tokens/withdraw.sql");
        Ok(self.row("revoking a token", sql, &[&organizer.0, &id, &actor]).await?.is_some())
    }

    /// Records the use of a token.
    pub async fn token_used(&self, id: Uuid) -> Result<(), DbError> {
        self.rows("recording the use of a token", include_str!("../queries/api_tokens/used.sql"), &[&id])
            .await
            .map(drop)
    }
}

fn organizer_from(row: &Row) -> OrganizerRow {
    OrganizerRow {
        key: OrganizerKey(row.get("organizer_key")),
        slug: row.get("slug"),
        name: row.get("name"),
        created_at: row.get("created_at"),
    }
}
