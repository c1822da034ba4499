//! Development server for `serve --dev`: a private PostgreSQL cluster, an S3 endpoint, a mail server, generated secrets
//! and a demo event. The other modules see only their URLs.

mod binaries;
mod demo;
mod home;
mod mail;
mod ports;
mod postgres;
mod s3;

pub use demo::{DEMO_EVENT, DEMO_PEOPLE, ensure_demo};
pub use home::{DataDir, DevSecrets, running_server};
pub use mail::MailServer;
pub use ports::find_listener;
pub use postgres::{Postgres, PostgresError};
pub use s3::S3;

/// Returns configuration values for the database of `--dev`.
pub fn database_values(postgres: &Postgres) -> [(&'static str, String); 1] {
    [("database.url", postgres.url())]
}

/// Returns configuration values that `--dev` uses for keys that are not set.
pub fn default_values(keys: &DevSecrets) -> [(&'static str, String); 8] {
    [
        ("secrets.secret", keys.secret.clone()),
        ("secrets.admin_token", keys.organizer_token.clone()),
        ("secrets.admin_organizer", demo::ORGANIZER.to_owned()),
        // The embedded storage logs an error for each operation that it does not have; its client, the server, logs more.
        ("log.filter", "info,actix_server=warn,actix_http=off,s3s=off".to_owned()),
        ("log.format", "pretty".to_owned()),
        // More concurrent writers slow each other down in the folder of the embedded storage.
        ("uploader.in_flight", "4".to_owned()),
        ("server.cors_origins", "loopback".to_owned()),
        // The embedded storage refuses anonymous readers; the check at start is not necessary.
        ("storage.allow_public", "true".to_owned()),
    ]
}

/// Returns configuration values that `--dev` uses for mail, unless there is another mail server.
pub fn mail_values(mail: &MailServer) -> [(&'static str, String); 3] {
    [
        ("mail.smtp_url", mail.smtp_url()),
        ("mail.from", "Onsale <tickets@onsale.example>".to_owned()),
        ("mail.bounce_address", "bounces@onsale.example".to_owned()),
    ]
}

/// Returns configuration values for the storage of `--dev`.
pub fn storage_values(s3: &S3, keys: &DevSecrets) -> [(&'static str, String); 7] {
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
