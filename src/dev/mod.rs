//! What `serve --dev` brings along: a PostgreSQL cluster and an S3 endpoint of its own, secrets, and a demo event. Nothing
//! else knows of them; to the server they are a URL and an endpoint like any other.

mod binaries;
mod demo;
mod home;
mod ports;
mod postgres;
mod s3;

pub use demo::{DEMO_EVENT, ensure_demo};
pub use home::{Home, Keys};
pub use ports::who_listens;
pub use postgres::{Postgres, PostgresError};
pub use s3::S3;

/// Where the database of `--dev` is, as values of the configuration.
pub fn values_for_database(postgres: &Postgres) -> [(&'static str, String); 1] {
    [("database.url", postgres.url())]
}

/// The choices of `--dev` where nobody chose otherwise.
pub fn fallbacks(keys: &Keys) -> [(&'static str, String); 6] {
    [
        ("secrets.secret", keys.secret.clone()),
        ("secrets.admin_token", keys.organizer_token.clone()),
        ("secrets.admin_organizer", demo::ORGANIZER.to_owned()),
        ("log.format", "pretty".to_owned()),
        // More writers than this stand in each other's way in the folder of the embedded storage.
        ("uploader.in_flight", "4".to_owned()),
        // It answers no stranger; there is no need to ask.
        ("storage.allow_public", "true".to_owned()),
    ]
}

/// Where the storage of `--dev` is, as values of the configuration.
pub fn values_for_storage(s3: &S3, keys: &Keys) -> [(&'static str, String); 7] {
    [
        ("storage.bucket", s3::BUCKET.to_owned()),
        ("storage.region", "us-east-1".to_owned()),
        ("storage.endpoint", s3.endpoint()),
        ("storage.public_endpoint", String::new()),
        ("storage.access_key_id", keys.s3_access_key.clone()),
        ("storage.secret_access_key", keys.s3_secret_key.clone()),
        ("storage.session_token", String::new()),
    ]
}
