//! `/organizer` and below: the desk of a team.

pub mod events;
pub mod team;
pub mod tokens;

use actix_web::{HttpRequest, HttpResponse};

use super::{Fields, Frame, account::sign_in_first};
use crate::{db::Membership, domain::Scope, http::server::ApiError, work::Refusal};

/// Values at the side of the desk.
pub struct Desk {
    pub slug: String,
    pub name: String,
    /// The person's role, in the language of the page.
    pub role: String,
    /// The present page.
    pub at: &'static str,
    pub may_see_team: bool,
    /// True if the person may change the team and its tokens.
    pub may_change: bool,
}

/// A page of the desk, or another one that is shown first.
enum Place {
    Desk(Box<(Frame, Desk)>),
    Elsewhere(HttpResponse),
}

impl Desk {
    /// Finds the organizer that a page names, or the first one of the person.
    async fn of(request: &HttpRequest, named: &str, at: &'static str) -> Result<Place, ApiError> {
        let frame = Frame::of(request).await?;
        if let Some(elsewhere) = sign_in_first(request, &frame) {
            return Ok(Place::Elsewhere(elsewhere));
        }
        let person = frame.person.clone().ok_or(Refusal::NotSignedIn)?;
        let place = match named {
            "" => person.memberships.first(),
            slug => person.memberships.iter().find(|place| place.slug == slug),
        };
        let place = place.ok_or(Refusal::NotFound)?;
        let desk = Self::at(&frame, place, at);
        Ok(Place::Desk(Box::new((frame, desk))))
    }

    fn at(frame: &Frame, place: &Membership, at: &'static str) -> Self {
        let may = |scope| place.role.scopes().contains(&scope);
        Self {
            slug: place.slug.clone(),
            name: place.name.clone(),
            role: frame.role(place.role).into_owned(),
            at,
            may_see_team: may(Scope::TeamRead),
            may_change: may(Scope::TeamWrite),
        }
    }
}

/// Reads a form of the desk, with the organizer that it names.
async fn read(
    request: &HttpRequest,
    payload: actix_web::web::Payload,
    at: &'static str,
) -> Result<(Place, Fields), ApiError> {
    let fields = Fields::read(request, payload).await?;
    let place = Desk::of(request, fields.get("organizer"), at).await?;
    Ok((place, fields))
}
