//! Expected contents of storage, for the comparison with its real contents; retention; requests and usage.

use jiff::Timestamp;
use tokio_postgres::types::ToSql;

use super::{Database, DbError};
use crate::domain::{ContentHash, DocumentKind, DocumentRef, DocumentState, EventKey, OrganizerKey, RegistrationRef};

/// An event with its code, which is part of the keys of its objects.
#[derive(Debug, Clone)]
pub struct EventCodeRow {
    pub event: EventKey,
    pub code: String,
    /// Number of its newest registration.
    pub last_number: i32,
}

/// An object that storage should hold.
#[derive(Debug, Clone)]
pub struct ExpectedObject {
    /// `None` for an invoice.
    pub document: Option<DocumentRef>,
    pub key: String,
    /// True if the object must exist; that of a pending or withdrawn document may.
    pub stored: bool,
    pub bytes: u64,
    pub tag: Option<String>,
    pub hash: Option<ContentHash>,
    /// Seconds since it was stored.
    pub age_seconds: f64,
}

/// Treatment of lost files that another program has made, which cannot be made again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImportedFiles {
    Keep,
    /// A file of our own is made instead.
    Replace,
}

/// Range of registration numbers of an event, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NumberRange {
    pub event: EventKey,
    pub first: i32,
    pub last: i32,
}

/// A stored file that may be stale.
#[derive(Debug, Clone, Copy)]
pub struct StaleCandidate {
    pub document: DocumentRef,
    pub hash: ContentHash,
    pub promised_at: Timestamp,
}

/// Number and size of the files of an event.
#[derive(Debug, Clone, Copy)]
pub struct EventFiles {
    pub event: EventKey,
    pub documents: i64,
    pub bytes: i64,
}

/// An invoice whose retention has ended.
#[derive(Debug, Clone)]
pub struct OldInvoice {
    pub key: String,
    pub organizer: OrganizerKey,
    pub bytes: i32,
}

/// Objects of one kind in storage; `None` for invoices.
#[derive(Debug, Clone, Copy)]
pub struct KindUsage {
    pub kind: Option<DocumentKind>,
    pub objects: i64,
    pub bytes: i64,
}

impl Database {
    /// Returns the installation id of this database; a restored copy has another one.
    pub async fn installation_id(&self) -> Result<String, DbError> {
        let doing = "reading the installation id";
        let row = match self.row(doing, include_str!("queries/storage/installation.sql"), &[]).await {
            // Some hosted servers deny the function that returns the system identifier.
            Err(error) if !error.is_transient() => {
                self.row(doing, include_str!("queries/storage/installation_without_system.sql"), &[]).await?
            }
            found => found?,
        };
        row.map(|row| row.get("id")).ok_or(DbError::Unexpected { doing, what: "empty result" })
    }

    /// Returns all events by code.
    pub async fn event_codes(&self) -> Result<Vec<EventCodeRow>, DbError> {
        let rows = self.rows("listing events", include_str!("queries/storage/event_codes.sql"), &[]).await?;
        let named = rows.iter().map(|row| EventCodeRow {
            event: EventKey(row.get("event_key")),
            code: row.get("code"),
            last_number: row.get("last_number"),
        });
        Ok(named.collect())
    }

    /// Returns the documents with these kinds and a key in storage, for ranges of registrations.
    pub async fn expected_documents(
        &self,
        ranges: &[NumberRange],
        kinds: &[DocumentKind],
    ) -> Result<Vec<ExpectedObject>, DbError> {
        let doing = "reading the expected documents";
        let events: Vec<_> = ranges.iter().map(|range| range.event.0).collect();
        let firsts: Vec<_> = ranges.iter().map(|range| range.first).collect();
        let lasts: Vec<_> = ranges.iter().map(|range| range.last).collect();
        let kinds: Vec<_> = kinds.iter().map(|kind| kind.number()).collect();
        let sql = include_str!("queries/storage/documents_between.sql");
        let rows = self.rows(doing, sql, &[&events, &firsts, &lasts, &kinds]).await?;
        let unexpected = |what| DbError::Unexpected { doing, what };
        rows.iter()
            .map(|row| {
                let state = DocumentState::from_number(row.get("state")).ok_or(unexpected("state"))?;
                let hash: Option<Vec<u8>> = row.get("content_hash");
                let hash = hash.map(|hash| hash.try_into().map(ContentHash)).transpose();
                Ok(ExpectedObject {
                    document: Some(DocumentRef {
                        registration: RegistrationRef {
                            event: EventKey(row.get("event_key")),
                            number: row.get("number"),
                        },
                        kind: DocumentKind::from_number(row.get("kind")).ok_or(unexpected("kind"))?,
                        part: row.get("part"),
                    }),
                    key: row.get("storage_key"),
                    stored: state == DocumentState::Stored,
                    bytes: row.get::<_, Option<i32>>("bytes").map_or(0, |bytes| u64::from(bytes.unsigned_abs())),
                    tag: row.get("tag"),
                    hash: hash.map_err(|_| unexpected("hash length"))?,
                    age_seconds: row.get::<_, Option<f64>>("age").unwrap_or(0.0),
                })
            })
            .collect()
    }

    /// Returns invoices with keys after `after` and up to `to`, by key.
    pub async fn expected_invoices(
        &self,
        after: &str,
        to: Option<&str>,
        limit: i64,
    ) -> Result<Vec<ExpectedObject>, DbError> {
        let sql = include_str!("queries/storage/invoices_between.sql");
        let rows = self.rows("reading the expected invoices", sql, &[&after, &to, &limit]).await?;
        let expected = rows.iter().map(|row| ExpectedObject {
            document: None,
            key: row.get("storage_key"),
            stored: true,
            bytes: u64::from(row.get::<_, i32>("bytes").unsigned_abs()),
            tag: row.get("tag"),
            hash: None,
            age_seconds: row.get("age"),
        });
        Ok(expected.collect())
    }

    /// Promises documents again whose objects are missing or differ, unless they were replaced meanwhile. Returns their
    /// number.
    pub async fn mark_lost(
        &self,
        lost: &[(DocumentRef, ContentHash)],
        imported: ImportedFiles,
    ) -> Result<usize, DbError> {
        let c = Columns::of(lost);
        let replace = imported == ImportedFiles::Replace;
        let params: [&(dyn ToSql + Sync); 6] = [&c.events, &c.numbers, &c.kinds, &c.parts, &c.hashes, &replace];
        let sql = include_str!("queries/storage/mark_lost.sql");
        Ok(self.rows("promising lost documents again", sql, &params).await?.len())
    }

    /// Returns stored files of an event that were made before `revision`, from registration `from` on.
    pub async fn stale_candidates(
        &self,
        event: EventKey,
        revision: i32,
        from: i32,
        limit: i64,
    ) -> Result<Vec<StaleCandidate>, DbError> {
        let doing = "reading stale files";
        let sql = include_str!("queries/storage/old_revisions.sql");
        let rows = self.long_rows(doing, sql, &[&event.0, &revision, &from, &limit]).await?;
        rows.iter()
            .map(|row| {
                let unexpected = |what| DbError::Unexpected { doing, what };
                let hash: Vec<u8> = row.get("content_hash");
                Ok(StaleCandidate {
                    document: DocumentRef {
                        registration: RegistrationRef { event, number: row.get("number") },
                        kind: DocumentKind::from_number(row.get("kind")).ok_or(unexpected("kind"))?,
                        part: row.get("part"),
                    },
                    hash: ContentHash(hash.try_into().map_err(|_| unexpected("hash length"))?),
                    promised_at: row.get("promised_at"),
                })
            })
            .collect()
    }

    /// Raises the revision of files that a change of the event did not affect.
    pub async fn mark_current(&self, files: &[(DocumentRef, ContentHash)], revision: i32) -> Result<(), DbError> {
        let c = Columns::of(files);
        let params: [&(dyn ToSql + Sync); 6] = [&c.events, &c.numbers, &c.kinds, &c.parts, &c.hashes, &revision];
        self.rows("marking files current", include_str!("queries/storage/mark_current.sql"), &params).await.map(drop)
    }

    /// Withdraws at most `limit` files of events that ended `days` days ago.
    pub async fn withdraw_expired(
        &self,
        kinds: &[DocumentKind],
        days: i32,
        limit: i64,
    ) -> Result<Vec<EventFiles>, DbError> {
        let sql = include_str!("queries/storage/withdraw_old.sql");
        let kinds: Vec<_> = kinds.iter().map(|kind| kind.number()).collect();
        let rows = self.long_rows("withdrawing old files", sql, &[&kinds, &days, &limit]).await?;
        Ok(rows.iter().map(of_event).collect())
    }

    /// Counts the files that [`Self::withdraw_expired`] would withdraw.
    pub async fn count_expired(&self, kinds: &[DocumentKind], days: i32) -> Result<Vec<EventFiles>, DbError> {
        let kinds: Vec<_> = kinds.iter().map(|kind| kind.number()).collect();
        let rows = self
            .long_rows("counting old files", include_str!("queries/storage/count_old.sql"), &[&kinds, &days])
            .await?;
        Ok(rows.iter().map(of_event).collect())
    }

    /// Returns at most `limit` invoices issued more than `days` days ago, with keys greater than `after`.
    pub async fn expired_invoices(&self, days: i32, after: &str, limit: i64) -> Result<Vec<OldInvoice>, DbError> {
        let sql = include_str!("queries/storage/old_invoices.sql");
        let rows = self.rows("reading old invoices", sql, &[&days, &after, &limit]).await?;
        let old = rows.iter().map(|row| OldInvoice {
            key: row.get("storage_key"),
            organizer: OrganizerKey(row.get("organizer_key")),
            bytes: row.get("bytes"),
        });
        Ok(old.collect())
    }

    /// Deletes an invoice whose object was deleted.
    pub async fn remove_invoice(&self, key: &str) -> Result<(), DbError> {
        let sql = include_str!("queries/storage/remove_invoice.sql");
        self.rows("removing an invoice", sql, &[&key]).await.map(drop)
    }

    /// Returns the objects in storage by kind.
    pub async fn storage_usage(&self) -> Result<Vec<KindUsage>, DbError> {
        let rows = self.long_rows("measuring storage", include_str!("queries/storage/usage.sql"), &[]).await?;
        let uses = rows.iter().map(|row| KindUsage {
            kind: DocumentKind::from_number(row.get("kind")),
            objects: row.get("objects"),
            bytes: row.get("bytes"),
        });
        Ok(uses.collect())
    }

    /// Adds to today's requests to storage, by operation.
    pub async fn add_requests(&self, requests: &[(&'static str, u64)]) -> Result<(), DbError> {
        let operations: Vec<_> = requests.iter().map(|(operation, _)| *operation).collect();
        let counts: Vec<_> = requests.iter().map(|(_, count)| i64::try_from(*count).unwrap_or(i64::MAX)).collect();
        let sql = include_str!("queries/storage/add_requests.sql");
        self.rows("counting requests", sql, &[&operations, &counts]).await.map(drop)
    }

    /// Returns the requests to storage of the last `days` days, by operation.
    pub async fn requests_since(&self, days: i32) -> Result<Vec<(String, i64)>, DbError> {
        let rows =
            self.long_rows("reading requests", include_str!("queries/storage/requests_since.sql"), &[&days]).await?;
        Ok(rows.iter().map(|row| (row.get("operation"), row.get("requests"))).collect())
    }

    /// Cuts the addresses of at most `limit` downloads older than `days` days. Returns their number.
    pub async fn shorten_addresses(&self, days: i32, limit: i64) -> Result<usize, DbError> {
        let sql = include_str!("queries/downloads/shorten_addresses.sql");
        Ok(self.rows("shortening addresses", sql, &[&days, &limit]).await?.len())
    }
}

fn of_event(row: &tokio_postgres::Row) -> EventFiles {
    EventFiles { event: EventKey(row.get("event_key")), documents: row.get("documents"), bytes: row.get("bytes") }
}

/// Documents by column, as arguments of `unnest`.
#[derive(Default)]
struct Columns<'a> {
    events: Vec<i32>,
    numbers: Vec<i32>,
    kinds: Vec<i16>,
    parts: Vec<i16>,
    hashes: Vec<&'a [u8]>,
}

impl<'a> Columns<'a> {
    fn of(files: &'a [(DocumentRef, ContentHash)]) -> Self {
        let mut columns = Self::default();
        for (DocumentRef { registration, kind, part }, hash) in files {
            columns.events.push(registration.event.0);
            columns.numbers.push(registration.number);
            columns.kinds.push(kind.number());
            columns.parts.push(*part);
            columns.hashes.push(&hash.0);
        }
        columns
    }
}
