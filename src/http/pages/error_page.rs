//! Error pages: an error of a page is shown as a page; errors of the API stay as they are.

use actix_web::{
    Error, HttpRequest, HttpResponse,
    body::{BoxBody, EitherBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::{Method, StatusCode, header},
    middleware::Next,
};
use askama::Template;

use super::{Frame, show};
use crate::http::{read::preferred, server::ProblemFacts};

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage<'a> {
    f: &'a Frame,
    status: u16,
    title: String,
    lead: String,
    /// Seconds after which the page tries again by itself.
    refresh: Option<u64>,
    can_retry: bool,
    reference: String,
}

/// Shows the errors of pages to people. A panic is an error of the framework here, and keeps the form for programs.
pub async fn show_errors(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<EitherBody<impl MessageBody, BoxBody>>, Error> {
    if !is_page(request.request()) {
        return next.call(request).await.map(ServiceResponse::map_into_left_body);
    }
    let response = next.call(request).await?;
    let facts = response.response().extensions().get::<ProblemFacts>().cloned();
    Ok(match facts {
        Some(facts) => {
            let page = error_page(response.request(), &facts, response.response().head());
            response.into_response(page).map_into_right_body()
        }
        None => response.map_into_left_body(),
    })
}

/// True for a request of a browser that shows the answer to a person.
fn is_page(request: &HttpRequest) -> bool {
    let path = request.path();
    let is_for_programs = ["/api/", "/assets/", "/docs"].iter().any(|prefix| path.starts_with(prefix));
    let accepts = || {
        request.headers().contains_key(header::ACCEPT)
            && preferred(request, &["application/json", "text/html"]) == Some("text/html")
    };
    !is_for_programs && accepts()
}

fn error_page(request: &HttpRequest, facts: &ProblemFacts, head: &actix_web::dev::ResponseHead) -> HttpResponse {
    let frame = Frame::anonymous(request);
    let seconds = facts.retry_after.unwrap_or(1);
    let with_seconds = |id: &str| frame.with(id, "seconds", seconds.to_string());
    let text = |id: &str| frame.s(id).into_owned();
    let (title, lead) = match facts.status {
        StatusCode::FORBIDDEN => (text("error-403-title"), text("error-403-lead")),
        StatusCode::CONFLICT => (text("error-409-title"), frame.fault(&facts.detail)),
        StatusCode::TOO_MANY_REQUESTS => (text("error-429-title"), with_seconds("error-429-lead")),
        StatusCode::SERVICE_UNAVAILABLE => (text("error-503-title"), with_seconds("error-503-lead")),
        status if status.is_server_error() => (text("error-500-title"), text("error-500-lead")),
        _ => (text("error-404-title"), text("error-404-lead")),
    };
    let is_get = request.method() == Method::GET;
    let can_retry = is_get && facts.retry_after.is_some();
    let page = ErrorPage {
        f: &frame,
        status: facts.status.as_u16(),
        title,
        lead,
        refresh: facts.retry_after.filter(|_| can_retry && facts.status == StatusCode::SERVICE_UNAVAILABLE),
        can_retry,
        reference: facts.request_id.clone(),
    };
    let mut response = show(request, &frame, facts.status, &page);
    for name in [header::RETRY_AFTER, header::ALLOW] {
        if let Some(value) = head.headers().get(&name) {
            response.headers_mut().insert(name, value.clone());
        }
    }
    response
}
