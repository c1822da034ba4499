//! Accounts: their passwords, second factors and addresses.

use jiff::Timestamp;
use tokio_postgres::{Row, types::ToSql};
use uuid::Uuid;

use super::super::{Database, DbError};
use crate::domain::{AccountKey, Secret};

/// An account with its secrets.
#[derive(Debug, Clone)]
pub struct AccountRow {
    pub key: AccountKey,
    pub id: Uuid,
    /// In its normal form.
    pub address: String,
    /// The address as its owner writes it.
    pub email: String,
    pub name: String,
    pub language: String,
    /// Hash of the password.
    pub password: String,
    /// Sealed key of the second factor.
    pub second_factor: Option<Vec<u8>>,
    pub created_at: Timestamp,
}

/// A second factor that its owner has confirmed.
#[derive(Debug)]
pub struct SecondFactor {
    pub sealed_key: Vec<u8>,
    /// Time step of the code that confirmed it.
    pub step: i64,
    /// Hashes of the recovery codes.
    pub recovery: Vec<Vec<u8>>,
}

const READING: &str = "reading an account";

impl Database {
    /// Returns the account with this address, given in its normal form.
    pub async fn account_of_address(&self, address: &str) -> Result<Option<AccountRow>, DbError> {
        let sql = include_str!("../queries/accounts/find.sql");
        let row = self.row(READING, sql, &[&Some(address), &None::<i32>]).await?;
        Ok(row.as_ref().map(account_from))
    }

    /// Returns an account.
    pub async fn account(&self, account: AccountKey) -> Result<Option<AccountRow>, DbError> {
        let sql = include_str!("../queries/accounts/find.sql");
        let row = self.row(READING, sql, &[&None::<&str>, &Some(account.0)]).await?;
        Ok(row.as_ref().map(account_from))
    }

    /// Creates the account of a confirmed sign-up. `None` if the request was used or has expired, or its address has an
    /// account already.
    pub async fn create_account(&self, request: Uuid) -> Result<Option<AccountKey>, DbError> {
        let row = self.row("creating an account", include_str!("../queries/accounts/create.sql"), &[&request]).await?;
        Ok(row.map(|row| AccountKey(row.get("account_key"))))
    }

    /// Inserts an account with a confirmed address. Fails if there is one with this address.
    pub async fn insert_account(
        &self,
        address: &str,
        email: &str,
        name: &str,
        language: &str,
        password: &str,
    ) -> Result<AccountKey, DbError> {
        let doing = "creating an account";
        let params: [&(dyn ToSql + Sync); 5] = [&address, &email, &name, &language, &password];
        let row = self.row(doing, include_str!("../queries/accounts/insert.sql"), &params).await?;
        row.map(|row| AccountKey(row.get(0))).ok_or(DbError::Unexpected { doing, what: "empty result" })
    }

    /// Changes the name or the language of an account, or both.
    pub async fn change_account(
        &self,
        account: AccountKey,
        name: Option<&str>,
        language: Option<&str>,
    ) -> Result<(), DbError> {
        let sql = include_str!("../queries/accounts/change.sql");
        self.rows("changing an account", sql, &[&account.0, &name, &language]).await.map(drop)
    }

    /// Sets the password of an account, ends all of its sessions but `kept`, and tells its owner.
    pub async fn set_password(&self, account: AccountKey, hash: &str, kept: Option<Uuid>) -> Result<(), DbError> {
        let sql = include_str!("../queries/accounts/set_password.sql");
        let lock = (include_str!("../queries/accounts/lock.sql"), 1);
        self.rows_after_lock("setting a password", lock, sql, &[&account.0, &hash, &kept]).await.map(drop)
    }

    /// Sets a forgotten password by its request, ends all sessions, and tells the owner. `false` if the request was used or
    /// has expired.
    pub async fn reset_password(&self, account: AccountKey, request: Uuid, hash: &str) -> Result<bool, DbError> {
        let sql = include_str!("../queries/accounts/reset_password.sql");
        let lock = (include_str!("../queries/accounts/lock.sql"), 1);
        let rows = self.rows_after_lock("setting a password", lock, sql, &[&account.0, &request, &hash]).await?;
        Ok(!rows.is_empty())
    }

    /// Replaces the hash of an unchanged password.
    pub async fn rehash_password(&self, account: AccountKey, present: &str, hash: &str) -> Result<(), DbError> {
        let sql = include_str!("../queries/accounts/rehash.sql");
        self.rows("hashing a password again", sql, &[&account.0, &present, &hash]).await.map(drop)
    }

    /// Gives an account the address that was confirmed. `false` if the request was used, has expired or is of another
    /// account.
    pub async fn set_address(&self, account: AccountKey, request: Uuid) -> Result<bool, DbError> {
        let sql = include_str!("../queries/accounts/set_address.sql");
        Ok(self.row("changing an address", sql, &[&request, &account.0]).await?.is_some())
    }

    /// Adds a second factor. `false` if there is one already.
    pub async fn add_second_factor(&self, account: AccountKey, factor: &SecondFactor) -> Result<bool, DbError> {
        let sql = include_str!("../queries/accounts/add_factor.sql");
        let params: [&(dyn ToSql + Sync); 4] = [&account.0, &factor.sealed_key, &factor.step, &factor.recovery];
        Ok(self.row("adding a second factor", sql, &params).await?.is_some())
    }

    /// Removes the second factor. `false` if there is none.
    pub async fn remove_second_factor(&self, account: AccountKey) -> Result<bool, DbError> {
        let sql = include_str!("../queries/accounts/remove_factor.sql");
        Ok(self.row("removing a second factor", sql, &[&account.0]).await?.is_some())
    }

    /// Uses the code of a time step. `false` if it, or a later one, was used before.
    pub async fn use_step(&self, account: AccountKey, step: i64) -> Result<bool, DbError> {
        let sql = include_str!("../queries/accounts/use_step.sql");
        Ok(self.row("using a code", sql, &[&account.0, &step]).await?.is_some())
    }

    /// Uses a recovery code, given by its hash. `false` if there is none such.
    pub async fn use_recovery_code(&self, account: AccountKey, hash: &[u8]) -> Result<bool, DbError> {
        let sql = include_str!("../queries/recovery_codes/use.sql");
        Ok(self.row("using a recovery code", sql, &[&account.0, &hash]).await?.is_some())
    }

    /// Returns the number of recovery codes that are left.
    pub async fn recovery_codes(&self, account: AccountKey) -> Result<i64, DbError> {
        let sql = include_str!("../queries/recovery_codes/count.sql");
        let row = self.row("counting recovery codes", sql, &[&account.0]).await?;
        Ok(row.map_or(0, |row| row.get("codes")))
    }

    /// Encrypts all keys of second factors anew with the present secret. Returns their number.
    pub async fn reseal_second_factors(&self, secret: &Secret) -> Result<usize, DbError> {
        let rows = self.rows(READING, include_str!("../queries/accounts/factors.sql"), &[]).await?;
        for row in &rows {
            let (before, id): (Vec<u8>, Uuid) = (row.get("second_factor"), row.get("account_id"));
            let sealed = secret.seal(&secret.open(&before, id.as_bytes())?, id.as_bytes());
            let (key, sql): (i32, _) = (row.get("account_key"), include_str!("../queries/accounts/reseal.sql"));
            self.rows("encrypting a second factor", sql, &[&key, &before, &sealed]).await?;
        }
        Ok(rows.len())
    }

    /// Deletes an account with its sessions and memberships.
    pub async fn erase_account(&self, account: AccountKey) -> Result<(), DbError> {
        let sql = include_str!("../queries/accounts/erase.sql");
        self.rows("erasing an account", sql, &[&account.0]).await.map(drop)
    }
}

fn account_from(row: &Row) -> AccountRow {
    AccountRow {
        key: AccountKey(row.get("account_key")),
        id: row.get("account_id"),
        address: row.get("address"),
        email: row.get("email"),
        name: row.get("name"),
        language: row.get("language"),
        password: row.get("password"),
        second_factor: row.get("second_factor"),
        created_at: row.get("created_at"),
    }
}
