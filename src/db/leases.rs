//! Work that one server at a time does: leases that run out by the database's clock.

use uuid::Uuid;

use super::{Database, DbError};

/// A lease that was taken.
#[derive(Debug, Clone)]
pub struct Exclusive {
    pub name: String,
    pub token: Uuid,
}

impl Database {
    /// Takes a lease for so long. `None` if somebody else has it.
    pub async fn take_lease(&self, name: &str, seconds: f64) -> Result<Option<Exclusive>, DbError> {
        let lease = Exclusive { name: name.to_owned(), token: Uuid::new_v4() };
        Ok(self.renew_lease(&lease, seconds).await?.then_some(lease))
    }

    /// Holds a lease for longer. `false` if somebody else has it by now.
    pub async fn renew_lease(&self, lease: &Exclusive, seconds: f64) -> Result<bool, DbError> {
        let sql = include_str!("queries/leases/take.sql");
        Ok(self.row("taking a lease", sql, &[&lease.name, &lease.token, &seconds]).await?.is_some())
    }

    /// Gives a lease back.
    pub async fn free_lease(&self, lease: &Exclusive) -> Result<(), DbError> {
        let sql = include_str!("queries/leases/release.sql");
        self.rows("giving a lease back", sql, &[&lease.name, &lease.token]).await.map(drop)
    }
}
