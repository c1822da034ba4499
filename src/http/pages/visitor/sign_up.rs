//! `/sign-up` and `/verify`: a new account, and the proof that its address is one's own.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;

use super::{
    super::{
        Fields, Form, Frame,
        form::{done, local_path, see_other},
        show,
    },
    ACCOUNT, REFUSED, admit,
};
use crate::{
    domain::SignUp,
    http::{
        auth::{browser, caller, keep_session},
        server::{ApiError, Services},
    },
    work::{
        Refusal,
        people::sign_up::{self, Confirmed, Proof},
    },
};

#[derive(Template)]
#[template(path = "sign_up.html")]
struct SignUpPage<'a> {
    f: &'a Frame,
    form: &'a Form,
    is_open: bool,
}

fn sign_up_page(request: &HttpRequest, frame: &Frame, status: StatusCode, form: &Form) -> HttpResponse {
    let is_open = Services::of(request).tools.people.settings.sign_up;
    show(request, frame, status, &SignUpPage { f: frame, form, is_open })
}

/// Shows the form of a new account.
pub async fn page(request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let frame = Frame::of(&request).await?;
    let form = Form::of(Fields::of_query(&request));
    Ok(sign_up_page(&request, &frame, StatusCode::OK, &form))
}

/// Asks for a new account. The next page is the same whether the address has an account or not.
pub async fn submit(request: HttpRequest, payload: web::Payload) -> Result<HttpResponse, ApiError> {
    let fields = Fields::read(&request, payload).await?;
    admit(&request)?;
    let frame = Frame::of(&request).await?;
    let command = SignUp {
        email: fields.get("email").to_owned(),
        password: fields.get("password").to_owned(),
        name: fields.get("name").to_owned(),
        language: frame.language(),
    };
    match sign_up::request(&Services::of(&request).tools, command).await {
        Ok(()) => {
            let query = form_urlencoded::Serializer::new(String::new())
                .append_pair("email", fields.get("email").trim())
                .append_pair("next", next(&fields))
                .finish();
            Ok(see_other(&format!("/verify?{query}")))
        }
        Err(refusal) => {
            let form = Form::refused(fields, &frame, refusal, ACCOUNT)?;
            Ok(sign_up_page(&request, &frame, REFUSED, &form))
        }
    }
}

/// Returns the page that follows: the one that was asked for, or the one for what the account is for.
fn next(fields: &Fields) -> &str {
    let chosen = if fields.get("for") == "organizer" { "/organizer" } else { "/my-tickets" };
    local_path(fields.get("next")).unwrap_or(chosen)
}

#[derive(Template)]
#[template(path = "verify.html")]
struct VerifyPage<'a> {
    f: &'a Frame,
    form: &'a Form,
}

#[derive(Template)]
#[template(path = "verify_link.html")]
struct VerifyLinkPage<'a> {
    f: &'a Frame,
    form: &'a Form,
    /// True for a new account: somebody else may have signed up with the address.
    asks_password: bool,
}

fn verify_page(request: &HttpRequest, frame: &Frame, status: StatusCode, form: &Form) -> HttpResponse {
    match form.value("token").is_empty() {
        true => show(request, frame, status, &VerifyPage { f: frame, form }),
        false => {
            let records = &Services::of(request).tools.records;
            let asks_password = sign_up::is_sign_up(records, form.value("token"));
            show(request, frame, status, &VerifyLinkPage { f: frame, form, asks_password })
        }
    }
}

/// Asks for the code of a message, or for a press of a button if its link was opened: programs that read mails open links.
pub async fn verify(request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let frame = Frame::of(&request).await?;
    let form = Form::of(Fields::of_query(&request));
    Ok(verify_page(&request, &frame, StatusCode::OK, &form))
}

/// Confirms an address: the one of a new account, whose owner is signed in, or a new one of the account that is signed in.
pub async fn confirm(request: HttpRequest, payload: web::Payload) -> Result<HttpResponse, ApiError> {
    let fields = Fields::read(&request, payload).await?;
    admit(&request)?;
    let frame = Frame::of(&request).await?;
    let services = Services::of(&request);
    let proof = match fields.some("token") {
        Some(token) => Proof::Token { token, password: Some(fields.get("password").to_owned()) },
        None => Proof::Code { email: fields.get("email").to_owned(), code: fields.get("code").to_owned() },
    };
    match sign_up::confirm(&services.tools, &caller(&request), proof, browser(&request)).await {
        Ok(Confirmed::Address { .. }) => Ok(done("/account", "verified")),
        Err(Refusal::NotSignedIn) => Err(Refusal::NotSignedIn.into()),
        Ok(Confirmed::SignUp(signed_in)) => {
            let mut response = done(local_path(fields.get("next")).unwrap_or("/my-tickets"), "verified");
            keep_session(services, &mut response, &signed_in);
            Ok(response)
        }
        Err(Refusal::WrongPassword) if fields.some("token").is_some() => {
            let form = Form::refused_as(fields, frame.s("verify-link-used").into_owned());
            Ok(verify_page(&request, &frame, REFUSED, &form))
        }
        Err(Refusal::WrongPassword) => {
            let wrong = Refusal::invalid("/code", "is not the present code");
            let form = Form::refused(fields, &frame, wrong, &[("/code", "code", "verify-code")])?;
            Ok(verify_page(&request, &frame, REFUSED, &form))
        }
        Err(refusal) => {
            let form = Form::refused(fields, &frame, refusal, ACCOUNT)?;
            Ok(verify_page(&request, &frame, REFUSED, &form))
        }
    }
}
