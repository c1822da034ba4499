//! What is wrong with a well-formed request: every fault at once, each with the place it is at.

use serde::Serialize;

/// One fault: a JSON pointer into the request and what is wrong there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fault {
    pub pointer: String,
    pub detail: String,
}

/// The faults found so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Faults(pub Vec<Fault>);

impl Faults {
    /// Notes a fault at `pointer`.
    pub fn add(&mut self, pointer: impl Into<String>, detail: impl Into<String>) {
        self.0.push(Fault { pointer: pointer.into(), detail: detail.into() });
    }

    /// Notes the error of `result` at `pointer`, or hands its value on.
    pub fn check<T, E: ToString>(&mut self, pointer: impl Into<String>, result: Result<T, E>) -> Option<T> {
        result.map_err(|error| self.add(pointer, error.to_string())).ok()
    }

    /// `Ok` only if nothing was noted.
    pub fn into_result(self) -> Result<(), Self> {
        if self.0.is_empty() { Ok(()) } else { Err(self) }
    }
}

/// Checks a line of text that people read: 1 to `limit` characters, no control characters, no blanks at its ends.
pub(super) fn line(text: &str, limit: usize) -> Result<String, String> {
    let text = text.trim();
    match text.chars().count() {
        0 => Err("must not be empty".into()),
        n if n > limit => Err(format!("must have at most {limit} characters, has {n}")),
        _ if text.chars().any(char::is_control) => Err("must not contain control characters".into()),
        _ => Ok(text.into()),
    }
}

/// Like [`line()`], but line breaks are welcome.
pub(super) fn paragraph(text: &str, limit: usize) -> Result<String, String> {
    let text = text.trim();
    match text.chars().count() {
        0 => Err("must not be empty".into()),
        n if n > limit => Err(format!("must have at most {limit} characters, has {n}")),
        _ if text.chars().any(|c| c.is_control() && !"\r\n\t".contains(c)) => {
            Err("must not contain control characters".into())
        }
        _ => Ok(text.into()),
    }
}
