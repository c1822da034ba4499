//! Invoices whose objects are in storage.

use jiff::Timestamp;
use serde_json::Value;
use tokio_postgres::types::ToSql;

use super::{Database, DbError, NamedLease};
use crate::domain::{ContentHash, OrganizerKey, Stored};

/// An invoice in the database.
#[derive(Debug, Clone)]
pub struct InvoiceRow {
    pub key: String,
    pub organizer: OrganizerKey,
    pub hash: ContentHash,
    pub bytes: i32,
}

/// An invoice whose object was just stored.
#[derive(Debug)]
pub struct NewInvoice<'a> {
    pub stored: &'a Stored,
    pub organizer: OrganizerKey,
    pub currency: &'static str,
    /// In minor units.
    pub total: i64,
    pub issued_at: Timestamp,
    pub upload_ms: i32,
    pub request: &'a Value,
}

impl Database {
    /// Returns the invoice with this key.
    pub async fn invoice(&self, key: &str) -> Result<Option<InvoiceRow>, DbError> {
        let doing = "reading an invoice";
        let Some(row) = self.row(doing, include_str!("queries/invoices/find.sql"), &[&key]).await? else {
            return Ok(None);
        };
        let hash: Vec<u8> = row.get("content_hash");
        Ok(Some(InvoiceRow {
            key: row.get("storage_key"),
            organizer: OrganizerKey(row.get("organizer_key")),
            hash: ContentHash(hash.try_into().map_err(|_| DbError::Unexpected { doing, what: "hash length" })?),
            bytes: row.get("bytes"),
        }))
    }

    /// Inserts an invoice and releases its lease. `false` if the lease was lost.
    pub async fn add_invoice(&self, lease: &NamedLease, new: &NewInvoice<'_>) -> Result<bool, DbError> {
        let sql = include_str!("queries/invoices/add.sql");
        let (stored, hash) = (new.stored, new.stored.hash.0.as_slice());
        let params: [&(dyn ToSql + Sync); 12] = [
            &lease.name,
            &lease.token,
            &stored.key,
            &new.organizer.0,
            &hash,
            &stored.tag,
            &stored.bytes,
            &new.currency,
            &new.total,
            &new.issued_at,
            &new.upload_ms,
            &new.request,
        ];
        Ok(self.row("adding an invoice", sql, &params).await?.is_some())
    }

    /// Returns the request that an invoice was made from.
    pub async fn invoice_request(&self, key: &str) -> Result<Option<Value>, DbError> {
        let sql = include_str!("queries/invoices/request.sql");
        Ok(self.row("reading the request of an invoice", sql, &[&key]).await?.map(|row| row.get("request")))
    }

    /// Updates an invoice whose object was made again.
    pub async fn mark_invoice_replaced(&self, stored: &Stored) -> Result<(), DbError> {
        let sql = include_str!("queries/invoices/replaced.sql");
        let hash = stored.hash.0.as_slice();
        self.rows("updating an invoice", sql, &[&stored.key, &hash, &stored.tag, &stored.bytes]).await.map(drop)
    }
}
