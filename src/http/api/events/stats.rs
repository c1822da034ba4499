//! `GET /api/events/{event}/stats`: figures of an event for its organizer.

use std::collections::BTreeMap;

use actix_web::{HttpRequest, HttpResponse, web};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::PriceAnswer;
use crate::{
    db::{DocumentCount, SaleCount},
    domain::{DocumentState, RegistrationStatus, SeatCount, TicketType},
    http::{
        auth::caller,
        server::{ApiError, Problems, Services},
    },
    work::stats::{self, Stats},
};

/// Figures of sales, files and downloads.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct StatsAnswer {
    /// Tickets of confirmed registrations.
    sold: i64,
    /// Tickets that are held and not paid.
    awaiting_payment: i64,
    /// Paid amounts by currency.
    revenue: Vec<PriceAnswer>,
    by_type: Vec<TypeStats>,
    /// Tickets sold or held in each hour, newest first; hours without any are omitted.
    over_time: Vec<HourStats>,
    documents: DocumentStats,
    downloads: Vec<DownloadStats>,
    /// Downloads by day (in the event's time zone) and ticket type, newest first; days without any are omitted.
    downloads_over_time: Vec<DownloadDayStats>,
}

/// Figures of a ticket type.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TypeStats {
    code: String,
    name: String,
    #[schema(required)]
    capacity: SeatCount,
    sold: i64,
    awaiting_payment: i64,
    cancelled: i64,
    expired: i64,
    revenue: PriceAnswer,
}

/// Tickets of an hour.
#[derive(Debug, Serialize, ToSchema)]
pub struct HourStats {
    /// Start of the hour.
    hour: Timestamp,
    tickets: i64,
}

/// Numbers of documents by state, and bytes of the stored ones.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct DocumentStats {
    pending: i64,
    stored: i64,
    failed: i64,
    bytes: i64,
}

/// Downloads by mode and source.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DownloadStats {
    /// `manual` or `auto`.
    mode: &'static str,
    /// `storage`, `render` or `disk`.
    served_from: String,
    count: i64,
}

/// Downloads of a ticket type on a day.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DownloadDayStats {
    #[schema(example = "2025-11-08")]
    day: String,
    ticket_type: String,
    count: i64,
}

/// Returns the figures of an event.
#[utoipa::path(get, path = "/api/events/{event}/stats", tag = "Organizing", operation_id = "stats",
    params(("event" = String, Path, description = "Slug or id", example = "gardenia-2025")),
    security(("organizer" = ["registrations:read"])),
    responses((status = 200, description = "The present figures", body = StatsAnswer), Problems))]
pub async fn show(
    request: HttpRequest,
    services: web::Data<Services>,
    event: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let stats = stats::of_event(&services.tools.records, &caller(&request), &event).await?;
    Ok(HttpResponse::Ok().json(StatsAnswer::new(stats)))
}

impl StatsAnswer {
    fn new(stats: Stats) -> Self {
        let Stats { setup, sales, hours, documents, downloads, download_days } = stats;
        let type_of = |number| setup.ticket_type(number).map(|t| t.code.to_string()).unwrap_or_default();
        Self {
            sold: tickets(&sales, RegistrationStatus::Confirmed),
            awaiting_payment: tickets(&sales, RegistrationStatus::AwaitingPayment),
            revenue: revenue(&sales),
            by_type: setup.types.iter().map(|ticket_type| type_stats(ticket_type, &sales)).collect(),
            over_time: hours.iter().map(|hour| HourStats { hour: hour.hour, tickets: hour.tickets }).collect(),
            documents: document_stats(&documents),
            downloads: downloads
                .into_iter()
                .map(|count| DownloadStats {
                    mode: if count.automatic { "auto" } else { "manual" },
                    served_from: count.served_from,
                    count: count.downloads,
                })
                .collect(),
            downloads_over_time: download_days
                .into_iter()
                .map(|day| DownloadDayStats {
                    ticket_type: type_of(day.type_number),
                    day: day.day,
                    count: day.downloads,
                })
                .collect(),
        }
    }
}

fn tickets(sales: &[SaleCount], status: RegistrationStatus) -> i64 {
    sales.iter().filter(|sale| sale.status == status).map(|sale| sale.tickets).sum()
}

fn revenue(sales: &[SaleCount]) -> Vec<PriceAnswer> {
    let mut by_currency = BTreeMap::new();
    for sale in sales.iter().filter(|sale| sale.paid > 0) {
        if let Some(currency) = sale.currency {
            *by_currency.entry(currency).or_insert(0) += sale.paid;
        }
    }
    by_currency.into_iter().map(|(currency, amount)| PriceAnswer { amount, currency }).collect()
}

fn type_stats(ticket_type: &TicketType, sales: &[SaleCount]) -> TypeStats {
    let own: Vec<_> = sales.iter().filter(|sale| sale.type_number == ticket_type.number).copied().collect();
    TypeStats {
        code: ticket_type.code.to_string(),
        name: ticket_type.name.clone(),
        capacity: ticket_type.capacity,
        sold: tickets(&own, RegistrationStatus::Confirmed),
        awaiting_payment: tickets(&own, RegistrationStatus::AwaitingPayment),
        cancelled: tickets(&own, RegistrationStatus::Cancelled),
        expired: tickets(&own, RegistrationStatus::Expired),
        revenue: PriceAnswer {
            amount: own.iter().map(|sale| sale.paid).sum(),
            currency: ticket_type.price.currency.code(),
        },
    }
}

fn document_stats(counts: &[DocumentCount]) -> DocumentStats {
    let mut stats = DocumentStats::default();
    for count in counts {
        match count.state {
            DocumentState::Pending => stats.pending += count.documents,
            DocumentState::Stored => {
                stats.stored += count.documents;
                stats.bytes += count.bytes;
            }
            DocumentState::Failed => stats.failed += count.documents,
            DocumentState::Withdrawn => {}
        }
    }
    stats
}
