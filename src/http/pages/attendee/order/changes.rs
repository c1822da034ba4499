//! Changes by the holder of a registration: names, giving back, the mail once more, and a longer hold.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;

use super::{super::style::accent_address, asking, find, parse};
use crate::{
    domain::{EventSetup, Registration, Ticket},
    http::{
        pages::{
            Fields, Form, Frame,
            form::{done, see_other},
            show,
            visitor::admit,
        },
        server::{ApiError, Services},
    },
    work::{
        EntitledTo,
        corrections::{self, Correction},
        messages, registrations,
    },
};

#[derive(Template)]
#[template(path = "order_names.html")]
struct NamesPage<'a> {
    f: &'a Frame,
    form: &'a Form,
    id: String,
    title: &'a str,
    accent: String,
    people: Vec<NamedTicket>,
}

/// A ticket whose name can be changed.
struct NamedTicket {
    label: String,
    name_field: String,
    name: String,
    /// Name of the ticket while the form is shown.
    shown_name: String,
    email_field: String,
    email: String,
    shown_email: String,
    is_contact: bool,
}

fn names_page<'a>(
    frame: &'a Frame,
    form: &'a Form,
    setup: &'a EventSetup,
    registration: &Registration,
) -> NamesPage<'a> {
    let id = setup.registration_id(registration.reference.number);
    let person = |ticket: &Ticket| {
        let (name_field, email_field) = (format!("name-{}", ticket.position), format!("email-{}", ticket.position));
        NamedTicket {
            label: id.ticket_label(ticket.position),
            name: form.given(&name_field).unwrap_or(&ticket.name).to_owned(),
            shown_name: form.given(&format!("shown-{name_field}")).unwrap_or(&ticket.name).to_owned(),
            email: form.given(&email_field).unwrap_or(&ticket.email).to_owned(),
            shown_email: form.given(&format!("shown-{email_field}")).unwrap_or(&ticket.email).to_owned(),
            name_field,
            email_field,
            is_contact: ticket.position == 1,
        }
    };
    NamesPage {
        f: frame,
        form,
        id: id.to_string(),
        title: &setup.event.draft.title,
        accent: accent_address(&setup.event.draft.accent_color),
        people: registration.tickets.iter().map(person).collect(),
    }
}

/// Shows the names to change.
pub async fn names(request: HttpRequest, id: web::Path<String>) -> Result<HttpResponse, ApiError> {
    let (found, _) = find(&request, &parse(&id)?).await?;
    let frame = Frame::of(&request).await?;
    let form = Form::default();
    let page = names_page(&frame, &form, &found.setup, &found.registration);
    Ok(show(&request, &frame, StatusCode::OK, &page))
}

/// Changes names. Only tickets whose fields differ are changed, because these get new codes.
pub async fn rename(
    request: HttpRequest,
    services: web::Data<Services>,
    id: web::Path<String>,
    payload: web::Payload,
) -> Result<HttpResponse, ApiError> {
    let fields = Fields::read(&request, payload).await?;
    let (found, _) = find(&request, &parse(&id)?).await?;
    let changed = |ticket: &Ticket| {
        // Compared with what the form has shown: another person may have changed other tickets meanwhile.
        let some = |field: &str, now: &str| {
            let given = fields.given(&format!("{field}-{}", ticket.position))?;
            let shown = fields.given(&format!("shown-{field}-{}", ticket.position)).unwrap_or(now);
            (given.trim() != shown).then(|| given.to_owned())
        };
        let (name, email) = (some("name", &ticket.name), some("email", &ticket.email));
        let is_changed = name.is_some() || email.is_some();
        is_changed.then_some((ticket.position, Correction { ticket: ticket.id, name, email }))
    };
    let (positions, corrections): (Vec<_>, Vec<_>) = found.registration.tickets.iter().filter_map(changed).unzip();
    let back = format!("/registrations/{}", *id);
    if corrections.is_empty() {
        return Ok(see_other(&back));
    }
    match corrections::correct(&services.tools, &asking(&request), &id, corrections, true).await {
        Ok(_) => Ok(done(&back, "renamed-tickets")),
        Err(refusal) => {
            let frame = Frame::of(&request).await?;
            let form = Form::refused_by(fields, &frame, refusal, |pointer| {
                let (index, field) = pointer.strip_prefix("/tickets/")?.split_once('/')?;
                let position = positions.get(index.parse::<usize>().ok()?)?;
                let label = match field {
                    "name" => frame.with("register-name-of", "number", position.to_string()),
                    _ => frame.with("register-email-of", "number", position.to_string()),
                };
                Some((format!("{field}-{position}"), label))
            })?;
            let page = names_page(&frame, &form, &found.setup, &found.registration);
            Ok(show(&request, &frame, StatusCode::UNPROCESSABLE_ENTITY, &page))
        }
    }
}

#[derive(Template)]
#[template(path = "order_return.html")]
struct ReturnPage<'a> {
    f: &'a Frame,
    form: &'a Form,
    id: String,
    title: &'a str,
    accent: String,
    names: Vec<&'a str>,
}

fn return_page<'a>(frame: &'a Frame, form: &'a Form, found: &'a EntitledTo) -> ReturnPage<'a> {
    let EntitledTo { setup, registration, .. } = found;
    ReturnPage {
        f: frame,
        form,
        id: setup.registration_id(registration.reference.number).to_string(),
        title: &setup.event.draft.title,
        accent: accent_address(&setup.event.draft.accent_color),
        names: registration.tickets.iter().map(|ticket| ticket.name.as_str()).collect(),
    }
}

/// Asks if the tickets are to be given back.
pub async fn returning(request: HttpRequest, id: web::Path<String>) -> Result<HttpResponse, ApiError> {
    let (found, _) = find(&request, &parse(&id)?).await?;
    let frame = Frame::of(&request).await?;
    let form = Form::default();
    Ok(show(&request, &frame, StatusCode::OK, &return_page(&frame, &form, &found)))
}

/// Gives all tickets of the registration back.
pub async fn give_back(
    request: HttpRequest,
    services: web::Data<Services>,
    id: web::Path<String>,
    payload: web::Payload,
) -> Result<HttpResponse, ApiError> {
    let fields = Fields::read(&request, payload).await?;
    match registrations::cancel(&services.tools, &asking(&request), &id).await {
        Ok(_) => Ok(done(&format!("/registrations/{}", *id), "given-back")),
        Err(refusal) => {
            let (found, _) = find(&request, &parse(&id)?).await?;
            let frame = Frame::of(&request).await?;
            let form = Form::refused_by(fields, &frame, refusal, |_| None)?;
            let page = return_page(&frame, &form, &found);
            Ok(show(&request, &frame, StatusCode::CONFLICT, &page))
        }
    }
}

/// Sends the confirmation again.
pub async fn send_again(
    request: HttpRequest,
    services: web::Data<Services>,
    id: web::Path<String>,
    payload: web::Payload,
) -> Result<HttpResponse, ApiError> {
    Fields::read(&request, payload).await?;
    admit(&request)?;
    messages::resend_confirmation(&services.tools.records, &asking(&request), &id).await?;
    Ok(done(&format!("/registrations/{}", *id), "sent-again"))
}

/// Holds unpaid seats longer.
pub async fn keep_longer(
    request: HttpRequest,
    services: web::Data<Services>,
    id: web::Path<String>,
    payload: web::Payload,
) -> Result<HttpResponse, ApiError> {
    Fields::read(&request, payload).await?;
    registrations::keep_longer(&services.tools, &asking(&request), &id).await?;
    Ok(done(&format!("/registrations/{}", *id), "held-longer"))
}
