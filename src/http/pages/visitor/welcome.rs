//! `/`: the first page.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode};
use askama::Template;

use super::super::{Frame, show};
use crate::http::server::ApiError;

#[derive(Template)]
#[template(path = "welcome.html")]
struct Welcome<'a> {
    f: &'a Frame,
}

pub async fn page(request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let frame = Frame::of(&request).await?;
    Ok(show(&request, &frame, StatusCode::OK, &Welcome { f: &frame }))
}
