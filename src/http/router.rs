//! Every route there is.

use actix_web::{HttpResponse, guard, http::Method, web};

use super::{
    audit, docs, documents, error::ApiError, events, invoices, jobs, layouts, ops, organize, register, registrants,
    registrations, request::Route, revocations, stats, storage, tickets,
};

/// One line a route. What is asked for with another method gets 405 and what is allowed.
macro_rules! routes {
    ($config:ident; $($path:literal { $($method:ident => $handler:path),+ $(,)? })*) => {$(
        $config.service(
            web::resource($path)
                $(.route(web::route().guard(accepts($path, Method::$method)).to($handler)))+
                .default_service(web::to(async || refuse_method(concat!($(stringify!($method), ", "),+)))),
        );
    )*};
}

/// The routes of the public listener.
pub fn public_routes(config: &mut web::ServiceConfig) {
    routes! { config;
        "/api/register" { POST => register::create }
        "/api/register/{registrationId}" { GET => register::show }
        "/api/register/{registrationId}/pdf" { GET => register::pdf }

        "/api/tickets/{ticketId}/pdf" { GET => tickets::pdf }
        "/api/tickets/{ticketId}/qr-code" { GET => tickets::show_code, POST => tickets::store_code }

        "/api/events" { GET => events::list, POST => organize::create }
        "/api/events/{event}" { GET => events::show, PATCH => organize::change }
        "/api/events/{event}/keys" { GET => events::keys, POST => organize::rotate_key }
        "/api/events/{event}/layout" { GET => layouts::show, PUT => layouts::change }
        "/api/events/{event}/layout/preview" { POST => layouts::preview }
        "/api/events/{event}/ticket-types" { POST => organize::create_type }
        "/api/events/{event}/ticket-types/{code}" { PATCH => organize::change_type }
        "/api/events/{event}/registrations" { GET => registrants::list }
        "/api/events/{event}/documents" { GET => documents::list }
        "/api/events/{event}/documents/retry" { POST => documents::retry }
        "/api/events/{event}/revocations" { GET => revocations::list }
        "/api/events/{event}/stats" { GET => stats::show }
        "/api/events/{event}/audit" { GET => audit::of_event }
        "/api/events/{event}/regenerations" { POST => jobs::regenerate }
        "/api/events/{event}/archives" { POST => jobs::put_together }

        "/api/registrations/{registrationId}/confirmation.pdf" { GET => documents::confirmation }
        "/api/registrations/{registrationId}/cancel" { POST => registrations::cancel }
        "/api/registrations/{registrationId}/mark-paid" { POST => registrations::mark_paid }

        "/api/audit" { GET => audit::of_organizer }
        "/api/jobs" { GET => jobs::list }
        "/api/jobs/{id}" { GET => jobs::show }
        "/api/jobs/{id}/progress" { GET => jobs::progress }
        "/api/jobs/{id}/failures" { GET => jobs::failures }
        "/api/jobs/{id}/failures/retry" { POST => jobs::retry }
        "/api/jobs/{id}/cancel" { POST => jobs::cancel }
        "/api/jobs/{id}/pause" { POST => jobs::pause }
        "/api/jobs/{id}/resume" { POST => jobs::resume }

        "/api/invoices" { POST => invoices::create }
        "/api/invoices/{shopId}/{orderId}/{packageId}/{sequenceNumber}" { GET => invoices::show }

        "/api/storage/signed-url" { GET => storage::signed_url }

        "/api/layouts" { GET => layouts::list }
        "/api/layouts/{name}" { GET => layouts::show_shipped }
        "/api/layout.schema.json" { GET => layouts::schema }

        "/api/openapi.json" { GET => docs::openapi }
        "/docs" { GET => docs::page }
        "/docs/docs.js" { GET => docs::script }
        "/healthz" { GET => ops::healthz }
        "/readyz" { GET => ops::readyz }
    }
    config.default_service(web::to(nothing_here));
}

/// The routes of the ops listener.
pub fn ops_routes(config: &mut web::ServiceConfig) {
    routes! { config;
        "/metrics" { GET => ops::metrics }
        "/healthz" { GET => ops::healthz }
        "/readyz" { GET => ops::readyz }
    }
    config.default_service(web::to(nothing_here));
}

/// What answers GET answers HEAD too. Notes the route, whether it takes the request or not.
fn accepts(route: &'static str, method: Method) -> impl guard::Guard {
    guard::fn_guard(move |context| {
        context.req_data_mut().insert(Route(route));
        let asked = &context.head().method;
        *asked == method || (*asked == Method::HEAD && method == Method::GET)
    })
}

fn refuse_method(allowed: &'static str) -> Result<HttpResponse, ApiError> {
    let allowed = allowed.trim_end_matches(", ");
    Err(ApiError::MethodNotAllowed(allowed))
}

async fn nothing_here() -> Result<HttpResponse, ApiError> {
    Err(ApiError::NotFound)
}
