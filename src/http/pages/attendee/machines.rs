//! `/sitemap.xml` and `/robots.txt`: what search engines read.

use std::fmt::Write;

use actix_web::{HttpResponse, http::header, web};
use jiff::{SignedDuration, Timestamp};

use crate::{
    http::{
        read::ReadPermit,
        server::{ApiError, Services},
    },
    work::Refusal,
};

/// Largest number of addresses in a sitemap.
const MAX_ADDRESSES: i64 = 50_000;
/// Events that ended up to this long ago are listed.
const PAST: SignedDuration = SignedDuration::from_hours(24 * 90);

/// Lists the pages of published events.
pub async fn sitemap(_permit: ReadPermit, services: web::Data<Services>) -> Result<HttpResponse, ApiError> {
    let since = Timestamp::now().checked_sub(PAST).unwrap_or(Timestamp::UNIX_EPOCH);
    let slugs = services.tools.records.database.public_slugs(since, MAX_ADDRESSES - 1).await.map_err(Refusal::from)?;
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    xml.push_str("<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n");
    let base = escaped(&services.link(""));
    writeln!(xml, "<url><loc>{base}/</loc></url>").expect("writing to a string");
    for slug in slugs {
        writeln!(xml, "<url><loc>{base}/events/{slug}</loc></url>").expect("writing to a string");
    }
    xml.push_str("</urlset>\n");
    Ok(HttpResponse::Ok()
        .content_type("application/xml; charset=utf-8")
        .insert_header((header::CACHE_CONTROL, "public, max-age=300"))
        .body(xml))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

/// Tells search engines what is public.
pub async fn robots(services: web::Data<Services>) -> HttpResponse {
    let closed = ["/api/", "/registrations/", "/my-tickets", "/account", "/organizer", "/verify", "/reset-password"];
    let mut text = String::from("User-agent: *\n");
    for path in closed {
        writeln!(text, "Disallow: {path}").expect("writing to a string");
    }
    writeln!(text, "Disallow: /events/*/register\nSitemap: {}", services.link("/sitemap.xml"))
        .expect("writing to a string");
    HttpResponse::Ok()
        .content_type("text/plain; charset=utf-8")
        .insert_header((header::CACHE_CONTROL, "public, max-age=3600"))
        .body(text)
}
