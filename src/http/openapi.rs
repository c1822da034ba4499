//! The OpenAPI document, gathered from what stands beside each handler.

use utoipa::{
    Modify, OpenApi,
    openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
};

use super::{
    audit, documents, events, invoices, jobs, layouts, ops, organize, problem, register, registrants, registrations,
    revocations, stats, storage, tickets,
};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Onsale",
        description = "A ticket server for the minute when sales open.\n\nErrors are `application/problem+json` (RFC 9457); \
            `code` tells programs which. Money is in minor units, times are RFC 3339. Every answer carries `X-Request-Id`.",
        license(name = "MIT", identifier = "MIT")
    ),
    servers((url = "/", description = "This server")),
    paths(
        register::create, register::show, register::pdf,
        tickets::pdf, tickets::show_code, tickets::store_code,
        events::list, events::show, events::keys,
        organize::create, organize::change, organize::create_type, organize::change_type,
        organize::rotate_key,
        layouts::list, layouts::show_shipped, layouts::schema, layouts::show, layouts::change, layouts::preview,
        registrants::list, registrations::cancel, registrations::mark_paid, revocations::list,
        documents::list, documents::retry, documents::confirmation, storage::signed_url,
        invoices::create, invoices::show,
        stats::show, audit::of_event, audit::of_organizer,
        jobs::regenerate, jobs::put_together, jobs::list, jobs::show, jobs::progress, jobs::failures, jobs::retry,
        jobs::cancel, jobs::pause, jobs::resume,
        ops::healthz, ops::readyz,
    ),
    components(schemas(problem::ProblemSchema, problem::FaultSchema)),
    tags(
        (name = "Registering", description = "For everybody who wants a seat"),
        (name = "Tickets", description = "For whoever holds one"),
        (name = "Events", description = "For everybody"),
        (name = "Organizing", description = "With an organizer's token"),
        (name = "Jobs", description = "Long work: with an organizer's token"),
        (name = "Invoices", description = "With an organizer's token"),
        (name = "Layouts", description = "How tickets look"),
        (name = "Operating", description = "For probes"),
    ),
    modifiers(&Security),
)]
struct Api;

/// The whole document.
pub fn document() -> utoipa::openapi::OpenApi {
    Api::openapi()
}

struct Security;

impl Modify for Security {
    fn modify(&self, api: &mut utoipa::openapi::OpenApi) {
        let bearer = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some("An organizer's token; its scopes are named at each route."))
            .build();
        let components = api.components.get_or_insert_default();
        components.add_security_scheme("organizer", SecurityScheme::Http(bearer));
    }
}
