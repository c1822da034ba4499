//! `/invitation`: an invitation to the team of an organizer.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;

use super::{
    super::{Fields, Form, Frame, form::done, show},
    REFUSED,
};
use crate::{
    db::FoundRequest,
    http::{
        auth::caller,
        server::{ApiError, Services},
    },
    work::{Refusal, people::teams},
};

#[derive(Template)]
#[template(path = "invitation.html")]
struct InvitationPage<'a> {
    f: &'a Frame,
    form: &'a Form,
    title: String,
    offer: Option<Offer>,
}

/// An invitation that can be accepted.
struct Offer {
    lead: String,
    role: String,
    may: String,
    /// True if the person who is signed in has the address.
    can_accept: bool,
    hint: String,
    /// Query of the links to sign in and up, which lead back here.
    next: String,
}

fn answer(
    request: &HttpRequest,
    frame: &Frame,
    status: StatusCode,
    form: &Form,
    found: Option<FoundRequest>,
) -> HttpResponse {
    let organizer = found.as_ref().and_then(|found| found.organizer.clone()).unwrap_or_default();
    let title = match found {
        Some(_) => frame.with("invitation-title", "organizer", &organizer),
        None => frame.s("error-404-title").into_owned(),
    };
    let offer = found.zip(form.value("token").get(..)).and_then(|(found, token)| {
        let role = found.role?;
        let path = format!("/invitation?token={token}");
        let next = form_urlencoded::Serializer::new(String::new()).append_pair("next", &path).finish();
        let can_accept = frame.person.as_ref().is_some_and(|person| person.address == found.address);
        let hint = match &frame.person {
            Some(_) => frame.s("invitation-other").into_owned(),
            None => frame.with("invitation-sign-in", "email", &found.address),
        };
        let inviter = found.inviter.unwrap_or_else(|| organizer.clone());
        Some(Offer {
            lead: frame.with2("invitation-lead", "inviter", inviter, "organizer", &organizer),
            role: frame.role(role).into_owned(),
            may: frame.role_may(role).into_owned(),
            can_accept,
            hint,
            next: format!("?{next}"),
        })
    });
    show(request, frame, status, &InvitationPage { f: frame, form, title, offer })
}

/// Shows the invitation of a link.
pub async fn page(request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let frame = Frame::of(&request).await?;
    let form = Form::of(Fields::of_query(&request));
    match teams::invitation(&Services::of(&request).tools.records, form.value("token")).await {
        Ok(found) => Ok(answer(&request, &frame, StatusCode::OK, &form, Some(found))),
        Err(Refusal::NotFound) => Ok(answer(&request, &frame, StatusCode::NOT_FOUND, &form, None)),
        Err(refusal) => Err(refusal.into()),
    }
}

/// Accepts an invitation.
pub async fn accept(request: HttpRequest, payload: web::Payload) -> Result<HttpResponse, ApiError> {
    let fields = Fields::read(&request, payload).await?;
    let frame = Frame::of(&request).await?;
    let records = &Services::of(&request).tools.records;
    match teams::accept(records, &caller(&request), fields.get("token")).await {
        Ok(organizer) => Ok(done(&format!("/organizer?organizer={}", organizer.slug), "joined")),
        Err(Refusal::Conflict(_)) => {
            let found = teams::invitation(records, fields.get("token")).await?;
            let form = Form::refused_as(fields, frame.s("invitation-other").into_owned());
            Ok(answer(&request, &frame, REFUSED, &form, Some(found)))
        }
        Err(Refusal::NotFound) => Ok(answer(&request, &frame, StatusCode::NOT_FOUND, &Form::of(fields), None)),
        Err(refusal) => Err(refusal.into()),
    }
}
