//! `GET /api/events/{event}/registrations`: the registrants of an event as pages or CSV.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{export, registrant::Registrant};
use crate::{
    db::RegistrationPage,
    domain::RegistrationStatus,
    http::{
        auth::caller,
        read::{Page, Query, limit, preferred, read_cursor},
        server::{ApiError, Problems, Services, private},
    },
    work::registrants::{self, Filter},
};

/// Filter, page and format of a list of registrants.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ListQuery {
    /// Parts of words of a name or an e-mail address, in any order and without accents, or a registration id. One or two
    /// letters are looked for at the beginning of words.
    q: Option<String>,
    ticket_type: Option<String>,
    /// `confirmed`, `awaiting_payment`, `cancelled` or `expired`.
    status: Option<String>,
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
    cursor: Option<String>,
    /// `json` (default), or `csv` for all registrants in one file; `Accept: text/csv` does the same.
    format: Option<String>,
}

/// Lists the registrants of an event, newest first.
#[utoipa::path(get, path = "/api/events/{event}/registrations", tag = "Organizing", operation_id = "registrants",
    params(("event" = String, Path, description = "Slug or id", example = "gardenia-2025"), ListQuery),
    security(("organizer" = ["registrations:read"])),
    responses((status = 200, description = "A page of registrants, or all of them as CSV", content(
        (Page<Registrant> = "application/json"), (String = "text/csv"))), Problems))]
pub async fn list(
    request: HttpRequest,
    services: web::Data<Services>,
    event: web::Path<String>,
    query: Query<ListQuery>,
) -> Result<HttpResponse, ApiError> {
    let as_csv = wants_csv(&request, query.0.format.as_deref())?;
    let filter = filter(&services, query.0)?;
    let records = &services.tools.records;
    let (setup, filter) = registrants::filter(records, &caller(&request), &event, filter).await?;
    if as_csv {
        return export::csv(services, setup, filter).await;
    }
    let RegistrationPage { rows, is_followed } = registrants::list(records, &setup, &filter).await?;
    let next = rows.last().filter(|_| is_followed).map(|row| row.reference.number);
    let items = rows.into_iter().map(|row| Registrant::new(&setup, row)).collect();
    Ok(private(StatusCode::OK).json(Page::ending_at(items, next.as_ref())))
}

fn wants_csv(request: &HttpRequest, format: Option<&str>) -> Result<bool, ApiError> {
    match format {
        Some("csv") => Ok(true),
        Some("json") => Ok(false),
        Some(_) => Err(ApiError::invalid("/format", "must be json or csv")),
        None => Ok(preferred(request, &["application/json", "text/csv"]) == Some("text/csv")),
    }
}

fn filter(services: &Services, query: ListQuery) -> Result<Filter, ApiError> {
    let unknown = || ApiError::invalid("/status", "must be confirmed, awaiting_payment, cancelled or expired");
    let status = query.status.map(|name| RegistrationStatus::from_name(&name).ok_or_else(unknown)).transpose()?;
    Ok(Filter {
        search: query.q,
        ticket_type: query.ticket_type,
        status,
        before: read_cursor(query.cursor.as_deref())?,
        limit: limit(query.limit, services.settings.list_limit)?,
    })
}
