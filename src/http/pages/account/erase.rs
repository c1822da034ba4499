//! `/account/erase`: the end of an account.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;

use super::{
    super::{Fields, Form, Frame, form::done, show, visitor::admit},
    sign_in_first,
};
use crate::{
    http::{
        auth::{caller, forget_session},
        server::{ApiError, Services},
    },
    work::people::accounts,
};

#[derive(Template)]
#[template(path = "account_erase.html")]
struct ErasePage<'a> {
    f: &'a Frame,
    form: &'a Form,
}

/// Says what is erased, and asks for the password.
pub async fn page(request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let frame = Frame::of(&request).await?;
    if let Some(elsewhere) = sign_in_first(&request, &frame) {
        return Ok(elsewhere);
    }
    Ok(show(&request, &frame, StatusCode::OK, &ErasePage { f: &frame, form: &Form::default() }))
}

/// Erases the account.
pub async fn submit(request: HttpRequest, payload: web::Payload) -> Result<HttpResponse, ApiError> {
    let fields = Fields::read(&request, payload).await?;
    let frame = Frame::of(&request).await?;
    if let Some(elsewhere) = sign_in_first(&request, &frame) {
        return Ok(elsewhere);
    }
    admit(&request)?;
    let services = Services::of(&request);
    match accounts::erase(&services.tools, &caller(&request), fields.get("present").to_owned()).await {
        Ok(()) => {
            let mut response = done("/sign-in", "erased");
            forget_session(services, &mut response);
            Ok(response)
        }
        Err(refusal) => {
            let names = &[("/currentPassword", "present", "account-password-now")];
            let form = Form::refused(fields, &frame, refusal, names)?;
            Ok(show(&request, &frame, StatusCode::UNPROCESSABLE_ENTITY, &ErasePage { f: &frame, form: &form }))
        }
    }
}
