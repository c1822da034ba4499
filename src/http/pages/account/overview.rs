//! `/account`: name, address, password, second factor, sessions and data on one page, a form for each.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;
use uuid::Uuid;

use super::{
    super::{
        Fields, Form, Frame,
        form::{FieldNames, done},
        show,
        visitor::admit,
    },
    sign_in_first,
};
use crate::{
    db::{AccountRow, SessionRow},
    http::{
        auth::caller,
        server::{ApiError, Services},
    },
    work::{
        Refusal,
        people::{
            accounts::{self, AccountChange},
            second_factor, sign_in,
        },
    },
};

#[derive(Template)]
#[template(path = "account.html")]
struct AccountPage<'a> {
    f: &'a Frame,
    form: &'a Form,
    account: AccountRow,
    codes: i64,
    sessions: Vec<SessionRow>,
    current: Uuid,
}

async fn answer(
    request: &HttpRequest,
    frame: &Frame,
    status: StatusCode,
    fields: impl FnOnce(&AccountRow) -> Result<Form, ApiError>,
) -> Result<HttpResponse, ApiError> {
    let (tools, caller) = (&Services::of(request).tools, caller(request));
    let (account, codes) = accounts::find(tools, &caller).await?;
    let (current, sessions) = sign_in::sessions(&tools.records, &caller).await?;
    let form = fields(&account)?;
    Ok(show(request, frame, status, &AccountPage { f: frame, form: &form, account, codes, sessions, current }))
}

/// Shows the account.
pub async fn page(request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let frame = Frame::of(&request).await?;
    if let Some(elsewhere) = sign_in_first(&request, &frame) {
        return Ok(elsewhere);
    }
    answer(&request, &frame, StatusCode::OK, |account| Ok(Form::of(Fields::default().or("name", &account.name)))).await
}

/// Answers a form: with the page again if it was refused.
async fn finish(
    request: &HttpRequest,
    frame: &Frame,
    fields: Fields,
    outcome: Result<(), Refusal>,
    names: FieldNames,
    what: &str,
) -> Result<HttpResponse, ApiError> {
    match outcome {
        Ok(()) => Ok(done("/account", what)),
        Err(refusal) => {
            let refused = |account: &AccountRow| Form::refused(fields.or("name", &account.name), frame, refusal, names);
            answer(request, frame, StatusCode::UNPROCESSABLE_ENTITY, refused).await
        }
    }
}

/// Reads a form of a person who is signed in.
async fn read(request: &HttpRequest, payload: web::Payload) -> Result<Result<(Frame, Fields), HttpResponse>, ApiError> {
    let fields = Fields::read(request, payload).await?;
    let frame = Frame::of(request).await?;
    Ok(match sign_in_first(request, &frame) {
        Some(elsewhere) => Err(elsewhere),
        None => Ok((frame, fields)),
    })
}

/// Changes name and language.
pub async fn profile(request: HttpRequest, payload: web::Payload) -> Result<HttpResponse, ApiError> {
    let (frame, fields) = match read(&request, payload).await? {
        Ok(read) => read,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let change = AccountChange {
        name: Some(fields.get("name").to_owned()),
        language: fields.some("locale"),
        ..AccountChange::default()
    };
    let outcome = accounts::change(&Services::of(&request).tools, &caller(&request), change).await.map(drop);
    let names: FieldNames = &[("/name", "name", "sign-up-name"), ("/locale", "locale", "language")];
    finish(&request, &frame, fields, outcome, names, "saved").await
}

/// Asks a new address to confirm itself.
pub async fn address(request: HttpRequest, payload: web::Payload) -> Result<HttpResponse, ApiError> {
    let (frame, fields) = match read(&request, payload).await? {
        Ok(read) => read,
        Err(elsewhere) => return Ok(elsewhere),
    };
    admit(&request)?;
    let change = AccountChange {
        email: Some(fields.get("email").to_owned()),
        password: Some(fields.get("address-password").to_owned()),
        ..AccountChange::default()
    };
    let outcome = accounts::change(&Services::of(&request).tools, &caller(&request), change).await.map(drop);
    if outcome.is_ok() {
        let email = form_urlencoded::Serializer::new(String::new())
            .append_pair("email", fields.get("email").trim())
            .append_pair("next", "/account")
            .finish();
        return Ok(done(&format!("/verify?{email}"), "address"));
    }
    let names: FieldNames =
        &[("/email", "email", "account-address-new"), ("/currentPassword", "address-password", "account-password-now")];
    finish(&request, &frame, fields, outcome, names, "address").await
}

/// Changes the password.
pub async fn password(request: HttpRequest, payload: web::Payload) -> Result<HttpResponse, ApiError> {
    let (frame, fields) = match read(&request, payload).await? {
        Ok(read) => read,
        Err(elsewhere) => return Ok(elsewhere),
    };
    admit(&request)?;
    let (present, new) = (fields.get("present").to_owned(), fields.get("password").to_owned());
    let outcome = accounts::set_password(&Services::of(&request).tools, &caller(&request), present, new).await;
    let names: FieldNames =
        &[("/password", "password", "account-password-new"), ("/currentPassword", "present", "account-password-now")];
    finish(&request, &frame, fields, outcome, names, "password").await
}

/// Removes the second factor.
pub async fn remove_factor(request: HttpRequest, payload: web::Payload) -> Result<HttpResponse, ApiError> {
    let (frame, fields) = match read(&request, payload).await? {
        Ok(read) => read,
        Err(elsewhere) => return Ok(elsewhere),
    };
    admit(&request)?;
    let present = fields.get("factor-password").to_owned();
    let outcome = second_factor::remove(&Services::of(&request).tools, &caller(&request), present).await;
    let names: FieldNames = &[("/currentPassword", "factor-password", "account-password-now")];
    finish(&request, &frame, fields, outcome, names, "factor-removed").await
}

/// Ends a session, or all others.
pub async fn end_session(request: HttpRequest, payload: web::Payload) -> Result<HttpResponse, ApiError> {
    let (_, fields) = match read(&request, payload).await? {
        Ok(read) => read,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let (records, caller) = (&Services::of(&request).tools.records, caller(&request));
    let ended = match fields.get("session") {
        "others" => sign_in::end_other_sessions(records, &caller).await,
        id => sign_in::end_session(records, &caller, id).await,
    };
    match ended {
        // It may have ended meanwhile.
        Ok(()) | Err(Refusal::NotFound) => Ok(done("/account", "session")),
        Err(refusal) => Err(refusal.into()),
    }
}
