//! The page on which a recipient ends the announcements of an organizer.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode};
use askama::Template;

use super::{Frame, show};

#[derive(Template)]
#[template(path = "unsubscribe.html")]
struct UnsubscribePage<'a> {
    f: &'a Frame,
    organizer: &'a str,
    is_done: bool,
}

/// Asks, or says that it is done.
pub fn unsubscribe_page(request: &HttpRequest, organizer: &str, is_done: bool) -> HttpResponse {
    let frame = Frame::anonymous(request);
    show(request, &frame, StatusCode::OK, &UnsubscribePage { f: &frame, organizer, is_done })
}
