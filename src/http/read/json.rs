//! Strict parsing of JSON bodies: limited size, required media type, no duplicate keys, no unknown fields, no U+0000.
//! Faults name their place.

use actix_web::{FromRequest, HttpRequest, dev::Payload};
use futures_util::future::{LocalBoxFuture, ready};
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_path_to_error::{Path, Segment};

use super::{body::read_body, objects::Objects};
use crate::{
    domain::Faults,
    http::server::{ApiError, has_body},
    work::Refusal,
};

/// Largest number of unknown fields that an answer names.
const MAX_UNKNOWN_FIELDS: usize = 20;
const UNKNOWN: &str = "there is no such field";

/// A JSON body.
pub struct Json<T>(pub T);

impl<T: DeserializeOwned + 'static> FromRequest for Json<T> {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let body = read_body(request, payload);
        Box::pin(async { parse(&body.await?).map(Self) })
    }
}

/// A JSON body that may be left out.
pub struct OptionalJson<T>(pub T);

impl<T: DeserializeOwned + Default + 'static> FromRequest for OptionalJson<T> {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        if !has_body(request.headers()) {
            return Box::pin(ready(Ok(Self(T::default()))));
        }
        let body = read_body(request, payload);
        Box::pin(async { parse(&body.await?).map(Self) })
    }
}

/// Parses the bytes of a body.
pub fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, ApiError> {
    if has_nul(body) {
        return Err(ApiError::malformed("text must not contain the character U+0000"));
    }
    parse_json(body).ok_or_else(|| fault_of::<T>(body))
}

/// Parses JSON. `None` if it has a fault.
pub(super) fn parse_json<T: DeserializeOwned>(body: &[u8]) -> Option<T> {
    let mut json = serde_json::Deserializer::from_slice(body);
    let parsed = T::deserialize(Objects(&mut json)).ok()?;
    json.end().is_ok().then_some(parsed)
}

/// Returns the fault of a body that could not be parsed, and its place: parses it again with the slower parser that
/// tracks places.
fn fault_of<T: DeserializeOwned>(body: &[u8]) -> ApiError {
    let mut json = serde_json::Deserializer::from_slice(body);
    match serde_path_to_error::deserialize::<_, T>(Objects(&mut json)) {
        Err(error) => with_other_unknown_fields::<T>(explain(error.path(), error.inner()), body),
        Ok(_) => match json.end() {
            Err(error) => ApiError::malformed(format!("not JSON: {error}")),
            Ok(()) => Refusal::Internal.into(), // not reached: both parsers accept the same texts
        },
    }
}

/// Adds further unknown fields to a fault that names the first one: the parser stops at each.
fn with_other_unknown_fields<T: DeserializeOwned>(fault: ApiError, body: &[u8]) -> ApiError {
    let ApiError::Refused(Refusal::Invalid(mut faults)) = fault else { return fault };
    let Ok(mut value) = serde_json::from_slice::<Value>(body) else { return Refusal::Invalid(faults).into() };
    for _ in 1..MAX_UNKNOWN_FIELDS {
        let last = faults.0.last().expect("the fault that was found before");
        let Some((parent, field)) = last.pointer.rsplit_once('/').filter(|_| last.detail == UNKNOWN) else { break };
        let field = field.replace("~1", "/").replace("~0", "~");
        let Some(Value::Object(parent)) = value.pointer_mut(parent) else { break };
        if parent.remove(&field).is_none() {
            break;
        }
        let Err(error) = serde_path_to_error::deserialize::<_, T>(Objects(value.clone())) else { break };
        let ApiError::Refused(Refusal::Invalid(next)) = explain(error.path(), error.inner()) else { break };
        faults.0.extend(next.0);
    }
    Refusal::Invalid(faults).into()
}

/// True if a string in this JSON has the escape of U+0000. The character itself is not valid in JSON.
fn has_nul(body: &[u8]) -> bool {
    const ESCAPE: &[u8] = b"\\u0000";
    if !body.contains(&b'\\') {
        return false;
    }
    let mut from = 0;
    while let Some(at) = body[from..].windows(ESCAPE.len()).position(|window| window == ESCAPE) {
        let at = from + at;
        let slashes = body[..=at].iter().rev().take_while(|byte| **byte == b'\\').count();
        if slashes % 2 == 1 {
            return true;
        }
        from = at + 1;
    }
    false
}

/// Turns a parser's error into 400 (not JSON, wrong types) or 422 (unknown or missing fields), told apart by serde's
/// messages.
fn explain(path: &Path, error: &serde_json::Error) -> ApiError {
    let message = error.to_string();
    let plain = message.rsplit_once(" at line ").map_or(message.as_str(), |(plain, _)| plain);
    let field = || plain.split('`').nth(1).unwrap_or_default();
    let mut faults = Faults::default();
    if !error.is_data() {
        return ApiError::malformed(format!("not JSON: {message}"));
    }
    if plain.starts_with("unknown field") {
        faults.add(pointer(path, Some(field())), UNKNOWN);
        return Refusal::Invalid(faults).into();
    }
    if plain.starts_with("missing field") {
        faults.add(pointer(path, Some(field())), "is required");
        return Refusal::Invalid(faults).into();
    }
    faults.add(pointer(path, None), plain);
    ApiError::Unreadable { detail: "the JSON is not of the expected form".into(), faults }
}

/// Returns the JSON pointer of a path, and of a field at its end.
fn pointer(path: &Path, field: Option<&str>) -> String {
    let mut pointer = String::new();
    let mut last = None;
    for segment in path {
        let part = match segment {
            Segment::Seq { index } => index.to_string(),
            Segment::Map { key } => key.replace('~', "~0").replace('/', "~1"),
            Segment::Enum { .. } | Segment::Unknown => continue,
        };
        pointer.push('/');
        pointer.push_str(&part);
        last = Some(part);
    }
    // An unknown field is already the last part of the path; a missing one is not.
    match field.map(|field| field.replace('~', "~0").replace('/', "~1")) {
        Some(field) if last.as_deref() != Some(&field) => format!("{pointer}/{field}"),
        _ => pointer,
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;
    use crate::http::read::FreeObject;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only its shape matters")]
    struct Body {
        list: Vec<Entry>,
        #[serde(default)]
        free: FreeObject,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only its shape matters")]
    struct Entry {
        name: String,
    }

    fn fault(body: &str) -> String {
        match parse::<Body>(body.as_bytes()).unwrap_err() {
            ApiError::Refused(Refusal::Invalid(faults)) => format!("422 {}", faults.0[0].pointer),
            ApiError::Unreadable { faults, .. } if !faults.0.is_empty() => format!("400 {}", faults.0[0].pointer),
            ApiError::Unreadable { .. } | ApiError::Refused(Refusal::Malformed(_)) => "400".into(),
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn every_fault_has_its_status_and_its_place() {
        for (body, expected) in [
            ("", "400"),
            ("{", "400"),
            ("\u{feff}{}", "400"),
            ("[]", "400 "),
            (r#"[[{"name":"a"}],{}]"#, "400 "),
            (r#"{"list":[["a"]]}"#, "400 /list/0"),
            ("{}", "422 /list"),
            (r#"{"list":[],"extra":1}"#, "422 /extra"),
            (r#"{"list":[{"name":"a"},{"nam":"b"}]}"#, "422 /list/1/nam"),
            (r#"{"list":[{}]}"#, "422 /list/0/name"),
            (r#"{"list":[{"name":7}]}"#, "400 /list/0/name"),
            (r#"{"list":[],"list":[]}"#, "400 "),
            (r#"{"list":[],"free":{"a":{"b":1,"b":2}}}"#, "400 /free"),
            (r#"{"list":[],"free":[]}"#, "400 /free"),
            (r#"{"list":[],"free":{"a":1e999}}"#, "400"),
            (r#"{"list":[{"name":"\u0000"}]}"#, "400"),
            (r#"{"list":[{"name":"\ud800"}]}"#, "400"),
            (r#"{"list":[]} x"#, "400"),
        ] {
            assert!(fault(body).starts_with(expected), "{body}: {}", fault(body));
        }
        let deep = format!(r#"{{"list":[],"free":{{"a":{}1{}}}}}"#, "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(fault(&deep), "400");
    }

    #[test]
    fn all_unknown_fields_are_named_at_once() {
        let body = br#"{"list":[{"name":"a","b/c":1,"d":{}},{"e":2}],"f":3}"#;
        let ApiError::Refused(Refusal::Invalid(faults)) = parse::<Body>(body).unwrap_err() else { panic!() };
        let mut pointers: Vec<_> = faults.0.iter().map(|fault| fault.pointer.as_str()).collect();
        pointers.sort_unstable();
        assert_eq!(pointers, ["/f", "/list/0/b~1c", "/list/0/d", "/list/1/e", "/list/1/name"]);
    }

    #[test]
    fn an_escaped_backslash_before_u0000_is_harmless() {
        assert!(parse::<Body>(br#"{"list":[{"name":"\\u0000"}]}"#).is_ok());
    }
}
