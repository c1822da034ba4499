//! PostgreSQL: the connection pool, one file per group of tables, and the SQL in `queries/<entity>/<verb>.sql`.
//!
//! Functions take and return domain types. The text of each statement is constant and prepared once per connection. No
//! transaction spans two statements that change data; all but `long_rows` and
//! `rows_after_lock` run without BEGIN, so no COMMIT fails apart.

mod address_book;
mod archives;
mod audit;
mod batches;
mod catalog;
mod chunks;
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
mod mail_templates;
mod messages;
mod migrate;
mod organizers;
mod outbox;
mod people;
mod pool;
mod registrations;
mod search;
mod stats;
mod storage;
mod tickets;

pub use archives::{ArchivePart, ArchiveProgress, ExpiredArchive, NewArchivePart, PartEntries};
pub use audit::{AuditEntry, AuditLink, AuditRow, AuditSubject};
pub use batches::{BatchOutcome, BatchRow, FoundRow, NotOnSale, SoldOutKeys, UsedKey, WrittenBatch};
pub use catalog::{EventCache, EventName};
pub use chunks::{Chunk, ChunkEnd, ChunkLease, ChunkOutcome, FileFailure, FileRow, JobTarget, ReleaseReason};
pub use claims::{Claim, OpenClaim};
pub use documents::{DocumentFilter, DocumentRow, MissedDocument, Removal, StorageBacklog, StoredDocument};
pub use downloads::{Download, ServedFrom};
pub use error::DbError;
pub use events::{EventFilter, EventNotice, EventPage, NewEvent, PublicKey, SigningKeySeed};
pub use invoices::{InvoiceRow, NewInvoice};
pub use jobs::{FailureRow, JobCursor, JobResult, JobRow, JobStart, NewJob, Selection};
pub use layouts::LayoutVersion;
pub use leases::NamedLease;
pub use listen::Notification;
pub use mail_templates::{MailTemplateRow, TemplateOwner};
pub use messages::{FoundMessage, MessageFilter, MessageRow, Reported, SuppressionRow};
pub use migrate::{Migration, MigrationError, migrate, pending_migrations};
pub use organizers::{Identity, TokenRow};
pub use outbox::{ClaimedMessage, ExpiredMail, MailBacklog, MessageCopy, MessageOutcome, Suppressed};
pub use people::{
    AccountRow, FoundRequest, InvitationRow, MemberRow, Membership, NewInvitation, NewSession, NewToken, OrganizerRow,
    Person, RequestLimits, SecondFactor, SessionLife, SessionRow, TriedCode,
};
pub use pool::{Database, DatabaseSettings, PoolUse};
pub use registrations::{ImportedRegistration, RegistrationPage};
pub use search::{AddedWords, RegistrationFilter};
pub use stats::{DocumentCount, DownloadCount, DownloadDay, HourCount, SaleCount};
pub use storage::{
    EventCodeRow, EventFiles, ExpectedObject, ImportedFiles, KindUsage, NumberRange, OldInvoice, StaleCandidate,
};
pub use tickets::RevokedCode;
