//! Cookies: of the session, of a known browser, and of a visit without an account. Over HTTPS, browsers send none of them
//! to other hosts and accept them from no other (`__Host-`).

use actix_web::{
    HttpRequest, HttpResponse,
    cookie::{Cookie, SameSite, time::Duration},
};

use crate::{
    domain::{RegistrationId, SessionToken},
    http::server::{HttpSettings, Services},
    work::people::sign_in::SignedIn,
};

/// Names of cookies over HTTPS, and over plain HTTP on this machine.
struct Name {
    secure: &'static str,
    plain: &'static str,
}

const SESSION: Name = Name { secure: "__Host-onsale", plain: "onsale" };
const BROWSER: Name = Name { secure: "__Host-onsale-browser", plain: "onsale-browser" };
const VISIT: Name = Name { secure: "__Host-onsale-visit", plain: "onsale-visit" };

/// Access to a registration, for its own pages only.
const ACCESS: Name = Name { secure: "__Secure-onsale-registration", plain: "onsale-registration" };
/// The key of an order that was begun, for the pages of its event only: its tabs take one place.
const INTENT: Name = Name { secure: "__Secure-onsale-order", plain: "onsale-order" };

/// Days for which a browser opens a registration without its link.
const ACCESS_DAYS: i64 = 180;
/// Time for which a browser is known after a sign-in.
const BROWSER_DAYS: i64 = 365;

impl Name {
    fn of(&self, settings: &HttpSettings) -> &'static str {
        if settings.is_https() { self.secure } else { self.plain }
    }

    fn read(&self, request: &HttpRequest) -> Option<String> {
        let name = self.of(&Services::of(request).settings);
        request.cookie(name).map(|cookie| cookie.value().to_owned())
    }

    /// Returns a cookie; without an age, it ends with the browser.
    fn write(&self, settings: &HttpSettings, value: String, age: Option<Duration>) -> Cookie<'static> {
        let cookie = Cookie::build(self.of(settings), value)
            .path("/")
            .http_only(true)
            .secure(settings.is_https())
            .same_site(SameSite::Lax);
        match age {
            Some(age) => cookie.max_age(age).finish(),
            None => cookie.finish(),
        }
    }
}

/// Returns the session of a request.
pub(super) fn session(request: &HttpRequest) -> Option<SessionToken> {
    SessionToken::from_text(&SESSION.read(request)?)
}

/// True if a browser has the cookie of a session, which may have ended.
pub fn has_session(request: &HttpRequest) -> bool {
    SESSION.read(request).is_some_and(|token| !token.is_empty())
}

/// Returns the access token of the registration whose page is asked for.
pub fn kept_access(request: &HttpRequest) -> Option<String> {
    ACCESS.read(request).filter(|token| !token.is_empty())
}

/// Adds the cookie that opens the pages of a registration.
pub fn keep_access(services: &Services, response: &mut HttpResponse, id: &RegistrationId, token: &str) {
    let age = Some(Duration::days(ACCESS_DAYS));
    let mut cookie = ACCESS.write(&services.settings, token.to_owned(), age);
    cookie.set_path(format!("/registrations/{id}"));
    add(response, &cookie);
}

/// Returns the key of the order that was begun for an event.
pub fn kept_intent(request: &HttpRequest) -> Option<String> {
    INTENT.read(request).filter(|key| !key.is_empty())
}

/// Adds the cookie of an order that is begun, or removes that of one which is done.
pub fn keep_intent(services: &Services, response: &mut HttpResponse, slug: &str, key: Option<&str>) {
    let age = if key.is_some() { None } else { Some(Duration::ZERO) };
    let mut cookie = INTENT.write(&services.settings, key.unwrap_or_default().to_owned(), age);
    cookie.set_path(format!("/events/{slug}"));
    add(response, &cookie);
}

/// Returns the mark of a browser in which somebody has signed in before.
pub(super) fn browser_mark(request: &HttpRequest) -> Option<String> {
    BROWSER.read(request)
}

/// Adds the cookies of a session that has begun.
pub fn keep_session(services: &Services, response: &mut HttpResponse, signed_in: &SignedIn) {
    let settings = &services.settings;
    let most = services.tools.records.access.sessions().life().most;
    let age = Duration::try_from(most).unwrap_or(Duration::DAY);
    let session = SESSION.write(settings, signed_in.token.reveal().to_owned(), Some(age));
    let browser = BROWSER.write(settings, signed_in.mark.clone(), Some(Duration::days(BROWSER_DAYS)));
    for cookie in [session, browser] {
        add(response, &cookie);
    }
}

/// Removes the cookie of a session that has ended.
pub fn forget_session(services: &Services, response: &mut HttpResponse) {
    add(response, &SESSION.write(&services.settings, String::new(), Some(Duration::ZERO)));
}

fn add(response: &mut HttpResponse, cookie: &Cookie<'_>) {
    if let Err(error) = response.add_cookie(cookie) {
        tracing::error!(%error, "a cookie was not set");
    }
}

/// Use of the marks of forms.
const FORM: &str = "form";

/// The browser that a form is made for: its session, or else a visit without an account. Only this browser can send the
/// form.
#[derive(Debug)]
pub struct Visit {
    id: String,
    /// True if the browser has no cookie of the visit yet.
    is_new: bool,
}

impl Visit {
    /// Returns the visit of a request.
    pub fn of(request: &HttpRequest) -> Self {
        let known = SESSION.read(request).or_else(|| VISIT.read(request).filter(|id| !id.is_empty()));
        match known {
            Some(id) => Self { id, is_new: false },
            None => Self { id: SessionToken::random().reveal().to_owned(), is_new: true },
        }
    }

    /// Returns the token of the forms of a page.
    pub fn form_token(&self, services: &Services) -> String {
        services.tools.records.catalog.secret().mark(FORM, self.id.as_bytes())
    }

    /// True if this is the token of a form that this browser was given.
    pub fn is_form_token(&self, services: &Services, token: &str) -> bool {
        !self.is_new && services.tools.records.catalog.secret().is_mark_of(FORM, self.id.as_bytes(), token)
    }

    /// Adds the cookie of a new visit.
    pub fn keep(&self, services: &Services, response: &mut HttpResponse) {
        if self.is_new {
            add(response, &VISIT.write(&services.settings, self.id.clone(), None));
        }
    }
}
