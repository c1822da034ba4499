//! PostgreSQL: the connection pool, one file per group of tables, and the SQL in `queries/<entity>/<verb>.sql`.
//!
//! Functions take and return domain types. The text of each statement is constant and prepared once per connection. No
//! transaction spans two statements that change data; all but `long_rows` run without BEGIN, so no COMMIT fails apart.

mod archives;
mod audit;
mod catalog;
mod claims;
mod columns;
mod documents;
mod downloads;
mod error;
mod events;
mod invoices;
mod jobs;
mod layouts;
mod leases;
mod listen;
mod migrate;
mod organizers;
mod pool;
mod registrations;
mod stats;
mod storage;
mod tickets;

pub use archives::{ArchivePart, ArchiveSoFar, KeptPart, OldArchive};
pub use audit::{AuditEntry, AuditLink, AuditOf, AuditRow};
pub use catalog::{Catalog, EventName};
pub use claims::{Claim, OpenClaim};
pub use documents::{Backlog, DocumentFilter, DocumentRow, Finished, Missed};
pub use downloads::{Download, ServedFrom};
pub use error::DbError;
pub use events::{EventFilter, EventPage, NewEvent, NewKey, PublicKey};
pub use invoices::{KeptInvoice, NewInvoice};
pub use jobs::{
    Chunk, ChunkOutcome, Failure, FailureRow, Held, JobCursor, JobResult, JobRow, JobStart, KnownFile, NewJob,
    Selection, Target,
};
pub use layouts::KeptLayout;
pub use leases::Exclusive;
pub use listen::Word;
pub use migrate::{Migration, MigrationError, migrate, pending_migrations};
pub use organizers::{Identity, TokenRow};
pub use pool::{Database, DatabaseSettings, PoolUse};
pub use registrations::{
    BatchOutcome, BatchRow, FoundRow, KnownKey, NotOnSale, RegistrantFilter, SoldOutKeys, WrittenBatch,
};
pub use stats::{DocumentCount, DownloadCount, DownloadDay, HourCount, SaleCount};
pub use storage::{EventCodeRow, Expected, InUse, Numbers, OfEvent, OldInvoice, Suspect};
pub use tickets::RevokedCode;
