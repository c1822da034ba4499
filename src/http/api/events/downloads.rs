//! `GET /api/events/{event}/downloads`: the records behind the numbers of the statistics.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    db::Download,
    domain::EventSetup,
    http::{
        auth::caller,
        read::{Page, PageQuery, Query, limit, read_cursor},
        server::{ApiError, Problems, Services, private},
    },
    work::downloads,
};

/// A download of a file.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DownloadAnswer {
    #[schema(example = "GDN2025-0001")]
    registration_id: String,
    at: Timestamp,
    /// `tickets`, `confirmation`, `ticket` or `code`.
    kind: &'static str,
    /// `auto` if a program requested the file, `manual` if a person did.
    mode: &'static str,
    /// `storage`, `render` or `disk`.
    served_from: &'static str,
    /// Cut to its network after some days.
    #[schema(required)]
    address: Option<String>,
    /// Deleted after some days.
    #[schema(required)]
    user_agent: Option<String>,
}

/// Lists the downloads of an event, newest first.
#[utoipa::path(get, path = "/api/events/{event}/downloads", tag = "Organizing", operation_id = "downloads",
    params(("event" = String, Path, description = "Slug or id", example = "gardenia-2025"), PageQuery),
    security(("organizer" = ["registrations:read"])),
    responses((status = 200, description = "A page of downloads", body = Page<DownloadAnswer>), Problems))]
pub async fn list(
    request: HttpRequest,
    services: web::Data<Services>,
    event: web::Path<String>,
    query: Query<PageQuery>,
) -> Result<HttpResponse, ApiError> {
    let limit = limit(query.0.limit, services.settings.list_limit)?;
    let before = read_cursor::<(Timestamp, i32)>(query.0.cursor.as_deref())?;
    let records = &services.tools.records;
    let (setup, rows) = downloads::list(records, &caller(&request), &event, before, limit).await?;
    let page = Page::of(rows, limit, |row| (row.at, row.registration.number), |row| DownloadAnswer::new(&setup, row));
    Ok(private(StatusCode::OK).json(page))
}

impl DownloadAnswer {
    fn new(setup: &EventSetup, row: Download) -> Self {
        Self {
            registration_id: setup.registration_id(row.registration.number).to_string(),
            at: row.at,
            kind: row.kind.name(),
            mode: if row.automatic { "auto" } else { "manual" },
            served_from: row.served_from.name(),
            address: row.address.map(|address| address.to_string()),
            user_agent: row.user_agent,
        }
    }
}
