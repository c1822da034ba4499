//! `/preferences`: the language and the colours of the pages, kept in cookies.

use actix_web::{
    HttpRequest, HttpResponse,
    cookie::{Cookie, SameSite, time::Duration},
    http::{
        StatusCode,
        header::{self, AcceptLanguage, Header, Preference},
    },
    web,
};
use askama::Template;

use super::{
    Fields, Frame,
    form::{local_path, see_other},
    show,
};
use crate::{
    db::Person,
    domain::{LANGUAGES, page_language},
    http::server::{ApiError, Services},
};

/// Names of the languages, each in its own.
pub const LANGUAGE_NAMES: [&str; 8] =
    ["English", "Deutsch", "Français", "Español", "Português", "हिन्दी", "العربية", "日本語"];
pub const THEMES: [&str; 3] = ["system", "light", "dark"];

const LANGUAGE: &str = "onsale-language";
const THEME: &str = "onsale-theme";
const KEPT: Duration = Duration::days(365);

/// Returns the language of pages: the choice that was kept, the account's, or what the browser asks for.
pub fn language(request: &HttpRequest, person: Option<&Person>) -> &'static str {
    let chosen = request.cookie(LANGUAGE).and_then(|cookie| page_language(cookie.value()));
    chosen.or_else(|| person.and_then(|person| page_language(&person.language))).unwrap_or_else(|| accepted(request))
}

fn accepted(request: &HttpRequest) -> &'static str {
    // Most browsers name the preferred language first, without a weight: nothing counts more.
    let given = request.headers().get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    let first = given.and_then(|given| given.split(',').next()).map(str::trim);
    if let Some(known) = first.and_then(page_language) {
        return known;
    }
    let Ok(accept) = AcceptLanguage::parse(request) else { return LANGUAGES[0] };
    let known = accept.ranked().into_iter().find_map(|preference| match preference {
        Preference::Any => Some(LANGUAGES[0]),
        Preference::Specific(tag) => page_language(tag.as_str()),
    });
    known.unwrap_or(LANGUAGES[0])
}

/// True if a language was chosen in this browser.
pub fn has_language(request: &HttpRequest) -> bool {
    request.cookie(LANGUAGE).is_some()
}

/// Returns the colours that were chosen. `None`: like the device.
pub fn theme(request: &HttpRequest) -> Option<&'static str> {
    let cookie = request.cookie(THEME)?;
    THEMES[1..].iter().find(|name| **name == cookie.value()).copied()
}

#[derive(Template)]
#[template(path = "preferences.html")]
struct PreferencesPage<'a> {
    f: &'a Frame,
    /// Address of the page to return to.
    back: &'a str,
}

/// Shows what can be chosen.
pub async fn page(request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let frame = Frame::of(&request).await?;
    let fields = Fields::of_query(&request);
    let back = local_path(fields.get("back")).unwrap_or("/");
    Ok(show(&request, &frame, StatusCode::OK, &PreferencesPage { f: &frame, back }))
}

/// Keeps a choice, and returns to the page where it was made.
pub async fn choose(request: HttpRequest, payload: web::Payload) -> Result<HttpResponse, ApiError> {
    let fields = Fields::read(&request, payload).await?;
    let mut response = see_other(local_path(fields.get("back")).unwrap_or("/"));
    let secure = Services::of(&request).settings.is_https();
    let mut keep = |name: &'static str, value: &str, age| {
        let cookie = Cookie::build(name, value.to_owned()).path("/").secure(secure).http_only(true);
        let cookie = cookie.same_site(SameSite::Lax).max_age(age).finish();
        if let Err(error) = response.add_cookie(&cookie) {
            tracing::error!(%error, "a cookie was not set");
        }
    };
    if let Some(language) = page_language(fields.get("language")) {
        keep(LANGUAGE, language, KEPT);
    }
    match THEMES.iter().find(|name| **name == fields.get("theme")) {
        Some(&"system") => keep(THEME, "", Duration::ZERO),
        Some(theme) => keep(THEME, theme, KEPT),
        None => {}
    }
    response.headers_mut().insert(header::CACHE_CONTROL, header::HeaderValue::from_static("no-store"));
    Ok(response)
}
