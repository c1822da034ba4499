//! The OpenAPI document, gathered from what stands beside each handler.

use std::collections::BTreeMap;

use utoipa::{
    IntoResponses, Modify, OpenApi,
    openapi::{
        Ref, RefOr, Response, ResponseBuilder,
        content::ContentBuilder,
        security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};

use super::{error, events, ops, organize, register, registrants, stats, tickets};

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
        registrants::list, registrants::cancel, registrants::mark_paid, registrants::revocations,
        stats::show,
        ops::healthz, ops::readyz,
    ),
    components(schemas(error::ProblemSchema, error::FaultSchema)),
    tags(
        (name = "Registering", description = "For everybody who wants a seat"),
        (name = "Tickets", description = "For whoever holds one"),
        (name = "Events", description = "For everybody"),
        (name = "Organizing", description = "With an organizer's token"),
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

/// Every error a route may answer with.
pub struct Problems;

impl IntoResponses for Problems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        [
            ("400", "`malformed`: not JSON, wrong types, duplicate keys, U+0000, a bad header"),
            ("401", "`unauthenticated`: missing or wrong token"),
            ("403", "`forbidden`, `sales_not_open` or `sales_closed`"),
            ("404", "`not_found`: absent, or not yours"),
            ("405", "`method_not_allowed`: see `Allow`"),
            ("406", "`not_acceptable`: not available in that form"),
            ("409", "`sold_out`, `conflict` or `in_progress`"),
            ("413", "`too_large`"),
            ("415", "`unsupported_media_type`"),
            ("422", "`invalid` or `idempotency_key_reused`: see `errors`"),
            ("429", "`rate_limited`: see `Retry-After`"),
            ("500", "`internal`: a defect of ours, or an outcome that only a repeated request can tell"),
            ("503", "`overloaded` or `unavailable`: nothing was done; see `Retry-After`"),
        ]
        .map(|(status, description)| {
            let problem = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
            let response = ResponseBuilder::new().description(description).content("application/problem+json", problem);
            (status.to_owned(), response.build().into())
        })
        .into()
    }
}
