//! Forms: reads what a browser sends, and shows it again with the faults if it is refused.

use std::borrow::Cow;

use actix_web::{HttpRequest, HttpResponse, http::header, web};

use super::Frame;
use crate::{
    domain::{Fault, Faults},
    http::{
        auth::{Visit, is_from_this_site},
        read::read_form,
        server::{ApiError, Services},
    },
    work::Refusal,
};

/// Largest form, in bytes.
const MAX_FORM: usize = 128 << 10;

/// The fields of a form that this browser was given.
#[derive(Debug, Default)]
pub struct Fields(Vec<(String, String)>);

impl Fields {
    /// Reads a form. Refused unless a page of this site sent it, with the token of this browser.
    pub async fn read(request: &HttpRequest, payload: web::Payload) -> Result<Self, ApiError> {
        let services = Services::of(request);
        if !is_from_this_site(request, services) {
            return Err(Refusal::ForeignPage.into());
        }
        let body = read_form(request, payload, MAX_FORM).await?;
        let fields: Vec<_> = form_urlencoded::parse(&body).into_owned().collect();
        if fields.iter().any(|(_, value)| value.contains('\0')) {
            return Err(ApiError::malformed("the form must not contain the character U+0000"));
        }
        let fields = Self(fields);
        match Visit::of(request).is_form_token(services, fields.get("form_token")) {
            true => Ok(fields),
            false => Err(Refusal::ForeignPage.into()),
        }
    }

    /// Reads the query of a page, which fills its form.
    pub fn of_query(request: &HttpRequest) -> Self {
        Self(form_urlencoded::parse(request.query_string().as_bytes()).into_owned().collect())
    }

    /// Returns the value of a field; empty if there is none.
    pub fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.as_str())
    }

    /// Returns the value of a field, which may be empty. `None` if it is missing.
    pub fn given(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Returns the value of a field. `None` if it is empty or missing.
    pub fn some(&self, name: &str) -> Option<String> {
        Some(self.get(name).to_owned()).filter(|value| !value.is_empty())
    }

    /// Returns all values of a field.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Sets a field that has no value yet.
    #[must_use]
    pub fn or(mut self, name: &str, value: &str) -> Self {
        if self.get(name).is_empty() {
            self.0.retain(|(known, _)| known != name);
            self.0.push((name.to_owned(), value.to_owned()));
        }
        self
    }
}

/// A form as a page shows it.
#[derive(Debug, Default)]
pub struct Form {
    fields: Fields,
    pub faults: Vec<FieldFault>,
}

/// A fault of a form, in the language of the page.
#[derive(Debug)]
pub struct FieldFault {
    /// Name of the field; empty if the fault is of the whole form.
    pub field: String,
    pub label: String,
    pub text: String,
}

/// Fields of the API with the fields of a form that have another name: pointer, field, id of the label.
pub type FieldNames = &'static [(&'static str, &'static str, &'static str)];

impl Form {
    /// A form with these values, and without faults.
    pub fn of(fields: Fields) -> Self {
        Self { fields, faults: Vec::new() }
    }

    /// A form that was refused, with the faults of the API in the language of the page. A refusal that is no fault of the
    /// form is returned.
    pub fn refused(fields: Fields, frame: &Frame, refusal: Refusal, names: FieldNames) -> Result<Self, ApiError> {
        Self::refused_by(fields, frame, refusal, |pointer| {
            // A fault of an entry of a list is a fault of the list.
            let known = names.iter().find(|(known, ..)| pointer == *known || pointer.starts_with(&format!("{known}/")));
            known.map(|(_, field, label)| ((*field).to_owned(), frame.s(label).into_owned()))
        })
    }

    /// The same, with a function that returns the field and the label of a pointer.
    pub fn refused_by(
        fields: Fields,
        frame: &Frame,
        refusal: Refusal,
        name: impl Fn(&str) -> Option<(String, String)>,
    ) -> Result<Self, ApiError> {
        let named = |Fault { pointer, detail }: Fault| {
            let text = frame.fault(&detail);
            match name(&pointer) {
                Some((field, label)) => FieldFault { field, label, text },
                None => of_form(text),
            }
        };
        let faults = match refusal {
            Refusal::Invalid(Faults(faults)) => faults.into_iter().map(named).collect(),
            Refusal::Conflict(detail) => vec![of_form(frame.fault(&detail))],
            Refusal::Forbidden(_) => vec![of_form(frame.s("fault-forbidden").into_owned())],
            Refusal::TooManyTries(wait) => {
                vec![of_form(frame.with("too-many-tries", "seconds", wait.as_secs().max(1).to_string()))]
            }
            other => return Err(other.into()),
        };
        Ok(Self { fields, faults })
    }

    /// A form that was refused as a whole, with these words.
    pub fn refused_as(fields: Fields, text: impl Into<Cow<'static, str>>) -> Self {
        Self { fields, faults: vec![of_form(text.into().into_owned())] }
    }

    /// Returns the number of faults.
    pub fn count(&self) -> i64 {
        i64::try_from(self.faults.len()).unwrap_or(i64::MAX)
    }

    pub fn is_refused(&self) -> bool {
        !self.faults.is_empty()
    }

    /// Returns the value of a field. Passwords are never shown again: their fields show no value.
    pub fn value(&self, name: &str) -> &str {
        self.fields.get(name)
    }

    /// Returns all values of a field.
    pub fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.fields.all(name)
    }

    /// Returns the value of a field, which may be empty. `None` if the form was not sent with it.
    pub fn given(&self, name: &str) -> Option<&str> {
        self.fields.given(name)
    }

    /// Returns the value of a field, or another one if it is empty.
    pub fn or<'a>(&'a self, name: &str, other: &'a str) -> &'a str {
        Some(self.fields.get(name)).filter(|value| !value.is_empty()).unwrap_or(other)
    }

    /// Returns the words of the fault of a field.
    pub fn fault(&self, name: &str) -> Option<&str> {
        self.faults.iter().find(|fault| fault.field == name).map(|fault| fault.text.as_str())
    }

    /// Returns the query of a link that leads on to the same page after signing in.
    pub fn next_query(&self) -> String {
        match local_path(self.value("next")) {
            Some(next) => {
                format!("?{}", form_urlencoded::Serializer::new(String::new()).append_pair("next", next).finish())
            }
            None => String::new(),
        }
    }
}

fn of_form(text: String) -> FieldFault {
    FieldFault { field: String::new(), label: String::new(), text }
}

/// Returns a path of this site that a link or form names. `None` if it leads elsewhere.
pub fn local_path(path: &str) -> Option<&str> {
    let is_plain = path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    let is_local = path.starts_with('/') && !path.starts_with("//") && is_plain;
    is_local.then_some(path)
}

/// Sends the browser to a page after a form: reloading that page sends nothing again.
pub fn see_other(path: &str) -> HttpResponse {
    HttpResponse::SeeOther()
        .insert_header((header::LOCATION, path))
        .insert_header((header::CACHE_CONTROL, "private, no-store"))
        .finish()
}

/// The same, and the page says what was done.
pub fn done(path: &str, done: &str) -> HttpResponse {
    let separator = if path.contains('?') { '&' } else { '?' };
    see_other(&format!("{path}{separator}done={done}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_leads_to_this_site_only() {
        for path in ["/", "/my-tickets", "/organizer?organizer=a&b=c"] {
            assert_eq!(local_path(path), Some(path));
        }
        for path in
            ["", "//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)", "/a\nb", "a"]
        {
            assert_eq!(local_path(path), None, "{path}");
        }
    }
}
