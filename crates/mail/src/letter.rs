//! Fills a compiled template with the values of one message.

use super::{
    compile::MailTemplate,
    field::MailField,
    gap::{Cell, Gap, Part, RowKind, clean},
    mjml::escape,
};
use crate::domain::layout::{Case, Format};

/// A filled template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// One line.
    pub subject: String,
    pub text: String,
    pub html: String,
}

/// A row of a list in a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    pub title: String,
    pub detail: String,
    /// Address of a page or file.
    pub link: String,
}

/// The values of one message.
pub trait MailValues {
    /// Returns the value of a field; empty if there is none.
    fn value(&self, field: &MailField, format: Format) -> String;

    /// Converts a text to upper or lower case by the rules of the message's language.
    fn in_case(&self, text: String, case: Case) -> String;

    /// Returns the rows of a list.
    fn rows(&self, kind: RowKind) -> Vec<Row>;
}

/// Way in which values are written.
#[derive(Clone, Copy)]
enum Form {
    /// Without line breaks.
    Line,
    Text,
    Html,
}

impl MailTemplate {
    /// Fills the template.
    pub fn fill(&self, values: &dyn MailValues) -> Letter {
        let write = |parts: &[Part], form, subject: &str| {
            let mut text = String::new();
            Writer { values, form, subject }.write(&mut text, parts, None);
            text
        };
        let subject = write(&self.subject, Form::Line, "");
        let text = write(&self.text, Form::Text, &subject);
        let html = write(&self.html, Form::Html, &subject);
        Letter { subject, text, html }
    }
}

struct Writer<'v> {
    values: &'v dyn MailValues,
    form: Form,
    /// The filled subject.
    subject: &'v str,
}

impl Writer<'_> {
    fn write(&self, out: &mut String, parts: &[Part], row: Option<&Row>) {
        for part in parts {
            match part {
                Part::Words(words) => out.push_str(words),
                Part::Gap(Gap::Value { field, format, case }) => {
                    let value = self.values.value(field, *format);
                    let value = if *case == Case::Kept { value } else { self.values.in_case(value, *case) };
                    self.push(out, &value);
                }
                Part::Gap(Gap::Subject) => self.push(out, self.subject),
                Part::Gap(Gap::Cell(cell)) => {
                    let row = row.expect("cells are in rows only");
                    let value = match cell {
                        Cell::Title => &row.title,
                        Cell::Detail => &row.detail,
                        Cell::Link => &row.link,
                    };
                    self.push(out, value);
                }
                Part::Gap(_) => unreachable!("parts that begin and end are nested"),
                Part::Rows(kind, parts) => {
                    self.values.rows(*kind).iter().for_each(|row| self.write(out, parts, Some(row)));
                }
                Part::IfAny(field, parts) => {
                    if !self.values.value(field, Format::Plain).is_empty() {
                        self.write(out, parts, row);
                    }
                }
            }
        }
    }

    /// Adds a value. A value never adds markup, and never a line to a subject.
    fn push(&self, out: &mut String, value: &str) {
        match self.form {
            Form::Line => out.extend(clean(value).chars().map(|c| if c.is_control() { ' ' } else { c })),
            Form::Text => out.push_str(&clean(value)),
            Form::Html => out.push_str(&escape(clean(value)).replace('\n', "<br/>")),
        }
    }
}
