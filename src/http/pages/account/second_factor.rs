//! `/account/second-factor`: password, code for the app, first code, recovery codes.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;

use super::{
    super::{Fields, Form, Frame, form::FieldNames, show, visitor::admit},
    sign_in_first,
};
use crate::{
    http::{
        auth::caller,
        server::{ApiError, Services},
    },
    render::QrImage,
    work::people::second_factor::{self, Setup},
};

#[derive(Template)]
#[template(path = "factor_password.html")]
struct PasswordPage<'a> {
    f: &'a Frame,
    form: &'a Form,
}

#[derive(Template)]
#[template(path = "factor_code.html")]
struct CodePage<'a> {
    f: &'a Frame,
    form: &'a Form,
    /// The address for the app, as an image (SVG).
    picture: String,
    secret: String,
    setup: String,
    url: String,
}

#[derive(Template)]
#[template(path = "recovery.html")]
struct RecoveryPage<'a> {
    f: &'a Frame,
    codes: Vec<String>,
}

const NAMES: FieldNames = &[
    ("/currentPassword", "present", "account-password-now"),
    ("/code", "code", "factor-code"),
    ("/setup", "code", "factor-code"),
];

/// Asks for the password.
pub async fn page(request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let frame = Frame::of(&request).await?;
    if let Some(elsewhere) = sign_in_first(&request, &frame) {
        return Ok(elsewhere);
    }
    Ok(show(&request, &frame, StatusCode::OK, &PasswordPage { f: &frame, form: &Form::default() }))
}

/// Shows the code for the app after the password, and the recovery codes after the first code of the app.
pub async fn submit(request: HttpRequest, payload: web::Payload) -> Result<HttpResponse, ApiError> {
    let fields = Fields::read(&request, payload).await?;
    let frame = Frame::of(&request).await?;
    if let Some(elsewhere) = sign_in_first(&request, &frame) {
        return Ok(elsewhere);
    }
    admit(&request)?;
    let (tools, caller) = (&Services::of(&request).tools, caller(&request));
    let Some(setup) = fields.some("setup") else {
        return Ok(match second_factor::begin(tools, &caller, fields.get("present").to_owned()).await {
            Ok(begun) => code_page(&request, &frame, StatusCode::OK, &Form::of(fields), begun),
            Err(refusal) => {
                let form = Form::refused(fields, &frame, refusal, NAMES)?;
                show(&request, &frame, StatusCode::UNPROCESSABLE_ENTITY, &PasswordPage { f: &frame, form: &form })
            }
        });
    };
    match second_factor::confirm(&tools.records, &caller, &setup, fields.get("code")).await {
        Ok(codes) => Ok(show(&request, &frame, StatusCode::OK, &RecoveryPage { f: &frame, codes })),
        Err(refusal) => {
            let (secret, url) = (fields.get("secret").to_owned(), fields.get("url").to_owned());
            let form = Form::refused(fields, &frame, refusal, NAMES)?;
            let begun = Setup { secret, url, setup };
            Ok(code_page(&request, &frame, StatusCode::UNPROCESSABLE_ENTITY, &form, begun))
        }
    }
}

fn code_page(request: &HttpRequest, frame: &Frame, status: StatusCode, form: &Form, begun: Setup) -> HttpResponse {
    let Setup { secret, url, setup } = begun;
    // The address comes back from the browser, and may be any text.
    let picture = QrImage::of_text(&url).map_or_else(String::new, |code| code.svg());
    show(request, frame, status, &CodePage { f: frame, form, picture, secret, setup, url })
}
