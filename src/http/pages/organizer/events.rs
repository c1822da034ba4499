//! `/organizer`: the organizers of a person, and the events of one.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;
use jiff::Timestamp;

use super::{
    super::{
        Fields, Form, Frame,
        account::sign_in_first,
        form::done,
        once::{new_key, once},
        show,
        visitor::refusal,
    },
    Desk, Place,
};
use crate::{
    db::{EventFilter, Membership},
    domain::{EventKey, EventSetup, EventStatus},
    http::{
        auth::{caller, member},
        read::{Page, read_cursor},
        server::{ApiError, Services},
    },
    render::LocaleFormatter,
    work::{events, people::teams},
};

/// Events on one page.
const PAGE: i64 = 50;

#[derive(Template)]
#[template(path = "organizers.html")]
struct OrganizersPage<'a> {
    f: &'a Frame,
    form: &'a Form,
    places: &'a [Membership],
    /// Id of the person's account.
    me: String,
    can_open: bool,
    key: String,
}

#[derive(Template)]
#[template(path = "organizer_events.html")]
struct EventsPage<'a> {
    f: &'a Frame,
    d: &'a Desk,
    rows: Vec<Row>,
    next: Option<String>,
    /// Address of the documentation.
    docs: String,
}

struct Row {
    title: String,
    venue: String,
    days: String,
    state: String,
    tone: &'static str,
}

/// Shows the events of an organizer. Without one, or with several to choose from, shows the organizers.
pub async fn page(request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let query = Fields::of_query(&request);
    let frame = Frame::of(&request).await?;
    if let Some(elsewhere) = sign_in_first(&request, &frame) {
        return Ok(elsewhere);
    }
    let places = frame.person.as_ref().map_or(0, |person| person.memberships.len());
    let chooses = request.query_string() == "choose" || places != 1 && query.get("organizer").is_empty();
    if chooses {
        return Ok(organizers(&request, &frame, StatusCode::OK, &Form::default(), new_key()));
    }
    let (frame, desk) = match Desk::of(&request, query.get("organizer"), "events").await? {
        Place::Desk(desk) => *desk,
        Place::Elsewhere(elsewhere) => return Ok(elsewhere),
    };
    let services = Services::of(&request);
    let records = &services.tools.records;
    let organizer = teams::find(records, &member(&request, Some(desk.slug.clone())), &desk.slug).await?;
    let after = read_cursor::<(Timestamp, i32)>(query.some("cursor").as_deref())?;
    let after = after.map(|(at, key)| (at, EventKey(key)));
    let filter = EventFilter { organizer: Some(organizer.key), after, limit: PAGE, ..EventFilter::default() };
    let found = events::list(records, &filter).await?;
    let rows = found.events.iter().map(|(setup, _)| row(&frame, setup)).collect();
    let next = found.next.map(|(at, key)| (at, key.0));
    let next = Page::<()>::ending_at(Vec::new(), next.as_ref()).next_cursor;
    let docs = services.link("/docs");
    Ok(show(&request, &frame, StatusCode::OK, &EventsPage { f: &frame, d: &desk, rows, next, docs }))
}

fn row(frame: &Frame, setup: &EventSetup) -> Row {
    let draft = &setup.event.draft;
    let locale = LocaleFormatter::new(&draft.timezone, frame.language());
    let (state, tone) = match draft.status {
        EventStatus::Draft => ("event-draft", ""),
        EventStatus::Published => ("event-published", "good"),
        EventStatus::Cancelled => ("event-cancelled", "bad"),
    };
    Row {
        title: draft.title.clone(),
        venue: draft.venue.name.clone(),
        days: locale.days(draft.starts_at, draft.ends_at),
        state: frame.s(state).into_owned(),
        tone,
    }
}

fn organizers(request: &HttpRequest, frame: &Frame, status: StatusCode, form: &Form, key: String) -> HttpResponse {
    let can_open = Services::of(request).tools.people.settings.open_organizers;
    let places = frame.person.as_ref().map_or(&[][..], |person| person.memberships.as_slice());
    let me = frame.person.as_ref().map(|person| person.id.to_string()).unwrap_or_default();
    show(request, frame, status, &OrganizersPage { f: frame, form, places, me, can_open, key })
}

/// Opens an organizer.
pub async fn open(request: HttpRequest, payload: web::Payload) -> Result<HttpResponse, ApiError> {
    let fields = Fields::read(&request, payload).await?;
    let frame = Frame::of(&request).await?;
    if let Some(elsewhere) = sign_in_first(&request, &frame) {
        return Ok(elsewhere);
    }
    let (tools, caller) = (&Services::of(&request).tools, caller(&request));
    let opened = Box::pin(once(fields.get("key"), async {
        let organizer = teams::open(tools, &caller, fields.get("name")).await?;
        Ok(format!("/organizer?organizer={}", organizer.slug))
    }));
    match opened.await {
        Ok(path) => Ok(done(&path, "opened")),
        Err(error) => {
            let names = &[("/name", "name", "organizer-open-name")];
            let key = fields.get("key").to_owned();
            let form = Form::refused(fields, &frame, refusal(error)?, names)?;
            Ok(organizers(&request, &frame, StatusCode::UNPROCESSABLE_ENTITY, &form, key))
        }
    }
}
