//! Answers of the usual kinds. Answers about people are never kept by caches.

use actix_web::{
    HttpResponse, HttpResponseBuilder,
    http::{StatusCode, header},
};

use crate::work::downloads::Delivery;

const PRIVATE: (header::HeaderName, &str) = (header::CACHE_CONTROL, "private, no-store");

/// An answer for the client alone.
pub fn private(status: StatusCode) -> HttpResponseBuilder {
    let mut response = HttpResponseBuilder::new(status);
    response.insert_header(PRIVATE);
    response
}

/// 201 for something new that is found at `location`.
pub fn created(location: String) -> HttpResponseBuilder {
    let mut response = HttpResponse::Created();
    response.insert_header((header::LOCATION, location));
    response
}

/// 202 for work that goes on and is watched at `location`.
pub fn accepted(location: String) -> HttpResponseBuilder {
    let mut response = private(StatusCode::ACCEPTED);
    response.insert_header((header::LOCATION, location));
    response
}

/// 302 to a pre-signed URL.
pub fn redirect(url: &str) -> HttpResponse {
    private(StatusCode::FOUND).insert_header((header::LOCATION, url)).finish()
}

/// A file of a registration: a redirect to storage, or the PDF itself.
pub fn deliver(delivery: Delivery) -> HttpResponse {
    match delivery {
        Delivery::Redirect(url) => redirect(&url),
        Delivery::File { bytes, name } => private(StatusCode::OK)
            .content_type("application/pdf")
            .insert_header((header::CONTENT_DISPOSITION, format!("inline; filename=\"{name}\"")))
            .body(bytes),
    }
}
