//! Migrations of the schema: applies each file of `migrations/` once, in order, under a lock that all servers share.

use sha2::{Digest, Sha256};
use tokio_postgres::Client;

use super::{Database, DbError};

/// One file of `migrations/`.
#[derive(Debug, Clone, Copy)]
pub struct Migration {
    pub version: i32,
    pub name: &'static str,
    pub sql: &'static str,
}

/// Every migration, in order. Once released, a file is never changed.
const MIGRATIONS: &[Migration] = &[Migration {
    version: 1,
    name: "create_events_registrations_documents_jobs",
    sql: include_str!("../../migrations/0001_create_events_registrations_documents_jobs.sql"),
}];

/// Advisory lock ("onsale" in ASCII) that serializes servers which start together.
const LOCK: i64 = 0x6f6e_7361_6c65;

/// Error while migrating.
#[derive(Debug, thiserror::Error)]
pub enum MigrationError {
    #[error(transparent)]
    Database(#[from] DbError),
    #[error("migration {version} ({name}): {}", super::error::with_causes(source))]
    Failed { version: i32, name: &'static str, source: tokio_postgres::Error },
    #[error("migration {0} of this database has another checksum: it was changed after it had been applied")]
    Changed(i32),
    #[error("this database has migration {0}, which is unknown here: a newer version has migrated it")]
    FromTheFuture(i32),
}

/// Applies the pending migrations and returns them.
pub async fn migrate(database: &Database) -> Result<Vec<Migration>, MigrationError> {
    let doing = "migrating";
    let client = database.connection(doing).await?;
    let fail = |source| DbError::Query { doing, source };
    client.batch_execute("SET statement_timeout = 0; SET lock_timeout = 0").await.map_err(fail)?;
    client.execute("SELECT pg_advisory_lock($1)", &[&LOCK]).await.map_err(fail)?;
    let result = apply_pending(&client).await;
    // Closes the session in every case, which releases the lock and discards the changed time-outs.
    drop(deadpool_postgres::Object::take(client));
    result
}

/// Returns the migrations that [`migrate`] would apply.
pub async fn pending_migrations(database: &Database) -> Result<Vec<Migration>, MigrationError> {
    let client = database.connection("reading pending migrations").await?;
    pending(&client).await
}

async fn apply_pending(client: &Client) -> Result<Vec<Migration>, MigrationError> {
    let create = include_str!("queries/schema_migrations/create.sql");
    client
        .batch_execute(create)
        .await
        .map_err(|source| DbError::Query { doing: "creating schema_migrations", source })?;
    let pending = pending(client).await?;
    for Migration { version, name, sql } in &pending {
        let script = format!(
            "BEGIN;\n{sql}\n;INSERT INTO schema_migrations (version, name, checksum) VALUES ({version}, '{name}', '{}');\nCOMMIT",
            checksum(sql)
        );
        client.batch_execute(&script).await.map_err(|source| MigrationError::Failed {
            version: *version,
            name,
            source,
        })?;
    }
    Ok(pending)
}

async fn pending(client: &Client) -> Result<Vec<Migration>, MigrationError> {
    let fail = |source| DbError::Query { doing: "reading schema_migrations", source };
    let exists = client.query_one(include_str!("queries/schema_migrations/exists.sql"), &[]).await.map_err(fail)?;
    let applied = match exists.get(0) {
        true => client.query(include_str!("queries/schema_migrations/list.sql"), &[]).await.map_err(fail)?,
        false => Vec::new(),
    };
    let mut left = MIGRATIONS.iter();
    for row in applied {
        let version: i32 = row.get(0);
        match left.next() {
            Some(ours) if ours.version == version && checksum(ours.sql) == row.get::<_, String>(1) => {}
            Some(ours) if ours.version == version => return Err(MigrationError::Changed(version)),
            _ => return Err(MigrationError::FromTheFuture(version)),
        }
    }
    Ok(left.copied().collect())
}

fn checksum(sql: &str) -> String {
    Sha256::digest(sql).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_of_migrations_is_in_the_list_and_in_order() {
        let mut files: Vec<_> = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/migrations"))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        files.sort();
        let listed: Vec<_> = MIGRATIONS.iter().map(|m| format!("{:04}_{}.sql", m.version, m.name)).collect();
        assert_eq!(files, listed);
    }
}
