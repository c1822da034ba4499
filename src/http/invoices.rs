//! `/api/invoices`: made in memory, put in storage, and only then written down.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use actix_web::{HttpRequest, HttpResponse, http::header, web};
use bytes::Bytes;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    Services,
    error::ApiError,
    json::{parse, read_large},
    problem::Problems,
};
use crate::{
    actors::invoice_object,
    db::{Exclusive, Identity, KeptInvoice, NewInvoice},
    domain::{Invoice, InvoiceDraft, InvoiceId, InvoiceLine, Party, Scope, Segment, Stored},
    metrics::{INVOICE_SECONDS, INVOICES, Timer},
    render::{Priority, invoice as render_invoice},
    store::{Cause, Disposition, invoice_pdf},
};

/// An invoice's body at most.
const LIMIT: usize = 512 * 1024;
/// What making an invoice may take beyond putting it.
const LEEWAY: Duration = Duration::from_secs(15);

/// Text or a number: a part of the invoice's key.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum KeyPart {
    Text(String),
    Number(u64),
}

/// Who sells or buys.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PartyBody {
    #[schema(example = "Gardenia Collective")]
    name: String,
    /// With line breaks.
    address: Option<String>,
    tax_id: Option<String>,
    email: Option<String>,
}

/// Goods of one kind.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LineBody {
    #[schema(example = "General Admission")]
    description: String,
    #[schema(minimum = 1, maximum = 1_000_000)]
    quantity: i64,
    /// Of one piece, in minor units, without tax. Less than nothing is a discount.
    #[schema(example = 1999)]
    unit_price: i64,
    /// In hundredths of a percent: 1900 is 19 %.
    #[serde(default)]
    #[schema(example = 1900, maximum = 10_000)]
    tax_basis_points: u32,
}

/// An invoice to make.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct InvoiceBody {
    shop_id: KeyPart,
    order_id: KeyPart,
    package_id: KeyPart,
    sequence_number: KeyPart,
    issued_at: Timestamp,
    seller: PartyBody,
    buyer: PartyBody,
    /// ISO 4217.
    #[schema(example = "EUR")]
    currency: String,
    #[schema(min_items = 1, max_items = 500)]
    lines: Vec<LineBody>,
    /// What all of it comes to, tax included: if it is given, it must be right.
    total: Option<i64>,
    /// A language tag; English if left out.
    language: Option<String>,
}

impl From<InvoiceBody> for InvoiceDraft {
    fn from(body: InvoiceBody) -> Self {
        let part = |part| match part {
            KeyPart::Text(text) => Segment::Text(text),
            KeyPart::Number(number) => Segment::Text(number.to_string()),
        };
        let party = |party: PartyBody| Party {
            name: party.name,
            address: party.address,
            tax_id: party.tax_id,
            email: party.email,
        };
        let line = |line: LineBody| InvoiceLine {
            description: line.description,
            quantity: line.quantity,
            unit_price: line.unit_price,
            tax_basis_points: line.tax_basis_points,
        };
        Self {
            shop_id: part(body.shop_id),
            order_id: part(body.order_id),
            package_id: part(body.package_id),
            sequence_number: part(body.sequence_number),
            issued_at: body.issued_at,
            seller: party(body.seller),
            buyer: party(body.buyer),
            currency: body.currency,
            lines: body.lines.into_iter().map(line).collect(),
            total: body.total,
            language: body.language,
        }
    }
}

/// An invoice that lies in storage.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct InvoiceAnswer {
    #[schema(example = "invoices/tiktok/shop-1/order-1/package-1/1.pdf")]
    key: String,
    /// Where it is fetched with a token.
    url: String,
    /// Opens it to whoever has it, for a while.
    signed_url: String,
    expires_at: Timestamp,
    bytes: i32,
}

/// Makes an invoice. It stands only if its file lies in storage; the same again changes nothing, another under the same key is
/// refused.
#[utoipa::path(post, path = "/api/invoices", tag = "Invoices", operation_id = "createInvoice",
    request_body = InvoiceBody, security(("organizer" = ["invoices:write"])),
    responses(
        (status = 201, description = "It lies in storage", body = InvoiceAnswer,
            headers(("Location" = String, description = "Where it is fetched"))),
        (status = 200, description = "It lay there already", body = InvoiceAnswer),
        Problems))]
pub async fn create(
    request: HttpRequest,
    services: web::Data<Services>,
    payload: web::Payload,
) -> Result<HttpResponse, ApiError> {
    let identity = services.organizer(&request, Scope::InvoicesWrite).await?;
    let body: InvoiceBody = parse(&read_large(&request, payload, LIMIT).await?)?;
    let draft = InvoiceDraft::from(body);
    let asked = serde_json::to_value(&draft).map_err(|_| ApiError::Internal)?;
    let invoice = Arc::new(draft.check()?);
    let id = &invoice.id;
    let key = invoice_pdf(&id.shop, &id.order, &id.package, &id.sequence);
    if let Some(kept) = services.database.invoice(&key).await? {
        return services.answer_kept(&identity, &invoice, kept).await;
    }
    let seconds = (services.urls.store().longest_request() + LEEWAY).as_secs_f64();
    let lease = services.database.take_lease(&format!("invoice {key}"), seconds).await?;
    let lease = lease.ok_or_else(|| ApiError::Conflict("this invoice is being made already".into()))?;
    // Whoever had the lease before may have made it.
    if let Some(kept) = services.database.invoice(&key).await? {
        services.give_back(&lease).await;
        return services.answer_kept(&identity, &invoice, kept).await;
    }
    let timer = Timer::start(INVOICE_SECONDS);
    let made = services.make_invoice(&identity, &invoice, &key, &asked, &lease).await;
    drop(timer);
    let outcome = if made.is_ok() { "ok" } else { "failed" };
    metrics::counter!(INVOICES, "outcome" => outcome).increment(1);
    let answer = services.answer_invoice(made?).await.map_err(ApiError::after_write)?;
    Ok(HttpResponse::Created().insert_header((header::LOCATION, answer.url.clone())).json(answer))
}

/// Fetches an invoice.
#[utoipa::path(get, path = "/api/invoices/{shopId}/{orderId}/{packageId}/{sequenceNumber}", tag = "Invoices",
    operation_id = "invoice",
    params(("shopId" = String, Path), ("orderId" = String, Path), ("packageId" = String, Path),
        ("sequenceNumber" = String, Path)),
    security(("organizer" = ["invoices:read"])),
    responses(
        (status = 302, description = "It is in storage", headers(("Location" = String, description = "A pre-signed URL"))),
        Problems))]
pub async fn show(
    request: HttpRequest,
    services: web::Data<Services>,
    path: web::Path<[String; 4]>,
) -> Result<HttpResponse, ApiError> {
    let identity = services.organizer(&request, Scope::InvoicesRead).await?;
    let id = InvoiceId::parse(path.each_ref().map(String::as_str)).ok_or(ApiError::NotFound)?;
    let key = invoice_pdf(&id.shop, &id.order, &id.package, &id.sequence);
    let kept = services.database.invoice(&key).await?.ok_or(ApiError::NotFound)?;
    if kept.organizer != identity.organizer {
        return Err(ApiError::NotFound);
    }
    let signed = services.sign(&kept.key, kept.hash, None, Disposition::Inline).await?;
    Ok(HttpResponse::Found()
        .insert_header((header::LOCATION, signed.url))
        .insert_header((header::CACHE_CONTROL, "private, no-store"))
        .finish())
}

impl Services {
    async fn answer_kept(
        &self,
        identity: &Identity,
        invoice: &Invoice,
        kept: KeptInvoice,
    ) -> Result<HttpResponse, ApiError> {
        if kept.organizer != identity.organizer || kept.hash != invoice.hash {
            return Err(ApiError::Conflict("another invoice has this key".into()));
        }
        Ok(HttpResponse::Ok().json(self.answer_invoice(kept).await?))
    }

    async fn answer_invoice(&self, kept: KeptInvoice) -> Result<InvoiceAnswer, ApiError> {
        let signed = self.sign(&kept.key, kept.hash, None, Disposition::Inline).await?;
        let path = kept.key.trim_start_matches("invoices/tiktok/").trim_end_matches(".pdf");
        Ok(InvoiceAnswer {
            url: self.link(&format!("/api/invoices/{path}")),
            signed_url: signed.url,
            expires_at: super::tickets::whole_seconds(signed.expires_at),
            bytes: kept.bytes,
            key: kept.key,
        })
    }

    /// Renders, puts and writes down, one at a time for each key. Whatever fails, no row is left without its object; an object
    /// without its row is removed, here or by the reconciler.
    async fn make_invoice(
        &self,
        identity: &Identity,
        invoice: &Arc<Invoice>,
        key: &str,
        asked: &serde_json::Value,
        lease: &Exclusive,
    ) -> Result<KeptInvoice, ApiError> {
        let (library, drawn) = (self.plans.library().clone(), invoice.clone());
        let work = move || render_invoice(&library, &drawn);
        let rendered = match self.pool.run(Priority::Live, work).await {
            Ok(Ok(rendered)) => rendered,
            failed => {
                self.give_back(lease).await;
                let Ok(Err(error)) = failed else { return Err(ApiError::Overloaded) };
                tracing::error!(%error, "an invoice was not rendered");
                return Err(ApiError::Internal);
            }
        };
        let start = Instant::now();
        let bytes = Bytes::from(rendered.bytes);
        let length = i32::try_from(bytes.len()).unwrap_or(i32::MAX);
        let object = invoice_object(key, rendered.hash, bytes);
        if !self.still_has(lease).await {
            return Err(ApiError::Unavailable);
        }
        let tag = match self.urls.store().put(object).await {
            Ok(tag) => tag,
            Err(error) => {
                tracing::error!(%error, "an invoice was not stored, and is not recorded");
                if error.cause != Cause::Away {
                    self.remove_invoice(key, lease).await;
                }
                self.give_back(lease).await;
                return Err(ApiError::Unavailable);
            }
        };
        let took = start.elapsed();
        let stored = Stored { key: key.to_owned(), hash: rendered.hash, bytes: length, tag };
        let new = NewInvoice {
            stored: &stored,
            organizer: identity.organizer,
            currency: invoice.currency.code(),
            total: invoice.total,
            issued_at: invoice.issued_at,
            upload_ms: i32::try_from(took.as_millis()).unwrap_or(i32::MAX),
            request: asked,
        };
        match self.database.add_invoice(lease, &new).await {
            Ok(true) => {
                tracing::info!(key, bytes = length, seconds = took.as_secs_f64(), "an invoice was stored");
                Ok(KeptInvoice { key: stored.key, organizer: identity.organizer, hash: stored.hash, bytes: length })
            }
            // Somebody else may be making it by now. Should what lies there not be theirs, the reconciler makes theirs again.
            Ok(false) => Err(ApiError::Unknown),
            Err(error) if error.outcome_unknown() => Err(ApiError::from_write(error)),
            Err(error) => {
                self.remove_invoice(key, lease).await;
                self.give_back(lease).await;
                Err(error.into())
            }
        }
    }

    /// Whether nobody else may be making it, from now on as long as it may take.
    async fn still_has(&self, lease: &Exclusive) -> bool {
        let seconds = (self.urls.store().longest_request() + LEEWAY).as_secs_f64();
        self.database.renew_lease(lease, seconds).await.unwrap_or(false)
    }

    async fn remove_invoice(&self, key: &str, lease: &Exclusive) {
        if !self.still_has(lease).await {
            return;
        }
        if let Err(error) = self.urls.store().delete(key).await {
            tracing::warn!(%error, "an unrecorded invoice may be left in storage; the reconciler removes it");
        }
    }

    async fn give_back(&self, lease: &Exclusive) {
        if let Err(error) = self.database.free_lease(lease).await {
            tracing::warn!(%error, "a lease runs out by itself");
        }
    }
}
