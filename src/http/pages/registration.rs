//! `/registrations/{registrationId}`: the page of a registration, for its holder.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;
use serde::Deserialize;
use uuid::Uuid;

use super::{Frame, show};
use crate::{
    domain::{RegistrationId, RegistrationStatus},
    http::{
        auth::holder,
        read::Query,
        server::{ApiError, Services},
    },
    render::LocaleFormatter,
    work::{Refusal, registrations},
};

/// The credentials of a holder.
#[derive(Debug, Deserialize)]
pub struct TokenQuery {
    token: Option<String>,
}

#[derive(Template)]
#[template(path = "registration.html")]
struct RegistrationPage<'a> {
    f: &'a Frame,
    id: String,
    title: &'a str,
    days: String,
    hours: String,
    venue: &'a str,
    state: String,
    tone: &'static str,
    /// A sentence about the state.
    note: String,
    is_valid: bool,
    /// Query of links, with the token if the address has one.
    with_token: String,
    tickets: Vec<TicketLine>,
}

struct TicketLine {
    id: Uuid,
    label: String,
    name: String,
    is_valid: bool,
}

/// Shows a registration with its tickets.
pub async fn page(
    request: HttpRequest,
    services: web::Data<Services>,
    id: web::Path<String>,
    query: Query<TokenQuery>,
) -> Result<HttpResponse, ApiError> {
    let id: RegistrationId = id.parse().map_err(|_| Refusal::NotFound)?;
    let token = query.0.token;
    let (found, _) = registrations::find(&services.tools.records, &holder(&request, token.clone()), &id).await?;
    let frame = Frame::of(&request).await?;
    let (draft, registration) = (&found.setup.event.draft, &found.registration);
    let locale = LocaleFormatter::new(&draft.timezone, frame.language());
    let with_token = token.map_or_else(String::new, |token| {
        format!("?{}", form_urlencoded::Serializer::new(String::new()).append_pair("token", &token).finish())
    });
    let is_confirmed = registration.status == RegistrationStatus::Confirmed;
    let (state, tone, note) = match registration.status {
        RegistrationStatus::Confirmed => ("state-confirmed", "good", None),
        RegistrationStatus::AwaitingPayment => ("state-awaiting-payment", "warn", Some("registration-awaiting")),
        RegistrationStatus::Cancelled => ("state-cancelled", "bad", Some("registration-cancelled")),
        RegistrationStatus::Expired => ("state-expired", "", Some("registration-expired")),
    };
    let line = |ticket: &crate::domain::Ticket| TicketLine {
        id: ticket.id.0,
        label: found.setup.registration_id(id.number).ticket_label(ticket.position),
        name: ticket.name.clone(),
        is_valid: is_confirmed && !ticket.revoked,
    };
    let page = RegistrationPage {
        f: &frame,
        id: id.to_string(),
        title: &draft.title,
        days: locale.days(draft.starts_at, draft.ends_at),
        hours: locale.hours(draft.starts_at, draft.ends_at),
        venue: &draft.venue.name,
        state: frame.s(state).into_owned(),
        tone,
        note: note.map_or_else(String::new, |note| frame.s(note).into_owned()),
        is_valid: is_confirmed,
        with_token,
        tickets: registration.tickets.iter().map(line).collect(),
    };
    Ok(show(&request, &frame, StatusCode::OK, &page))
}
