//! Strict parsing of query strings, with the same errors as for bodies.

use std::future::{Ready, ready};

use actix_web::{FromRequest, HttpRequest, dev::Payload};
use serde::{Deserialize, de::DeserializeOwned};
use utoipa::IntoParams;

use crate::{domain::Faults, http::server::ApiError};

/// The parameters of a query string.
pub struct Query<T>(pub T);

impl<T: DeserializeOwned> FromRequest for Query<T> {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let query = request.query_string();
        if query.contains("%00") {
            return ready(Err(ApiError::malformed("the query must not contain the character U+0000")));
        }
        let parser = serde_urlencoded::Deserializer::new(form_urlencoded::parse(query.as_bytes()));
        ready(match serde_path_to_error::deserialize(parser) {
            Ok(parsed) => Ok(Self(parsed)),
            Err(error) => Err(explain(&error.path().to_string(), &error.inner().to_string())),
        })
    }
}

/// Turns a parser's message into an error with the name of the parameter.
fn explain(parameter: &str, plain: &str) -> ApiError {
    match plain.split('`').nth(1) {
        Some(name) if plain.starts_with("unknown field") => {
            ApiError::invalid(&format!("/{name}"), "there is no such parameter")
        }
        Some(name) if plain.starts_with("missing field") => ApiError::invalid(&format!("/{name}"), "is required"),
        _ => {
            let mut faults = Faults::default();
            faults.add(format!("/{parameter}"), plain);
            ApiError::Unreadable { detail: "the query is not of the expected form".into(), faults }
        }
    }
}

/// Query of a list without filters.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct PageQuery {
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
    pub cursor: Option<String>,
}

/// Checks the requested number of entries of a page, which is at most `max`; without one, returns the default.
pub fn limit(given: Option<i64>, max: i64) -> Result<i64, ApiError> {
    const DEFAULT: i64 = 50;
    match given {
        None => Ok(DEFAULT.min(max)),
        Some(limit) if (1..=max).contains(&limit) => Ok(limit),
        Some(_) => Err(ApiError::invalid("/limit", format!("must lie between 1 and {max}"))),
    }
}
