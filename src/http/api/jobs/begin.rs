//! `POST /api/events/{event}/regenerations` and `…/archives`: start a job.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use utoipa::ToSchema;

use super::answer::JobAnswer;
use crate::{
    db::JobStart,
    domain::{ArchiveFormat, JobKind, JobRequest, Scope},
    http::{
        auth::caller,
        read::{OptionalJson, parse, read_large},
        server::{ApiError, Problems, Services, accepted, has_body},
    },
    work::{
        Caller, Refusal,
        jobs::{self, StartJob},
    },
};

/// Largest body, in bytes: room for 10,000 registration ids.
const MAX_BYTES: usize = 512 << 10;

/// The files that a regeneration makes again.
#[derive(Debug, Deserialize, ToSchema)]
#[expect(clippy::struct_excessive_bools, reason = "each is a field of the request")]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Regeneration {
    /// Skip files that are up to date.
    #[serde(default = "enabled")]
    #[schema(default = true)]
    only_stale: bool,
    /// Give every ticket a new code and revoke the old one.
    #[serde(default)]
    reissue: bool,
    /// Only count the files to make, by reason.
    #[serde(default)]
    dry_run: bool,
    /// Codes of ticket types; default: all.
    #[serde(default)]
    ticket_types: Vec<String>,
    /// Registration ids; default: all.
    #[serde(default)]
    #[schema(max_items = 10_000, example = json!(["GDN2025-0001"]))]
    registrations: Vec<String>,
    /// If another regeneration of the event is open, cancel it and start this one.
    #[serde(default)]
    supersede: bool,
}

/// The tickets and the format of an archive.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Archiving {
    /// `zip`: a PDF for each ticket, and a list. `pdf`: one document to print.
    #[serde(default)]
    #[schema(value_type = String, default = "zip")]
    format: ArchiveFormat,
    /// Codes of ticket types; default: all.
    #[serde(default)]
    ticket_types: Vec<String>,
    /// If another archive job of the event is open, cancel it and start this one.
    #[serde(default)]
    supersede: bool,
}

impl Default for Regeneration {
    fn default() -> Self {
        Self {
            only_stale: true,
            reissue: false,
            dry_run: false,
            ticket_types: Vec::new(),
            registrations: Vec::new(),
            supersede: false,
        }
    }
}

/// Default of `only_stale`.
fn enabled() -> bool {
    true
}

/// Starts a job that makes the tickets of an event again: all, or the selected ones. Downloads get a new file as soon
/// as it is made.
#[utoipa::path(post, path = "/api/events/{event}/regenerations", tag = "Jobs", operation_id = "regenerate",
    params(("event" = String, Path, description = "Slug or id", example = "gardenia-2025")),
    request_body(content = Option<Regeneration>, description = "Without a body, files that are not up to date are made again"), security(("organizer" = ["jobs:write"])),
    responses((status = 202, description = "The job; the open one if it does the same", body = JobAnswer,
        headers(("Location" = String, description = "URL of the job"))), Problems))]
pub async fn regenerate(
    request: HttpRequest,
    services: web::Data<Services>,
    event: web::Path<String>,
    payload: web::Payload,
) -> Result<HttpResponse, ApiError> {
    let caller = caller(&request);
    // Rights are checked before a large body is read.
    services.tools.records.own_event(&caller, Scope::JobsWrite, &event).await?;
    let body = match has_body(request.headers()) {
        true => parse(&read_large(&request, payload, MAX_BYTES).await?)?,
        false => Regeneration::default(),
    };
    let Regeneration { only_stale, reissue, dry_run, ticket_types, registrations, supersede } = body;
    let job =
        JobRequest { only_stale, reissue, dry_run, ticket_types, registrations, format: None, announcement: None };
    begin(&services, &caller, &event, StartJob { kind: JobKind::Regeneration, request: job, supersede }).await
}

/// Starts a job that puts all tickets of an event in one file.
#[utoipa::path(post, path = "/api/events/{event}/archives", tag = "Jobs", operation_id = "archive",
    params(("event" = String, Path, description = "Slug or id", example = "gardenia-2025")),
    request_body(content = Option<Archiving>, description = "Without a body, a ZIP of all tickets is made"), security(("organizer" = ["jobs:write"])),
    responses((status = 202, description = "The job; the open one if it does the same", body = JobAnswer,
        headers(("Location" = String, description = "URL of the job"))), Problems))]
pub async fn archive(
    request: HttpRequest,
    services: web::Data<Services>,
    event: web::Path<String>,
    body: OptionalJson<Archiving>,
) -> Result<HttpResponse, ApiError> {
    let Archiving { format, ticket_types, supersede } = body.0;
    let job = JobRequest::archive(format, ticket_types);
    begin(&services, &caller(&request), &event, StartJob { kind: JobKind::Archive, request: job, supersede }).await
}

async fn begin(services: &Services, caller: &Caller, event: &str, command: StartJob) -> Result<HttpResponse, ApiError> {
    answer_started(services, jobs::begin(&services.tools.records, caller, event, command).await?).await
}

const CONTENDED: &str = "other requests start and end jobs of the event at the same time; try again";

/// Returns the job that was started or joined; 409 if another one is open.
pub(in crate::http::api) async fn answer_started(
    services: &Services,
    start: JobStart,
) -> Result<HttpResponse, ApiError> {
    let (job, joined, supersedes) = match start {
        JobStart::Started { job, supersedes } => (job, false, supersedes),
        JobStart::Joined { job, supersedes } => (job, true, supersedes),
        JobStart::Contended => return Err(Refusal::conflict(CONTENDED).into()),
        JobStart::Blocked(open) => {
            let (kind, id) = (open.kind.name(), open.id.0);
            let detail = format!(
                "another {kind} of the event is open: job {id}; wait for it, cancel it, or replace it with \
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
