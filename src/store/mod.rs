//! Object storage: the S3 client, what objects are called, and pre-signed URLs.
//!
//! Nothing here knows of rows; what is stored and what is not is the database's to say.

mod client;
mod keys;
mod urls;

pub use client::{Credentials, NewObject, Store, StoreError, StoreSettings};
pub use keys::{content_disposition, ticket_pdf, ticket_png};
pub use urls::{SignedUrl, Urls};
