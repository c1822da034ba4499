//! Object storage: the S3 client, where objects lie and what they are called, pre-signed URLs, and the spool on disk for
//! when storage is away.
//!
//! Nothing here knows of rows; what is stored and what is not is the database's to say.

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
    archive, confirmation_pdf, content_disposition, invoice_pdf, single_ticket_pdf, ticket_pdf, ticket_png,
};
pub use multipart::{Head, LeftOver, Part};
pub use objects::{NewObject, Object, Page};
pub use pace::{Pace, full_jitter};
pub use places::{Kind, Place, Places};
pub use policy::Policy;
pub use spool::{LocalTickets, Spool};
pub use urls::{Disposition, SignedUrl, Urls};

use credentials::Kept;
