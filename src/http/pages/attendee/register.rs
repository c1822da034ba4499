//! `/events/{slug}/register`: the names of an order. What was typed survives every refusal; each order has one key, so that
//! repeating it takes no further seats.

use std::sync::Arc;

use actix_web::{
    HttpRequest, HttpResponse,
    http::{
        StatusCode,
        header::{self, HeaderValue},
    },
    web,
};
use askama::Template;
use jiff::Timestamp;
use uuid::Uuid;

use super::{
    event::{left_text, when},
    list::price,
    questions::{Asking, answers, askings, field_of},
    style::accent_address,
};
use crate::{
    domain::{Attendee, EventSetup, IdempotencyKey, Left, RemainingSeats, SaleState, TicketType},
    http::{
        auth::{caller, keep_access, keep_intent, kept_intent},
        pages::{Fields, Form, Frame, form::see_other, frame::show_form},
        read::event_permit,
        server::{ApiError, Services},
    },
    render::LocaleFormatter,
    work::{
        Refusal,
        registrations::{self, Register},
    },
};

/// Attendees of a form; no ticket type allows more.
const MAX_QUANTITY: i16 = 100;
/// Seconds after which a refused order is sent again by script, and as many more at random.
const AGAIN: u64 = 2;

#[derive(Template)]
#[template(path = "register.html")]
struct RegisterPage<'a> {
    f: &'a Frame,
    form: &'a Form,
    slug: &'a str,
    title: &'a str,
    organizer: &'a str,
    accent: String,
    key: &'a str,
    type_code: &'a str,
    quantity: i16,
    people: Vec<Person>,
    questions: Vec<Asking>,
    /// Types and numbers to choose from, if the chosen ones cannot be had.
    change: Option<Change<'a>>,
    is_priced: bool,
    when: String,
    line: String,
    total: String,
    /// Minutes for which unpaid seats are held.
    hold: i64,
    /// Seconds after which script sends the form again.
    again: Option<u64>,
}

/// One attendee of the form.
struct Person {
    number: usize,
    name: String,
    email: String,
    name_label: String,
    email_label: String,
}

struct Change<'a> {
    types: Vec<TypeOption<'a>>,
    most: i16,
}

struct TypeOption<'a> {
    code: &'a str,
    text: String,
    is_gone: bool,
    is_chosen: bool,
}

/// The type and number of an order.
struct Order {
    ticket_type: Option<String>,
    quantity: i16,
}

impl Order {
    /// Reads the type and number of a link; a number out of range becomes the nearest one.
    fn of_link(fields: &Fields, setup: &EventSetup) -> Self {
        let given = fields.get("ticketType");
        let found = setup.types.iter().find(|of| of.code.as_str() == given);
        let chosen = found.or(if setup.types.len() == 1 { setup.types.first() } else { None });
        let most = chosen.map_or(i16::MAX, |of| of.max_per_registration);
        let most = most.min(setup.types.iter().map(|of| of.max_per_registration).max().unwrap_or(1));
        let quantity = fields.get("quantity").trim().parse::<i16>().unwrap_or(1).clamp(1, most);
        Self { ticket_type: chosen.map(|of| of.code.to_string()), quantity }
    }

    /// Reads the type and number of a form. A number that the type does not allow is refused later.
    fn of_form(fields: &Fields, setup: &EventSetup) -> Self {
        let quantity = fields.get("quantity").trim().parse::<i16>().unwrap_or(0).clamp(0, MAX_QUANTITY);
        Self { quantity, ..Self::of_link(fields, setup) }
    }

    fn chosen<'a>(&self, setup: &'a EventSetup) -> Option<&'a TicketType> {
        setup.types.iter().find(|of| Some(of.code.as_str()) == self.ticket_type.as_deref())
    }
}

/// Asks who is coming.
pub async fn page(
    request: HttpRequest,
    services: web::Data<Services>,
    name: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let tools = &services.tools;
    let _permit = event_permit(&request, &name).await?;
    let setup = tools.records.visible_event(&caller(&request), &name).await?;
    let slug = &setup.event.draft.slug;
    let left = tools.availability.of(&tools.records, setup.event.key).await?;
    // The event's page says why nothing is sold.
    if *slug != *name || !matches!(setup.sale_state(&left, Timestamp::now()), SaleState::Open | SaleState::SoldOut) {
        return Ok(see_other(&format!("/events/{slug}")));
    }
    let frame = Frame::of(&request).await?;
    let fields = Fields::of_query(&request);
    let order = Order::of_link(&fields, &setup);
    let key = kept_intent(&request).unwrap_or_else(new_key);
    let form = Form::of(prefilled(fields, &frame));
    let must_change = order.chosen(&setup).is_none_or(|of| !fits(&setup, of, &left, order.quantity));
    let asked = Asked { setup: &setup, order: &order, key: &key, must_change, again: None };
    let page = asked.page(&frame, &form, &left, tools.hold_seconds);
    let mut response = show_form(&request, &frame, StatusCode::OK, &page);
    keep_intent(&services, &mut response, slug, Some(&key));
    Ok(response)
}

fn new_key() -> String {
    Uuid::new_v4().simple().to_string()
}

/// A person who is signed in is the first attendee, unless somebody else is named.
fn prefilled(fields: Fields, frame: &Frame) -> Fields {
    fields.or("name-1", frame.name()).or("email-1", frame.email())
}

fn fits(setup: &EventSetup, of: &TicketType, left: &RemainingSeats, quantity: i16) -> bool {
    setup.left_of(of, left) != Left::None && left.of(of.number).is_none_or(|seats| i32::from(quantity) <= seats)
}

/// An order that is asked for, and how its form is shown.
struct Asked<'a> {
    setup: &'a EventSetup,
    order: &'a Order,
    key: &'a str,
    must_change: bool,
    again: Option<u64>,
}

impl<'a> Asked<'a> {
    fn page(&self, frame: &'a Frame, form: &'a Form, left: &RemainingSeats, hold: f64) -> RegisterPage<'a> {
        let Self { setup, order, .. } = *self;
        let draft = &setup.event.draft;
        let locale = LocaleFormatter::new(&draft.timezone, frame.language());
        let chosen = order.chosen(setup);
        let is_priced = chosen.is_some_and(|of| !of.price.is_free());
        let people = (1..=usize::from(order.quantity.unsigned_abs().max(1))).map(|number| Person {
            number,
            name: form.value(&format!("name-{number}")).to_owned(),
            email: form.value(&format!("email-{number}")).to_owned(),
            name_label: format!("name-{number}"),
            email_label: format!("email-{number}"),
        });
        let line = chosen.map_or_else(String::new, |of| {
            format!("{} × {}, {}", locale.number(order.quantity.into()), of.name, price(frame, &locale, of))
        });
        let total = chosen.filter(|of| !of.price.is_free());
        let total = total.map(|of| locale.price(of.price.times(order.quantity), of.price.currency));
        RegisterPage {
            f: frame,
            form,
            slug: &draft.slug,
            title: &draft.title,
            organizer: &setup.event.organizer_name,
            accent: accent_address(&draft.accent_color),
            key: self.key,
            type_code: chosen.map_or("", |of| of.code.as_str()),
            quantity: order.quantity,
            people: people.collect(),
            questions: askings(&draft.questions, chosen, form),
            change: self.must_change.then(|| change(frame, &locale, setup, chosen, left)),
            is_priced,
            when: when(frame, &locale, draft.starts_at, draft.ends_at),
            line,
            total: total.unwrap_or_else(|| frame.s("price-free").into_owned()),
            #[expect(clippy::cast_possible_truncation, reason = "at most a day")]
            hold: (hold / 60.0).ceil() as i64,
            again: self.again,
        }
    }
}

fn change<'a>(
    frame: &Frame,
    locale: &LocaleFormatter,
    setup: &'a EventSetup,
    chosen: Option<&TicketType>,
    left: &RemainingSeats,
) -> Change<'a> {
    let types = setup.types.iter().map(|of| {
        let of_left = setup.left_of(of, left);
        let parts = [of.name.clone(), price(frame, locale, of), left_text(frame, locale, of_left)];
        TypeOption {
            code: of.code.as_str(),
            text: parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", "),
            is_gone: of_left == Left::None,
            is_chosen: chosen.is_some_and(|chosen| chosen.number == of.number),
        }
    });
    Change { types: types.collect(), most: setup.types.iter().map(|of| of.max_per_registration).max().unwrap_or(1) }
}

/// Takes the seats, and leads to the tickets.
pub async fn submit(
    request: HttpRequest,
    services: web::Data<Services>,
    name: web::Path<String>,
    payload: web::Payload,
) -> Result<HttpResponse, ApiError> {
    let fields = Fields::read(&request, payload).await?;
    let tools = &services.tools;
    let setup = tools.records.visible_event(&caller(&request), &name).await?;
    let order = Order::of_form(&fields, &setup);
    let key = fields.get("key").to_owned();
    let command = Register {
        event: setup.event.id.0.to_string(),
        ticket_type: order.ticket_type.clone(),
        attendees: attendees(&fields, order.quantity),
        answers: answers(&fields, &setup, order.ticket_type.as_deref()),
        key: Some(key.parse::<IdempotencyKey>().map_err(ApiError::malformed)?),
    };
    match registrations::register(tools, command).await {
        Ok(answered) => {
            let id = answered.setup.registration_id(answered.registration.reference.number);
            let mut response = see_other(&format!("/registrations/{id}"));
            if answered.gives_access {
                let token = registrations::access_token(&tools.records, &answered.setup, &answered.registration);
                keep_access(&services, &mut response, &id, token.reveal());
            }
            keep_intent(&services, &mut response, &setup.event.draft.slug, None);
            Ok(response)
        }
        Err(refusal) => refused(&request, &setup, order, fields, key, refusal).await,
    }
}

/// The attendees of a form. Without an address of their own, the first one gets their tickets.
fn attendees(fields: &Fields, quantity: i16) -> Vec<Attendee> {
    let contact = fields.get("email-1").trim();
    let attendee = |number: i16| {
        let email = fields.get(&format!("email-{number}")).trim();
        Attendee {
            name: fields.get(&format!("name-{number}")).to_owned(),
            email: if email.is_empty() { contact } else { email }.to_owned(),
        }
    };
    (1..=quantity).map(attendee).collect()
}

/// Shows the form again with what was typed, and says what was done: nothing.
async fn refused(
    request: &HttpRequest,
    setup: &EventSetup,
    order: Order,
    fields: Fields,
    key: String,
    refusal: Refusal,
) -> Result<HttpResponse, ApiError> {
    let services = Services::of(request);
    let tools = &services.tools;
    // The form is shown also while the database is away.
    let frame = Frame::of(request).await.unwrap_or_else(|_| Frame::anonymous(request));
    let text = |id: &str| frame.s(id).into_owned();
    let unchanged = (key, None, false);
    let (status, form, (key, again, must_change)) = match refusal {
        Refusal::SoldOut => {
            (StatusCode::CONFLICT, Form::refused_as(fields, text("register-sold-out")), (unchanged.0, None, true))
        }
        Refusal::SalesClosed => (StatusCode::CONFLICT, Form::refused_as(fields, text("register-closed")), unchanged),
        Refusal::SalesNotOpen => (StatusCode::CONFLICT, Form::refused_as(fields, text("register-not-yet")), unchanged),
        // Another tab has used the key with other names: these are a new order.
        Refusal::KeyReused => {
            (StatusCode::CONFLICT, Form::refused_as(fields, text("register-other-tab")), (new_key(), None, false))
        }
        Refusal::Overloaded | Refusal::Unavailable => {
            let form = Form::refused_as(fields, text("register-busy"));
            (StatusCode::SERVICE_UNAVAILABLE, form, (unchanged.0, Some(AGAIN), false))
        }
        Refusal::Unknown | Refusal::Internal => {
            let form = Form::refused_as(fields, text("register-unknown"));
            (StatusCode::SERVICE_UNAVAILABLE, form, (unchanged.0, Some(AGAIN), false))
        }
        other => {
            let form = Form::refused_by(fields, &frame, other, |pointer| named(&frame, setup, pointer))?;
            let must_change =
                form.faults.iter().any(|fault| ["ticketType", "quantity"].contains(&fault.field.as_str()));
            (StatusCode::UNPROCESSABLE_ENTITY, form, (unchanged.0, None, must_change))
        }
    };
    let left = tools.availability.of(&tools.records, setup.event.key).await.unwrap_or_else(|_| unknown(setup));
    let asked = Asked { setup, order: &order, key: &key, must_change, again };
    let page = asked.page(&frame, &form, &left, tools.hold_seconds);
    let mut response = show_form(request, &frame, status, &page);
    if let Some(seconds) = again {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    keep_intent(services, &mut response, &setup.event.draft.slug, Some(&key));
    Ok(response)
}

/// Seats of an event while it is not known how many are left.
fn unknown(setup: &EventSetup) -> Arc<RemainingSeats> {
    let types = setup.types.iter().map(|of| (of.number, None)).collect();
    Arc::new(RemainingSeats { event: None, types })
}

/// Returns the field of a fault of the API, and its label.
fn named(frame: &Frame, setup: &EventSetup, pointer: &str) -> Option<(String, String)> {
    if let Some(code) = pointer.strip_prefix("/answers/") {
        let question = setup.event.draft.questions.0.iter().find(|question| question.code == code)?;
        return Some((field_of(code), question.label.clone()));
    }
    match pointer {
        "/ticketType" => return Some(("ticketType".to_owned(), frame.s("event-kind").into_owned())),
        "/attendees" => return Some(("quantity".to_owned(), frame.s("event-how-many").into_owned())),
        _ => {}
    }
    let (index, field) = pointer.strip_prefix("/attendees/")?.split_once('/')?;
    let number = index.parse::<usize>().ok()? + 1;
    let label = match field {
        "name" => frame.with("register-name-of", "number", number.to_string()),
        "email" => frame.with("register-email-of", "number", number.to_string()),
        _ => return None,
    };
    Some((format!("{field}-{number}"), label))
}
