//! Questions of an organizer in the form of an order: shown, and their answers read.

use serde_json::{Map, Number, Value};

use crate::{
    domain::{Choice, Condition, EventSetup, Question, QuestionKind, Questions, TicketType},
    http::pages::{Fields, Form},
};

/// A question as the form shows it.
pub struct Asking {
    pub code: String,
    pub field: String,
    pub label: String,
    pub hint: String,
    pub kind: &'static str,
    pub required: bool,
    pub value: String,
    pub options: Vec<AskedOption>,
    pub only: Option<Only>,
    /// Ids of what explains the field.
    pub describes: String,
}

/// The answer after which a question is asked.
pub struct Only {
    /// Field of the other question.
    pub field: String,
    pub answer: String,
    pub label: String,
}

pub struct AskedOption {
    pub code: String,
    pub label: String,
    pub is_chosen: bool,
}

/// Returns the name of the field of a question.
pub fn field_of(code: &str) -> String {
    format!("answer-{code}")
}

/// Returns the questions for a ticket type; all, if none is chosen.
pub fn askings(questions: &Questions, chosen: Option<&TicketType>, form: &Form) -> Vec<Asking> {
    let is_for = |question: &&Question| {
        let types = &question.ticket_types;
        types.is_empty() || chosen.is_none_or(|of| types.iter().any(|code| code == of.code.as_str()))
    };
    let only = |condition: &Condition| {
        let other = questions.0.iter().find(|question| question.code == condition.question);
        let option = other.and_then(|other| other.options.iter().find(|option| option.code == condition.answer));
        let label = option.map(|option| &option.label).or(other.map(|other| &other.label));
        Only {
            field: field_of(&condition.question),
            answer: condition.answer.clone(),
            label: label.cloned().unwrap_or_default(),
        }
    };
    let asking = |question: &Question| {
        let field = field_of(&question.code);
        let chosen: Vec<_> = form.values(&field).collect();
        let option = |option: &Choice| AskedOption {
            code: option.code.clone(),
            label: option.label.clone(),
            is_chosen: chosen.contains(&option.code.as_str()),
        };
        let mut describes = Vec::new();
        if question.hint.is_some() {
            describes.push(format!("{field}-hint"));
        }
        if form.fault(&field).is_some() {
            describes.push(format!("{field}-error"));
        }
        Asking {
            code: question.code.clone(),
            label: question.label.clone(),
            hint: question.hint.clone().unwrap_or_default(),
            kind: kind_name(question.kind),
            required: question.required,
            value: form.value(&field).to_owned(),
            options: question.options.iter().map(option).collect(),
            only: question.only_if.as_ref().map(only),
            describes: describes.join(" "),
            field,
        }
    };
    questions.0.iter().filter(is_for).map(asking).collect()
}

const fn kind_name(kind: QuestionKind) -> &'static str {
    match kind {
        QuestionKind::Text => "text",
        QuestionKind::Choice => "choice",
        QuestionKind::Several => "several",
        QuestionKind::Number => "number",
        QuestionKind::Date => "date",
        QuestionKind::Consent => "consent",
    }
}

/// Reads the answers of a form, without those to questions that are not asked: without script, they may be filled in.
pub fn answers(fields: &Fields, setup: &EventSetup, ticket_type: Option<&str>) -> Map<String, Value> {
    let questions = &setup.event.draft.questions;
    let mut answers = Map::new();
    for question in &questions.0 {
        let field = field_of(&question.code);
        let text = fields.get(&field).trim();
        let answer = match question.kind {
            QuestionKind::Several => fields.all(&field).collect(),
            QuestionKind::Consent => Value::Bool(text == "true"),
            // Anything else stays a text, which is refused.
            QuestionKind::Number => number(text).map_or_else(|| text.into(), Value::Number),
            // Browsers send line breaks as two characters.
            _ => text.replace("\r\n", "\n").into(),
        };
        let is_empty = text.is_empty() && question.kind != QuestionKind::Several || answer == Value::Array(Vec::new());
        if !is_empty {
            answers.insert(question.code.clone(), answer);
        }
    }
    let asked: Vec<_> = questions.asked(ticket_type.unwrap_or_default(), &answers);
    let asked: Vec<_> = asked.into_iter().map(|question| question.code.clone()).collect();
    answers.retain(|code, _| asked.contains(code));
    answers
}

/// Reads a number. A comma is a decimal mark, unless it could separate thousands.
fn number(text: &str) -> Option<Number> {
    let is_decimal = text.split_once(',').is_none_or(|(_, rest)| rest.len() != 3 && !rest.contains(','));
    is_decimal.then(|| serde_json::from_str(&text.replace(',', ".")).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn a_comma_is_a_decimal_mark_unless_it_could_separate_thousands() {
        for (text, value) in [("36", 36.0), ("36,5", 36.5), ("36.25", 36.25), ("-1,25", -1.25)] {
            assert_eq!(number(text).and_then(|number| number.as_f64()), Some(value), "{text}");
        }
        for text in ["1,000", "12,500", "1,000,5", "old", "", "1e", "0x1"] {
            assert_eq!(number(text), None, "{text}");
        }
    }
}
