//! Finds the text of a fault by its English words.

use std::sync::LazyLock;

use fluent_syntax::ast::{Entry, Expression, InlineExpression, PatternElement};

use super::SOURCES;

/// Ids of faults begin with this.
const PREFIX: &str = "fault-";

/// The English text of a fault: words, and the names of values between them.
struct Shape {
    id: String,
    parts: Vec<Part>,
}

enum Part {
    Words(String),
    Value(String),
}

static SHAPES: LazyLock<Vec<Shape>> = LazyLock::new(|| {
    let resource = fluent_syntax::parser::parse(SOURCES[0]).expect("a test reads every file");
    let shape = |entry: &Entry<&str>| {
        let Entry::Message(message) = entry else { return None };
        let elements = &message.value.as_ref()?.elements;
        let part = |element: &PatternElement<&str>| match element {
            PatternElement::TextElement { value } => Part::Words((*value).to_owned()),
            PatternElement::Placeable {
                expression: Expression::Inline(InlineExpression::VariableReference { id }),
            } => Part::Value(id.name.to_owned()),
            PatternElement::Placeable { .. } => Part::Words(String::new()),
        };
        let is_fault = message.id.name.starts_with(PREFIX);
        is_fault.then(|| Shape { id: message.id.name.to_owned(), parts: elements.iter().map(part).collect() })
    };
    resource.body.iter().filter_map(shape).collect()
});

impl Shape {
    /// Returns the values in a text of this shape. `None` if the text has another one.
    fn values<'t>(&'static self, text: &'t str) -> Option<Vec<(&'static str, &'t str)>> {
        let mut rest = text;
        let mut values = Vec::new();
        let mut open: Option<&'static str> = None;
        for part in &self.parts {
            match part {
                Part::Words(words) => match open.take() {
                    Some(name) => {
                        let at = rest.find(words.as_str())?;
                        values.push((name, &rest[..at]));
                        rest = &rest[at + words.len()..];
                    }
                    None => rest = rest.strip_prefix(words.as_str())?,
                },
                Part::Value(name) => open = Some(name),
            }
        }
        match open {
            Some(name) => values.push((name, rest)),
            None if !rest.is_empty() => return None,
            None => {}
        }
        Some(values)
    }
}

/// Returns the id of a fault with these English words, and its values.
pub fn fault_of(english: &str) -> Option<(&'static str, Vec<(&'static str, &str)>)> {
    SHAPES.iter().find_map(|shape| shape.values(english).map(|values| (shape.id.as_str(), values)))
}
