//! Gaps: the places in a compiled template that are filled for each message. While HTML is made of MJML, a gap is a number
//! between two rare brackets, which are removed from all other texts (`clean`).

use super::field::MailField;
use crate::domain::layout::{Case, Format};

/// A place that differs between messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Gap {
    Value {
        field: MailField,
        format: Format,
        case: Case,
    },
    /// The filled subject.
    Subject,
    /// A column of a row.
    Cell(Cell),
    /// Begins a part that is repeated for each row.
    Rows(RowKind),
    /// Begins a part that is left out if the field is empty.
    IfAny(MailField),
    /// Ends the part that was begun last.
    End,
}

/// Rows that a message lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowKind {
    Tickets,
    Registrations,
}

/// A column of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cell {
    Title,
    Detail,
    Link,
}

/// The brackets of marks. They are printable: the renderer of MJML replaces other characters in attributes.
const OPEN: char = '⸨';
const CLOSE: char = '⸩';

/// The gaps of one template, by the numbers in their marks.
#[derive(Debug, Default)]
pub struct Gaps(Vec<Gap>);

/// A compiled text with its gaps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    Words(String),
    Gap(Gap),
    Rows(RowKind, Vec<Part>),
    IfAny(MailField, Vec<Part>),
}

impl Gaps {
    /// Adds a gap. Returns its mark.
    pub fn mark(&mut self, gap: Gap) -> String {
        self.0.push(gap);
        format!("{OPEN}{}{CLOSE}", self.0.len() - 1)
    }

    /// Splits a text at its marks.
    pub fn split(&self, text: &str) -> Vec<Part> {
        let mut open = vec![Vec::new()];
        let mut begun = Vec::new();
        let mut rest = text;
        while let Some((words, after)) = rest.split_once(OPEN) {
            let (number, after) = after.split_once(CLOSE).expect("each mark is closed");
            let gap = &self.0[number.parse::<usize>().expect("each mark has the number of a gap")];
            rest = after;
            let parts = open.last_mut().expect("the outermost part ends last");
            if !words.is_empty() {
                parts.push(Part::Words(words.to_owned()));
            }
            match gap {
                Gap::Rows(_) | Gap::IfAny(_) => {
                    begun.push(gap.clone());
                    open.push(Vec::new());
                }
                Gap::End => {
                    let parts = open.pop().expect("a part that ends was begun");
                    let part = match begun.pop() {
                        Some(Gap::Rows(kind)) => Part::Rows(kind, parts),
                        Some(Gap::IfAny(field)) => Part::IfAny(field, parts),
                        _ => unreachable!("only these begin a part"),
                    };
                    open.last_mut().expect("the outermost part ends last").push(part);
                }
                gap => parts.push(Part::Gap(gap.clone())),
            }
        }
        let mut parts = open.pop().expect("the outermost part ends last");
        if !rest.is_empty() {
            parts.push(Part::Words(rest.to_owned()));
        }
        parts
    }
}

/// Removes the brackets of marks, and two code points that are no characters, from a text.
pub fn clean(text: &str) -> String {
    text.replace([OPEN, CLOSE, '\u{fffe}', '\u{ffff}'], "")
}
