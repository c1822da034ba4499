//! An event in answers.

use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    domain::{EventStatus, Questions, RemainingSeats, SeatCount, TicketType},
    work::events::EventWithSeats,
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
    /// Null: sales end when the event ends.
    #[schema(required)]
    sales_close_at: Option<Timestamp>,
    questions: Questions,
    /// Until then attendees change names themselves; null: until the event starts.
    #[schema(required)]
    renames_until: Option<Timestamp>,
    /// Until then attendees give tickets back themselves; null: until the event starts.
    #[schema(required)]
    returns_until: Option<Timestamp>,
    /// Null: unlimited.
    #[schema(required)]
    capacity: SeatCount,
    /// Seats left; null: unlimited.
    #[schema(required)]
    available: SeatCount,
    sold_out: bool,
    ticket_types: Vec<TicketTypeAnswer>,
}

/// The place of an event.
#[derive(Debug, Serialize, ToSchema)]
pub struct VenueAnswer {
    name: String,
    #[schema(required)]
    address: Option<String>,
}

/// A ticket type.
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
    /// Seats left of this type, at most those left of the event; null: unlimited.
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
    /// Converts an event with its remaining seats.
    pub fn new((setup, left): &EventWithSeats) -> Self {
        let (event, draft) = (&setup.event, setup.event.draft.clone());
        let ticket_types: Vec<_> = setup.types.iter().map(|t| TicketTypeAnswer::new(t, left)).collect();
        let all_types_sold_out = !ticket_types.is_empty() && ticket_types.iter().all(|t| t.sold_out);
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
            questions: draft.questions,
            renames_until: draft.renames_until,
            returns_until: draft.returns_until,
            capacity: draft.capacity,
            available: left.event,
            sold_out: is_none_left(left.event) || all_types_sold_out,
            ticket_types,
        }
    }
}

impl TicketTypeAnswer {
    fn new(ticket_type: &TicketType, left: &RemainingSeats) -> Self {
        let available = left.of(ticket_type.number);
        Self {
            code: ticket_type.code.to_string(),
            name: ticket_type.name.clone(),
            description: ticket_type.description.clone(),
            price: PriceAnswer { amount: ticket_type.price.amount, currency: ticket_type.price.currency.code() },
            capacity: ticket_type.capacity,
            available,
            sold_out: is_none_left(available),
            max_per_registration: ticket_type.max_per_registration,
        }
    }
}

fn is_none_left(seats: SeatCount) -> bool {
    seats.is_some_and(|seats| seats <= 0)
}
