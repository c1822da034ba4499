//! `/reset-password`: asks for the link to a new password, and sets it.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;

use super::{
    super::{Fields, Form, Frame, form::done, show},
    ACCOUNT, REFUSED, admit,
};
use crate::{
    http::{
        auth::{browser, keep_session},
        server::{ApiError, Services},
    },
    work::{Refusal, people::sign_in},
};

#[derive(Template)]
#[template(path = "reset_request.html")]
struct RequestPage<'a> {
    f: &'a Frame,
    form: &'a Form,
    is_sent: bool,
}

#[derive(Template)]
#[template(path = "reset.html")]
struct ResetPage<'a> {
    f: &'a Frame,
    form: &'a Form,
    is_valid: bool,
}

/// Asks for the address, or for the new password if the link of a message was opened.
pub async fn page(request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let frame = Frame::of(&request).await?;
    let form = Form::of(Fields::of_query(&request));
    if form.value("token").is_empty() {
        return Ok(show(&request, &frame, StatusCode::OK, &RequestPage { f: &frame, form: &form, is_sent: false }));
    }
    let is_valid = sign_in::can_reset(&Services::of(&request).tools.records, form.value("token")).await?;
    let status = if is_valid { StatusCode::OK } else { StatusCode::NOT_FOUND };
    Ok(show(&request, &frame, status, &ResetPage { f: &frame, form: &form, is_valid }))
}

/// Sends the link, or sets the password.
pub async fn submit(request: HttpRequest, payload: web::Payload) -> Result<HttpResponse, ApiError> {
    let fields = Fields::read(&request, payload).await?;
    admit(&request)?;
    let frame = Frame::of(&request).await?;
    let services = Services::of(&request);
    let Some(token) = fields.some("token") else {
        let (form, is_sent) = match sign_in::request_reset(&services.tools.records, fields.get("email")).await {
            Ok(()) => (Form::of(fields), true),
            Err(refusal) => (Form::refused(fields, &frame, refusal, ACCOUNT)?, false),
        };
        let status = if is_sent { StatusCode::OK } else { REFUSED };
        return Ok(show(&request, &frame, status, &RequestPage { f: &frame, form: &form, is_sent }));
    };
    match sign_in::reset(&services.tools, &token, fields.get("password").to_owned(), browser(&request)).await {
        Ok(Some(signed_in)) => {
            let mut response = done("/my-tickets", "password");
            keep_session(services, &mut response, &signed_in);
            Ok(response)
        }
        Ok(None) => Ok(done("/sign-in", "password")),
        Err(Refusal::NotFound) => {
            let form = Form::of(fields);
            Ok(show(&request, &frame, StatusCode::NOT_FOUND, &ResetPage { f: &frame, form: &form, is_valid: false }))
        }
        Err(refusal) => {
            let form = Form::refused(fields, &frame, refusal, ACCOUNT)?;
            Ok(show(&request, &frame, REFUSED, &ResetPage { f: &frame, form: &form, is_valid: true }))
        }
    }
}
