//! `/my-tickets`: the registrations of a person who is signed in; for others, the links by mail.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;
use jiff::Timestamp;

use super::{
    super::{Fields, Form, Frame, show},
    ACCOUNT, REFUSED,
};
use crate::{
    domain::{EventKey, EventStatus, RegistrationRef, RegistrationStatus},
    http::{
        auth::caller,
        read::{Page, read_cursor},
        server::{ApiError, Services},
    },
    render::LocaleFormatter,
    work::{
        messages,
        people::tickets::{self, OwnRegistration},
    },
};

/// Registrations on one page.
const PAGE: i64 = 50;

#[derive(Template)]
#[template(path = "my_tickets.html")]
struct MyTickets<'a> {
    f: &'a Frame,
    form: &'a Form,
    groups: Vec<Group>,
    /// Cursor of the next page.
    next: Option<String>,
}

/// Coming or past registrations.
struct Group {
    id: &'static str,
    title: String,
    rows: Vec<Row>,
}

struct Row {
    id: String,
    title: String,
    days: String,
    venue: String,
    state: String,
    tone: &'static str,
    tickets: i64,
    /// True for the contact, who may open the registration.
    opens: bool,
}

#[derive(Template)]
#[template(path = "find_tickets.html")]
struct FindTickets<'a> {
    f: &'a Frame,
    form: &'a Form,
    is_sent: bool,
}

/// Shows the registrations, or asks for the address that the links are sent to.
pub async fn page(request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let frame = Frame::of(&request).await?;
    let form = Form::of(Fields::of_query(&request));
    if frame.person.is_none() {
        return Ok(show(&request, &frame, StatusCode::OK, &FindTickets { f: &frame, form: &form, is_sent: false }));
    }
    let services = Services::of(&request);
    let after = read_cursor::<(Timestamp, i32, i32)>(Some(form.value("cursor")).filter(|cursor| !cursor.is_empty()))?;
    let after = after.map(|(start, event, number)| (start, RegistrationRef { event: EventKey(event), number }));
    let (places, own) = tickets::list(&services.tools.records, &caller(&request), after, PAGE).await?;
    let is_full = usize::try_from(PAGE).is_ok_and(|size| places.len() == size);
    let next = places.last().filter(|_| is_full).map(|(start, of)| (*start, of.event.0, of.number));
    let next = Page::<()>::ending_at(Vec::new(), next.as_ref()).next_cursor;
    let now = Timestamp::now();
    let (coming, past): (Vec<_>, Vec<_>) = own.iter().partition(|own| own.setup.event.draft.ends_at > now);
    let group = |id: &'static str, own: Vec<&OwnRegistration>| Group {
        id,
        title: frame.s(&format!("tickets-{id}")).into_owned(),
        rows: own.into_iter().map(|own| row(&frame, own)).collect(),
    };
    // The next event first.
    let coming = coming.into_iter().rev().collect();
    let groups = [group("coming", coming), group("past", past)];
    let groups = groups.into_iter().filter(|group| !group.rows.is_empty()).collect();
    Ok(show(&request, &frame, StatusCode::OK, &MyTickets { f: &frame, form: &form, groups, next }))
}

fn row(frame: &Frame, own: &OwnRegistration) -> Row {
    let OwnRegistration { setup, registration, tickets, access_token } = own;
    let draft = &setup.event.draft;
    let locale = LocaleFormatter::new(&draft.timezone, frame.language());
    let (state, tone) = match registration.status {
        RegistrationStatus::Confirmed if draft.status == EventStatus::Cancelled => ("state-event-cancelled", "bad"),
        RegistrationStatus::Confirmed => ("state-confirmed", "good"),
        RegistrationStatus::AwaitingPayment => ("state-awaiting-payment", "warn"),
        RegistrationStatus::Cancelled => ("state-cancelled", "bad"),
        RegistrationStatus::Expired => ("state-expired", ""),
    };
    Row {
        id: setup.registration_id(registration.reference.number).to_string(),
        title: draft.title.clone(),
        days: format!(
            "{}, {}",
            locale.days(draft.starts_at, draft.ends_at),
            locale.hours(draft.starts_at, draft.ends_at)
        ),
        venue: draft.venue.name.clone(),
        state: frame.s(state).into_owned(),
        tone,
        tickets: i64::try_from(tickets.len()).unwrap_or(i64::MAX),
        opens: access_token.is_some(),
    }
}

/// Sends the links to an address. The next page is the same whether it has tickets or not.
pub async fn send(request: HttpRequest, payload: web::Payload) -> Result<HttpResponse, ApiError> {
    let fields = Fields::read(&request, payload).await?;
    super::admit(&request)?;
    let frame = Frame::of(&request).await?;
    let sent = messages::send_links(&Services::of(&request).tools.records, fields.get("email")).await;
    let (form, is_sent) = match sent {
        Ok(()) => (Form::of(fields), true),
        Err(refusal) => (Form::refused(fields, &frame, refusal, ACCOUNT)?, false),
    };
    let status = if is_sent { StatusCode::OK } else { REFUSED };
    Ok(show(&request, &frame, status, &FindTickets { f: &frame, form: &form, is_sent }))
}
