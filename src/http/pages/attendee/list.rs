//! `/`: the coming events, with search and filters in the address.

use actix_web::{FromRequest, HttpRequest, HttpResponse, dev::Payload};
use askama::Template;
use jiff::{SignedDuration, Timestamp, civil::Date, tz::TimeZone};

use super::{event::left_words, style::picture_address};
use crate::{
    db::EventFilter,
    domain::{EventKey, EventSetup, RemainingSeats, SaleState, TicketType},
    http::{
        pages::{
            Fields, Frame,
            kept::{of_address, written},
        },
        read::{Page, ReadPermit, read_cursor},
        server::{ApiError, Services},
    },
    render::LocaleFormatter,
    work::{Refusal, events},
};

/// Events on one page.
const PAGE: i64 = 40;
/// Categories to choose from.
const MAX_CATEGORIES: i64 = 12;
/// Farthest zone from UTC.
const ZONES: SignedDuration = SignedDuration::from_hours(15);
/// Characters of a search.
const MAX_SEARCH: usize = 200;

#[derive(Template)]
#[template(path = "events.html")]
struct EventsPage<'a> {
    f: &'a Frame,
    canonical: String,
    search: &'a str,
    place: &'a str,
    from: &'a str,
    to: &'a str,
    category: &'a str,
    is_filtered: bool,
    categories: Vec<Category>,
    count: i64,
    months: Vec<Month>,
    /// Address of the next page.
    next: Option<String>,
}

/// A category to choose.
struct Category {
    name: String,
    href: String,
    is_chosen: bool,
}

struct Month {
    id: String,
    name: String,
    rows: Vec<Row>,
}

struct Row {
    date: String,
    weekday: String,
    day: String,
    href: String,
    language: String,
    title: String,
    time: String,
    venue: String,
    price: String,
    state: String,
    tone: &'static str,
    picture: String,
}

/// Shows the coming events.
pub async fn page(request: HttpRequest) -> Result<HttpResponse, ApiError> {
    of_address(&request, async |frame| list(&request, frame).await).await
}

async fn list(request: &HttpRequest, frame: &Frame) -> Result<String, ApiError> {
    let _permit = ReadPermit::from_request(request, &mut Payload::None).await?;
    let query = Fields::of_query(request);
    let records = &Services::of(request).tools.records;
    let [search, place, category] = ["q", "place", "category"].map(|name| query.get(name).trim());
    if [search, place, category].iter().any(|text| text.chars().count() > MAX_SEARCH || text.contains('\0')) {
        return Err(ApiError::malformed("a search has at most 200 characters"));
    }
    let [from, to] = ["from", "to"].map(|name| query.get(name).parse::<Date>().ok().filter(|day| is_supported(*day)));
    let start_of = |day: Date| day.to_zoned(TimeZone::UTC).map(|at| at.timestamp());
    let now = Timestamp::now();
    let after = read_cursor::<(Timestamp, i32)>(query.some("cursor").as_deref())?;
    let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    let filter = EventFilter {
        search: some(search),
        place: some(place),
        category: some(category),
        // Days are those of the event's place: what is read goes from the first place where it is that day to the last.
        from: Some(from.and_then(|day| start_of(day).ok()).map_or(now, |start| start - ZONES)),
        to: to.and_then(|day| start_of(day).ok()).map(|start| start + ZONES + SignedDuration::from_hours(24)),
        after: after.map(|(at, key)| (at, EventKey(key))),
        limit: PAGE,
        ..EventFilter::default()
    };
    let mut found = events::list(records, &filter).await?;
    found.events.retain(|(setup, _)| {
        let draft = &setup.event.draft;
        let zone = TimeZone::get(&draft.timezone).unwrap_or(TimeZone::UTC);
        let day_of = |at: Timestamp| at.to_zoned(zone.clone()).date();
        from.is_none_or(|from| from <= day_of(draft.ends_at)) && to.is_none_or(|to| day_of(draft.starts_at) <= to)
    });
    let categories = records.database.categories(now, MAX_CATEGORIES).await.map_err(Refusal::from)?;
    let next = found.next.map(|(at, key)| (at, key.0));
    let next = Page::<()>::ending_at(Vec::new(), next.as_ref()).next_cursor;
    let is_filtered = request.query_string() != "";
    let page = EventsPage {
        f: frame,
        canonical: frame.link("/"),
        search,
        place,
        from: from.map_or("", |_| query.get("from")),
        to: to.map_or("", |_| query.get("to")),
        category,
        is_filtered,
        categories: category_choices(frame, &query, categories, category),
        count: i64::try_from(found.events.len()).unwrap_or(i64::MAX),
        months: months(frame, &found.events, now),
        next: next.map(|cursor| address(&query, &[("cursor", &cursor)])),
    };
    written(&page)
}

/// True for the years that events have.
fn is_supported(day: Date) -> bool {
    (2000..=2999).contains(&day.year())
}

/// Returns the address of the list with some fields changed.
fn address(query: &Fields, changed: &[(&str, &str)]) -> String {
    let mut serializer = form_urlencoded::Serializer::new(String::new());
    for name in ["q", "place", "from", "to", "category", "cursor"] {
        let change = changed.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);
        // Another filter begins at the first page.
        let value = change.unwrap_or(if name == "cursor" { "" } else { query.get(name) });
        if !value.is_empty() {
            serializer.append_pair(name, value);
        }
    }
    match serializer.finish() {
        query if query.is_empty() => "/".to_owned(),
        query => format!("/?{query}"),
    }
}

fn category_choices(frame: &Frame, query: &Fields, categories: Vec<String>, chosen: &str) -> Vec<Category> {
    if categories.len() < 2 && chosen.is_empty() {
        return Vec::new();
    }
    let all = Category {
        name: frame.s("events-all").into_owned(),
        href: address(query, &[("category", "")]),
        is_chosen: chosen.is_empty(),
    };
    let choice = |category: String| Category {
        href: address(query, &[("category", &category)]),
        is_chosen: category.to_lowercase() == chosen.to_lowercase(),
        name: capitalized(&category),
    };
    std::iter::once(all).chain(categories.into_iter().map(choice)).collect()
}

fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn months(frame: &Frame, events: &[events::EventWithSeats], now: Timestamp) -> Vec<Month> {
    let mut months: Vec<Month> = Vec::new();
    for (setup, left) in events {
        let draft = &setup.event.draft;
        let locale = LocaleFormatter::new(&draft.timezone, frame.language());
        let name = locale.month(draft.starts_at);
        let row = row(frame, &locale, setup, left, now);
        match months.last_mut() {
            Some(month) if month.name == name => month.rows.push(row),
            _ => months.push(Month { id: format!("month-{}", months.len() + 1), name, rows: vec![row] }),
        }
    }
    months
}

fn row(frame: &Frame, locale: &LocaleFormatter, setup: &EventSetup, left: &RemainingSeats, now: Timestamp) -> Row {
    let draft = &setup.event.draft;
    let (weekday, day) = locale.day_of_month(draft.starts_at);
    let (state, tone) = badge(frame, locale, setup, left, now);
    Row {
        date: locale.iso(draft.starts_at),
        weekday,
        day,
        href: format!("/events/{}", draft.slug),
        language: draft.language.clone(),
        title: draft.title.clone(),
        time: locale.time(draft.starts_at),
        venue: draft.venue.name.clone(),
        price: price_of(frame, locale, &setup.types),
        state,
        tone,
        picture: picture_address(setup.event.id, &draft.accent_color),
    }
}

/// Returns the price of an event in a list: "From €49", or "Free".
pub fn price_of(frame: &Frame, locale: &LocaleFormatter, types: &[TicketType]) -> String {
    let Some(least) = types.iter().min_by_key(|of| of.price.amount) else { return String::new() };
    let price = price(frame, locale, least);
    let is_one = types.iter().all(|of| of.price == least.price);
    if is_one || least.price.is_free() { price } else { frame.with("events-from-price", "price", price) }
}

/// Returns the price of a ticket type, also if it is free.
pub fn price(frame: &Frame, locale: &LocaleFormatter, of: &TicketType) -> String {
    match of.price.is_free() {
        true => frame.s("price-free").into_owned(),
        false => locale.price(of.price.amount, of.price.currency),
    }
}

fn badge(
    frame: &Frame,
    locale: &LocaleFormatter,
    setup: &EventSetup,
    left: &RemainingSeats,
    now: Timestamp,
) -> (String, &'static str) {
    let text = |id: &str| frame.s(id).into_owned();
    match setup.sale_state(left, now) {
        SaleState::Draft => (text("event-draft"), ""),
        SaleState::NotYet { opens_at } => {
            let when = locale.moment(opens_at, crate::domain::layout::Format::Plain);
            (frame.with("event-opens", "time", when), "")
        }
        SaleState::SoldOut => (text("event-sold-out"), "warn"),
        SaleState::Closed => (text("event-closed"), ""),
        SaleState::Over => (text("event-over"), ""),
        SaleState::Cancelled => (text("event-cancelled"), "bad"),
        SaleState::Open => match setup.all_left(left) {
            Some(seats) => (left_words(frame, locale, seats), "warn"),
            None => (String::new(), ""),
        },
    }
}
