//! `/organizer/team`: the members of a team and its invitations.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;

use super::{
    super::{
        Fields, Form, Frame,
        form::{FieldNames, done},
        once::{new_key, once},
        show,
        visitor::{admit, refusal},
    },
    Desk, Place, read,
};
use crate::{
    db::{InvitationRow, MemberRow},
    domain::Role,
    http::{
        auth::caller,
        server::{ApiError, Services},
    },
    work::{Refusal, people::teams},
};

#[derive(Template)]
#[template(path = "team.html")]
struct TeamPage<'a> {
    f: &'a Frame,
    d: &'a Desk,
    form: &'a Form,
    members: Vec<MemberRow>,
    invitations: Vec<InvitationRow>,
    roles: [Role; 5],
    may_change: bool,
    key: String,
}

#[derive(Template)]
#[template(path = "member.html")]
struct MemberPage<'a> {
    f: &'a Frame,
    d: &'a Desk,
    form: &'a Form,
    member: MemberRow,
    roles: [Role; 5],
    may_change: bool,
    is_me: bool,
}

const NAMES: FieldNames = &[("/email", "email", "email"), ("/role", "role", "role"), ("/name", "name", "team-rename")];

/// Roles in the order of forms: the least powerful first.
fn roles() -> [Role; 5] {
    let mut roles = Role::ALL;
    roles.reverse();
    roles
}

async fn answer(
    request: &HttpRequest,
    (frame, desk): &(Frame, Desk),
    status: StatusCode,
    form: &Form,
) -> Result<HttpResponse, ApiError> {
    let (records, caller) = (&Services::of(request).tools.records, caller(request));
    let members = teams::members(records, &caller, &desk.slug).await?;
    let invitations = teams::invitations(records, &caller, &desk.slug).await?;
    let key = form.or("key", &new_key()).to_owned();
    let may_change = desk.may_change;
    let page = TeamPage { f: frame, d: desk, form, members, invitations, roles: roles(), may_change, key };
    Ok(show(request, frame, status, &page))
}

/// Shows the team.
pub async fn page(request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let query = Fields::of_query(&request);
    match Desk::of(&request, query.get("organizer"), "team").await? {
        Place::Desk(desk) => answer(&request, &desk, StatusCode::OK, &Form::default()).await,
        Place::Elsewhere(elsewhere) => Ok(elsewhere),
    }
}

/// Shows a member, to change its role or to remove it.
pub async fn member(request: HttpRequest, id: web::Path<String>) -> Result<HttpResponse, ApiError> {
    let query = Fields::of_query(&request);
    match Desk::of(&request, query.get("organizer"), "team").await? {
        Place::Desk(desk) => show_member(&request, &desk, StatusCode::OK, &Form::default(), &id).await,
        Place::Elsewhere(elsewhere) => Ok(elsewhere),
    }
}

async fn show_member(
    request: &HttpRequest,
    (frame, desk): &(Frame, Desk),
    status: StatusCode,
    form: &Form,
    id: &str,
) -> Result<HttpResponse, ApiError> {
    let member = teams::member(&Services::of(request).tools.records, &caller(request), &desk.slug, id).await?;
    let is_me = frame.is_me(&member.id);
    if !desk.may_change && !is_me {
        return Err(Refusal::NotFound.into());
    }
    let may_change = desk.may_change;
    let page = MemberPage { f: frame, d: desk, form, member, roles: Role::ALL, may_change, is_me };
    Ok(show(request, frame, status, &page))
}

/// Invites an address, or sends its invitation again.
pub async fn invite(request: HttpRequest, payload: web::Payload) -> Result<HttpResponse, ApiError> {
    let (place, fields) = read(&request, payload, "team").await?;
    let desk = match place {
        Place::Desk(desk) => desk,
        Place::Elsewhere(elsewhere) => return Ok(elsewhere),
    };
    admit(&request)?;
    let (records, caller, slug) = (&Services::of(&request).tools.records, caller(&request), &desk.1.slug);
    let invited = Box::pin(once(fields.get("key"), async {
        teams::invite(records, &caller, slug, fields.get("email"), fields.get("role")).await?;
        Ok(format!("/organizer/team?organizer={slug}"))
    }));
    match invited.await {
        Ok(path) => Ok(done(&path, "invited")),
        Err(error) => {
            let form = Form::refused(fields, &desk.0, refusal(error)?, NAMES)?;
            answer(&request, &desk, StatusCode::UNPROCESSABLE_ENTITY, &form).await
        }
    }
}

/// Answers a form of the team: with the team again if it was refused.
async fn finish(
    request: &HttpRequest,
    desk: &(Frame, Desk),
    fields: Fields,
    outcome: Result<(), Refusal>,
    what: &str,
) -> Result<HttpResponse, ApiError> {
    match outcome {
        Ok(()) => Ok(done(&format!("/organizer/team?organizer={}", desk.1.slug), what)),
        Err(refusal) => {
            let form = Form::refused(fields, &desk.0, refusal, NAMES)?;
            answer(request, desk, StatusCode::UNPROCESSABLE_ENTITY, &form).await
        }
    }
}

/// Withdraws an invitation.
pub async fn withdraw(request: HttpRequest, payload: web::Payload) -> Result<HttpResponse, ApiError> {
    let (place, fields) = read(&request, payload, "team").await?;
    let desk = match place {
        Place::Desk(desk) => desk,
        Place::Elsewhere(elsewhere) => return Ok(elsewhere),
    };
    let (records, caller) = (&Services::of(&request).tools.records, caller(&request));
    let outcome = teams::withdraw(records, &caller, &desk.1.slug, fields.get("invitation")).await;
    finish(&request, &desk, fields, outcome, "withdrawn").await
}

/// Renames the organizer.
pub async fn rename(request: HttpRequest, payload: web::Payload) -> Result<HttpResponse, ApiError> {
    let (place, fields) = read(&request, payload, "team").await?;
    let desk = match place {
        Place::Desk(desk) => desk,
        Place::Elsewhere(elsewhere) => return Ok(elsewhere),
    };
    let (records, caller) = (&Services::of(&request).tools.records, caller(&request));
    let outcome = teams::rename(records, &caller, &desk.1.slug, fields.get("name")).await.map(drop);
    finish(&request, &desk, fields, outcome, "renamed").await
}

/// Changes the role of a member.
pub async fn change(request: HttpRequest, payload: web::Payload) -> Result<HttpResponse, ApiError> {
    let (place, fields) = read(&request, payload, "team").await?;
    let desk = match place {
        Place::Desk(desk) => desk,
        Place::Elsewhere(elsewhere) => return Ok(elsewhere),
    };
    let (records, caller) = (&Services::of(&request).tools.records, caller(&request));
    let (id, role) = (fields.get("member").to_owned(), fields.get("role"));
    match teams::change_member(records, &caller, &desk.1.slug, &id, role).await {
        Ok(_) => finish(&request, &desk, fields, Ok(()), "member").await,
        Err(refusal) => {
            let form = Form::refused(fields, &desk.0, refusal, NAMES)?;
            show_member(&request, &desk, StatusCode::UNPROCESSABLE_ENTITY, &form, &id).await
        }
    }
}

/// Removes a member, or lets the person leave.
pub async fn remove(request: HttpRequest, payload: web::Payload) -> Result<HttpResponse, ApiError> {
    let (place, fields) = read(&request, payload, "team").await?;
    let desk = match place {
        Place::Desk(desk) => desk,
        Place::Elsewhere(elsewhere) => return Ok(elsewhere),
    };
    let (records, caller) = (&Services::of(&request).tools.records, caller(&request));
    let id = fields.get("member").to_owned();
    let is_me = desk.0.person.as_ref().is_some_and(|person| person.id.to_string() == id);
    match teams::remove_member(records, &caller, &desk.1.slug, &id).await {
        Ok(()) if is_me => Ok(done("/organizer", "left")),
        Ok(()) => finish(&request, &desk, fields, Ok(()), "removed").await,
        Err(refusal) => {
            let form = Form::refused(fields, &desk.0, refusal, NAMES)?;
            show_member(&request, &desk, StatusCode::UNPROCESSABLE_ENTITY, &form, &id).await
        }
    }
}
