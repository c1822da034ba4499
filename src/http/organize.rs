//! `/api/events` for organizers: creating and changing events and their ticket types.

use actix_web::{HttpRequest, HttpResponse, http::header, web};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use super::{
    Services,
    error::ApiError,
    events::{EventAnswer, KeysAnswer},
    json::{Json, given},
    problem::Problems,
};
use crate::{
    db::{DbError, EventName, NewEvent, NewKey},
    domain::{
        EventDraft, EventId, EventSetup, EventStatus, Faults, Scope, TicketType, TicketTypeDraft, Venue, random_key,
    },
};

/// What an event looks like where its organizer says nothing.
const DEFAULT_ACCENT: &str = "#1f6f4a";
const DEFAULT_LANGUAGE: &str = "en";
const DEFAULT_MAX_PER_REGISTRATION: i16 = 10;
/// A ticket type's number is two bytes of every code; long before that a list becomes unreadable.
const MAX_TYPES: usize = 100;

/// A new event.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CreateEvent {
    /// Its name in URLs.
    #[schema(example = "gardenia-2025", pattern = "^[a-z][a-z0-9-]{1,62}$")]
    slug: String,
    /// What its registration ids begin with.
    #[schema(example = "GDN2025", pattern = "^[A-Z][A-Z0-9]{1,11}$")]
    code: String,
    #[schema(min_length = 1, max_length = 120)]
    title: String,
    description: Option<String>,
    category: Option<String>,
    starts_at: Timestamp,
    ends_at: Timestamp,
    #[schema(example = "Asia/Kolkata")]
    timezone: String,
    /// The language of its dates, a BCP 47 tag; English if left out.
    language: Option<String>,
    /// The colour of its tickets.
    #[schema(example = "#1f6f4a", pattern = "^#[0-9a-f]{6}$")]
    accent_color: Option<String>,
    venue: VenueBody,
    sales_open_at: Option<Timestamp>,
    sales_close_at: Option<Timestamp>,
    /// Null is unlimited. Event and type capacities hold together.
    #[schema(minimum = 0)]
    capacity: Option<i32>,
    /// `draft` if left out.
    #[schema(value_type = Option<String>, example = "published")]
    status: Option<EventStatus>,
    #[serde(default)]
    ticket_types: Vec<TicketTypeBody>,
}

/// Where it takes place.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VenueBody {
    #[schema(min_length = 1, max_length = 200)]
    name: String,
    address: Option<String>,
}

/// A new ticket type.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TicketTypeBody {
    #[schema(example = "general", pattern = "^[a-z0-9][a-z0-9-]{0,62}$")]
    code: String,
    #[schema(min_length = 1, max_length = 120)]
    name: String,
    description: Option<String>,
    price: PriceBody,
    /// Null is unlimited.
    #[schema(minimum = 0)]
    capacity: Option<i32>,
    #[schema(minimum = 1, maximum = 100)]
    max_per_registration: Option<i16>,
}

/// Money in minor units. Zero is free.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PriceBody {
    #[schema(minimum = 0)]
    amount: i64,
    #[schema(example = "INR")]
    currency: String,
}

/// A change of an event: what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ChangeEvent {
    slug: Option<String>,
    title: Option<String>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    description: Option<Option<String>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    category: Option<Option<String>>,
    starts_at: Option<Timestamp>,
    ends_at: Option<Timestamp>,
    timezone: Option<String>,
    language: Option<String>,
    accent_color: Option<String>,
    venue: Option<VenueBody>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<Timestamp>)]
    sales_open_at: Option<Option<Timestamp>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<Timestamp>)]
    sales_close_at: Option<Option<Timestamp>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<i32>, minimum = 0)]
    capacity: Option<Option<i32>>,
    #[schema(value_type = Option<String>)]
    status: Option<EventStatus>,
}

/// A change of a ticket type: what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ChangeTicketType {
    name: Option<String>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    description: Option<Option<String>>,
    price: Option<PriceBody>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<i32>, minimum = 0)]
    capacity: Option<Option<i32>>,
    #[schema(minimum = 1, maximum = 100)]
    max_per_registration: Option<i16>,
}

/// Creates an event with its ticket types and its signing key.
#[utoipa::path(post, path = "/api/events", tag = "Organizing", operation_id = "createEvent",
    request_body = CreateEvent, security(("organizer" = ["events:write"])),
    responses((status = 201, description = "It is there", body = EventAnswer,
        headers(("Location" = String, description = "Where"))), Problems))]
pub async fn create(
    request: HttpRequest,
    services: web::Data<Services>,
    body: Json<CreateEvent>,
) -> Result<HttpResponse, ApiError> {
    let identity = services.organizer(&request, Scope::EventsWrite).await?;
    let (draft, types) = check_event(body.0)?;
    let new = NewEvent { organizer: identity.organizer, draft: &draft, types: &types };
    let secret = services.catalog.secret();
    let id = services.database.create_event(new, &NewKey(random_key()), secret).await.map_err(refuse)?;
    services.catalog.forget_slug(&draft.slug).await;
    let created = services.catalog.find(EventName::Id(id)).await.ok().flatten().map(|setup| setup.event.key);
    services.audit(&identity, created, "event.created", json!({ "slug": draft.slug, "code": draft.code })).await;
    let location = services.link(&format!("/api/events/{}", draft.slug));
    let answer = services.answer_written(id).await?;
    Ok(HttpResponse::Created().insert_header((header::LOCATION, location)).json(answer))
}

fn check_event(body: CreateEvent) -> Result<(EventDraft, Vec<TicketTypeDraft>), Faults> {
    let mut faults = Faults::default();
    let draft = EventDraft {
        slug: body.slug,
        code: body.code,
        title: body.title,
        description: body.description,
        category: body.category,
        status: body.status.unwrap_or(EventStatus::Draft),
        starts_at: body.starts_at,
        ends_at: body.ends_at,
        timezone: body.timezone,
        language: body.language.unwrap_or_else(|| DEFAULT_LANGUAGE.into()),
        accent_color: body.accent_color.unwrap_or_else(|| DEFAULT_ACCENT.into()),
        venue: Venue { name: body.venue.name, address: body.venue.address },
        sales_open_at: body.sales_open_at,
        sales_close_at: body.sales_close_at,
        capacity: body.capacity,
    };
    let draft = draft.check().map_err(|found| faults.0.extend(found.0)).ok();
    if body.ticket_types.len() > MAX_TYPES {
        faults.add("/ticketTypes", format!("must have at most {MAX_TYPES} entries"));
    }
    let mut types: Vec<TicketTypeDraft> = Vec::new();
    for (index, kind) in body.ticket_types.into_iter().enumerate() {
        let at = format!("/ticketTypes/{index}");
        match kind.into_draft().check(&at) {
            Ok(kind) if types.iter().any(|other| other.code == kind.code) => {
                faults.add(format!("{at}/code"), "stands twice");
            }
            Ok(kind) => types.push(kind),
            Err(found) => faults.0.extend(found.0),
        }
    }
    match draft {
        Some(draft) if faults.0.is_empty() => Ok((draft, types)),
        _ => Err(faults),
    }
}

impl TicketTypeBody {
    fn into_draft(self) -> TicketTypeDraft {
        TicketTypeDraft {
            code: self.code,
            name: self.name,
            description: self.description,
            amount: self.price.amount,
            currency: self.price.currency,
            capacity: self.capacity,
            max_per_registration: self.max_per_registration.unwrap_or(DEFAULT_MAX_PER_REGISTRATION),
        }
    }
}

/// Changes an event. Tickets that say something else now are made anew when they are next asked for.
#[utoipa::path(patch, path = "/api/events/{event}", tag = "Organizing", operation_id = "changeEvent",
    params(("event" = String, Path, description = "Slug or id", example = "gardenia-2025")),
    request_body = ChangeEvent, security(("organizer" = ["events:write"])),
    responses((status = 200, description = "As it is now", body = EventAnswer), Problems))]
pub async fn change(
    request: HttpRequest,
    services: web::Data<Services>,
    name: web::Path<String>,
    body: Json<ChangeEvent>,
) -> Result<HttpResponse, ApiError> {
    let (identity, setup) = services.own_event_now(&request, Scope::EventsWrite, &name).await?;
    let draft = apply(body.0, setup.event.draft.clone()).check()?;
    let fields = differences(&setup.event.draft, &draft);
    let changed = services.database.change_event(&setup.event, &draft, &fields, &identity.actor()).await;
    let changed = changed.map_err(refuse)?;
    answer_changed(&services, &setup, changed).await
}

fn apply(change: ChangeEvent, mut draft: EventDraft) -> EventDraft {
    fn set<T>(field: &mut T, value: Option<T>) {
        if let Some(value) = value {
            *field = value;
        }
    }
    set(&mut draft.slug, change.slug);
    set(&mut draft.title, change.title);
    set(&mut draft.description, change.description);
    set(&mut draft.category, change.category);
    set(&mut draft.starts_at, change.starts_at);
    set(&mut draft.ends_at, change.ends_at);
    set(&mut draft.timezone, change.timezone);
    set(&mut draft.language, change.language);
    set(&mut draft.accent_color, change.accent_color);
    set(&mut draft.venue, change.venue.map(|venue| Venue { name: venue.name, address: venue.address }));
    set(&mut draft.sales_open_at, change.sales_open_at);
    set(&mut draft.sales_close_at, change.sales_close_at);
    set(&mut draft.capacity, change.capacity);
    set(&mut draft.status, change.status);
    draft
}

/// Which fields of an event a change has touched.
fn differences(before: &EventDraft, after: &EventDraft) -> Vec<&'static str> {
    let fields = [
        ("slug", before.slug != after.slug),
        ("title", before.title != after.title),
        ("description", before.description != after.description),
        ("category", before.category != after.category),
        ("startsAt", before.starts_at != after.starts_at),
        ("endsAt", before.ends_at != after.ends_at),
        ("timezone", before.timezone != after.timezone),
        ("language", before.language != after.language),
        ("accentColor", before.accent_color != after.accent_color),
        ("venue", before.venue != after.venue),
        ("salesOpenAt", before.sales_open_at != after.sales_open_at),
        ("salesCloseAt", before.sales_close_at != after.sales_close_at),
        ("capacity", before.capacity != after.capacity),
        ("status", before.status != after.status),
    ];
    fields.into_iter().filter(|(_, changed)| *changed).map(|(name, _)| name).collect()
}

/// Adds a ticket type.
#[utoipa::path(post, path = "/api/events/{event}/ticket-types", tag = "Organizing", operation_id = "createTicketType",
    params(("event" = String, Path, description = "Slug or id", example = "gardenia-2025")),
    request_body = TicketTypeBody, security(("organizer" = ["events:write"])),
    responses((status = 201, description = "The event with the type", body = EventAnswer,
        headers(("Location" = String, description = "Where"))), Problems))]
pub async fn create_type(
    request: HttpRequest,
    services: web::Data<Services>,
    name: web::Path<String>,
    body: Json<TicketTypeBody>,
) -> Result<HttpResponse, ApiError> {
    let (identity, setup) = services.own_event_now(&request, Scope::EventsWrite, &name).await?;
    let draft = body.0.into_draft().check("")?;
    if setup.types.len() >= MAX_TYPES {
        return Err(ApiError::Conflict(format!("an event has at most {MAX_TYPES} ticket types").into()));
    }
    services.database.create_ticket_type(setup.event.key, &draft).await.map_err(refuse)?;
    services.audit(&identity, Some(setup.event.key), "ticket_type.created", json!({ "code": draft.code })).await;
    services.catalog.forget(&setup).await;
    let location = services.link(&format!("/api/events/{}", setup.event.draft.slug));
    let answer = services.answer_written(setup.event.id).await?;
    Ok(HttpResponse::Created().insert_header((header::LOCATION, location)).json(answer))
}

/// Changes a ticket type. What was sold keeps the price it was sold at.
#[utoipa::path(patch, path = "/api/events/{event}/ticket-types/{code}", tag = "Organizing", operation_id = "changeTicketType",
    params(("event" = String, Path, description = "Slug or id", example = "gardenia-2025"), ("code" = String, Path, example = "general")),
    request_body = ChangeTicketType, security(("organizer" = ["events:write"])),
    responses((status = 200, description = "The event as it is now", body = EventAnswer), Problems))]
pub async fn change_type(
    request: HttpRequest,
    services: web::Data<Services>,
    path: web::Path<(String, String)>,
    body: Json<ChangeTicketType>,
) -> Result<HttpResponse, ApiError> {
    let (name, code) = path.into_inner();
    let (identity, setup) = services.own_event_now(&request, Scope::EventsWrite, &name).await?;
    let kind = setup.types.iter().find(|kind| kind.code.as_str() == code).ok_or(ApiError::NotFound)?;
    let draft = apply_type(body.0, kind).check("")?;
    if draft.currency != kind.price.currency.code() && services.database.has_sold(setup.event.key, kind.number).await? {
        return Err(ApiError::Conflict("tickets of this type were sold in another currency; add a new type".into()));
    }
    let changed = services.database.change_ticket_type(&setup.event, kind.number, &draft).await.map_err(refuse)?;
    if changed {
        services.audit(&identity, Some(setup.event.key), "ticket_type.changed", json!({ "code": draft.code })).await;
    }
    answer_changed(&services, &setup, changed).await
}

/// Gives the event a new signing key, from now on the one that signs. Codes signed before stay good; files are made anew.
#[utoipa::path(post, path = "/api/events/{event}/keys", tag = "Organizing", operation_id = "rotateKey",
    params(("event" = String, Path, description = "Slug or id", example = "gardenia-2025")),
    security(("organizer" = ["events:write"])),
    responses((status = 201, description = "All keys, the new one last", body = KeysAnswer), Problems))]
pub async fn rotate_key(
    request: HttpRequest,
    services: web::Data<Services>,
    name: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let (identity, setup) = services.own_event_now(&request, Scope::EventsWrite, &name).await?;
    let made = services
        .database
        .rotate_key(&setup.event, &NewKey(random_key()), services.catalog.secret(), &identity.actor())
        .await;
    let made = made.map_err(|error| match error.violated() {
        Some("signing_keys_pkey") => ApiError::Conflict("a key was added at the same time; try again".into()),
        _ => ApiError::from_write(error),
    })?;
    services.catalog.forget(&setup).await;
    if made.is_none() {
        return Err(ApiError::Conflict("the event has had 255 keys, which is all there can be".into()));
    }
    let answer = services.keys_answer(&setup).await.map_err(ApiError::after_write)?;
    Ok(HttpResponse::Created().json(answer))
}

fn apply_type(change: ChangeTicketType, kind: &TicketType) -> TicketTypeDraft {
    let price = change.price;
    TicketTypeDraft {
        code: kind.code.to_string(),
        name: change.name.unwrap_or_else(|| kind.name.clone()),
        description: change.description.unwrap_or_else(|| kind.description.clone()),
        amount: price.as_ref().map_or(kind.price.amount, |price| price.amount),
        currency: price.map_or_else(|| kind.price.currency.code().to_owned(), |price| price.currency),
        capacity: change.capacity.unwrap_or(kind.capacity),
        max_per_registration: change.max_per_registration.unwrap_or(kind.max_per_registration),
    }
}

/// `changed` is false if somebody else changed the event since we read it.
async fn answer_changed(services: &Services, before: &EventSetup, changed: bool) -> Result<HttpResponse, ApiError> {
    services.catalog.forget(before).await;
    if !changed {
        return Err(ApiError::Conflict("the event was changed by somebody else at the same time; try again".into()));
    }
    Ok(HttpResponse::Ok().json(services.answer_written(before.event.id).await?))
}

impl Services {
    /// The event as a write has left it. That it cannot be read now does not undo the write.
    async fn answer_written(&self, id: EventId) -> Result<EventAnswer, ApiError> {
        let read = async {
            let setup = self.catalog.find(EventName::Id(id)).await?.ok_or(ApiError::NotFound)?;
            self.catalog.forget_slug(&setup.event.draft.slug).await;
            self.event_answer(&setup).await
        };
        read.await.map_err(ApiError::after_write)
    }
}

/// Says which rule of the database a write ran into.
fn refuse(error: DbError) -> ApiError {
    match error.violated() {
        Some("events_slug_key") => ApiError::Conflict("another event has this slug".into()),
        Some("events_code_key") => ApiError::Conflict("another event has this code".into()),
        Some("ticket_types_event_key_code_key") => ApiError::Conflict("the event has a type of this code".into()),
        Some("ticket_types_pkey") => ApiError::Conflict("another type was added at the same time; try again".into()),
        Some("event_not_oversold" | "ticket_type_not_oversold") => {
            ApiError::Conflict("more seats are sold than the new capacity allows".into())
        }
        _ => ApiError::from_write(error),
    }
}
