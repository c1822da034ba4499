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

impl Form {
    /// Returns a value as it is written. It never adds markup, and never a line to a subject.
    fn written(self, value: &str) -> String {
        match self {
            Self::Line => clean(value).chars().map(|c| if c.is_control() { ' ' } else { c }).collect(),
            Self::Text => clean(value),
            Self::Html => escape(clean(value)).replace('\n', "<br/>"),
        }
    }
}

impl MailTemplate {
    /// Fills the places whose values are the same in all messages: those that `known` returns a value for.
    #[must_use]
    pub fn with_known(self, known: impl Fn(&MailField, Format, Case) -> Option<String>) -> Self {
        let known = &known as Known<'_>;
        Self {
            subject: fill_known(self.subject, known, Form::Line),
            text: fill_known(self.text, known, Form::Text),
            html: fill_known(self.html, known, Form::Html),
        }
    }

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

type Known<'k> = &'k dyn Fn(&MailField, Format, Case) -> Option<String>;

fn fill_known(parts: Vec<Part>, known: Known<'_>, form: Form) -> Vec<Part> {
    let mut filled: Vec<Part> = Vec::new();
    let mut add = |part| match (filled.last_mut(), part) {
        (Some(Part::Words(before)), Part::Words(words)) => before.push_str(&words),
        (_, part) => filled.push(part),
    };
    for part in parts {
        match part {
            Part::Gap(Gap::Value { field, format, case }) => add(match known(&field, format, case) {
                Some(value) => Part::Words(form.written(&value)),
                None => Part::Gap(Gap::Value { field, format, case }),
            }),
            Part::Rows(kind, parts) => add(Part::Rows(kind, fill_known(parts, known, form))),
            Part::IfAny(field, parts) => match known(&field, Format::Plain, Case::Kept) {
                Some(value) if value.is_empty() => {}
                Some(_) => fill_known(parts, known, form).into_iter().for_each(&mut add),
                None => add(Part::IfAny(field, fill_known(parts, known, form))),
            },
            part => add(part),
        }
    }
    filled
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

    fn push(&self, out: &mut String, value: &str) {
        out.push_str(&self.form.written(value));
    }
}
