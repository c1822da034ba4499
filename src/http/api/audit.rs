//! The audit log of an event and of an organizer.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::{
    db::AuditRow,
    http::{
        auth::caller,
        read::{Page, PageQuery, Query, limit, read_cursor},
        server::{ApiError, Problems, Services, private},
    },
    work::audit,
};

/// An entry of the audit log.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AuditAnswer {
    /// Number of the entry; the numbers of an organizer's entries have no gaps.
    entry: i64,
    at: Timestamp,
    /// The name of the organizer's token, or of the part of the server that acted.
    actor: String,
    action: String,
    #[schema(value_type = Object)]
    detail: Value,
    /// SHA-256 of this entry and the hash before it, in hexadecimal.
    hash: String,
}

/// Lists the actions on an event, newest first. Entries are never changed and are chained by hash; `onsale audit
/// verify` checks the chains.
#[utoipa::path(get, path = "/api/events/{event}/audit", tag = "Organizing", operation_id = "auditOfEvent",
    params(("event" = String, Path, description = "Slug or id", example = "gardenia-2025"), PageQuery),
    security(("organizer" = ["audit:read"])),
    responses((status = 200, description = "A page of entries", body = Page<AuditAnswer>), Problems))]
pub async fn of_event(
    request: HttpRequest,
    services: web::Data<Services>,
    event: web::Path<String>,
    query: Query<PageQuery>,
) -> Result<HttpResponse, ApiError> {
    let (before, limit) = page(&services, &query.0)?;
    let rows = audit::of_event(&services.tools.records, &caller(&request), &event, before, limit).await?;
    Ok(answer(rows, limit))
}

/// Lists the actions of the organizer on all events, and the first use of each token in an hour.
#[utoipa::path(get, path = "/api/audit", tag = "Organizing", operation_id = "audit", params(PageQuery),
    security(("organizer" = ["audit:read"])),
    responses((status = 200, description = "A page of entries", body = Page<AuditAnswer>), Problems))]
pub async fn of_organizer(
    request: HttpRequest,
    services: web::Data<Services>,
    query: Query<PageQuery>,
) -> Result<HttpResponse, ApiError> {
    let (before, limit) = page(&services, &query.0)?;
    let rows = audit::of_organizer(&services.tools.records, &caller(&request), before, limit).await?;
    Ok(answer(rows, limit))
}

/// Reads the entry before which the page begins, and the number of entries.
fn page(services: &Services, query: &PageQuery) -> Result<(Option<i64>, i64), ApiError> {
    Ok((read_cursor(query.cursor.as_deref())?, limit(query.limit, services.settings.list_limit)?))
}

fn answer(rows: Vec<AuditRow>, limit: i64) -> HttpResponse {
    let answer = |row: AuditRow| AuditAnswer {
        entry: row.entry,
        at: row.at,
        actor: row.actor,
        action: row.action,
        detail: row.detail,
        hash: row.hash.iter().map(|byte| format!("{byte:02x}")).collect(),
    };
    private(StatusCode::OK).json(Page::of(rows, limit, |row| row.entry, answer))
}
