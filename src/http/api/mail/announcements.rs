//! `POST /api/events/{event}/announcements`: a text of the organizer to many registrants.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    domain::{Announcement, JobKind, JobRequest},
    http::{
        api::jobs::{JobAnswer, answer_started},
        auth::caller,
        read::Json,
        server::{ApiError, Problems, Services},
    },
    work::jobs::{self, StartJob},
};

/// An announcement.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AnnouncementBody {
    /// One line, up to 200 characters.
    #[schema(example = "Doors open at six")]
    subject: String,
    /// Plain text, up to 10,000 characters. The event's template for announcements puts it in its page.
    #[schema(example = "Please come early: the doors open at six.")]
    body: String,
    /// Codes of ticket types; default: all.
    #[serde(default)]
    ticket_types: Vec<String>,
    /// Ids of registrations; default: all.
    #[serde(default)]
    registrations: Vec<String>,
    /// Statuses of the registrations that get it; default: `confirmed`.
    #[serde(default)]
    statuses: Vec<String>,
    /// True to attach the tickets.
    #[serde(default)]
    attach_tickets: bool,
    /// True to only count the recipients.
    #[serde(default)]
    dry_run: bool,
}

/// Starts a job that sends an announcement to the contacts of an event's registrations.
///
/// Each address gets it once. Registrations that are cancelled before their turn do not get it, nor do addresses that are
/// suppressed or have refused announcements. Other messages go first. The job counts messages; cancelling it stops those
/// that are not sent yet.
#[utoipa::path(post, path = "/api/events/{event}/announcements", tag = "Mail", operation_id = "announce",
    params(("event" = String, Path, description = "Slug or id", example = "gardenia-2025")),
    request_body = AnnouncementBody, security(("organizer" = ["jobs:write"])),
    responses((status = 202, description = "The job; the open one if it does the same", body = JobAnswer,
        headers(("Location" = String, description = "URL of the job"))), Problems))]
pub async fn create(
    request: HttpRequest,
    services: web::Data<Services>,
    event: web::Path<String>,
    body: Json<AnnouncementBody>,
) -> Result<HttpResponse, ApiError> {
    let AnnouncementBody { subject, body, ticket_types, registrations, statuses, attach_tickets, dry_run } = body.0;
    let announcement = Announcement { subject, body, statuses, attach_tickets };
    let job = JobRequest::announcement(announcement, ticket_types, registrations, dry_run);
    let command = StartJob { kind: JobKind::Announcement, request: job, supersede: false };
    answer_started(&services, jobs::begin(&services.tools.records, &caller(&request), &event, command).await?).await
}
