//! `POST /api/register`: taking seats.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{
        StatusCode,
        header::{self, HeaderMap},
    },
    web,
};
use serde::Deserialize;
use utoipa::ToSchema;

use super::answer::{RegisteredAnswer, RegistrationAnswer, with_token};
use crate::{
    domain::{Attendee, IdempotencyKey, RegistrationStatus},
    http::{
        read::{FreeObject, RegisterIfRoom},
        server::{ApiError, Problems, Services, private},
    },
    metrics::REGISTRATIONS,
    work::{
        registrations::{self, Answered, Register},
        tickets,
    },
};

/// A request for seats.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RegisterBody {
    /// The event's slug or id.
    #[schema(example = "gardenia-2025")]
    event: String,
    /// Code of the ticket type; optional if the event has one type.
    #[schema(example = "general")]
    ticket_type: Option<String>,
    /// One ticket each; the first one is the contact.
    #[schema(min_items = 1)]
    attendees: Vec<AttendeeBody>,
    #[serde(default)]
    #[schema(value_type = Object)]
    answers: FreeObject,
}

/// The person that a ticket is for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AttendeeBody {
    #[schema(example = "Ada Lovelace", min_length = 1, max_length = 200)]
    name: String,
    #[schema(example = "ada@example.com", format = Email, max_length = 254)]
    email: String,
}

/// Registers attendees: takes a seat for each of them.
#[utoipa::path(post, path = "/api/register", tag = "Registering", operation_id = "register",
    request_body = RegisterBody,
    params(
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 255 visible characters, random: whoever repeats the request with the same key gets the access token again, for 24 hours. Makes it harmless to repeat the request"),
        ("Prefer" = Option<String>, Header, description = "`return=minimal` omits the pictures of the codes"),
    ),
    responses(
        (status = 201, description = "The seats are taken; the tickets follow", body = RegisteredAnswer,
            headers(("Location" = String, description = "URL of the registration"),
                    ("Idempotent-Replayed" = Option<String>, description = "`true` if an earlier request with this key took the seats"))),
        Problems,
    ))]
pub async fn create(
    request: HttpRequest,
    services: web::Data<Services>,
    body: RegisterIfRoom<RegisterBody>,
) -> Result<HttpResponse, ApiError> {
    let RegisterBody { event, ticket_type, attendees, answers } = body.0;
    let key = idempotency_key(request.headers()).inspect_err(|_| {
        metrics::counter!(REGISTRATIONS, "outcome" => "invalid").increment(1);
    })?;
    let attendees = attendees.into_iter().map(|a| Attendee { name: a.name, email: a.email }).collect();
    let command = Register { event, ticket_type, attendees, answers: answers.0, key };
    let answered = registrations::register(&services.tools, command).await?;
    let Answered { setup, registration, replayed, gives_access } = &answered;
    let with_pictures = *gives_access && registration.status == RegistrationStatus::Confirmed;
    let pictures = match with_pictures && !prefers_minimal(request.headers()) {
        true => Box::pin(tickets::code_pictures(&services.tools.files, setup, registration)).await,
        false => None,
    };
    let token = gives_access.then(|| registrations::access_token(&services.tools.records, setup, registration));
    let data = RegistrationAnswer::new(&services, setup, registration, token.as_ref(), pictures);
    let location = services.link(&with_token(&format!("/api/register/{}", data.registration_id), token.as_ref()));
    let mut response = private(StatusCode::CREATED);
    response.insert_header((header::LOCATION, location));
    if *replayed {
        response.insert_header(("idempotent-replayed", "true"));
    }
    let answer = RegisteredAnswer { success: true, message: "Registration successful", data };
    Ok(response.json(answer))
}

fn idempotency_key(headers: &HeaderMap) -> Result<Option<IdempotencyKey>, ApiError> {
    let mut given = headers.get_all("idempotency-key");
    match (given.next(), given.next()) {
        (None, _) => Ok(None),
        (Some(_), Some(_)) => Err(ApiError::malformed("Idempotency-Key must be given once")),
        (Some(value), None) => value
            .to_str()
            .unwrap_or_default()
            .parse()
            .map(Some)
            .map_err(|fault: &'static str| ApiError::malformed(fault)),
    }
}

fn prefers_minimal(headers: &HeaderMap) -> bool {
    let preferences = headers.get_all("prefer").filter_map(|value| value.to_str().ok());
    preferences.flat_map(|value| value.split([',', ';'])).any(|preference| preference.trim() == "return=minimal")
}
