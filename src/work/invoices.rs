//! Invoices: rendered in memory, put in storage, and only then recorded.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;

use super::{Caller, Refusal, Tools};
use crate::{
    actors::invoice_object,
    db::{InvoiceRow, NamedLease, NewInvoice},
    domain::{Invoice, InvoiceDraft, InvoiceId, OrganizerKey, Scope, Stored},
    metrics::{INVOICE_SECONDS, INVOICES, Timer},
    render::{Priority, Rendered, invoice as render_invoice},
    store::{Cause, Disposition, SignedUrl, invoice_pdf_key},
};

/// Time that making an invoice may take beyond its upload.
const RENDER_ALLOWANCE: Duration = Duration::from_secs(15);

/// An invoice that lies in storage, with a pre-signed URL.
#[derive(Debug)]
pub struct StoredInvoice {
    pub invoice: InvoiceRow,
    pub signed: SignedUrl,
    /// False if it lay there already.
    pub created: bool,
}

/// Makes an invoice. It is recorded only if its file lies in storage. The same invoice again changes nothing; another one under
/// the same key is refused.
pub async fn create(tools: &Tools, caller: &Caller, draft: InvoiceDraft) -> Result<StoredInvoice, Refusal> {
    let by = tools.records.authorize(caller, Scope::InvoicesWrite).await?;
    let organizer = by.organizer()?;
    let request = serde_json::to_value(&draft).map_err(|_| Refusal::Internal)?;
    let invoice = Arc::new(draft.check()?);
    let key = key_of(&invoice.id);
    let making = Making { tools, organizer, invoice: &invoice, key: &key, request: &request };
    if let Some(kept) = making.find().await? {
        return with_url(tools, kept, false).await;
    }
    let database = &tools.records.database;
    let lease = database.take_lease(&format!("invoice {key}"), making.lease_seconds()).await?;
    let lease = lease.ok_or_else(|| Refusal::conflict("this invoice is being made already"))?;
    // The request that had the lease before may have made it.
    match making.find().await {
        Ok(None) => {}
        done => {
            making.give_back(&lease).await;
            return with_url(tools, done?.ok_or(Refusal::Internal)?, false).await;
        }
    }
    let timer = Timer::start(INVOICE_SECONDS);
    let made = making.make(&lease).await;
    drop(timer);
    metrics::counter!(INVOICES, "outcome" => if made.is_ok() { "ok" } else { "failed" }).increment(1);
    with_url(tools, made?, true).await.map_err(Refusal::after_write)
}

/// A pre-signed URL of the caller's own invoice.
pub async fn find(tools: &Tools, caller: &Caller, id: &InvoiceId) -> Result<SignedUrl, Refusal> {
    let by = tools.records.authorize(caller, Scope::InvoicesRead).await?;
    let kept = tools.records.database.invoice(&key_of(id)).await?;
    let kept = kept.filter(|kept| by.owns(kept.organizer)).ok_or(Refusal::NotFound)?;
    tools.files.sign(&kept.key, kept.hash, Disposition::Inline).await
}

fn key_of(id: &InvoiceId) -> String {
    invoice_pdf_key(&id.shop, &id.order, &id.package, &id.sequence)
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
    /// The same invoice, if it was made before.
    async fn find(&self) -> Result<Option<InvoiceRow>, Refusal> {
        match self.tools.records.database.invoice(self.key).await? {
            Some(kept) if kept.organizer != self.organizer || kept.hash != self.invoice.hash => {
                Err(Refusal::conflict("another invoice has this key"))
            }
            kept => Ok(kept),
        }
    }

    /// Renders, puts and records, under a lease on the key. Whatever fails, no row is left without its object; an object without
    /// its row is removed, here or by the reconciliation.
    async fn make(&self, lease: &NamedLease) -> Result<InvoiceRow, Refusal> {
        let Rendered { bytes, hash } = self.render(lease).await?;
        let (start, bytes) = (Instant::now(), Bytes::from(bytes));
        let length = i32::try_from(bytes.len()).unwrap_or(i32::MAX);
        if !self.still_has(lease).await {
            return Err(Refusal::Unavailable);
        }
        let tag = match self.tools.files.urls.store().put(invoice_object(self.key, hash, bytes)).await {
            Ok(tag) => tag,
            Err(error) => {
                tracing::error!(%error, "an invoice was not stored, and is not recorded");
                if error.cause != Cause::Unavailable {
                    self.remove(lease).await;
                }
                self.give_back(lease).await;
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
                self.give_back(lease).await;
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
            // The lease was lost, and another request may be making the invoice. If the object is not the one it records, the
            // reconciliation makes that one again.
            Ok(false) => Err(Refusal::Unknown),
            Err(error) if error.outcome_unknown() => Err(Refusal::from_write(error)),
            Err(error) => {
                self.remove(lease).await;
                self.give_back(lease).await;
                Err(error.into())
            }
        }
    }

    fn lease_seconds(&self) -> f64 {
        (self.tools.files.urls.store().request_timeout() + RENDER_ALLOWANCE).as_secs_f64()
    }

    /// Renews the lease. False if another request has it.
    async fn still_has(&self, lease: &NamedLease) -> bool {
        self.tools.records.database.renew_lease(lease, self.lease_seconds()).await.unwrap_or(false)
    }

    async fn remove(&self, lease: &NamedLease) {
        if !self.still_has(lease).await {
            return;
        }
        if let Err(error) = self.tools.files.urls.store().delete(self.key).await {
            tracing::warn!(%error, "an unrecorded invoice may be left in storage; the reconciliation removes it");
        }
    }

    async fn give_back(&self, lease: &NamedLease) {
        if let Err(error) = self.tools.records.database.release_lease(lease).await {
            tracing::warn!(%error, "a lease was not given back; it runs out by itself");
        }
    }
}
