//! `GET /api/events/{event}/audit`: who did what to an event; and the one way for handlers to write it down.

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
    db::{AuditEntry, Identity},
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
#[utoipa::path(get, path = "/api/events/{event}/audit", tag = "Organizing", operation_id = "audit",
    params(("event" = String, Path, description = "Slug or id", example = "gardenia-2025"), AuditQuery),
    security(("organizer" = ["audit:read"])),
    responses((status = 200, description = "A page of it", body = Page<AuditAnswer>), Problems))]
pub async fn list(
    request: HttpRequest,
    services: web::Data<Services>,
    name: web::Path<String>,
    query: Query<AuditQuery>,
) -> Result<HttpResponse, ApiError> {
    let setup = services.own_event(&request, Scope::AuditRead, &name).await?;
    let limit = query::limit(query.0.limit, services.settings.list_limit)?;
    let before: Option<i64> = cursor::read(query.0.cursor.as_deref())?;
    let rows = services.database.audit_of_event(setup.event.key, before, limit).await?;
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
