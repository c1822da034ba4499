//! Invoices: rendered in memory, stored, and then recorded.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;

use super::{Caller, Records, Refusal, Tools};
use crate::{
    actors::invoice_object,
    db::{InvoiceRow, NamedLease, NewInvoice},
    domain::{Invoice, InvoiceDraft, InvoiceId, OrganizerKey, Scope, Stored},
    metrics::{INVOICE_SECONDS, INVOICES, Timer},
    render::{Priority, Rendered, invoice as render_invoice},
    store::{Cause, Disposition, SignedUrl, invoice_pdf_key, other_invoice_pdf_key},
};

/// Time to make an invoice, without its upload: with the timeout of storage, the length of the lease.
const RENDER_ALLOWANCE: Duration = Duration::from_secs(15);

/// An invoice in storage, with a pre-signed URL.
#[derive(Debug)]
pub struct StoredInvoice {
    pub invoice: InvoiceRow,
    pub signed: SignedUrl,
    /// False if an earlier request made it.
    pub created: bool,
}

/// Makes an invoice. It is recorded only after its file is in storage. Repeating the request is harmless; a different
/// invoice with the same key is refused.
pub async fn create(tools: &Tools, caller: &Caller, draft: InvoiceDraft) -> Result<StoredInvoice, Refusal> {
    let by = tools.records.authorize(caller, Scope::InvoicesWrite).await?;
    let organizer = by.organizer()?;
    let request = serde_json::to_value(&draft).map_err(|_| Refusal::Internal)?;
    let invoice = Arc::new(draft.check()?);
    let key = key_of(&tools.records, organizer, &invoice.id).await?;
    let making = Making { tools, organizer, invoice: &invoice, key: &key, request: &request };
    if let Some(existing) = making.find().await? {
        return with_url(tools, existing, false).await;
    }
    let database = &tools.records.database;
    let lease = database.take_lease(&format!("invoice {key}"), making.lease_seconds()).await?;
    let lease = lease.ok_or_else(|| Refusal::conflict("another request is making this invoice"))?;
    // The previous holder of the lease may have made the invoice.
    match making.find().await {
        Ok(None) => {}
        found => {
            making.release(&lease).await;
            return with_url(tools, found?.ok_or(Refusal::Internal)?, false).await;
        }
    }
    let timer = Timer::start(INVOICE_SECONDS);
    let made = making.make(&lease).await;
    drop(timer);
    metrics::counter!(INVOICES, "outcome" => if made.is_ok() { "ok" } else { "failed" }).increment(1);
    with_url(tools, made?, true).await.map_err(Refusal::after_write)
}

/// Returns a pre-signed URL of the caller's invoice.
pub async fn find(tools: &Tools, caller: &Caller, id: [&str; 4]) -> Result<SignedUrl, Refusal> {
    let by = tools.records.authorize(caller, Scope::InvoicesRead).await?;
    let id = InvoiceId::parse(id).ok_or(Refusal::NotFound)?;
    let key = key_of(&tools.records, by.organizer()?, &id).await?;
    let invoice = tools.records.database.invoice(&key).await?;
    let invoice = invoice.filter(|invoice| by.owns(invoice.organizer)).ok_or(Refusal::NotFound)?;
    tools.files.sign(&invoice.key, invoice.hash, Disposition::Inline).await
}

/// Returns the key of an organizer's invoice. Ids that another organizer uses too lead to another key.
async fn key_of(records: &Records, organizer: OrganizerKey, id: &InvoiceId) -> Result<String, Refusal> {
    let key = invoice_pdf_key(&id.shop, &id.order, &id.package, &id.sequence);
    let other_key = other_invoice_pdf_key(&key, organizer);
    if records.database.invoice(&other_key).await?.is_some() {
        return Ok(other_key);
    }
    match records.database.invoice(&key).await? {
        Some(other) if other.organizer != organizer => Ok(other_key),
        _ => Ok(key),
    }
}

async fn with_url(tools: &Tools, invoice: InvoiceRow, created: bool) -> Result<StoredInvoice, Refusal> {
    let signed = tools.files.sign(&invoice.key, invoice.hash, Disposition::Inline).await?;
    Ok(StoredInvoice { invoice, signed, created })
}

/// An invoice that is being made.
struct Making<'a> {
    tools: &'a Tools,
    organizer: OrganizerKey,
    invoice: &'a Arc<Invoice>,
    key: &'a str,
    /// The request as it is recorded.
    request: &'a serde_json::Value,
}

impl Making<'_> {
    /// Returns the invoice if it was made before; refuses a different one with the same key.
    async fn find(&self) -> Result<Option<InvoiceRow>, Refusal> {
        match self.tools.records.database.invoice(self.key).await? {
            Some(row) if row.organizer != self.organizer || row.hash != self.invoice.hash => {
                Err(Refusal::conflict("a different invoice has this key"))
            }
            found => Ok(found),
        }
    }

    /// Renders, stores and records the invoice under a lease on its key. A failure never leaves a row without its
    /// object; an object without a row is removed here or by the reconciliation.
    async fn make(&self, lease: &NamedLease) -> Result<InvoiceRow, Refusal> {
        let Rendered { bytes, hash } = self.render(lease).await?;
        let (start, bytes) = (Instant::now(), Bytes::from(bytes));
        let length = i32::try_from(bytes.len()).unwrap_or(i32::MAX);
        if !self.renew(lease).await {
            return Err(Refusal::Unavailable);
        }
        let tag = match self.tools.files.urls.store().put(invoice_object(self.key, hash, bytes)).await {
            Ok(tag) => tag,
            Err(error) => {
                tracing::error!(%error, "an invoice could not be stored; it is not recorded");
                if error.cause != Cause::Unavailable {
                    self.remove(lease).await;
                }
                self.release(lease).await;
                return Err(Refusal::Unavailable);
            }
        };
        self.record(lease, Stored { key: self.key.to_owned(), hash, bytes: length, tag }, start.elapsed()).await
    }

    async fn render(&self, lease: &NamedLease) -> Result<Rendered, Refusal> {
        let (library, invoice) = (self.tools.files.plans.library().clone(), self.invoice.clone());
        let work = move || render_invoice(&library, &invoice);
        match self.tools.files.pool.run(Priority::Live, work).await {
            Ok(rendered) => Ok(rendered),
            Err(error) => {
                self.release(lease).await;
                Err(error.into())
            }
        }
    }

    async fn record(&self, lease: &NamedLease, stored: Stored, took: Duration) -> Result<InvoiceRow, Refusal> {
        let new = NewInvoice {
            stored: &stored,
            organizer: self.organizer,
            currency: self.invoice.currency.code(),
            total: self.invoice.total,
            issued_at: self.invoice.issued_at,
            upload_ms: i32::try_from(took.as_millis()).unwrap_or(i32::MAX),
            request: self.request,
        };
        match self.tools.records.database.add_invoice(lease, &new).await {
            Ok(true) => {
                tracing::info!(
                    key = self.key,
                    bytes = stored.bytes,
                    seconds = took.as_secs_f64(),
                    "an invoice was stored"
                );
                let Stored { key, hash, bytes, .. } = stored;
                Ok(InvoiceRow { key, organizer: self.organizer, hash, bytes })
            }
            // The lease was lost, and another request may be making the invoice. If the stored object differs from the
            // row of that request, the reconciliation makes it again.
            Ok(false) => Err(Refusal::Unknown),
            Err(error) if error.outcome_unknown() => Err(Refusal::from_write(error)),
            Err(error) => {
                self.remove(lease).await;
                self.release(lease).await;
                Err(error.into())
            }
        }
    }

    fn lease_seconds(&self) -> f64 {
        (self.tools.files.urls.store().request_timeout() + RENDER_ALLOWANCE).as_secs_f64()
    }

    /// Renews the lease. False if it is lost or the database does not answer.
    async fn renew(&self, lease: &NamedLease) -> bool {
        self.tools.records.database.renew_lease(lease, self.lease_seconds()).await.unwrap_or(false)
    }

    /// Removes the object, unless another request may have stored it.
    async fn remove(&self, lease: &NamedLease) {
        if !self.renew(lease).await {
            return;
        }
        if let Err(error) = self.tools.files.urls.store().delete(self.key).await {
            tracing::warn!(%error, "the object of an unrecorded invoice may be left in storage; the reconciliation removes it");
        }
    }

    async fn release(&self, lease: &NamedLease) {
        if let Err(error) = self.tools.records.database.release_lease(lease).await {
            tracing::warn!(%error, "a lease was not released; it expires");
        }
    }
}
