//! `/api/me`: the account of the person who is signed in.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{AccountAnswer, admit};
use crate::{
    domain::{EventKey, RegistrationRef},
    http::{
        auth::{caller, forget_session},
        read::{Json, Page, PageQuery, Query, limit, read_cursor},
        server::{ApiError, Problems, Services, private},
    },
    work::people::{
        accounts::{self, AccountChange},
        export,
        tickets::{self, OwnRegistration},
    },
};

/// Returns the account.
#[utoipa::path(get, path = "/api/me", tag = "Accounts", operation_id = "me", security(("session" = [])),
    responses((status = 200, description = "The account", body = AccountAnswer), Problems))]
pub async fn show(request: HttpRequest, services: web::Data<Services>) -> Result<HttpResponse, ApiError> {
    let (account, _) = accounts::find(&services.tools, &caller(&request)).await?;
    Ok(private(StatusCode::OK).json(AccountAnswer::new(account)))
}

/// A change of an account; a missing field keeps its value.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ChangeAccount {
    #[schema(nullable = false)]
    name: Option<String>,
    #[schema(example = "de", nullable = false)]
    locale: Option<String>,
    /// A new address: it gets a message, and counts when it is confirmed. Both addresses are told.
    #[schema(nullable = false)]
    email: Option<String>,
    /// The present password, which a new address needs.
    #[schema(nullable = false)]
    current_password: Option<String>,
}

/// Changes the account.
#[utoipa::path(patch, path = "/api/me", tag = "Accounts", operation_id = "changeMe", security(("session" = [])),
    request_body = ChangeAccount,
    responses((status = 200, description = "The account", body = AccountAnswer), Problems))]
pub async fn change(
    request: HttpRequest,
    services: web::Data<Services>,
    body: Json<ChangeAccount>,
) -> Result<HttpResponse, ApiError> {
    let ChangeAccount { name, locale, email, current_password } = body.0;
    if email.is_some() {
        admit(&services, &request)?;
    }
    let change = AccountChange { name, language: locale, email, password: current_password };
    let account = accounts::change(&services.tools, &caller(&request), change).await?;
    Ok(private(StatusCode::OK).json(AccountAnswer::new(account)))
}

/// The present password.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PresentPassword {
    pub current_password: String,
}

/// Erases the account: what must stay for accounting stays without name and address. Tickets stay valid.
///
/// Refused to the only owner of an organizer.
#[utoipa::path(delete, path = "/api/me", tag = "Accounts", operation_id = "eraseMe", security(("session" = [])),
    request_body = PresentPassword,
    responses((status = 204, description = "The account does not exist any more"), Problems))]
pub async fn erase(
    request: HttpRequest,
    services: web::Data<Services>,
    body: Json<PresentPassword>,
) -> Result<HttpResponse, ApiError> {
    admit(&services, &request)?;
    accounts::erase(&services.tools, &caller(&request), body.0.current_password).await?;
    let mut response = private(StatusCode::NO_CONTENT).finish();
    forget_session(&services, &mut response);
    Ok(response)
}

/// The present password and a new one.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ChangePassword {
    current_password: String,
    password: String,
}

/// Changes the password, which ends all other sessions.
#[utoipa::path(put, path = "/api/me/password", tag = "Accounts", operation_id = "changePassword",
    security(("session" = [])), request_body = ChangePassword,
    responses((status = 204, description = "The password is changed"), Problems))]
pub async fn set_password(
    request: HttpRequest,
    services: web::Data<Services>,
    body: Json<ChangePassword>,
) -> Result<HttpResponse, ApiError> {
    admit(&services, &request)?;
    let ChangePassword { current_password, password } = body.0;
    accounts::set_password(&services.tools, &caller(&request), current_password, password).await?;
    Ok(private(StatusCode::NO_CONTENT).finish())
}

/// Returns everything that is known about the person, as a file.
#[utoipa::path(get, path = "/api/me/export", tag = "Accounts", operation_id = "exportMe", security(("session" = [])),
    responses((status = 200, description = "Account, sessions, organizers and registrations", body = Object), Problems))]
pub async fn export(request: HttpRequest, services: web::Data<Services>) -> Result<HttpResponse, ApiError> {
    let export = export::export(&services.tools.records, &caller(&request)).await?;
    Ok(private(StatusCode::OK)
        .insert_header((header::CONTENT_DISPOSITION, "attachment; filename=\"onsale-account.json\""))
        .json(export))
}

/// A registration of the person.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OwnRegistrationAnswer {
    #[schema(example = "GDN2025-0001")]
    registration_id: String,
    event: OwnEvent,
    /// `confirmed`, `awaiting_payment`, `cancelled` or `expired`.
    #[schema(example = "confirmed")]
    status: &'static str,
    /// True for the contact, who has access to all tickets; others see their own.
    contact: bool,
    /// Page of the registration; null unless the person is the contact.
    #[schema(required)]
    url: Option<String>,
    tickets: Vec<OwnTicket>,
}

/// The event of a registration.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OwnEvent {
    slug: String,
    title: String,
    starts_at: Timestamp,
    ends_at: Timestamp,
    timezone: String,
    /// `published` or `cancelled`.
    status: &'static str,
}

/// A ticket of the person.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OwnTicket {
    label: String,
    name: String,
    /// True if its code is not valid any more.
    revoked: bool,
}

impl OwnRegistrationAnswer {
    fn new(services: &Services, own: OwnRegistration) -> Self {
        let OwnRegistration { setup, registration, tickets, access_token } = own;
        let id = setup.registration_id(registration.reference.number);
        let draft = &setup.event.draft;
        Self {
            registration_id: id.to_string(),
            event: OwnEvent {
                slug: draft.slug.clone(),
                title: draft.title.clone(),
                starts_at: draft.starts_at,
                ends_at: draft.ends_at,
                timezone: draft.timezone.clone(),
                status: draft.status.name(),
            },
            status: registration.status.name(),
            contact: access_token.is_some(),
            url: access_token.map(|token| services.link(&format!("/registrations/{id}?token={}", token.reveal()))),
            tickets: tickets
                .into_iter()
                .map(|ticket| OwnTicket {
                    label: id.ticket_label(ticket.position),
                    name: ticket.name,
                    revoked: ticket.revoked,
                })
                .collect(),
        }
    }
}

/// Lists the registrations whose contact or attendee has the account's address, the latest event first.
///
/// A registration appears here some seconds after it was made, during a sale some minutes.
#[utoipa::path(get, path = "/api/me/registrations", tag = "Accounts", operation_id = "myRegistrations",
    params(PageQuery), security(("session" = [])),
    responses((status = 200, description = "A page of registrations", body = Page<OwnRegistrationAnswer>), Problems))]
pub async fn registrations(
    request: HttpRequest,
    services: web::Data<Services>,
    query: Query<PageQuery>,
) -> Result<HttpResponse, ApiError> {
    let size = limit(query.0.limit, services.settings.list_limit)?;
    let after = read_cursor::<(Timestamp, i32, i32)>(query.0.cursor.as_deref())?;
    let after = after.map(|(start, event, number)| (start, RegistrationRef { event: EventKey(event), number }));
    let (places, rows) = tickets::list(&services.tools.records, &caller(&request), after, size).await?;
    let is_full = usize::try_from(size).is_ok_and(|size| places.len() == size);
    let next = places.last().filter(|_| is_full).map(|(start, of)| (*start, of.event.0, of.number));
    let items = rows.into_iter().map(|own| OwnRegistrationAnswer::new(&services, own)).collect();
    Ok(private(StatusCode::OK).json(Page::ending_at(items, next.as_ref())))
}
