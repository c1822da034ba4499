//! `/api/events` for everybody: what is on, what is left, and the keys that verify codes.

use actix_web::{HttpRequest, HttpResponse, http::header, web};
use base64::{Engine, engine::general_purpose::STANDARD};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{
    Services,
    cursor::{self, Page},
    error::ApiError,
    gate::MayRead,
    problem::Problems,
    query::{self, Query},
};
use crate::{
    db::{EventFilter, EventName, PublicKey},
    domain::{EventKey, EventSetup, EventStatus, Remaining, SeatCount, is_moment},
};

/// An event.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct EventAnswer {
    id: Uuid,
    #[schema(example = "gardenia-2025")]
    slug: String,
    #[schema(example = "GDN2025")]
    code: String,
    title: String,
    #[schema(required)]
    description: Option<String>,
    #[schema(required)]
    category: Option<String>,
    #[schema(value_type = String, example = "published")]
    status: EventStatus,
    starts_at: Timestamp,
    ends_at: Timestamp,
    #[schema(example = "Asia/Kolkata")]
    timezone: String,
    language: String,
    accent_color: String,
    venue: VenueAnswer,
    organizer: String,
    #[schema(required)]
    sales_open_at: Option<Timestamp>,
    #[schema(required)]
    sales_close_at: Option<Timestamp>,
    /// Null is unlimited.
    #[schema(required)]
    capacity: SeatCount,
    /// Seats left; null is unlimited.
    #[schema(required)]
    available: SeatCount,
    sold_out: bool,
    ticket_types: Vec<TicketTypeAnswer>,
}

/// Where it takes place.
#[derive(Debug, Serialize, ToSchema)]
pub struct VenueAnswer {
    name: String,
    #[schema(required)]
    address: Option<String>,
}

/// A kind of ticket.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TicketTypeAnswer {
    #[schema(example = "general")]
    code: String,
    name: String,
    #[schema(required)]
    description: Option<String>,
    price: PriceAnswer,
    #[schema(required)]
    capacity: SeatCount,
    /// Seats left of this type, within what is left of the event; null is unlimited.
    #[schema(required)]
    available: SeatCount,
    sold_out: bool,
    max_per_registration: i16,
}

/// Money in minor units.
#[derive(Debug, Serialize, ToSchema)]
pub struct PriceAnswer {
    pub amount: i64,
    #[schema(example = "INR")]
    pub currency: &'static str,
}

impl EventAnswer {
    /// The event with what is left of it.
    pub fn new(setup: &EventSetup, left: &Remaining) -> Self {
        let (event, draft) = (&setup.event, setup.event.draft.clone());
        let sold_out = |seats: SeatCount| seats.is_some_and(|seats| seats <= 0);
        let ticket_types: Vec<_> = setup
            .types
            .iter()
            .map(|kind| TicketTypeAnswer {
                code: kind.code.to_string(),
                name: kind.name.clone(),
                description: kind.description.clone(),
                price: PriceAnswer { amount: kind.price.amount, currency: kind.price.currency.code() },
                capacity: kind.capacity,
                available: left.of(kind.number),
                sold_out: sold_out(left.of(kind.number)),
                max_per_registration: kind.max_per_registration,
            })
            .collect();
        Self {
            id: event.id.0,
            slug: draft.slug,
            code: draft.code,
            title: draft.title,
            description: draft.description,
            category: draft.category,
            status: draft.status,
            starts_at: draft.starts_at,
            ends_at: draft.ends_at,
            timezone: draft.timezone,
            language: draft.language,
            accent_color: draft.accent_color,
            venue: VenueAnswer { name: draft.venue.name, address: draft.venue.address },
            organizer: event.organizer_name.clone(),
            sales_open_at: draft.sales_open_at,
            sales_close_at: draft.sales_close_at,
            capacity: draft.capacity,
            available: left.event,
            sold_out: sold_out(left.event) || (!ticket_types.is_empty() && ticket_types.iter().all(|t| t.sold_out)),
            ticket_types,
        }
    }
}

impl Services {
    /// The event with what is left of it, as the database has it now.
    pub async fn event_answer(&self, setup: &EventSetup) -> Result<EventAnswer, ApiError> {
        let left = self.database.seats_left(&[setup.event.key]).await?.remove(&setup.event.key);
        Ok(EventAnswer::new(setup, &left.ok_or(ApiError::NotFound)?))
    }
}

/// Which events.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ListQuery {
    /// Words in title, description or venue.
    q: Option<String>,
    category: Option<String>,
    /// Events that end at or after this.
    from: Option<Timestamp>,
    /// Events that start at or before this.
    to: Option<Timestamp>,
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
    cursor: Option<String>,
}

/// Published events in the order they start.
#[utoipa::path(get, path = "/api/events", tag = "Events", operation_id = "events", params(ListQuery),
    responses((status = 200, description = "A page of them", body = Page<EventAnswer>), Problems))]
pub async fn list(
    _permit: MayRead,
    services: web::Data<Services>,
    query: Query<ListQuery>,
) -> Result<HttpResponse, ApiError> {
    let query = query.0;
    let after = cursor::read::<(Timestamp, i32)>(query.cursor.as_deref())?;
    for (pointer, moment) in [("/from", query.from), ("/to", query.to), ("/cursor", after.map(|(at, _)| at))] {
        if moment.is_some_and(|at| !is_moment(at)) {
            return Err(ApiError::invalid(pointer, "must lie between the years 2000 and 2999"));
        }
    }
    let limit = query::limit(query.limit, services.settings.list_limit)?;
    let filter = EventFilter {
        search: query.q,
        category: query.category,
        from: query.from,
        to: query.to,
        after: after.map(|(at, key)| (at, EventKey(key))),
        limit,
    };
    let found = services.database.list_events(&filter).await?.events;
    let keys: Vec<_> = found.iter().map(|(key, _)| *key).collect();
    let left = services.database.seats_left(&keys).await?;
    let mut items = Vec::with_capacity(keys.len());
    for key in &keys {
        let setup = services.catalog.find(EventName::Key(*key)).await?;
        if let Some((setup, left)) = setup.zip(left.get(key)) {
            items.push(EventAnswer::new(&setup, left));
        }
    }
    let full = usize::try_from(limit).is_ok_and(|limit| found.len() == limit);
    let next_cursor = found.last().filter(|_| full).map(|(key, at)| cursor::write(&(at, key.0)));
    Ok(HttpResponse::Ok().json(Page { items, next_cursor }))
}

/// One event, by slug or id. Drafts are shown to their organizer only.
#[utoipa::path(get, path = "/api/events/{event}", tag = "Events", operation_id = "event",
    params(("event" = String, Path, description = "Slug or id", example = "gardenia-2025")),
    security((), ("organizer" = [])),
    responses((status = 200, description = "The event with what is left of it", body = EventAnswer), Problems))]
pub async fn show(
    _permit: MayRead,
    request: HttpRequest,
    services: web::Data<Services>,
    name: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let setup = services.event(&name).await?;
    if setup.event.draft.status == EventStatus::Draft && !services.asks_for_own(&request, &setup).await? {
        return Err(ApiError::NotFound);
    }
    Ok(HttpResponse::Ok().json(services.event_answer(&setup).await?))
}

/// What a gate needs to verify codes without a network.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct KeysAnswer {
    /// Its bytes are signed along with every code.
    event_id: Uuid,
    #[schema(example = "Ed25519")]
    algorithm: &'static str,
    keys: Vec<KeyAnswer>,
}

/// A public key.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct KeyAnswer {
    key_id: u8,
    /// 32 bytes in base64.
    public_key: String,
    created_at: Timestamp,
}

/// The event's public keys.
#[utoipa::path(get, path = "/api/events/{event}/keys", tag = "Events", operation_id = "keys",
    params(("event" = String, Path, description = "Slug or id", example = "gardenia-2025")),
    responses((status = 200, description = "The keys by their ids", body = KeysAnswer), Problems))]
pub async fn keys(
    _permit: MayRead,
    services: web::Data<Services>,
    name: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let setup = services.event(&name).await?;
    if setup.event.draft.status == EventStatus::Draft {
        return Err(ApiError::NotFound);
    }
    let answer = services.keys_answer(&setup).await?;
    Ok(HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "public, max-age=60")).json(answer))
}

impl Services {
    /// An event's public keys.
    pub async fn keys_answer(&self, setup: &EventSetup) -> Result<KeysAnswer, ApiError> {
        let keys = self.database.public_keys(setup.event.key).await?;
        let answer = |key: PublicKey| KeyAnswer {
            key_id: key.id,
            public_key: STANDARD.encode(key.bytes),
            created_at: key.created_at,
        };
        let keys = keys.into_iter().map(answer).collect();
        Ok(KeysAnswer { event_id: setup.event.id.0, algorithm: "Ed25519", keys })
    }
}
