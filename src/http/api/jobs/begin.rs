//! `POST /api/events/{event}/regenerations` and `…/archives`: begin a job.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use utoipa::ToSchema;

use super::answer::JobAnswer;
use crate::{
    db::JobStart,
    domain::{ArchiveFormat, JobKind, JobRequest, Scope},
    http::{
        auth::caller,
        read::{Json, parse, read_large},
        server::{ApiError, Problems, Services, accepted},
    },
    work::{
        Caller, Refusal,
        jobs::{self, Begin},
    },
};

/// The largest request: room for all registrations that may be named.
const MAX_BYTES: usize = 512 << 10;

/// A regeneration: which files to make again.
#[derive(Debug, Deserialize, ToSchema)]
#[expect(clippy::struct_excessive_bools, reason = "each is a word of the request")]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Regeneration {
    /// Leave files alone that are as they would be made now.
    #[serde(default = "enabled")]
    #[schema(default = true)]
    only_stale: bool,
    /// Give every ticket a new code; the old ones are revoked.
    #[serde(default)]
    reissue: bool,
    /// Only report how much there is to do, and why.
    #[serde(default)]
    dry_run: bool,
    /// Codes of ticket types; all if left out.
    #[serde(default)]
    ticket_types: Vec<String>,
    /// Registration ids; all if left out.
    #[serde(default)]
    #[schema(max_items = 10_000, example = json!(["GDN2025-0001"]))]
    registrations: Vec<String>,
    /// If another regeneration of the event is under way: end it, and take its place.
    #[serde(default)]
    supersede: bool,
}

/// An archive: which tickets to put in one file.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Archiving {
    /// `zip` has a file for each ticket and a list of them; `pdf` is one document to be printed.
    #[serde(default)]
    #[schema(value_type = String, default = "zip")]
    format: ArchiveFormat,
    /// Codes of ticket types; all if left out.
    #[serde(default)]
    ticket_types: Vec<String>,
    /// If another archive of the event is being made: end it, and take its place.
    #[serde(default)]
    supersede: bool,
}

fn enabled() -> bool {
    true
}

/// Makes an event's tickets again: all, or as they were selected. New downloads get the new file at once.
#[utoipa::path(post, path = "/api/events/{event}/regenerations", tag = "Jobs", operation_id = "regenerate",
    params(("event" = String, Path, description = "Slug or id", example = "gardenia-2025")),
    request_body = Regeneration, security(("organizer" = ["jobs:write"])),
    responses((status = 202, description = "The job; the one under way if the same was asked for before", body = JobAnswer,
        headers(("Location" = String, description = "Where it can be watched"))), Problems))]
pub async fn regenerate(
    request: HttpRequest,
    services: web::Data<Services>,
    event: web::Path<String>,
    payload: web::Payload,
) -> Result<HttpResponse, ApiError> {
    let caller = caller(&request);
    // The rights come before a large body is read.
    services.tools.records.own_event(&caller, Scope::JobsWrite, &event).await?;
    let body: Regeneration = parse(&read_large(&request, payload, MAX_BYTES).await?)?;
    let Regeneration { only_stale, reissue, dry_run, ticket_types, registrations, supersede } = body;
    let job = JobRequest { only_stale, reissue, dry_run, ticket_types, registrations, format: None };
    begin(&services, &caller, &event, Begin { kind: JobKind::Regeneration, request: job, supersede }).await
}

/// Puts all tickets of an event in one file.
#[utoipa::path(post, path = "/api/events/{event}/archives", tag = "Jobs", operation_id = "archive",
    params(("event" = String, Path, description = "Slug or id", example = "gardenia-2025")),
    request_body = Archiving, security(("organizer" = ["jobs:write"])),
    responses((status = 202, description = "The job; the one under way if the same was asked for before", body = JobAnswer,
        headers(("Location" = String, description = "Where it can be watched"))), Problems))]
pub async fn archive(
    request: HttpRequest,
    services: web::Data<Services>,
    event: web::Path<String>,
    body: Json<Archiving>,
) -> Result<HttpResponse, ApiError> {
    let Archiving { format, ticket_types, supersede } = body.0;
    let job = JobRequest::archive(format, ticket_types);
    begin(&services, &caller(&request), &event, Begin { kind: JobKind::Archive, request: job, supersede }).await
}

async fn begin(services: &Services, caller: &Caller, event: &str, command: Begin) -> Result<HttpResponse, ApiError> {
    answer_started(services, jobs::begin(&services.tools.records, caller, event, command).await?).await
}

/// The job that was begun or joined; 409 if another one is under way.
pub(super) async fn answer_started(services: &Services, start: JobStart) -> Result<HttpResponse, ApiError> {
    let (job, joined, supersedes) = match start {
        JobStart::Started { job, supersedes } => (job, false, supersedes),
        JobStart::Joined { job, supersedes } => (job, true, supersedes),
        JobStart::Blocked(open) => {
            let (kind, id) = (open.kind.name(), open.id.0);
            let detail = format!(
                "another {kind} of the event is under way: job {id}; wait for it, cancel it, or take its place with \
                 \"supersede\": true"
            );
            return Err(Refusal::conflict(detail).into());
        }
    };
    let location = services.link(&format!("/api/jobs/{}", job.id.0));
    let mut answer = JobAnswer::new(services, *job).await.map_err(ApiError::after_write)?;
    (answer.joined, answer.supersedes) = (joined, supersedes.map(|id| id.0));
    Ok(accepted(location).json(answer))
}
