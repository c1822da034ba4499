//! Object storage: the S3 client, object keys, the bucket and prefix of each kind of object, pre-signed URLs, and the
//! spool: a folder on disk for files that cannot be uploaded while storage is unavailable.
//!
//! This crate does not use the database. The database records which objects are stored.

use onsale_domain as domain;
use onsale_metrics as metrics;

mod client;
mod clock;
mod credentials;
mod fault;
mod keys;
mod multipart;
mod objects;
mod pace;
mod places;
mod policy;
mod spool;
mod urls;

pub use client::{Metadata, Operation, Store, StoreSettings};
pub use clock::Clock;
pub use credentials::Credentials;
pub use fault::{Cause, StoreError};
pub use keys::{
    TRASH, archive_key, confirmation_pdf_key, content_disposition, invoice_pdf_key, is_own_key, mail_key,
    other_invoice_pdf_key, single_ticket_pdf_key, ticket_pdf_key, ticket_png_key,
};
pub use multipart::{UnfinishedUpload, UploadHeader, UploadedPart};
pub use objects::{NewObject, OWNER_KEY, ObjectPage, StoredObject, written_by_us};
pub use pace::{RequestLimiter, full_jitter};
pub use places::{Location, Locations, ObjectKind};
pub use policy::Policy;
pub use spool::{LocalTickets, Spool};
pub use urls::{Disposition, SignedUrl, UrlCache};

use credentials::CredentialCache;
