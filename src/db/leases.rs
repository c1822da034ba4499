//! Leases on work that one server at a time does. They expire by the database's clock.

use uuid::Uuid;

use super::{Database, DbError};

/// A lease that this server took.
#[derive(Debug, Clone)]
pub struct NamedLease {
    pub name: String,
    pub token: Uuid,
}

impl Database {
    /// Takes a lease for `seconds`. `None` if another server holds it.
    pub async fn take_lease(&self, name: &str, seconds: f64) -> Result<Option<NamedLease>, DbError> {
        let lease = NamedLease { name: name.to_owned(), token: Uuid::new_v4() };
        Ok(self.renew_lease(&lease, seconds).await?.then_some(lease))
    }

    /// Renews a lease. `false` if the lease was lost to another server.
    pub async fn renew_lease(&self, lease: &NamedLease, seconds: f64) -> Result<bool, DbError> {
        let sql = include_str!("queries/leases/take.sql");
        Ok(self.row("taking a lease", sql, &[&lease.name, &lease.token, &seconds]).await?.is_some())
    }

    /// Releases a lease.
    pub async fn release_lease(&self, lease: &NamedLease) -> Result<(), DbError> {
        let sql = include_str!("queries/leases/release.sql");
        self.rows("releasing a lease", sql, &[&lease.name, &lease.token]).await.map(drop)
    }
}
