//! `/api/organizers/{slug}/members` and `/invitations`: the team of an organizer.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{admit, organizers::OrganizerAnswer};
use crate::{
    db::{InvitationRow, MemberRow},
    http::{
        auth::caller,
        read::Json,
        server::{ApiError, Problems, Services, created, private},
    },
    work::people::teams,
};

/// A member of a team.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MemberAnswer {
    id: Uuid,
    name: String,
    email: String,
    /// `owner`, `manager`, `finance`, `door` or `viewer`.
    #[schema(example = "manager")]
    role: &'static str,
    joined_at: Timestamp,
    second_factor: bool,
    #[schema(required)]
    last_seen_at: Option<Timestamp>,
}

impl MemberAnswer {
    fn new(row: MemberRow) -> Self {
        Self {
            id: row.id,
            name: row.name,
            email: row.email,
            role: row.role.name(),
            joined_at: row.joined_at,
            second_factor: row.has_second_factor,
            last_seen_at: row.seen_at,
        }
    }
}

/// A list.
#[derive(Debug, Serialize, ToSchema)]
pub struct Members {
    items: Vec<MemberAnswer>,
}

/// Lists the team of an organizer, owners first.
#[utoipa::path(get, path = "/api/organizers/{slug}/members", tag = "Teams", operation_id = "members",
    params(("slug" = String, Path, example = "gardenia-collective")),
    security(("session" = ["team:read"]), ("organizer" = ["team:read"])),
    responses((status = 200, description = "The members", body = Members), Problems))]
pub async fn members(
    request: HttpRequest,
    services: web::Data<Services>,
    slug: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let rows = teams::members(&services.tools.records, &caller(&request), &slug).await?;
    let items = rows.into_iter().map(MemberAnswer::new).collect();
    Ok(private(StatusCode::OK).json(Members { items }))
}

/// A role.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeMember {
    /// `owner`, `manager`, `finance`, `door` or `viewer`.
    #[schema(example = "manager")]
    role: String,
}

/// Changes the role of a member. A team keeps an owner.
#[utoipa::path(patch, path = "/api/organizers/{slug}/members/{id}", tag = "Teams", operation_id = "changeMember",
    params(("slug" = String, Path, example = "gardenia-collective"), ("id" = String, Path)),
    security(("session" = ["team:write"]), ("organizer" = ["team:write"])), request_body = ChangeMember,
    responses((status = 200, description = "The member", body = MemberAnswer), Problems))]
pub async fn change_member(
    request: HttpRequest,
    services: web::Data<Services>,
    path: web::Path<(String, String)>,
    body: Json<ChangeMember>,
) -> Result<HttpResponse, ApiError> {
    let (slug, id) = path.into_inner();
    let row = teams::change_member(&services.tools.records, &caller(&request), &slug, &id, &body.0.role).await?;
    Ok(private(StatusCode::OK).json(MemberAnswer::new(row)))
}

/// Removes a member. Everybody may remove itself, except for the last owner.
#[utoipa::path(delete, path = "/api/organizers/{slug}/members/{id}", tag = "Teams", operation_id = "removeMember",
    params(("slug" = String, Path, example = "gardenia-collective"), ("id" = String, Path)),
    security(("session" = ["team:write"]), ("organizer" = ["team:write"])),
    responses((status = 204, description = "The person is no member any more"), Problems))]
pub async fn remove_member(
    request: HttpRequest,
    services: web::Data<Services>,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, ApiError> {
    let (slug, id) = path.into_inner();
    teams::remove_member(&services.tools.records, &caller(&request), &slug, &id).await?;
    Ok(private(StatusCode::NO_CONTENT).finish())
}

/// An invitation that can be accepted.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct InvitationAnswer {
    id: Uuid,
    email: String,
    role: &'static str,
    created_at: Timestamp,
    expires_at: Timestamp,
}

impl InvitationAnswer {
    fn new(row: InvitationRow) -> Self {
        let InvitationRow { id, email, role, created_at, expires_at } = row;
        Self { id, email, role: role.name(), created_at, expires_at }
    }
}

/// A list.
#[derive(Debug, Serialize, ToSchema)]
pub struct Invitations {
    items: Vec<InvitationAnswer>,
}

/// Lists the open invitations of an organizer.
#[utoipa::path(get, path = "/api/organizers/{slug}/invitations", tag = "Teams", operation_id = "invitations",
    params(("slug" = String, Path, example = "gardenia-collective")),
    security(("session" = ["team:read"]), ("organizer" = ["team:read"])),
    responses((status = 200, description = "The invitations", body = Invitations), Problems))]
pub async fn invitations(
    request: HttpRequest,
    services: web::Data<Services>,
    slug: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let rows = teams::invitations(&services.tools.records, &caller(&request), &slug).await?;
    let items = rows.into_iter().map(InvitationAnswer::new).collect();
    Ok(private(StatusCode::OK).json(Invitations { items }))
}

/// A person to be invited.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Invite {
    #[schema(example = "grace@example.com")]
    email: String,
    /// `owner`, `manager`, `finance`, `door` or `viewer`.
    #[schema(example = "manager")]
    role: String,
}

/// Invites an address to the team, or sends its invitation again. It is valid for seven days.
#[utoipa::path(post, path = "/api/organizers/{slug}/invitations", tag = "Teams", operation_id = "invite",
    params(("slug" = String, Path, example = "gardenia-collective")),
    security(("session" = ["team:write"]), ("organizer" = ["team:write"])), request_body = Invite,
    responses((status = 201, description = "A message is on its way", body = InvitationAnswer,
        headers(("Location" = String, description = "URL of the invitation"))), Problems))]
pub async fn invite(
    request: HttpRequest,
    services: web::Data<Services>,
    slug: web::Path<String>,
    body: Json<Invite>,
) -> Result<HttpResponse, ApiError> {
    admit(&services, &request)?;
    let Invite { email, role } = body.0;
    let row = teams::invite(&services.tools.records, &caller(&request), &slug, &email, &role).await?;
    let location = services.link(&format!("/api/organizers/{slug}/invitations/{}", row.id));
    Ok(created(location).json(InvitationAnswer::new(row)))
}

/// Withdraws an invitation.
#[utoipa::path(delete, path = "/api/organizers/{slug}/invitations/{id}", tag = "Teams",
    operation_id = "withdrawInvitation",
    params(("slug" = String, Path, example = "gardenia-collective"), ("id" = String, Path)),
    security(("session" = ["team:write"]), ("organizer" = ["team:write"])),
    responses((status = 204, description = "The link in the message does not work any more"), Problems))]
pub async fn withdraw(
    request: HttpRequest,
    services: web::Data<Services>,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, ApiError> {
    let (slug, id) = path.into_inner();
    teams::withdraw(&services.tools.records, &caller(&request), &slug, &id).await?;
    Ok(private(StatusCode::NO_CONTENT).finish())
}

/// Accepts an invitation to the address of the person who is signed in.
#[utoipa::path(post, path = "/api/invitations/{token}", tag = "Teams", operation_id = "acceptInvitation",
    params(("token" = String, Path, description = "From the link of the message")), security(("session" = [])),
    responses((status = 200, description = "The organizer", body = OrganizerAnswer), Problems))]
pub async fn accept(
    request: HttpRequest,
    services: web::Data<Services>,
    token: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let organizer = teams::accept(&services.tools.records, &caller(&request), &token).await?;
    Ok(private(StatusCode::OK).json(OrganizerAnswer::new(organizer)))
}
