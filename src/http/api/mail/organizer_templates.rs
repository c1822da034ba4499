//! `/api/mail-templates/{kind}`: the template of a kind of message for all events of an organizer that have none of their own.

use actix_web::{HttpRequest, HttpResponse, web};

use super::templates::{TemplateAnswer, TemplateVersionAnswer, VersionQuery, kind_of};
use crate::{
    http::{
        auth::caller,
        read::{Json, Query},
        server::{ApiError, Problems, Services},
    },
    mail::MailDraft,
    work::{
        Refusal,
        mail_templates::{self, TemplateScope},
    },
};

/// Returns the organizer's template of a kind of message.
#[utoipa::path(get, path = "/api/mail-templates/{kind}", tag = "Mail", operation_id = "organizerMailTemplate",
    params(("kind" = String, Path, description = "Kind of message", example = "confirmation"), VersionQuery),
    security(("organizer" = ["events:write"])),
    responses((status = 200, description = "The template and its version", body = TemplateAnswer), Problems))]
pub async fn show(
    request: HttpRequest,
    services: web::Data<Services>,
    kind: web::Path<String>,
    query: Query<VersionQuery>,
) -> Result<HttpResponse, ApiError> {
    let kind = kind_of(&kind)?;
    let (records, scope) = (&services.tools.records, TemplateScope::Organizer);
    let found = mail_templates::find(records, &caller(&request), scope, kind, query.0.version).await?;
    Ok(HttpResponse::Ok().json(TemplateAnswer::new(kind, found)))
}

/// Replaces the organizer's template of a kind of message. Events without one of their own use it from now on.
#[utoipa::path(put, path = "/api/mail-templates/{kind}", tag = "Mail", operation_id = "changeOrganizerMailTemplate",
    params(("kind" = String, Path, description = "Kind of message", example = "confirmation")),
    request_body = MailDraft,
    security(("organizer" = ["events:write"])),
    responses((status = 200, description = "The version; unchanged if the template is the same", body = TemplateVersionAnswer), Problems))]
pub async fn change(
    request: HttpRequest,
    services: web::Data<Services>,
    kind: web::Path<String>,
    body: Json<MailDraft>,
) -> Result<HttpResponse, ApiError> {
    let (kind, scope) = (kind_of(&kind)?, TemplateScope::Organizer);
    let changed = mail_templates::change(&services.tools, &caller(&request), scope, kind, body.0).await?;
    let created_at = changed.created_at.ok_or(Refusal::Internal)?;
    Ok(HttpResponse::Ok().json(TemplateVersionAnswer { version: changed.version, created_at }))
}
