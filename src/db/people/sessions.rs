//! Sessions: browsers in which people are signed in.

use std::{net::IpAddr, time::Duration};

use jiff::Timestamp;
use tokio_postgres::{Row, types::ToSql};
use uuid::Uuid;

use super::{
    super::{Database, DbError},
    AccountRow, role_from,
};
use crate::domain::{AccountKey, OrganizerKey, Role};

/// Time after which sessions end.
#[derive(Debug, Clone, Copy)]
pub struct SessionLife {
    /// Without use.
    pub idle: Duration,
    /// In any case.
    pub most: Duration,
}

/// A person who is signed in.
#[derive(Debug, Clone)]
pub struct Person {
    pub session: Uuid,
    pub account: AccountKey,
    pub id: Uuid,
    /// The confirmed address, in its normal form.
    pub address: String,
    /// The address as its owner writes it.
    pub email: String,
    pub name: String,
    pub language: String,
    pub has_second_factor: bool,
    /// In the order of joining.
    pub memberships: Vec<Membership>,
    /// Age of the session when it was read.
    pub age: Duration,
}

/// A person's place in the team of an organizer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Membership {
    pub organizer: OrganizerKey,
    pub slug: String,
    pub name: String,
    pub role: Role,
}

/// A session that begins.
#[derive(Debug)]
pub struct NewSession<'a> {
    /// As it was when its password and second factor were checked.
    pub account: &'a AccountRow,
    pub token_hash: &'a [u8],
    /// Browser and operating system.
    pub device: &'a str,
    pub network: Option<IpAddr>,
    /// The oldest sessions of the account beyond this number end.
    pub most: i64,
}

/// A session in a list.
#[derive(Debug, Clone)]
pub struct SessionRow {
    pub id: Uuid,
    pub created_at: Timestamp,
    pub seen_at: Timestamp,
    pub device: String,
    pub network: Option<String>,
}

const READING: &str = "reading a session";

impl Database {
    /// Begins a session. Returns its id. `None` if the password or the second factor was changed meanwhile.
    pub async fn begin_session(&self, session: NewSession<'_>) -> Result<Option<Uuid>, DbError> {
        let doing = "beginning a session";
        let NewSession { account, token_hash, device, network, most } = session;
        let (key, password, factor) = (account.key.0, &account.password, &account.second_factor);
        let params: [&(dyn ToSql + Sync); 7] = [&key, &token_hash, &device, &network, &most, password, factor];
        let lock = (include_str!("../queries/accounts/lock.sql"), 1);
        let rows = self.rows_after_lock(doing, lock, include_str!("../queries/sessions/create.sql"), &params).await?;
        Ok(rows.first().map(|row| row.get("session_id")))
    }

    /// Returns the person of a session, by the hash of its token, and records that it is in use.
    pub async fn find_session(&self, token_hash: &[u8], life: SessionLife) -> Result<Option<Person>, DbError> {
        let (idle, most) = (life.idle.as_secs_f64(), life.most.as_secs_f64());
        let sql = include_str!("../queries/sessions/find.sql");
        self.row(READING, sql, &[&token_hash, &idle, &most]).await?.as_ref().map(person_from).transpose()
    }

    /// Returns the sessions of an account, the one used last first.
    pub async fn sessions(&self, account: AccountKey, life: SessionLife) -> Result<Vec<SessionRow>, DbError> {
        let (idle, most) = (life.idle.as_secs_f64(), life.most.as_secs_f64());
        let sql = include_str!("../queries/sessions/list.sql");
        let rows = self.rows("listing sessions", sql, &[&account.0, &idle, &most]).await?;
        let session = |row: &Row| SessionRow {
            id: row.get("session_id"),
            created_at: row.get("created_at"),
            seen_at: row.get("seen_at"),
            device: row.get("device"),
            network: row.get("network"),
        };
        Ok(rows.iter().map(session).collect())
    }

    /// Ends a session of an account. `false` if there is none such.
    pub async fn end_session(&self, account: AccountKey, session: Uuid) -> Result<bool, DbError> {
        let sql = include_str!("../queries/sessions/end.sql");
        Ok(self.row("ending a session", sql, &[&account.0, &session]).await?.is_some())
    }

    /// Ends all sessions of an account but one.
    pub async fn end_other_sessions(&self, account: AccountKey, kept: Uuid) -> Result<(), DbError> {
        let sql = include_str!("../queries/sessions/end_others.sql");
        self.rows("ending sessions", sql, &[&account.0, &kept]).await.map(drop)
    }

    /// Deletes sessions that have ended, requests that have expired, and old guesses.
    pub async fn prune_sessions(&self, life: SessionLife) -> Result<(), DbError> {
        let (idle, most) = (life.idle.as_secs_f64(), life.most.as_secs_f64());
        self.rows("deleting old sessions", include_str!("../queries/sessions/prune.sql"), &[&idle, &most])
            .await
            .map(drop)
    }
}

fn person_from(row: &Row) -> Result<Person, DbError> {
    let list = |name: &str| row.get::<_, Option<Vec<String>>>(name).unwrap_or_default();
    let organizers = row.get::<_, Option<Vec<i32>>>("organizers").unwrap_or_default();
    let named = list("slugs").into_iter().zip(list("names")).zip(list("roles"));
    let memberships = organizers.into_iter().zip(named).map(|(organizer, ((slug, name), role))| {
        Ok(Membership { organizer: OrganizerKey(organizer), slug, name, role: role_from(READING, &role)? })
    });
    Ok(Person {
        session: row.get("session_id"),
        account: AccountKey(row.get("account_key")),
        id: row.get("account_id"),
        address: row.get("address"),
        email: row.get("email"),
        name: row.get("name"),
        language: row.get("language"),
        has_second_factor: row.get("has_factor"),
        memberships: memberships.collect::<Result<_, DbError>>()?,
        age: Duration::from_secs_f64(row.get::<_, f64>("age_seconds").max(0.0)),
    })
}
