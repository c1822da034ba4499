//! `/registrations/{registrationId}`: the page of a registration, for its holder.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;

use super::{escape, page};
use crate::{
    domain::{RegistrationId, RegistrationStatus},
    http::{
        auth::holder,
        read::Query,
        server::{ApiError, Services},
    },
    render::Facts,
    work::{Refusal, registrations},
};

/// The credentials of a holder.
#[derive(Debug, Deserialize)]
pub struct TokenQuery {
    token: Option<String>,
}

/// Shows a registration with its tickets.
pub async fn show(
    request: HttpRequest,
    services: web::Data<Services>,
    id: web::Path<String>,
    query: Query<TokenQuery>,
) -> Result<HttpResponse, ApiError> {
    let id: RegistrationId = id.parse().map_err(|_| Refusal::NotFound)?;
    let token = query.0.token;
    let (found, _) = registrations::find(&services.tools.records, &holder(&request, token.clone()), &id).await?;
    let (draft, registration) = (&found.setup.event.draft, &found.registration);
    let facts = Facts::new(&found.setup);
    let with_token = token.map_or_else(String::new, |token| format!("?token={}", escape(&token)));
    let is_confirmed = registration.status == RegistrationStatus::Confirmed;
    let state = match registration.status {
        RegistrationStatus::Confirmed => "Confirmed",
        RegistrationStatus::AwaitingPayment => "Your seats are held until you have paid.",
        RegistrationStatus::Cancelled => "This registration was cancelled. Its tickets are not valid.",
        RegistrationStatus::Expired => "This registration expired unpaid. Its seats are on sale again.",
    };
    let ticket = |ticket: &crate::domain::Ticket| {
        let (name, label) =
            (escape(&ticket.name), found.setup.registration_id(id.number).ticket_label(ticket.position));
        let link = match is_confirmed && !ticket.revoked {
            true => format!("<a href=\"/api/tickets/{}/pdf{with_token}\">{label}</a>", ticket.id.0),
            false => label,
        };
        format!("<li><b dir=\"auto\">{name}</b><br><span class=\"quiet\">{link}</span></li>")
    };
    let tickets: String = registration.tickets.iter().map(ticket).collect();
    let files = match is_confirmed {
        true => format!(
            "<p><a class=\"button\" href=\"/api/register/{id}/pdf{with_token}\">All tickets (PDF)</a></p>\
             <p><a href=\"/registrations/{id}.ics{with_token}\">Add to my calendar</a></p>"
        ),
        false => String::new(),
    };
    let body = format!(
        "<h1 dir=\"auto\">{title}</h1><p dir=\"auto\">{days}<br>{hours}<br>{venue}</p><p>{id} · {state}</p><ul>{tickets}</ul>{files}",
        title = escape(&draft.title),
        days = escape(&facts.locale.days(draft.starts_at, draft.ends_at)),
        hours = escape(&facts.locale.hours(draft.starts_at, draft.ends_at)),
        venue = escape(&draft.venue.name),
    );
    Ok(page("en", &draft.title, &body))
}
