//! Requests that the recipient of a message completes: sign-ups, new passwords, new addresses.

use std::time::Duration;

use serde_json::Value;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use super::super::{Database, DbError};
use crate::domain::{AccountKey, PersonRequest, Role};

/// Limits of a request.
#[derive(Debug, Clone, Copy)]
pub struct RequestLimits {
    /// Time in which it can be completed.
    pub valid: Duration,
    /// Messages of the server to one address within an hour.
    pub messages: i64,
    /// Urgent messages that wait; beyond them, nothing is requested.
    pub waiting: i64,
}

/// A request that can be completed.
#[derive(Debug, Clone)]
pub struct FoundRequest {
    pub id: Uuid,
    pub purpose: PersonRequest,
    /// In its normal form.
    pub address: String,
    /// The account that is changed.
    pub account: Option<AccountKey>,
    /// The name of the person who invites.
    pub inviter: Option<String>,
    pub role: Option<Role>,
    /// Name of the organizer of an invitation.
    pub organizer: Option<String>,
    /// Hash of the password of a new account.
    pub password: Option<String>,
}

/// A request whose code was tried.
#[derive(Debug, Clone, Copy)]
pub struct TriedCode {
    pub id: Uuid,
    pub purpose: PersonRequest,
}

const READING: &str = "reading a request";

impl Database {
    /// Asks an address to confirm a new account; `fields` has the fields of the account.
    pub async fn request_account(
        &self,
        id: Uuid,
        address: &str,
        fields: &Value,
        limits: RequestLimits,
    ) -> Result<(), DbError> {
        let valid = limits.valid.as_secs_f64();
        let params: [&(dyn ToSql + Sync); 6] = [&id, &address, &fields, &valid, &limits.messages, &limits.waiting];
        let sql = include_str!("../queries/person_requests/sign_up.sql");
        self.rows("requesting an account", sql, &params).await.map(drop)
    }

    /// Sends the link to a new password to an address.
    pub async fn request_reset(&self, id: Uuid, address: &str, limits: RequestLimits) -> Result<(), DbError> {
        let valid = limits.valid.as_secs_f64();
        let params: [&(dyn ToSql + Sync); 5] = [&id, &address, &valid, &limits.messages, &limits.waiting];
        let sql = include_str!("../queries/person_requests/reset.sql");
        self.rows("requesting a password", sql, &params).await.map(drop)
    }

    /// Asks an address to confirm that it is an account's from now on.
    pub async fn request_address(
        &self,
        id: Uuid,
        account: AccountKey,
        (address, email): (&str, &str),
        limits: RequestLimits,
    ) -> Result<(), DbError> {
        let valid = limits.valid.as_secs_f64();
        let params: [&(dyn ToSql + Sync); 6] = [&id, &account.0, &address, &email, &valid, &limits.messages];
        let sql = include_str!("../queries/person_requests/address.sql");
        self.rows("requesting an address", sql, &params).await.map(drop)
    }

    /// Counts a try on the newest code that an address was sent. Returns the request that it may complete.
    pub async fn try_code(&self, address: &str) -> Result<Option<TriedCode>, DbError> {
        let doing = "trying a code";
        let row = self.row(doing, include_str!("../queries/person_requests/try_code.sql"), &[&address]).await?;
        let tried = |row: tokio_postgres::Row| {
            Ok(TriedCode { id: row.get("request_id"), purpose: purpose_from(doing, row.get("purpose"))? })
        };
        row.map(tried).transpose()
    }

    /// Returns a request that can be completed.
    pub async fn person_request(&self, id: Uuid) -> Result<Option<FoundRequest>, DbError> {
        let row = self.row(READING, include_str!("../queries/person_requests/find.sql"), &[&id]).await?;
        let found = |row: tokio_postgres::Row| {
            let role = row.get::<_, Option<&str>>("role");
            Ok(FoundRequest {
                id: row.get("request_id"),
                purpose: purpose_from(READING, row.get("purpose"))?,
                address: row.get("address"),
                account: row.get::<_, Option<i32>>("account_key").map(AccountKey),
                inviter: row.get("inviter"),
                role: role.map(|role| super::role_from(READING, role)).transpose()?,
                organizer: row.get("organizer"),
                password: row.get("password"),
            })
        };
        row.map(found).transpose()
    }
}

fn purpose_from(doing: &'static str, name: &str) -> Result<PersonRequest, DbError> {
    PersonRequest::from_name(name).ok_or(DbError::Unexpected { doing, what: "purpose" })
}
