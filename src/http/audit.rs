//! Who did what to an event, or in an organizer's name; and the one way for handlers to write it down.

use actix_web::{HttpRequest, HttpResponse, http::header, web};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::{
    Services,
    cursor::{self, Page},
    error::ApiError,
    problem::Problems,
    query::{self, Query},
};
use crate::{
    db::{AuditEntry, AuditOf, Identity},
    domain::{EventKey, Scope},
    metrics::AUDIT_FAILED,
};

/// A page of a list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct AuditQuery {
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
    cursor: Option<String>,
}

/// One thing that was done.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AuditAnswer {
    /// Entries are numbered without gaps, over all events.
    entry: i64,
    at: Timestamp,
    /// Who did it: a token by its name, or a part of the server.
    actor: String,
    action: String,
    #[schema(value_type = Object)]
    detail: Value,
    /// Of this entry and, with it, of all before.
    hash: String,
}

/// What was done to an event, the newest first. Entries are only ever added, and chained by hash: `onsale audit verify` checks it.
#[utoipa::path(get, path = "/api/events/{event}/audit", tag = "Organizing", operation_id = "auditOfEvent",
    params(("event" = String, Path, description = "Slug or id", example = "gardenia-2025"), AuditQuery),
    security(("organizer" = ["audit:read"])),
    responses((status = 200, description = "A page of it", body = Page<AuditAnswer>), Problems))]
pub async fn of_event(
    request: HttpRequest,
    services: web::Data<Services>,
    name: web::Path<String>,
    query: Query<AuditQuery>,
) -> Result<HttpResponse, ApiError> {
    let setup = services.own_event(&request, Scope::AuditRead, &name).await?;
    list(&services, AuditOf::Event(setup.event.key), query.0).await
}

/// What was done in the organizer's name, to whichever event or to none: also which tokens were used.
#[utoipa::path(get, path = "/api/audit", tag = "Organizing", operation_id = "audit", params(AuditQuery),
    security(("organizer" = ["audit:read"])),
    responses((status = 200, description = "A page of it", body = Page<AuditAnswer>), Problems))]
pub async fn of_organizer(
    request: HttpRequest,
    services: web::Data<Services>,
    query: Query<AuditQuery>,
) -> Result<HttpResponse, ApiError> {
    let identity = services.organizer(&request, Scope::AuditRead).await?;
    list(&services, AuditOf::Organizer(identity.organizer), query.0).await
}

async fn list(services: &Services, of: AuditOf, query: AuditQuery) -> Result<HttpResponse, ApiError> {
    let limit = query::limit(query.limit, services.settings.list_limit)?;
    let before: Option<i64> = cursor::read(query.cursor.as_deref())?;
    let rows = services.database.audit_log(of, before, limit).await?;
    let full = usize::try_from(limit).is_ok_and(|limit| rows.len() == limit);
    let next_cursor = rows.last().filter(|_| full).map(|row| cursor::write(&row.entry));
    let items = rows
        .into_iter()
        .map(|row| AuditAnswer {
            entry: row.entry,
            at: row.at,
            actor: row.actor,
            action: row.action,
            detail: row.detail,
            hash: row.hash.iter().map(|byte| format!("{byte:02x}")).collect(),
        })
        .collect();
    Ok(HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "private, no-store")).json(Page { items, next_cursor }))
}

impl Services {
    /// Writes down what an organizer did. It is done by then: that it cannot be written down is an alarm, not a refusal.
    pub async fn audit(&self, identity: &Identity, event: Option<EventKey>, action: &str, detail: Value) {
        let (actor, organizer) = (identity.actor(), Some(identity.organizer));
        let entry = AuditEntry { actor: &actor, action, organizer, event, detail };
        if let Err(error) = self.database.audit(&entry).await {
            metrics::counter!(AUDIT_FAILED).increment(1);
            tracing::error!(%error, action, actor, "what was done was not written to the audit log");
        }
    }
}
