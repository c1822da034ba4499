//! `/account` and below: the account of the person who is signed in.

pub mod erase;
pub mod overview;
pub mod second_factor;

use actix_web::{HttpRequest, HttpResponse};

use super::{Frame, form::see_other};

/// Sends a person who is not signed in to the page for that, and back afterwards.
pub(super) fn sign_in_first(request: &HttpRequest, frame: &Frame) -> Option<HttpResponse> {
    if frame.person.is_some() {
        return None;
    }
    let back = if request.method().is_safe() { frame.path.as_str() } else { "/account" };
    let query = form_urlencoded::Serializer::new(String::new()).append_pair("next", back).finish();
    Some(see_other(&format!("/sign-in?{query}")))
}
