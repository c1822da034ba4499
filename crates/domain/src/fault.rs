//! Validation errors (faults) of a well-formed request: all are reported together, each with a JSON pointer.

use serde::Serialize;

/// One validation error: a JSON pointer into the request and a description.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fault {
    pub pointer: String,
    pub detail: String,
}

/// The validation errors found so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Faults(pub Vec<Fault>);

impl Faults {
    /// Adds a fault at `pointer`.
    pub fn add(&mut self, pointer: impl Into<String>, detail: impl Into<String>) {
        self.0.push(Fault { pointer: pointer.into(), detail: detail.into() });
    }

    /// Returns the value of `result`, or adds its error as a fault at `pointer` and returns `None`.
    pub fn check<T, E: ToString>(&mut self, pointer: impl Into<String>, result: Result<T, E>) -> Option<T> {
        result.map_err(|error| self.add(pointer, error.to_string())).ok()
    }

    /// Returns `Ok` if there are no faults.
    pub fn into_result(self) -> Result<(), Self> {
        if self.0.is_empty() { Ok(()) } else { Err(self) }
    }
}

/// Trims and validates a single line of text: 1 to `limit` characters, no control characters.
pub(super) fn check_line(text: &str, limit: usize) -> Result<String, String> {
    let text = text.trim();
    match text.chars().count() {
        0 => Err("must not be empty".into()),
        n if n > limit => Err(format!("must have at most {limit} characters, has {n}")),
        _ if text.chars().any(char::is_control) => Err("must not contain control characters".into()),
        _ => Ok(text.into()),
    }
}

/// Trims and validates a text like [`check_line()`], but allows line breaks and tabs.
pub(super) fn check_paragraph(text: &str, limit: usize) -> Result<String, String> {
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
