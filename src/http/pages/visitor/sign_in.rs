//! `/sign-in` and `/sign-out`. Between the password and the code of a second factor, the browser keeps both sealed.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    super::{
        Fields, Form, Frame,
        form::{done, local_path, see_other},
        show,
    },
    REFUSED, admit,
};
use crate::{
    http::{
        auth::{browser, caller, forget_session, keep_session},
        server::{ApiError, Services},
    },
    work::{
        Refusal,
        people::sign_in::{self, SignIn},
    },
};

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInPage<'a> {
    f: &'a Frame,
    form: &'a Form,
}

#[derive(Template)]
#[template(path = "sign_in_code.html")]
struct CodePage<'a> {
    f: &'a Frame,
    form: &'a Form,
    ticket: String,
}

/// Address and password that were right, while the code is asked for.
#[derive(Serialize, Deserialize)]
struct FirstStep {
    email: String,
    password: String,
    at: i64,
}

/// Time for the code, in seconds.
const STEP_VALID: i64 = 300;
const CONTEXT: &[u8] = b"first step of a sign-in";

impl FirstStep {
    fn seal(&self, services: &Services) -> String {
        let plain = serde_json::to_vec(self).expect("a struct of strings serializes");
        URL_SAFE_NO_PAD.encode(services.tools.records.catalog.secret().seal(&plain, CONTEXT))
    }

    fn open(services: &Services, sealed: &str) -> Option<Self> {
        let sealed = URL_SAFE_NO_PAD.decode(sealed).ok()?;
        let plain = services.tools.records.catalog.secret().open(&sealed, CONTEXT).ok()?;
        let step: Self = serde_json::from_slice(&plain).ok()?;
        (Timestamp::now().as_second() - step.at <= STEP_VALID).then_some(step)
    }
}

/// Shows the form.
pub async fn page(request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let frame = Frame::of(&request).await?;
    let fields = Fields::of_query(&request);
    if frame.person.is_some() {
        return Ok(see_other(local_path(fields.get("next")).unwrap_or("/my-tickets")));
    }
    let form = Form::of(fields);
    Ok(show(&request, &frame, StatusCode::OK, &SignInPage { f: &frame, form: &form }))
}

/// Signs in, or asks for the code of the second factor.
pub async fn submit(request: HttpRequest, payload: web::Payload) -> Result<HttpResponse, ApiError> {
    let fields = Fields::read(&request, payload).await?;
    admit(&request)?;
    let frame = Frame::of(&request).await?;
    let services = Services::of(&request);
    let refused = |fields, text: String| {
        let form = Form::refused_as(fields, text);
        show(&request, &frame, REFUSED, &SignInPage { f: &frame, form: &form })
    };
    let command = match fields.some("ticket") {
        None => {
            SignIn { email: fields.get("email").to_owned(), password: fields.get("password").to_owned(), code: None }
        }
        Some(ticket) => match FirstStep::open(services, &ticket) {
            Some(step) => SignIn { email: step.email, password: step.password, code: fields.some("code") },
            None => return Ok(refused(fields, frame.s("sign-in-code-wrong").into_owned())),
        },
    };
    let step = FirstStep {
        email: command.email.clone(),
        password: command.password.clone(),
        at: Timestamp::now().as_second(),
    };
    match sign_in::sign_in(&services.tools, command, browser(&request)).await {
        Ok(signed_in) => {
            let mut response = see_other(local_path(fields.get("next")).unwrap_or("/my-tickets"));
            keep_session(services, &mut response, &signed_in);
            Ok(response)
        }
        Err(Refusal::SecondFactorNeeded) => {
            let form = Form::of(fields);
            let page = CodePage { f: &frame, form: &form, ticket: step.seal(services) };
            Ok(show(&request, &frame, StatusCode::OK, &page))
        }
        Err(Refusal::WrongPassword) => match fields.some("ticket") {
            // The first step stays valid as long as it was.
            Some(ticket) => {
                let form = Form::refused_as(fields, frame.s("sign-in-code-wrong").into_owned());
                Ok(show(&request, &frame, REFUSED, &CodePage { f: &frame, form: &form, ticket }))
            }
            None => Ok(refused(fields, frame.s("sign-in-wrong").into_owned())),
        },
        Err(refusal) => {
            let form = Form::refused(fields, &frame, refusal, &[])?;
            let status = StatusCode::TOO_MANY_REQUESTS;
            Ok(show(&request, &frame, status, &SignInPage { f: &frame, form: &form }))
        }
    }
}

/// Signs out.
pub async fn sign_out(request: HttpRequest, payload: web::Payload) -> Result<HttpResponse, ApiError> {
    Fields::read(&request, payload).await?;
    let services = Services::of(&request);
    match sign_in::sign_out(&services.tools.records, &caller(&request)).await {
        Ok(()) | Err(Refusal::NotSignedIn) => {}
        Err(refusal) => return Err(refusal.into()),
    }
    let mut response = done("/sign-in", "signed-out");
    forget_session(services, &mut response);
    Ok(response)
}
