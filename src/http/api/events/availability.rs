//! `GET /api/events/{event}/availability`: a small answer for pages that ask again and again.

use actix_web::{HttpRequest, HttpResponse, http::header, web};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    domain::{EventStatus, Left, SaleState},
    http::{
        read::event_permit,
        server::{ApiError, Problems, Services},
    },
    work::Refusal,
};

/// Seats of an event that are left, at most some seconds old.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Availability {
    /// `not-yet`, `open`, `sold-out`, `closed`, `over` or `cancelled`.
    #[schema(example = "open")]
    state: &'static str,
    /// The server's clock.
    now: Timestamp,
    /// Null if sales have opened.
    #[schema(required)]
    opens_at: Option<Timestamp>,
    ticket_types: Vec<TypeAvailability>,
}

/// Seats of a ticket type that are left.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TypeAvailability {
    #[schema(example = "general")]
    code: String,
    sold_out: bool,
    /// Seats left, if few are; null if many are.
    #[schema(required)]
    left: Option<i32>,
}

/// Returns what is left of a published event. From memory, and cacheable for a second: for pages that wait for a sale.
#[utoipa::path(get, path = "/api/events/{event}/availability", tag = "Events", operation_id = "availability",
    params(("event" = String, Path, description = "Slug or id", example = "gardenia-2025")),
    responses((status = 200, description = "What is left", body = Availability), Problems))]
pub async fn show(
    request: HttpRequest,
    services: web::Data<Services>,
    event: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let _permit = event_permit(&request, &event).await?;
    let tools = &services.tools;
    let setup = tools.records.event(&event).await?;
    if setup.event.draft.status == EventStatus::Draft {
        return Err(Refusal::NotFound.into());
    }
    let left = tools.availability.of(&tools.records, setup.event.key).await?;
    let now = Timestamp::now();
    let state = setup.sale_state(&left, now);
    let ticket_types = setup.types.iter().map(|of| {
        let of_left = setup.left_of(of, &left);
        TypeAvailability {
            code: of.code.to_string(),
            sold_out: of_left == Left::None,
            left: if let Left::Few(seats) = of_left { Some(seats) } else { None },
        }
    });
    let answer = Availability {
        state: state.name(),
        now,
        opens_at: if let SaleState::NotYet { opens_at } = state { Some(opens_at) } else { None },
        ticket_types: ticket_types.collect(),
    };
    Ok(HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "public, max-age=1")).json(answer))
}
