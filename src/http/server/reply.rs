//! Common kinds of answers. Answers with personal data are not cacheable.

use actix_web::{
    HttpRequest, HttpResponse, HttpResponseBuilder,
    http::{Method, StatusCode, header},
};

use jiff::Timestamp;

use super::Services;
use crate::{
    domain::{EventSetup, RegistrationId},
    mail::{CalendarNote, calendar},
    work::downloads::Delivery,
};

const PRIVATE: (header::HeaderName, &str) = (header::CACHE_CONTROL, "private, no-store");

/// Starts an answer that no cache may keep.
pub fn private(status: StatusCode) -> HttpResponseBuilder {
    let mut response = HttpResponseBuilder::new(status);
    response.insert_header(PRIVATE);
    response
}

/// Starts a 201 for a new resource at `location`.
pub fn created(location: String) -> HttpResponseBuilder {
    let mut response = HttpResponse::Created();
    response.insert_header((header::LOCATION, location));
    response
}

/// Starts a 202 for work that continues; its state is at `location`.
pub fn accepted(location: String) -> HttpResponseBuilder {
    let mut response = private(StatusCode::ACCEPTED);
    response.insert_header((header::LOCATION, location));
    response
}

/// Returns a 302 to a pre-signed URL.
pub fn redirect(url: &str) -> HttpResponse {
    private(StatusCode::FOUND).insert_header((header::LOCATION, url)).finish()
}

/// Returns the event of a registration as a calendar file.
pub fn calendar_of(services: &Services, id: &RegistrationId, setup: &EventSetup) -> HttpResponse {
    let note = CalendarNote { registration: id.to_string(), url: Some(services.link(&format!("/registrations/{id}"))) };
    private(StatusCode::OK)
        .content_type("text/calendar; charset=utf-8")
        .insert_header((header::CONTENT_DISPOSITION, format!("attachment; filename=\"{id}.ics\"")))
        .body(calendar(setup, &note, Timestamp::now()))
}

/// Returns a file of a registration: a redirect to storage, or the PDF. HEAD is answered without a redirect, because a
/// pre-signed URL refuses it.
pub fn deliver(request: &HttpRequest, delivery: Delivery) -> HttpResponse {
    match delivery {
        Delivery::Redirect(_) if request.method() == Method::HEAD => {
            private(StatusCode::OK).content_type("application/pdf").finish()
        }
        Delivery::Redirect(url) => redirect(&url),
        Delivery::File { bytes, name } => private(StatusCode::OK)
            .content_type("application/pdf")
            .insert_header((header::CONTENT_DISPOSITION, format!("inline; filename=\"{name}\"")))
            .body(bytes),
    }
}
