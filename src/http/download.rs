//! Handing out tickets: from storage if what lies there is still right, else rendered now.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, http::header};
use jiff::Timestamp;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{Services, error::ApiError};
use crate::{
    actors::Record,
    db::{Download, ServedFrom},
    domain::{ContentHash, DocumentRef, DocumentState, EventSetup, Registration, RegistrationStatus, Stored, TicketId},
    metrics::{DOWNLOADS, DOWNLOADS_DROPPED, RENDER_SECONDS, RENDERS, Timer},
    render::{Plan, Priority, RenderError, Rendered, TicketPage},
};

/// Whether a person or a program asked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    #[default]
    Manual,
    Auto,
}

/// A user agent is kept up to here.
const MAX_USER_AGENT: usize = 300;

impl Services {
    /// The file with all tickets of a registration.
    pub async fn download_registration(
        &self,
        request: &HttpRequest,
        setup: Arc<EventSetup>,
        registration: Registration,
        mode: Mode,
    ) -> Result<HttpResponse, ApiError> {
        check_valid(&registration)?;
        let reference = registration.reference;
        let name = format!("{}.pdf", self.id_of(&setup, &registration));
        let pages = TicketPage::all(&setup, &registration);
        let document = self.database.document(DocumentRef(reference)).await?;
        if let Some((DocumentState::Stored, Some(stored))) = &document
            && let Some(url) = self.url_of(&setup, &pages, stored, DocumentRef(reference)).await
        {
            self.record(request, &registration, mode, ServedFrom::Storage);
            return Ok(HttpResponse::Found()
                .insert_header((header::LOCATION, url))
                .insert_header((header::CACHE_CONTROL, "private, no-store"))
                .finish());
        }
        let rendered = self.render_now(setup, pages).await?;
        if document.is_some_and(|(state, _)| state == DocumentState::Failed) {
            // It can be rendered after all.
            self.promise_anew(DocumentRef(reference), None).await;
        }
        self.record(request, &registration, mode, ServedFrom::Render);
        Ok(pdf(rendered, &name))
    }

    async fn promise_anew(&self, document: DocumentRef, stale: Option<ContentHash>) {
        if let Err(error) = self.database.refresh_document(document, stale).await {
            tracing::warn!(%error, "a file was not promised anew");
        }
    }

    /// The file of a single ticket.
    pub async fn download_ticket(
        &self,
        request: &HttpRequest,
        setup: Arc<EventSetup>,
        registration: Registration,
        ticket: TicketId,
        mode: Mode,
    ) -> Result<HttpResponse, ApiError> {
        check_valid(&registration)?;
        let ticket = registration.tickets.iter().find(|t| t.id == ticket && !t.revoked).ok_or(ApiError::NotFound)?;
        let name = format!("{}.pdf", self.id_of(&setup, &registration).ticket_label(ticket.position));
        let page = TicketPage::of(&setup, &registration, ticket);
        let rendered = self.render_now(setup, vec![page]).await?;
        self.record(request, &registration, mode, ServedFrom::Render);
        Ok(pdf(rendered, &name))
    }

    /// A URL of the stored file, unless it is stale or cannot be signed now: rendering is always possible.
    async fn url_of(
        &self,
        setup: &Arc<EventSetup>,
        pages: &[TicketPage],
        stored: &Stored,
        document: DocumentRef,
    ) -> Option<String> {
        let plan = self.plan(setup).await?;
        if plan.hash(pages, &setup.signer) != stored.hash {
            // A change has overtaken the file: promise it anew, and serve what is right meanwhile.
            self.promise_anew(document, Some(stored.hash)).await;
            return None;
        }
        match self.urls.get(&stored.key, stored.hash).await {
            Ok(signed) => Some(signed.url),
            Err(error) => {
                tracing::warn!(%error, "a stored file is rendered instead");
                None
            }
        }
    }

    /// The event's plan. Compiling one may mean to unpack pictures: not here.
    async fn plan(&self, setup: &Arc<EventSetup>) -> Option<Arc<Plan>> {
        if let Some(known) = self.plans.known(setup) {
            return Some(known);
        }
        let (plans, setup) = (self.plans.clone(), setup.clone());
        let work = move || plans.of(&setup).map_err(|error| RenderError::Plan(error.to_string()));
        let made = self.pool.run(Priority::Live, work).await.ok()?;
        made.inspect_err(|error| tracing::error!(%error, "a layout does not compile")).ok()
    }

    async fn render_now(&self, setup: Arc<EventSetup>, pages: Vec<TicketPage>) -> Result<Rendered, ApiError> {
        let plans = self.plans.clone();
        let work = move || {
            let timer = Timer::start(RENDER_SECONDS);
            let plan = plans.of(&setup).map_err(|error| RenderError::Plan(error.to_string()));
            let rendered = plan.and_then(|plan| plan.render(&pages, &setup.signer));
            drop(timer);
            rendered
        };
        let result = self.pool.run(Priority::Live, work).await.map_err(|_| ApiError::Overloaded)?;
        metrics::counter!(RENDERS, "outcome" => if result.is_ok() { "ok" } else { "failed" }).increment(1);
        result.map_err(|error| {
            tracing::error!(%error, "a ticket was not rendered for a download");
            ApiError::Internal
        })
    }

    /// Notes a download, if there is room to: an answer never waits for that.
    fn record(&self, request: &HttpRequest, registration: &Registration, mode: Mode, served_from: ServedFrom) {
        let automatic = mode == Mode::Auto;
        let mode = if automatic { "auto" } else { "manual" };
        metrics::counter!(DOWNLOADS, "mode" => mode, "served_from" => served_from.name()).increment(1);
        let agent = request.headers().get(header::USER_AGENT).and_then(|agent| agent.to_str().ok());
        let download = Download {
            registration: registration.reference,
            at: Timestamp::now(),
            automatic,
            served_from,
            address: self.client_address(request),
            user_agent: agent.map(|agent| agent.chars().take(MAX_USER_AGENT).collect()),
        };
        if self.recorder.offer(Record::Download(download)).is_err() {
            metrics::counter!(DOWNLOADS_DROPPED).increment(1);
        }
    }
}

/// Only who has paid and not cancelled has tickets.
pub fn check_valid(registration: &Registration) -> Result<(), ApiError> {
    match registration.status {
        RegistrationStatus::Confirmed => Ok(()),
        RegistrationStatus::AwaitingPayment => Err(ApiError::Conflict("the registration awaits payment".into())),
        RegistrationStatus::Cancelled => Err(ApiError::Conflict("the registration was cancelled".into())),
        RegistrationStatus::Expired => Err(ApiError::Conflict("the registration expired unpaid".into())),
    }
}

fn pdf(rendered: Rendered, name: &str) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("application/pdf")
        .insert_header((header::CONTENT_DISPOSITION, format!("inline; filename=\"{name}\"")))
        .insert_header((header::CACHE_CONTROL, "private, no-store"))
        .body(rendered.bytes)
}
