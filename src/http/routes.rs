//! The table of all routes: path, methods and handlers. The OpenAPI document is generated from the same table; the
//! description of a route is at its handler.

use std::sync::LazyLock;

use actix_web::{HttpResponse, guard, http::Method, web};
use utoipa::{
    Modify, OpenApi,
    openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme},
};

use super::{
    api::{audit, calendar, documents, events, invoices, jobs, layouts, mail, people, registrations, storage, tickets},
    docs, pages,
    server::{ApiError, FaultSchema, ProblemSchema, Route, ops},
};
use crate::work::Refusal;

/// Registers routes, one line each. A request with another method gets 405 with the allowed methods.
macro_rules! register {
    ($config:ident; $($path:literal { $($method:ident => $($handler:ident)::+),+ $(,)? })*) => {$(
        $config.service(
            web::resource($path)
                $(.route(web::route().guard(accepts($path, Method::$method)).to($($handler)::+)))+
                .default_service(web::to(async || refuse_method(concat!($(stringify!($method), ", "),+)))),
        );
    )*};
}

/// Defines the routes of the public listener and, from the same lines, the paths of the OpenAPI document.
/// `undocumented`: the routes that serve the document.
macro_rules! public {
    (
        documented { $($path:literal { $($method:ident => $($handler:ident)::+),+ $(,)? })* }
        undocumented { $($rest:tt)* }
    ) => {
        /// Registers the routes of the public listener.
        pub fn public_routes(config: &mut web::ServiceConfig) {
            register! { config; $($path { $($method => $($handler)::+),+ })* $($rest)* }
            config.default_service(web::to(answer_not_found));
        }

        #[derive(OpenApi)]
        #[openapi(
            info(
                title = "Onsale",
                description = "A ticket server for the minute when sales open.\n\nErrors are `application/problem+json` \
                    (RFC 9457); `code` is the kind of the error. Money is in minor units, times are RFC 3339. Every answer \
                    has the header `X-Request-Id`.",
                license(name = "MIT", identifier = "MIT")
            ),
            servers((url = "/", description = "This server")),
            paths($($($($handler)::+),+),*),
            components(schemas(ProblemSchema, FaultSchema)),
            tags(
                (name = "Registering", description = "Take seats and read registrations; needs no organizer's token"),
                (name = "Tickets", description = "Files and codes of single tickets, for their holders"),
                (name = "Events", description = "Published events; needs no token"),
                (name = "Organizing", description = "Manage events and registrations; needs an organizer's token"),
                (name = "Jobs", description = "Work that runs in the background; needs an organizer's token"),
                (name = "Invoices", description = "Make and fetch invoices; needs an organizer's token"),
                (name = "Layouts", description = "Descriptions of the pages of tickets"),
                (name = "Mail", description = "What messages to registrants say and what became of them; needs an organizer's token"),
                (name = "Accounts", description = "People: signing up and in, the own account and tickets; the session is a cookie"),
                (name = "Teams", description = "Organizers, their members and tokens; needs a session or a token"),
                (name = "Operating", description = "Health checks"),
            ),
            modifiers(&Security),
        )]
        struct Api;
    };
}

public! {
    documented {
        "/api/register" { POST => registrations::register::create }
        "/api/register/{registrationId}" { GET => registrations::show::show }
        "/api/register/{registrationId}/pdf" { GET => registrations::show::pdf }

        "/api/tickets/{ticketId}/pdf" { GET => tickets::pdf }
        "/api/tickets/{ticketId}/qr-code" { GET => tickets::show_code, POST => tickets::store_code }

        "/api/events" { GET => events::read::list, POST => events::write::create }
        "/api/events/{event}" { GET => events::read::show, PATCH => events::write::change }
        "/api/events/{event}/availability" { GET => events::availability::show }
        "/api/events/{event}/keys" { GET => events::keys::list, POST => events::keys::rotate }
        "/api/events/{event}/layout" { GET => layouts::event::show, PUT => layouts::event::change }
        "/api/events/{event}/layout/preview" { POST => layouts::event::preview }
        "/api/events/{event}/mail-templates/{kind}" { GET => mail::templates::show, PUT => mail::templates::change }
        "/api/events/{event}/mail-templates/{kind}/preview" { POST => mail::templates::preview }
        "/api/events/{event}/mail-templates/{kind}/versions" { GET => mail::templates::versions }
        "/api/events/{event}/announcements" { POST => mail::announcements::create }
        "/api/events/{event}/messages" { GET => mail::messages::list }
        "/api/events/{event}/messages/counts" { GET => mail::messages::counts }
        "/api/events/{event}/ticket-types" { POST => events::write::create_type }
        "/api/events/{event}/ticket-types/{code}" { PATCH => events::write::change_type }
        "/api/events/{event}/registrations" { GET => registrations::list::list }
        "/api/events/{event}/documents" { GET => documents::list }
        "/api/events/{event}/documents/retry" { POST => documents::retry }
        "/api/events/{event}/revocations" { GET => registrations::revocations::list }
        "/api/events/{event}/downloads" { GET => events::downloads::list }
        "/api/events/{event}/stats" { GET => events::stats::show }
        "/api/events/{event}/audit" { GET => audit::of_event }
        "/api/events/{event}/regenerations" { POST => jobs::begin::regenerate }
        "/api/events/{event}/archives" { POST => jobs::begin::archive }

        "/api/registrations/{registrationId}" { PATCH => registrations::correct::correct }
        "/api/registrations/{registrationId}/confirmation.pdf" { GET => documents::confirmation }
        "/api/registrations/{registrationId}/cancel" { POST => registrations::change::cancel }
        "/api/registrations/{registrationId}/hold" { POST => registrations::change::hold }
        "/api/registrations/{registrationId}/mark-paid" { POST => registrations::change::mark_paid }

        "/api/registrations/{registrationId}/resend-confirmation" { POST => mail::messages::resend_confirmation }
        "/api/ticket-links" { POST => mail::messages::ticket_links }

        "/api/mail-templates/{kind}" { GET => mail::organizer_templates::show, PUT => mail::organizer_templates::change }
        "/api/messages/{messageId}" { GET => mail::messages::show }
        "/api/messages/{messageId}/content" { GET => mail::messages::content }
        "/api/messages/{messageId}/resend" { POST => mail::messages::resend }
        "/api/suppressions" { GET => mail::suppressions::list, POST => mail::suppressions::create }
        "/api/suppressions/{address}" { DELETE => mail::suppressions::remove }
        "/api/mail/events/ses" { POST => mail::events::ses }
        "/api/mail/events/postmark" { POST => mail::events::postmark }
        "/api/mail/events/mailgun" { POST => mail::events::mailgun }
        "/unsubscribe/{messageId}" { GET => mail::unsubscribe::show, POST => mail::unsubscribe::unsubscribe }
        "/events/{event}.ics" { GET => calendar::event }
        "/registrations/{registrationId}.ics" { GET => calendar::registration }

        "/api/accounts" { POST => people::accounts::create }
        "/api/accounts/verify" { POST => people::accounts::verify }
        "/api/password-resets" { POST => people::accounts::request_reset }
        "/api/password-resets/{token}" { PUT => people::accounts::reset }
        "/api/sessions" { GET => people::sessions::list, POST => people::sessions::create }
        "/api/sessions/{id}" { DELETE => people::sessions::end }
        "/api/me" { GET => people::me::show, PATCH => people::me::change, DELETE => people::me::erase }
        "/api/me/export" { GET => people::me::export }
        "/api/me/password" { PUT => people::me::set_password }
        "/api/me/registrations" { GET => people::me::registrations }
        "/api/me/second-factor" { POST => people::second_factor::add, DELETE => people::second_factor::remove }

        "/api/organizers" { GET => people::organizers::list, POST => people::organizers::open }
        "/api/organizers/{slug}" { GET => people::organizers::show, PATCH => people::organizers::rename }
        "/api/organizers/{slug}/events" { GET => people::organizers::events }
        "/api/organizers/{slug}/members" { GET => people::team::members }
        "/api/organizers/{slug}/members/{id}" { PATCH => people::team::change_member, DELETE => people::team::remove_member }
        "/api/organizers/{slug}/invitations" { GET => people::team::invitations, POST => people::team::invite }
        "/api/organizers/{slug}/invitations/{id}" { DELETE => people::team::withdraw }
        "/api/organizers/{slug}/tokens" { GET => people::tokens::list, POST => people::tokens::make }
        "/api/organizers/{slug}/tokens/{id}" { DELETE => people::tokens::revoke }
        "/api/invitations/{token}" { POST => people::team::accept }

        "/api/audit" { GET => audit::of_organizer }
        "/api/jobs" { GET => jobs::show::list }
        "/api/jobs/{id}" { GET => jobs::show::show }
        "/api/jobs/{id}/progress" { GET => jobs::progress::progress }
        "/api/jobs/{id}/failures" { GET => jobs::failures::list }
        "/api/jobs/{id}/failures/retry" { POST => jobs::failures::retry }
        "/api/jobs/{id}/cancel" { POST => jobs::steer::cancel }
        "/api/jobs/{id}/pause" { POST => jobs::steer::pause }
        "/api/jobs/{id}/resume" { POST => jobs::steer::resume }

        "/api/invoices" { POST => invoices::create::create }
        "/api/invoices/{shopId}/{orderId}/{packageId}/{sequenceNumber}" { GET => invoices::show::show }

        "/api/storage/signed-url" { GET => storage::signed_url }

        "/api/layouts" { GET => layouts::built_in::list }
        "/api/layouts/{name}" { GET => layouts::built_in::show }
        "/api/layout.schema.json" { GET => layouts::built_in::schema }

        "/healthz" { GET => ops::healthz }
        "/readyz" { GET => ops::readyz }
    }
    undocumented {
        "/api/openapi.json" { GET => openapi }
        "/registrations/{registrationId}" { GET => pages::attendee::order::page }
        "/registrations/{registrationId}/tickets.pdf" { GET => pages::attendee::order::pdf }
        "/registrations/{registrationId}/tickets/{position}.pdf" { GET => pages::attendee::order::ticket_pdf }
        "/registrations/{registrationId}/tickets/{position}.svg" { GET => pages::attendee::order::code }
        "/registrations/{registrationId}/calendar.ics" { GET => pages::attendee::order::calendar_file }
        "/registrations/{registrationId}/names" { GET => pages::attendee::order::changes::names, POST => pages::attendee::order::changes::rename }
        "/registrations/{registrationId}/return" { GET => pages::attendee::order::changes::returning, POST => pages::attendee::order::changes::give_back }
        "/registrations/{registrationId}/send-again" { POST => pages::attendee::order::changes::send_again }
        "/registrations/{registrationId}/hold" { POST => pages::attendee::order::changes::keep_longer }
        "/" { GET => pages::attendee::list::page }
        "/events/{event}" { GET => pages::attendee::event::page }
        "/events/{event}/widget" { GET => pages::attendee::event::widget }
        "/widget.js" { GET => pages::assets::widget }
        "/events/{event}/register" { GET => pages::attendee::register::page, POST => pages::attendee::register::submit }
        "/accents/{name}" { GET => pages::attendee::style::accent }
        "/patterns/{name}" { GET => pages::attendee::style::picture }
        "/sitemap.xml" { GET => pages::attendee::machines::sitemap }
        "/robots.txt" { GET => pages::attendee::machines::robots }
        "/sign-up" { GET => pages::visitor::sign_up::page, POST => pages::visitor::sign_up::submit }
        "/verify" { GET => pages::visitor::sign_up::verify, POST => pages::visitor::sign_up::confirm }
        "/sign-in" { GET => pages::visitor::sign_in::page, POST => pages::visitor::sign_in::submit }
        "/sign-out" { POST => pages::visitor::sign_in::sign_out }
        "/reset-password" { GET => pages::visitor::reset::page, POST => pages::visitor::reset::submit }
        "/my-tickets" { GET => pages::visitor::tickets::page, POST => pages::visitor::tickets::send }
        "/invitation" { GET => pages::visitor::invitation::page, POST => pages::visitor::invitation::accept }
        "/account" { GET => pages::account::overview::page }
        "/account/profile" { POST => pages::account::overview::profile }
        "/account/address" { POST => pages::account::overview::address }
        "/account/password" { POST => pages::account::overview::password }
        "/account/sessions" { POST => pages::account::overview::end_session }
        "/account/second-factor" { GET => pages::account::second_factor::page, POST => pages::account::second_factor::submit }
        "/account/second-factor/remove" { POST => pages::account::overview::remove_factor }
        "/account/erase" { GET => pages::account::erase::page, POST => pages::account::erase::submit }
        "/organizer" { GET => pages::organizer::events::page, POST => pages::organizer::events::open }
        "/organizer/team" { GET => pages::organizer::team::page }
        "/organizer/team/invite" { POST => pages::organizer::team::invite }
        "/organizer/team/withdraw" { POST => pages::organizer::team::withdraw }
        "/organizer/team/rename" { POST => pages::organizer::team::rename }
        "/organizer/team/role" { POST => pages::organizer::team::change }
        "/organizer/team/remove" { POST => pages::organizer::team::remove }
        "/organizer/team/{member}" { GET => pages::organizer::team::member }
        "/organizer/tokens" { GET => pages::organizer::tokens::page, POST => pages::organizer::tokens::make }
        "/organizer/tokens/revoke" { POST => pages::organizer::tokens::revoke }
        "/preferences" { GET => pages::preferences::page, POST => pages::preferences::choose }
        "/assets/{version}/{file:.*}" { GET => pages::assets::show }
        "/docs" { GET => docs::page }
        "/docs/docs.js" { GET => docs::script }
    }
}

/// Registers the routes of the ops listener.
pub fn ops_routes(config: &mut web::ServiceConfig) {
    register! { config;
        "/metrics" { GET => ops::metrics }
        "/healthz" { GET => ops::healthz }
        "/readyz" { GET => ops::readyz }
    }
    config.default_service(web::to(answer_not_found));
}

/// Returns the OpenAPI document.
pub fn document() -> utoipa::openapi::OpenApi {
    Api::openapi()
}

/// Returns the OpenAPI document as JSON.
async fn openapi() -> HttpResponse {
    static JSON: LazyLock<String> =
        LazyLock::new(|| document().to_json().expect("the document is built from constants"));
    HttpResponse::Ok().content_type("application/json").body(JSON.as_str())
}

struct Security;

impl Modify for Security {
    fn modify(&self, api: &mut utoipa::openapi::OpenApi) {
        let bearer = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some("An organizer's token; each route names the scope that it needs."))
            .build();
        let components = api.components.get_or_insert_default();
        components.add_security_scheme("organizer", SecurityScheme::Http(bearer));
        let session = ApiKeyValue::with_description(
            "__Host-onsale",
            "The session of a person; `onsale` over plain HTTP on the same machine. A change also needs \
             `Sec-Fetch-Site: same-origin`, or `Origin` of this server. Who works for several organizers names one in \
             `Onsale-Organizer`.",
        );
        components.add_security_scheme("session", SecurityScheme::ApiKey(ApiKey::Cookie(session)));
    }
}

/// Accepts a method; a route for GET accepts HEAD too. Also stores the path of the route for metrics, even if the
/// method is refused.
fn accepts(route: &'static str, method: Method) -> impl guard::Guard {
    guard::fn_guard(move |context| {
        context.req_data_mut().insert(Route(route));
        let requested = &context.head().method;
        *requested == method || (*requested == Method::HEAD && method == Method::GET)
    })
}

fn refuse_method(allowed: &'static str) -> Result<HttpResponse, ApiError> {
    let allowed = allowed.trim_end_matches(", ");
    Err(ApiError::MethodNotAllowed(allowed))
}

async fn answer_not_found() -> Result<HttpResponse, ApiError> {
    Err(Refusal::NotFound.into())
}
