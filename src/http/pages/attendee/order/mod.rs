//! `/registrations/{registrationId}`: the tickets of a registration, for its holder. The link of a mail brings a token, which
//! moves to a cookie of these pages at once, so that it is in no address that could be passed on. `changes` has what holders do
//! themselves.

pub mod changes;

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;
use jiff::Timestamp;
use serde::Deserialize;

use super::{
    event::{when, zone},
    style::accent_address,
};
use crate::{
    domain::{
        DocumentKind, DocumentRecord, DocumentState, EventSetup, EventStatus, MessageState, Registration,
        RegistrationId, RegistrationStatus, Ticket, TicketId, layout::Format,
    },
    http::{
        auth::{holder, keep_access, kept_access},
        pages::{Frame, form::see_other, show},
        read::Query,
        server::{ApiError, Services, calendar_of, deliver, private},
    },
    render::LocaleFormatter,
    work::{Caller, EntitledTo, Refusal, downloads, messages, registrations, tickets},
};

/// The credentials of a link in a mail.
#[derive(Debug, Deserialize)]
pub struct TokenQuery {
    token: Option<String>,
}

#[derive(Template)]
#[template(path = "order.html")]
struct OrderPage<'a> {
    f: &'a Frame,
    id: String,
    title: &'a str,
    organizer: &'a str,
    accent: String,
    state: String,
    tone: &'static str,
    heading: String,
    lead: String,
    starts: String,
    when: String,
    zone: String,
    venue: &'a str,
    address: &'a str,
    slug: &'a str,
    type_name: &'a str,
    /// True if the codes are valid.
    is_valid: bool,
    tickets: Vec<TicketCard>,
    hold: Option<Hold>,
    total: String,
    steps: Vec<Step>,
    /// Says until when names can be changed; `None`: not any more.
    rename: Option<String>,
    may_return: bool,
    return_note: String,
    may_resend: bool,
}

/// A ticket as it is shown at the gate.
struct TicketCard {
    position: i16,
    label: String,
    name: String,
    /// The code as SVG; empty if it could not be drawn just now.
    code: String,
}

/// Seats that are held until they are paid.
struct Hold {
    until: String,
    /// For script: the end, and the server's clock.
    at: Timestamp,
    now: Timestamp,
}

/// The state of a file or a message.
struct Step {
    tone: &'static str,
    text: String,
    at: Option<Timestamp>,
    note: String,
}

/// The person who asks: the holder by the cookie of the pages, or a person who is signed in.
fn asking(request: &HttpRequest) -> Caller {
    holder(request, kept_access(request))
}

fn parse(id: &str) -> Result<RegistrationId, ApiError> {
    Ok(id.parse().map_err(|_| Refusal::NotFound)?)
}

/// Returns a registration that the request may see, with its files.
async fn find(request: &HttpRequest, id: &RegistrationId) -> Result<(EntitledTo, Vec<DocumentRecord>), ApiError> {
    let tools = &Services::of(request).tools;
    Ok(registrations::find(&tools.records, &asking(request), id).await?)
}

/// Shows a registration with its tickets.
pub async fn page(
    request: HttpRequest,
    services: web::Data<Services>,
    id: web::Path<String>,
    query: Query<TokenQuery>,
) -> Result<HttpResponse, ApiError> {
    let id = parse(&id)?;
    if let Some(token) = query.0.token {
        return take_token(&request, &services, &id, token).await;
    }
    let (found, documents) = find(&request, &id).await?;
    let EntitledTo { setup, registration, .. } = &found;
    let is_valid =
        registration.status == RegistrationStatus::Confirmed && setup.event.draft.status != EventStatus::Cancelled;
    let codes = match is_valid {
        true => Box::pin(tickets::code_drawings(&services.tools.files, setup, registration)).await,
        false => None,
    };
    let mail = messages::newest_of(&services.tools.records, &found).await?;
    let frame = Frame::of(&request).await?;
    let mail = mail.map(|message| (message.state, message.changed_at));
    let page = order_page(&frame, setup, registration, codes.unwrap_or_default(), steps(&frame, &documents, mail));
    Ok(show(&request, &frame, StatusCode::OK, &page))
}

/// Moves the token of a link to the cookie, and leads to the address without it.
async fn take_token(
    request: &HttpRequest,
    services: &Services,
    id: &RegistrationId,
    token: String,
) -> Result<HttpResponse, ApiError> {
    registrations::find(&services.tools.records, &holder(request, Some(token.clone())), id).await?;
    let mut response = see_other(&format!("/registrations/{id}"));
    keep_access(services, &mut response, id, &token);
    Ok(response)
}

fn order_page<'a>(
    frame: &'a Frame,
    setup: &'a EventSetup,
    registration: &'a Registration,
    codes: Vec<String>,
    steps: Vec<Step>,
) -> OrderPage<'a> {
    let draft = &setup.event.draft;
    let locale = LocaleFormatter::new(&draft.timezone, frame.language());
    let now = Timestamp::now();
    let id = setup.registration_id(registration.reference.number);
    let ticket_type = setup.ticket_type(registration.type_number);
    let is_cancelled = draft.status == EventStatus::Cancelled;
    let (state, tone, heading, lead) = match registration.status {
        RegistrationStatus::Confirmed if is_cancelled => {
            ("state-event-cancelled", "bad", "order-event-cancelled", "event-cancelled-lead")
        }
        RegistrationStatus::Confirmed if draft.ends_at <= now => ("event-over", "", "order-over", "event-over-lead"),
        RegistrationStatus::Confirmed => ("state-confirmed", "good", "order-ready", "order-ready-lead"),
        RegistrationStatus::AwaitingPayment => ("state-awaiting-payment", "warn", "order-held", "order-held-lead"),
        RegistrationStatus::Cancelled => ("state-cancelled", "bad", "order-cancelled", "registration-cancelled"),
        RegistrationStatus::Expired => ("state-expired", "", "order-expired", "registration-expired"),
    };
    let is_valid = registration.status == RegistrationStatus::Confirmed && !is_cancelled;
    let mut codes = codes.into_iter();
    let card = |ticket: &Ticket| TicketCard {
        position: ticket.position,
        label: id.ticket_label(ticket.position),
        name: ticket.name.clone(),
        code: codes.next().unwrap_or_default(),
    };
    let tickets = registration.tickets.iter().filter(|ticket| !ticket.revoked || !is_valid).map(card).collect();
    let hold = registration.expires_at.filter(|_| registration.status == RegistrationStatus::AwaitingPayment);
    let amount = registration.amount.zip(ticket_type).map(|(amount, of)| locale.price(amount, of.price.currency));
    let may_return = registrations::may_give_back(setup, registration, now);
    let return_note = match may_return {
        Ok(()) if registration.status == RegistrationStatus::Confirmed => {
            frame.with("order-return-until", "time", locale.moment(setup.returns_end(), Format::Plain))
        }
        _ if registration.paid_at.is_some() => {
            frame.with("order-return-paid", "organizer", &setup.event.organizer_name)
        }
        _ => String::new(),
    };
    let is_live = registration.status.is_valid() && !is_cancelled && now < draft.ends_at;
    OrderPage {
        f: frame,
        id: id.to_string(),
        title: &draft.title,
        organizer: &setup.event.organizer_name,
        accent: accent_address(&draft.accent_color),
        state: frame.s(state).into_owned(),
        tone,
        heading: frame.s(heading).into_owned(),
        lead: frame.s(lead).into_owned(),
        starts: locale.iso(draft.starts_at),
        when: when(frame, &locale, draft.starts_at, draft.ends_at),
        zone: zone(frame, &locale, draft.starts_at),
        venue: &draft.venue.name,
        address: draft.venue.address.as_deref().unwrap_or_default(),
        slug: &draft.slug,
        type_name: ticket_type.map_or("", |of| of.name.as_str()),
        is_valid,
        tickets,
        hold: hold.map(|at| Hold {
            until: format!("{} (\u{2066}UTC{}\u{2069})", locale.time(at), locale.zone(at).1),
            at,
            now,
        }),
        total: amount.unwrap_or_default(),
        steps,
        rename: (is_live && now < setup.renames_end())
            .then(|| frame.with("order-rename-until", "time", locale.moment(setup.renames_end(), Format::Plain))),
        may_return: is_live && may_return.is_ok(),
        return_note,
        may_resend: registration.status.is_valid() && !is_cancelled,
    }
}

/// Says where the file and the mail are.
fn steps(frame: &Frame, documents: &[DocumentRecord], mail: Option<(MessageState, Timestamp)>) -> Vec<Step> {
    let mut steps = Vec::new();
    let step = |id: &str, tone: &'static str, at, note: &str| Step {
        tone,
        text: frame.s(id).into_owned(),
        at,
        note: if note.is_empty() { String::new() } else { frame.s(note).into_owned() },
    };
    match mail {
        None => {}
        Some((state, at)) => {
            let (id, tone, note) = match state {
                MessageState::Queued | MessageState::Sending => ("order-mail-queued", "", ""),
                MessageState::Sent => ("order-mail-sent", "good", ""),
                MessageState::Delivered => ("order-mail-delivered", "good", ""),
                MessageState::Delayed => ("order-mail-delayed", "", ""),
                MessageState::Bounced | MessageState::Failed | MessageState::Complained => {
                    ("order-mail-failed", "bad", "order-mail-failed-note")
                }
                MessageState::Suppressed => ("order-mail-suppressed", "", "order-mail-failed-note"),
            };
            steps.push(step(id, tone, Some(at), note));
        }
    }
    let file = documents.iter().find(|record| record.document.kind == DocumentKind::Tickets);
    match file.map(|record| record.state) {
        Some(DocumentState::Stored) => steps.push(step("order-file-stored", "good", None, "")),
        Some(DocumentState::Withdrawn) => {}
        Some(DocumentState::Pending | DocumentState::Failed) | None => {
            steps.push(step("order-file-pending", "", None, "order-file-pending-note"));
        }
    }
    steps
}

/// Returns all tickets in one PDF.
pub async fn pdf(
    request: HttpRequest,
    services: web::Data<Services>,
    id: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let client = services.download_client(&request, false);
    let delivery = downloads::tickets(&services.tools, &asking(&request), &parse(&id)?, client).await?;
    Ok(deliver(&request, delivery))
}

/// Returns the id of one of the tickets.
async fn ticket_at(request: &HttpRequest, id: &str, position: i16) -> Result<TicketId, ApiError> {
    let (found, _) = find(request, &parse(id)?).await?;
    let ticket = found.registration.tickets.iter().find(|ticket| ticket.position == position);
    Ok(ticket.ok_or(Refusal::NotFound)?.id)
}

/// Returns one ticket as a PDF.
pub async fn ticket_pdf(
    request: HttpRequest,
    services: web::Data<Services>,
    path: web::Path<(String, i16)>,
) -> Result<HttpResponse, ApiError> {
    let ticket = ticket_at(&request, &path.0, path.1).await?;
    let client = services.download_client(&request, false);
    Ok(deliver(&request, tickets::pdf(&services.tools, &asking(&request), ticket, client).await?))
}

/// Returns the code of one ticket as SVG.
pub async fn code(
    request: HttpRequest,
    services: web::Data<Services>,
    path: web::Path<(String, i16)>,
) -> Result<HttpResponse, ApiError> {
    let ticket = ticket_at(&request, &path.0, path.1).await?;
    let svg = tickets::code(&services.tools, &asking(&request), ticket, tickets::CodePicture::Svg).await?;
    Ok(private(StatusCode::OK).content_type("image/svg+xml").body(svg))
}

/// Returns the event of the registration as a calendar file.
pub async fn calendar_file(
    request: HttpRequest,
    services: web::Data<Services>,
    id: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let id = parse(&id)?;
    let (found, _) = find(&request, &id).await?;
    Ok(calendar_of(&services, &id, &found.setup))
}
