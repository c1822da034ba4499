//! `/organizer/tokens`: tokens for programs.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;

use super::{
    super::{
        Fields, Form, Frame,
        form::{FieldNames, done},
        once::{new_key, once},
        show,
        visitor::refusal,
    },
    Desk, Place, read,
};
use crate::{
    db::TokenRow,
    domain::Scope,
    http::{
        auth::caller,
        server::{ApiError, Services},
    },
    work::{
        Refusal,
        people::teams::{self, TokenDraft},
    },
};

#[derive(Template)]
#[template(path = "tokens.html")]
struct TokensPage<'a> {
    f: &'a Frame,
    d: &'a Desk,
    form: &'a Form,
    tokens: Vec<TokenRow>,
    /// The token that was made just now, with its name.
    made: Option<(String, String)>,
    scopes: Vec<ScopeChoice>,
    terms: [i64; 3],
    may_change: bool,
    key: String,
}

/// A scope to choose.
struct ScopeChoice {
    name: &'static str,
    label: String,
    is_chosen: bool,
}

/// Days until a token expires, to choose from.
const TERMS: [i64; 3] = [30, 90, 365];
const NAMES: FieldNames =
    &[("/name", "name", "name"), ("/scopes", "scopes", "tokens-may"), ("/expiresInDays", "days", "tokens-ends")];

async fn answer(
    request: &HttpRequest,
    (frame, desk): &(Frame, Desk),
    status: StatusCode,
    form: &Form,
    chosen: &[String],
    made: Option<(String, String)>,
) -> Result<HttpResponse, ApiError> {
    let tokens = teams::tokens(&Services::of(request).tools.records, &caller(request), &desk.slug).await?;
    let choice = |scope: &Scope| ScopeChoice {
        name: scope.name(),
        label: frame.s(&format!("scope-{}", scope.name().replace(':', "-"))).into_owned(),
        is_chosen: chosen.iter().any(|name| name == scope.name()),
    };
    let scopes = Scope::ALL.iter().map(choice).collect();
    let may_change = desk.may_change;
    let page = TokensPage { f: frame, d: desk, form, tokens, made, scopes, terms: TERMS, may_change, key: new_key() };
    Ok(show(request, frame, status, &page))
}

/// Shows the tokens.
pub async fn page(request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let query = Fields::of_query(&request);
    match Desk::of(&request, query.get("organizer"), "tokens").await? {
        Place::Desk(desk) => answer(&request, &desk, StatusCode::OK, &Form::default(), &[], None).await,
        Place::Elsewhere(elsewhere) => Ok(elsewhere),
    }
}

/// Makes a token, and shows it this once. The same form sent again shows the list without it.
pub async fn make(request: HttpRequest, payload: web::Payload) -> Result<HttpResponse, ApiError> {
    let (place, fields) = read(&request, payload, "tokens").await?;
    let desk = match place {
        Place::Desk(desk) => desk,
        Place::Elsewhere(elsewhere) => return Ok(elsewhere),
    };
    let (records, caller, slug) = (&Services::of(&request).tools.records, caller(&request), &desk.1.slug);
    let scopes: Vec<_> = fields.all("scope").map(str::to_owned).collect();
    let days = fields.some("days").map(|days| days.parse().unwrap_or(0));
    let draft = TokenDraft { name: fields.get("name").to_owned(), scopes: scopes.clone(), days };
    let mut made = None;
    let outcome = Box::pin(once(fields.get("key"), async {
        let (token, row) = teams::make_token(records, &caller, slug, draft).await?;
        made = Some((token.reveal().to_owned(), row.name));
        Ok(format!("/organizer/tokens?organizer={slug}"))
    }));
    match outcome.await {
        Ok(path) if made.is_none() => Ok(super::super::form::see_other(&path)),
        Ok(_) => answer(&request, &desk, StatusCode::OK, &Form::default(), &[], made).await,
        Err(error) => {
            let form = Form::refused(fields, &desk.0, refusal(error)?, NAMES)?;
            answer(&request, &desk, StatusCode::UNPROCESSABLE_ENTITY, &form, &scopes, None).await
        }
    }
}

/// Revokes a token.
pub async fn revoke(request: HttpRequest, payload: web::Payload) -> Result<HttpResponse, ApiError> {
    let (place, fields) = read(&request, payload, "tokens").await?;
    let desk = match place {
        Place::Desk(desk) => desk,
        Place::Elsewhere(elsewhere) => return Ok(elsewhere),
    };
    let (records, caller, slug) = (&Services::of(&request).tools.records, caller(&request), &desk.1.slug);
    match teams::revoke_token(records, &caller, slug, fields.get("token")).await {
        // A token that another member has just revoked is gone as well.
        Ok(()) | Err(Refusal::NotFound) => Ok(done(&format!("/organizer/tokens?organizer={slug}"), "revoked")),
        Err(refusal) => {
            let form = Form::refused(fields, &desk.0, refusal, NAMES)?;
            answer(&request, &desk, StatusCode::UNPROCESSABLE_ENTITY, &form, &[], None).await
        }
    }
}
