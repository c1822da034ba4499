//! `/events/{slug}`: an event, and the form that begins an order.

use std::fmt::Write;

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web,
};
use askama::Template;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    list::{price, price_of},
    style::{accent_address, picture_address},
};
use crate::{
    domain::{EventSetup, EventStatus, Left, RemainingSeats, SaleState, TicketType, Venue, layout::Format},
    http::{
        auth::caller,
        pages::{
            Frame,
            frame::for_frames,
            kept::{of_content, written},
            markdown::about,
            show,
        },
        read::event_permit,
        server::{ApiError, Services},
    },
    render::LocaleFormatter,
    work::Refusal,
};

/// An event that ends in the night after its first day is shown with one day.
const ONE_EVENING: SignedDuration = SignedDuration::from_hours(16);

#[derive(Template)]
#[template(path = "event.html")]
struct EventPage<'a> {
    f: &'a Frame,
    slug: &'a str,
    canonical: String,
    title: &'a str,
    organizer: &'a str,
    language: &'a str,
    accent: String,
    picture: String,
    lead: String,
    /// The rest of the description, as HTML.
    about: String,
    summary: String,
    /// Facts for search engines (schema.org), as JSON.
    facts: String,
    notes: Vec<Note>,
    starts: String,
    when: String,
    zone: String,
    venue: &'a str,
    address: &'a str,
    map: String,
    is_public: bool,
    /// True before the sale opens.
    is_waiting: bool,
    state: &'static str,
    heading: String,
    explanation: String,
    opens: Option<Opens>,
    /// The lowest price.
    price: String,
    /// Names the seats that are left, if little is left of all types.
    least_left: Option<String>,
    choices: Vec<Choice<'a>>,
    most: i16,
}

/// The sale of an event for a frame in the organizer's own site.
#[derive(Template)]
#[template(path = "widget.html")]
struct WidgetPage<'a> {
    p: &'a EventPage<'a>,
}

struct Note {
    tone: &'static str,
    text: String,
}

struct Opens {
    at: String,
    text: String,
    zone: String,
}

/// A ticket type to choose.
struct Choice<'a> {
    code: &'a str,
    name: &'a str,
    description: &'a str,
    price: String,
    amount: i64,
    currency: &'static str,
    most: i16,
    left: String,
    is_gone: bool,
    is_chosen: bool,
}

/// Shows an event. A page that everybody sees comes from memory.
pub async fn page(
    request: HttpRequest,
    services: web::Data<Services>,
    name: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let tools = &services.tools;
    let _permit = event_permit(&request, &name).await?;
    let mut setup = tools.records.event(&name).await?;
    if setup.event.draft.status == EventStatus::Draft {
        setup = Box::pin(tools.records.visible_event(&caller(&request), &name)).await?;
    }
    let slug = &setup.event.draft.slug;
    if *slug != *name {
        return Ok(moved(&services, slug, Uuid::try_parse(&name).is_ok()));
    }
    let left = tools.availability.of(&tools.records, setup.event.key).await?;
    let state = setup.sale_state(&left, Timestamp::now());
    if state == SaleState::Draft {
        let frame = Frame::of(&request).await?;
        let page = event_page(&frame, &setup, &left, state, None);
        return Ok(show(&request, &frame, StatusCode::OK, &page));
    }
    let key = key("event", &setup, &left, state);
    of_content(&request, &key, async |frame| {
        let before = tools.records.database.facts_before(setup.event.key).await.map_err(Refusal::from)?;
        written(&event_page(frame, &setup, &left, state, before))
    })
    .await
}

/// Shows the sale of a published event for a frame in any site. Its forms open pages of their own, because browsers keep the
/// cookies of frames from us.
pub async fn widget(
    request: HttpRequest,
    services: web::Data<Services>,
    name: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let tools = &services.tools;
    let _permit = event_permit(&request, &name).await?;
    let setup = tools.records.event(&name).await?;
    if setup.event.draft.status == EventStatus::Draft {
        return Err(Refusal::NotFound.into());
    }
    let left = tools.availability.of(&tools.records, setup.event.key).await?;
    let state = setup.sale_state(&left, Timestamp::now());
    let key = key("widget", &setup, &left, state);
    let shown = of_content(&request, &key, async |frame| {
        let before = tools.records.database.facts_before(setup.event.key).await.map_err(Refusal::from)?;
        written(&WidgetPage { p: &event_page(frame, &setup, &left, state, before) })
    });
    Ok(for_frames(shown.await?))
}

/// Returns the key of a kept page: everything that it shows.
fn key(page: &str, setup: &EventSetup, left: &RemainingSeats, state: SaleState) -> String {
    let mut key = String::with_capacity(page.len() + 40 + 8 * setup.types.len());
    let opens_at = if let SaleState::NotYet { opens_at } = state { opens_at.as_second() } else { 0 };
    let written = write!(key, "{page} {} {} {} {opens_at}", setup.event.key.0, setup.event.revision, state.name());
    let written = setup.types.iter().fold(written, |written, of| match setup.left_of(of, left) {
        Left::Many => written.and_then(|()| key.write_char('+')),
        Left::Few(seats) => written.and_then(|()| write!(key, " {seats}")),
        Left::None => written.and_then(|()| key.write_char('-')),
    });
    written.expect("writing to a string");
    key
}

/// Leads from an id or an earlier name of an event to its page.
fn moved(services: &Services, slug: &str, by_id: bool) -> HttpResponse {
    let mut response = if by_id { HttpResponse::Found() } else { HttpResponse::MovedPermanently() };
    response.insert_header((header::LOCATION, services.link(&format!("/events/{slug}")))).finish()
}

fn event_page<'a>(
    frame: &'a Frame,
    setup: &'a EventSetup,
    left: &RemainingSeats,
    state: SaleState,
    before: Option<Value>,
) -> EventPage<'a> {
    let draft = &setup.event.draft;
    let locale = LocaleFormatter::new(&draft.timezone, frame.language());
    let described = about(draft.description.as_deref().unwrap_or_default());
    let canonical = frame.link(&format!("/events/{}", draft.slug));
    let choices = choices(frame, &locale, setup, left);
    let (heading, explanation) = words(frame, state);
    let when = when(frame, &locale, draft.starts_at, draft.ends_at);
    let summary = match described.summary.is_empty() {
        true => format!("{when}, {}", draft.venue.name),
        false => described.summary.clone(),
    };
    let least_left = setup.all_left(left).map(|seats| left_words(frame, &locale, seats));
    EventPage {
        f: frame,
        slug: &draft.slug,
        title: &draft.title,
        organizer: &setup.event.organizer_name,
        language: &draft.language,
        accent: accent_address(&draft.accent_color),
        picture: picture_address(setup.event.id, &draft.accent_color),
        lead: described.lead,
        about: described.html,
        facts: facts(setup, left, state, &canonical, &summary),
        summary,
        canonical,
        notes: notes(frame, &locale, setup, state, before),
        starts: locale.iso(draft.starts_at),
        when,
        zone: zone(frame, &locale, draft.starts_at),
        venue: &draft.venue.name,
        address: draft.venue.address.as_deref().unwrap_or_default(),
        map: map(&draft.venue),
        is_public: draft.status != EventStatus::Draft,
        is_waiting: matches!(state, SaleState::NotYet { .. }),
        state: state.name(),
        heading,
        explanation,
        opens: match state {
            SaleState::NotYet { opens_at } => Some(Opens {
                at: locale.iso(opens_at),
                text: locale.moment(opens_at, Format::Plain),
                zone: zone(frame, &locale, opens_at),
            }),
            _ => None,
        },
        price: price_of(frame, &locale, &setup.types),
        least_left,
        most: setup.types.iter().map(|of| of.max_per_registration).max().unwrap_or(1),
        choices,
    }
}

/// Returns the day and the hours.
pub fn when(frame: &Frame, locale: &LocaleFormatter, starts: Timestamp, ends: Timestamp) -> String {
    let day = locale.day(starts);
    if starts == ends {
        return format!("{day}, {}", locale.time(starts));
    }
    let from = format!("{day}, {}", locale.time(starts));
    let is_one = locale.is_one_day(starts, ends) || starts.duration_until(ends) < ONE_EVENING;
    let to = if is_one { locale.time(ends) } else { format!("{}, {}", locale.day(ends), locale.time(ends)) };
    frame.with2("event-when", "from", from, "to", to)
}

/// Names the zone of the times.
pub fn zone(frame: &Frame, locale: &LocaleFormatter, at: Timestamp) -> String {
    let (place, offset) = locale.zone(at);
    // Isolated: from right to left, the sign would change sides.
    frame.with2("event-zone", "place", place, "offset", format!("\u{2066}UTC{offset}\u{2069}"))
}

/// Returns the address of a map.
fn map(venue: &Venue) -> String {
    let words = [Some(venue.name.as_str()), venue.address.as_deref()];
    let words = words.into_iter().flatten().collect::<Vec<_>>().join(", ");
    let query = form_urlencoded::Serializer::new(String::new()).append_pair("query", &words).finish();
    format!("https://www.openstreetmap.org/search?{query}")
}

fn words(frame: &Frame, state: SaleState) -> (String, String) {
    let (heading, explanation) = match state {
        SaleState::Draft => ("event-draft", "event-draft-lead"),
        SaleState::NotYet { .. } => ("event-opens-title", "event-opens-lead"),
        SaleState::Open => ("event-tickets", "event-next"),
        SaleState::SoldOut => ("event-sold-out", "event-sold-out-lead"),
        SaleState::Closed => ("event-closed", "event-closed-lead"),
        SaleState::Over => ("event-over", "event-over-lead"),
        // The page begins with the cancellation.
        SaleState::Cancelled => ("event-cancelled", "event-closed-lead"),
    };
    (frame.s(heading).into_owned(), frame.s(explanation).into_owned())
}

/// Says what everybody should know first: a cancellation, and another time or place than before.
fn notes(
    frame: &Frame,
    locale: &LocaleFormatter,
    setup: &EventSetup,
    state: SaleState,
    before: Option<Value>,
) -> Vec<Note> {
    let draft = &setup.event.draft;
    if state == SaleState::Cancelled {
        return vec![Note { tone: "bad", text: frame.s("event-cancelled-lead").into_owned() }];
    }
    let Some(before) = before.filter(|_| state != SaleState::Over) else { return Vec::new() };
    let moment = |name: &str| before[name].as_str().and_then(|text| text.parse::<Timestamp>().ok());
    let mut notes = Vec::new();
    if let (Some(starts), Some(ends)) = (moment("startsAt"), moment("endsAt"))
        && starts != draft.starts_at
    {
        let text = frame.with("event-moved-time", "before", when(frame, locale, starts, ends));
        notes.push(Note { tone: "warn", text });
    }
    if let Some(venue) = before["venue"]["name"].as_str()
        && venue != draft.venue.name
    {
        notes.push(Note { tone: "warn", text: frame.with("event-moved-place", "before", venue) });
    }
    notes
}

fn choices<'a>(
    frame: &Frame,
    locale: &LocaleFormatter,
    setup: &'a EventSetup,
    left: &RemainingSeats,
) -> Vec<Choice<'a>> {
    let first = setup.types.iter().position(|of| setup.left_of(of, left) != Left::None);
    let choice = |(index, of): (usize, &'a TicketType)| {
        let of_left = setup.left_of(of, left);
        Choice {
            code: of.code.as_str(),
            name: &of.name,
            description: of.description.as_deref().unwrap_or_default(),
            price: price(frame, locale, of),
            amount: of.price.amount,
            currency: of.price.currency.code(),
            most: of.max_per_registration,
            left: left_text(frame, locale, of_left),
            is_gone: of_left == Left::None,
            is_chosen: setup.types.len() == 1 && first == Some(index),
        }
    };
    setup.types.iter().enumerate().map(choice).collect()
}

/// Names the seats that are left; empty if they are many.
pub fn left_text(frame: &Frame, locale: &LocaleFormatter, left: Left) -> String {
    match left {
        Left::Many => String::new(),
        Left::Few(seats) => left_words(frame, locale, i64::from(seats)),
        Left::None => frame.s("event-sold-out").into_owned(),
    }
}

/// Names the number of seats that are left.
pub fn left_words(frame: &Frame, locale: &LocaleFormatter, seats: i64) -> String {
    frame.with("event-left", "count", locale.number(seats))
}

/// Describes an event for search engines. `<` is escaped, so that nothing ends the script that it stands in.
fn facts(setup: &EventSetup, left: &RemainingSeats, state: SaleState, url: &str, summary: &str) -> String {
    let draft = &setup.event.draft;
    let offers = setup.types.iter().map(|of| {
        let exponent = usize::from(of.price.currency.exponent().unwrap_or(0));
        let availability = match (state, setup.left_of(of, left)) {
            (SaleState::NotYet { .. }, _) => "PreOrder",
            (SaleState::Open, Left::Many) => "InStock",
            (SaleState::Open, Left::Few(_)) => "LimitedAvailability",
            _ => "SoldOut",
        };
        json!({
            "@type": "Offer", "name": of.name, "url": url, "priceCurrency": of.price.currency.code(),
            "price": decimal(of.price.amount, exponent), "availability": format!("https://schema.org/{availability}"),
            "validFrom": draft.sales_open_at,
        })
    });
    let status = if state == SaleState::Cancelled { "EventCancelled" } else { "EventScheduled" };
    let facts = json!({
        "@context": "https://schema.org", "@type": "Event", "name": draft.title, "description": summary, "url": url,
        "startDate": draft.starts_at, "endDate": draft.ends_at, "eventStatus": format!("https://schema.org/{status}"),
        "eventAttendanceMode": "https://schema.org/OfflineEventAttendanceMode", "inLanguage": draft.language,
        "location": { "@type": "Place", "name": draft.venue.name, "address": draft.venue.address.as_ref().unwrap_or(&draft.venue.name) },
        "organizer": { "@type": "Organization", "name": setup.event.organizer_name },
        "offers": offers.collect::<Vec<_>>(),
    });
    facts.to_string().replace('<', "\\u003c")
}

/// Writes an amount in minor units as a decimal number.
fn decimal(amount: i64, exponent: usize) -> String {
    let digits = format!("{amount:0>width$}", width = exponent + 1);
    let (whole, rest) = digits.split_at(digits.len() - exponent);
    if rest.is_empty() { whole.to_owned() } else { format!("{whole}.{rest}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_written_with_its_decimals() {
        assert_eq!(decimal(0, 2), "0.00");
        assert_eq!(decimal(5, 2), "0.05");
        assert_eq!(decimal(123_456, 2), "1234.56");
        assert_eq!(decimal(3500, 0), "3500");
        assert_eq!(decimal(12_000, 3), "12.000");
    }

    #[test]
    fn what_search_engines_read_ends_no_script() {
        let setup = crate::domain::sample_event(|draft| draft.title = "</script><script>alert(1)</script>".into());
        let left = RemainingSeats { event: None, types: setup.types.iter().map(|of| (of.number, None)).collect() };
        let facts = facts(&setup, &left, SaleState::Open, "https://example.org/events/a", "x");
        assert!(!facts.contains('<'), "{facts}");
        let read: Value = serde_json::from_str(&facts).unwrap();
        assert_eq!(read["name"], "</script><script>alert(1)</script>");
        assert_eq!(read["offers"][1]["price"], "2500.00");
    }
}
