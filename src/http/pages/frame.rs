//! The frame of every page: its language and colours, the person who is signed in, and the headers of its answer.

use std::{
    borrow::{Borrow, Cow},
    sync::Arc,
};

use actix_web::{
    HttpRequest, HttpResponse, HttpResponseBuilder,
    http::{
        Method, StatusCode,
        header::{self, HeaderValue},
    },
};
use askama::Template;
use jiff::Timestamp;
use onsale_texts::Texts;
use uuid::Uuid;

use super::{
    form::Form,
    preferences::{self, LANGUAGE_NAMES, THEMES},
};
use crate::{
    db::Person,
    domain::{
        LANGUAGES, Role,
        layout::{DateStyle, Format},
    },
    http::{
        auth::{Visit, caller, has_session},
        server::{ApiError, Services},
    },
    render::LocaleFormatter,
};

/// A page loads and runs only what this server sends, and sends forms only to it.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; \
     form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
);
/// The same for the one page that other sites show in a frame.
const FRAME_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; \
     form-action 'self'; frame-ancestors *; base-uri 'none'",
);
const PERMISSIONS: HeaderValue =
    HeaderValue::from_static("camera=(), microphone=(), geolocation=(), payment=(), usb=(), display-capture=()");

/// The wishes of a browser that a page for everybody depends on.
pub struct Reader {
    pub language: &'static str,
    pub theme: Option<&'static str>,
    /// True if the browser has a session, which may have ended.
    pub is_signed_in: bool,
    /// True if the browser has a session, or its person chose a language or colours.
    pub has_wishes: bool,
}

impl Reader {
    /// Reads the cookies of a request, without a look at the session.
    pub fn of(request: &HttpRequest) -> Self {
        if !request.headers().contains_key(header::COOKIE) {
            let language = preferences::language(request, None);
            return Self { language, theme: None, is_signed_in: false, has_wishes: false };
        }
        let (is_signed_in, theme) = (has_session(request), preferences::theme(request));
        Self {
            language: preferences::language(request, None),
            theme,
            is_signed_in,
            has_wishes: is_signed_in || theme.is_some() || preferences::has_language(request),
        }
    }
}

/// Values that every page shows.
pub struct Frame {
    texts: &'static Texts,
    /// Base of absolute addresses.
    base: String,
    /// Address of the folder of styles, scripts and fonts.
    assets: String,
    /// `light` or `dark`; `None`: like the device.
    pub theme: Option<&'static str>,
    pub person: Option<Arc<Person>>,
    /// True if the links of a person are shown.
    pub is_signed_in: bool,
    pub form_token: String,
    /// Path and query of the page, to come back to it.
    pub path: String,
    /// Id of the text that says what was done just now.
    done: Option<String>,
    visit: Visit,
}

/// A language to choose.
pub struct LanguageChoice {
    pub tag: &'static str,
    pub name: &'static str,
    pub is_chosen: bool,
}

/// Colours to choose.
pub struct ThemeChoice<'a> {
    pub name: &'static str,
    pub label: Cow<'a, str>,
    pub is_chosen: bool,
}

impl Frame {
    /// Reads who is signed in, and the language and colours of the page.
    pub async fn of(request: &HttpRequest) -> Result<Self, ApiError> {
        let services = Services::of(request);
        let person = services.tools.records.person(&caller(request)).await;
        let person = match person {
            Ok(person) => Some(person),
            Err(crate::work::Refusal::NotSignedIn | crate::work::Refusal::ForeignPage) => None,
            Err(refusal) => return Err(refusal.into()),
        };
        Ok(Self::made_of(request, person))
    }

    /// The frame of a page that needs no database.
    pub fn anonymous(request: &HttpRequest) -> Self {
        Self::made_of(request, None)
    }

    /// The frame of a page that is the same for everybody at this address: it has no form token.
    pub fn shared(request: &HttpRequest, address: &str) -> Self {
        let reader = Reader::of(request);
        let frame = Self::made_of(request, None);
        Self {
            is_signed_in: reader.is_signed_in,
            form_token: String::new(),
            done: done_of(address.split_once('?').map_or("", |(_, query)| query)),
            path: address.to_owned(),
            ..frame
        }
    }

    fn made_of(request: &HttpRequest, person: Option<Arc<Person>>) -> Self {
        let services = Services::of(request);
        let visit = Visit::of(request);
        let language = preferences::language(request, person.as_deref());
        Self {
            texts: Texts::of(language),
            base: services.link(""),
            assets: format!("/assets/{}", onsale_assets::version()),
            theme: preferences::theme(request),
            form_token: visit.form_token(services),
            path: path_of(request),
            done: done_of(request.query_string()),
            is_signed_in: person.is_some(),
            person,
            visit,
        }
    }

    /// Returns a text.
    pub fn s(&self, id: &str) -> Cow<'_, str> {
        self.texts.get(id)
    }

    /// Returns a text with a value.
    pub fn with(&self, id: &str, name: &str, value: impl AsRef<str>) -> String {
        self.texts.with(id, [(name, value.as_ref().into())])
    }

    /// Returns a text with two values.
    pub fn with2(&self, id: &str, one: &str, first: impl AsRef<str>, two: &str, second: impl AsRef<str>) -> String {
        self.texts.with(id, [(one, first.as_ref().into()), (two, second.as_ref().into())])
    }

    /// Returns a text in the plural form of a number, which is called `count`, or `days` in texts of days.
    pub fn count(&self, id: &str, count: impl Borrow<i64>) -> String {
        let count = *count.borrow();
        self.texts.with(id, [("count", count.into()), ("days", count.into())])
    }

    /// Returns the words of a fault.
    pub fn fault(&self, english: &str) -> String {
        self.texts.fault(english)
    }

    /// Returns the title of a page; it says so if a form was refused.
    pub fn title(&self, id: &str, form: &Form) -> String {
        let title = self.s(id);
        if form.is_refused() { self.with("error-prefix", "title", title) } else { title.into_owned() }
    }

    pub fn language(&self) -> &'static str {
        self.texts.language()
    }

    pub fn direction(&self) -> &'static str {
        self.texts.direction()
    }

    /// Returns the address of a style, script or font.
    pub fn asset(&self, name: &str) -> String {
        format!("{}/{name}", self.assets)
    }

    pub fn icon(&self, name: &str) -> String {
        format!("{}#i-{name}", self.asset("icons.svg"))
    }

    /// True on the page with this path.
    pub fn is_at(&self, path: &str) -> bool {
        self.path.split('?').next() == Some(path)
    }

    /// Returns the text that says what was done just now. The address names it, so that only known texts are shown.
    pub fn done(&self) -> Option<Cow<'_, str>> {
        self.done.as_deref().filter(|id| self.texts.has(id)).map(|id| self.texts.get(id))
    }

    /// Returns a moment in UTC.
    pub fn moment(&self, at: &Timestamp) -> String {
        format!("{} UTC", LocaleFormatter::new("UTC", self.language()).moment(*at, Format::Plain))
    }

    /// Returns the address where language and colours are chosen, which leads back to this page.
    pub fn preferences(&self) -> String {
        let query = form_urlencoded::Serializer::new(String::new()).append_pair("back", &self.path).finish();
        format!("/preferences?{query}")
    }

    /// Returns the absolute address of a page.
    pub fn link(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// Returns a day in UTC.
    pub fn day(&self, at: &Timestamp) -> String {
        LocaleFormatter::new("UTC", self.language()).moment(*at, Format::Date(DateStyle::Long))
    }

    pub fn role(&self, role: impl Borrow<Role>) -> Cow<'_, str> {
        self.texts.get(&format!("role-{}", role.borrow().name()))
    }

    pub fn role_may(&self, role: impl Borrow<Role>) -> Cow<'_, str> {
        self.texts.get(&format!("role-{}-may", role.borrow().name()))
    }

    /// Returns the name of the person who is signed in.
    pub fn name(&self) -> &str {
        self.person.as_ref().map_or("", |person| person.name.as_str())
    }

    /// Returns the address of the person who is signed in.
    pub fn email(&self) -> &str {
        self.person.as_ref().map_or("", |person| person.email.as_str())
    }

    pub fn is_me(&self, id: &Uuid) -> bool {
        self.person.as_ref().is_some_and(|person| person.id == *id)
    }

    pub fn languages(&self) -> Vec<LanguageChoice> {
        let names = LANGUAGES.into_iter().zip(LANGUAGE_NAMES);
        names.map(|(tag, name)| LanguageChoice { tag, name, is_chosen: tag == self.language() }).collect()
    }

    pub fn themes(&self) -> Vec<ThemeChoice<'_>> {
        let choice = |name: &'static str| ThemeChoice {
            name,
            label: self.s(&format!("theme-{name}")),
            is_chosen: name == self.theme.unwrap_or("system"),
        };
        THEMES.into_iter().map(choice).collect()
    }
}

/// Answers with a page, which no cache keeps.
pub fn show(request: &HttpRequest, frame: &Frame, status: StatusCode, page: &impl Template) -> HttpResponse {
    answer(request, frame, status, page, "private, no-store")
}

/// Answers with a form, which the browser keeps while it has the page: going back shows what was typed.
pub fn show_form(request: &HttpRequest, frame: &Frame, status: StatusCode, page: &impl Template) -> HttpResponse {
    answer(request, frame, status, page, "private, no-cache")
}

fn answer(
    request: &HttpRequest,
    frame: &Frame,
    status: StatusCode,
    page: &impl Template,
    caching: &'static str,
) -> HttpResponse {
    let html = match page.render() {
        Ok(html) => html,
        Err(error) => {
            tracing::error!(%error, "a page was not rendered");
            return HttpResponse::InternalServerError().finish();
        }
    };
    let mut response = HttpResponse::build(status);
    page_headers(&mut response, frame.language());
    let mut response = response
        .insert_header((header::CACHE_CONTROL, caching))
        .insert_header((header::VARY, "Cookie, Accept-Language"))
        .body(html);
    frame.visit.keep(Services::of(request), &mut response);
    response
}

/// Lets other sites show a page in a frame.
pub fn for_frames(mut response: HttpResponse) -> HttpResponse {
    if response.headers().contains_key(header::CONTENT_SECURITY_POLICY) {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, FRAME_POLICY);
    }
    response
}

/// Adds the headers of every page.
pub fn page_headers(response: &mut HttpResponseBuilder, language: &'static str) {
    response
        .content_type("text/html; charset=utf-8")
        .insert_header((header::CONTENT_SECURITY_POLICY, POLICY))
        .insert_header(("permissions-policy", PERMISSIONS))
        .insert_header((header::CONTENT_LANGUAGE, language));
}

/// Returns the id of the text that a query names.
fn done_of(query: &str) -> Option<String> {
    let done = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "done");
    done.map(|(_, name)| format!("done-{name}"))
}

/// Returns path and query of the page that is shown. A refused form shows the page that it was sent from.
fn path_of(request: &HttpRequest) -> String {
    if request.method() != Method::GET {
        let referer = request.headers().get(header::REFERER).and_then(|value| value.to_str().ok());
        let own = referer.and_then(|url| url.strip_prefix(&Services::of(request).link("/")));
        if let Some(own) = own {
            return format!("/{own}");
        }
    }
    match request.query_string() {
        "" => request.path().to_owned(),
        query => format!("{}?{query}", request.path()),
    }
}
