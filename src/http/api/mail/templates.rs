//! `/api/events/{event}/mail-templates/{kind}`: the template of a kind of message, its versions, and its preview.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    domain::{Announcement, MessageKind},
    http::{
        auth::caller,
        read::{Json, OptionalJson, Page, PageQuery, Query, limit, preferred, read_cursor},
        server::{ApiError, Problems, Services, private},
    },
    mail::{Letter, MailDraft, MailField},
    work::{
        Refusal,
        mail_templates::{self, Layer, Preview, TemplateScope, TemplateVersion},
    },
};

/// Policy of a previewed page: its styles are in its elements, and it runs nothing.
const PREVIEW_POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; img-src https:; frame-ancestors 'none'; sandbox";

/// A template of a kind of message.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TemplateAnswer {
    #[schema(example = "confirmation")]
    kind: &'static str,
    /// `event`: the event's own; `organizer`: its organizer's for all events; `shipped`: the one that Onsale ships.
    #[schema(example = "shipped")]
    layer: &'static str,
    /// Incremented by each change; 0 for the template that Onsale ships.
    version: i32,
    created_at: Option<Timestamp>,
    template: MailDraft,
    /// Placeholders that the texts of this kind may contain, besides `answers.KEY`.
    placeholders: Vec<PlaceholderAnswer>,
}

impl TemplateAnswer {
    pub(super) fn new(kind: MessageKind, found: TemplateVersion) -> Self {
        let TemplateVersion { layer, version, created_at, draft: template } = found;
        let layer = match layer {
            Layer::Event => "event",
            Layer::Organizer => "organizer",
            Layer::Shipped => "shipped",
        };
        let placeholders = MailField::list(kind).map(|(name, meaning)| PlaceholderAnswer { name, meaning }).collect();
        Self { kind: kind.name(), layer, version, created_at, template, placeholders }
    }
}

/// A placeholder of a template.
#[derive(Debug, Serialize, ToSchema)]
pub struct PlaceholderAnswer {
    #[schema(example = "event.title")]
    name: &'static str,
    meaning: &'static str,
}

/// A version of a template.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TemplateVersionAnswer {
    pub(super) version: i32,
    pub(super) created_at: Timestamp,
}

/// The version of a template.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct VersionQuery {
    /// Default: the newest; 0 is the template that Onsale ships.
    #[param(minimum = 0)]
    pub(super) version: Option<i32>,
}

/// Parses the kind in a path.
pub(super) fn kind_of(name: &str) -> Result<MessageKind, ApiError> {
    Ok(MessageKind::from_name(name).ok_or(Refusal::NotFound)?)
}

/// Returns the template of a kind of message.
#[utoipa::path(get, path = "/api/events/{event}/mail-templates/{kind}", tag = "Mail", operation_id = "mailTemplate",
    params(
        ("event" = String, Path, description = "Slug or id", example = "gardenia-2025"),
        ("kind" = String, Path, description = "Kind of message", example = "confirmation"),
        VersionQuery),
    security(("organizer" = ["events:write"])),
    responses((status = 200, description = "The template and its version", body = TemplateAnswer), Problems))]
pub async fn show(
    request: HttpRequest,
    services: web::Data<Services>,
    path: web::Path<(String, String)>,
    query: Query<VersionQuery>,
) -> Result<HttpResponse, ApiError> {
    let (event, kind) = path.into_inner();
    let kind = kind_of(&kind)?;
    let records = &services.tools.records;
    let scope = TemplateScope::Event(&event);
    let found = mail_templates::find(records, &caller(&request), scope, kind, query.0.version).await?;
    Ok(HttpResponse::Ok().json(TemplateAnswer::new(kind, found)))
}

/// Replaces the template of a kind of message. Messages that are sent from now on use it.
#[utoipa::path(put, path = "/api/events/{event}/mail-templates/{kind}", tag = "Mail", operation_id = "changeMailTemplate",
    params(
        ("event" = String, Path, description = "Slug or id", example = "gardenia-2025"),
        ("kind" = String, Path, description = "Kind of message", example = "confirmation")),
    request_body = MailDraft,
    security(("organizer" = ["events:write"])),
    responses((status = 200, description = "The version; unchanged if the template is the same", body = TemplateVersionAnswer), Problems))]
pub async fn change(
    request: HttpRequest,
    services: web::Data<Services>,
    path: web::Path<(String, String)>,
    body: Json<MailDraft>,
) -> Result<HttpResponse, ApiError> {
    let (event, kind) = path.into_inner();
    let kind = kind_of(&kind)?;
    let changed =
        mail_templates::change(&services.tools, &caller(&request), TemplateScope::Event(&event), kind, body.0).await?;
    let created_at = changed.created_at.ok_or(Refusal::Internal)?;
    Ok(HttpResponse::Ok().json(TemplateVersionAnswer { version: changed.version, created_at }))
}

/// Lists the versions of the event's own template of a kind of message, newest first. The last 50 are kept.
#[utoipa::path(get, path = "/api/events/{event}/mail-templates/{kind}/versions", tag = "Mail", operation_id = "mailTemplateVersions",
    params(
        ("event" = String, Path, description = "Slug or id", example = "gardenia-2025"),
        ("kind" = String, Path, description = "Kind of message", example = "confirmation"),
        PageQuery),
    security(("organizer" = ["events:write"])),
    responses((status = 200, description = "A page of versions", body = Page<TemplateVersionAnswer>), Problems))]
pub async fn versions(
    request: HttpRequest,
    services: web::Data<Services>,
    path: web::Path<(String, String)>,
    query: Query<PageQuery>,
) -> Result<HttpResponse, ApiError> {
    let (event, kind) = path.into_inner();
    let kind = kind_of(&kind)?;
    let limit = limit(query.0.limit, services.settings.list_limit)?;
    let before = read_cursor::<i32>(query.0.cursor.as_deref())?;
    let records = &services.tools.records;
    let rows =
        mail_templates::versions(records, &caller(&request), TemplateScope::Event(&event), kind, before, limit).await?;
    let answer = |(version, created_at)| TemplateVersionAnswer { version, created_at };
    Ok(HttpResponse::Ok().json(Page::of(rows, limit, |(version, _)| *version, answer)))
}

/// Template and registration of a preview.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PreviewBody {
    /// Default: the event's template.
    #[schema(nullable = false)]
    template: Option<MailDraft>,
    /// Default: a sample. Needs the scope `registrations:read`.
    #[schema(nullable = false, example = "GDN2025-0001")]
    registration_id: Option<String>,
    /// Text of an announcement; default: a sample.
    #[schema(nullable = false)]
    announcement: Option<AnnouncementText>,
}

/// Text of an announcement.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AnnouncementText {
    #[schema(example = "Doors open at six")]
    subject: String,
    #[schema(example = "Please come early: the doors open at six.")]
    body: String,
}

/// A message.
#[derive(Debug, Serialize, ToSchema)]
pub struct LetterAnswer {
    subject: String,
    text: String,
    html: String,
}

/// Returns a message as it would be sent, of a sample or of a registration. Its links contain no access token.
#[utoipa::path(post, path = "/api/events/{event}/mail-templates/{kind}/preview", tag = "Mail", operation_id = "previewMailTemplate",
    params(
        ("event" = String, Path, description = "Slug or id", example = "gardenia-2025"),
        ("kind" = String, Path, description = "Kind of message", example = "confirmation")),
    request_body = Option<PreviewBody>,
    security(("organizer" = ["events:write"])),
    responses(
        (status = 200, description = "The message; as a text or a page if `Accept` prefers it", content(
            (LetterAnswer = "application/json"), (String = "text/plain"), (String = "text/html"))),
        Problems))]
pub async fn preview(
    request: HttpRequest,
    services: web::Data<Services>,
    path: web::Path<(String, String)>,
    body: OptionalJson<PreviewBody>,
) -> Result<HttpResponse, ApiError> {
    const FORMS: [&str; 3] = ["application/json", "text/plain", "text/html"];
    let (event, kind) = path.into_inner();
    let kind = kind_of(&kind)?;
    let form = preferred(&request, &FORMS);
    let form = form.ok_or(ApiError::NotAcceptable("application/json, text/plain, text/html"))?;
    let PreviewBody { template, registration_id, announcement } = body.0;
    let announcement = announcement.map(|AnnouncementText { subject, body }| Announcement {
        subject,
        body,
        statuses: Vec::new(),
        attach_tickets: false,
    });
    let shown = Preview { draft: template, registration: registration_id, announcement };
    let base_url = &services.settings.public_base_url;
    let letter = mail_templates::preview(&services.tools, &caller(&request), &event, kind, shown, base_url).await?;
    let mut response = private(StatusCode::OK);
    response.insert_header((header::VARY, "Accept"));
    let Letter { subject, text, html } = letter;
    Ok(match form {
        "text/html" => response
            .content_type("text/html; charset=utf-8")
            .insert_header((header::CONTENT_SECURITY_POLICY, PREVIEW_POLICY))
            .body(html),
        "text/plain" => response.content_type("text/plain; charset=utf-8").body(text),
        _ => response.json(LetterAnswer { subject, text, html }),
    })
}
