//! Questions of an organizer to those who register: what is asked, of whom, and which answers are accepted.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::{
    Faults,
    fault::{check_line, check_paragraph},
};

const MAX_QUESTIONS: usize = 30;
const MAX_OPTIONS: usize = 50;
const MAX_LABEL: usize = 200;
const MAX_HINT: usize = 500;
/// Characters of an answer in words.
pub const MAX_TEXT: usize = 2000;

/// A question to those who register.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Question {
    /// Key of its answer in `answers`.
    #[schema(example = "meal", pattern = "^[a-z][a-zA-Z0-9_-]{0,39}$")]
    pub code: String,
    #[schema(min_length = 1, max_length = 200)]
    pub label: String,
    #[serde(default)]
    #[schema(max_length = 500)]
    pub hint: Option<String>,
    pub kind: QuestionKind,
    /// A consent that is required must be given.
    #[serde(default)]
    pub required: bool,
    /// What can be chosen; for `choice` and `several`.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub options: Vec<Choice>,
    /// Codes of the ticket types that it is asked for; empty: all.
    #[serde(default)]
    pub ticket_types: Vec<String>,
    /// It is asked only after this answer.
    #[serde(default)]
    pub only_if: Option<Condition>,
}

/// The form of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum QuestionKind {
    /// A text.
    Text,
    /// The code of one option.
    Choice,
    /// A list of codes of options.
    Several,
    /// A number.
    Number,
    /// A day, such as `2026-12-31`.
    Date,
    /// `true` or `false`.
    Consent,
}

/// What can be chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    #[schema(example = "vegan", pattern = "^[a-zA-Z0-9][a-zA-Z0-9_-]{0,39}$")]
    pub code: String,
    #[schema(min_length = 1, max_length = 200)]
    pub label: String,
}

/// An answer to an earlier question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    /// Code of a `choice`, `several` or `consent` before this question.
    #[schema(example = "meal")]
    pub question: String,
    /// Code of the option; `true` for a consent that is given.
    #[schema(example = "other")]
    pub answer: String,
}

/// The questions of an event, in their order.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
pub struct Questions(pub Vec<Question>);

impl Questions {
    /// Validates the questions themselves, and trims their texts.
    pub(crate) fn check(&mut self, faults: &mut Faults) {
        if MAX_QUESTIONS < self.0.len() {
            faults.add("/questions", format!("must have at most {MAX_QUESTIONS} entries"));
        }
        for index in 0..self.0.len() {
            let (before, rest) = self.0.split_at_mut(index);
            let question = &mut rest[0];
            let at = format!("/questions/{index}");
            if !is_code(&question.code, char::is_ascii_lowercase) {
                faults.add(
                    format!("{at}/code"),
                    "must be 1 to 40 letters, digits, '_' and '-', the first a small letter",
                );
            }
            if before.iter().any(|other| other.code == question.code) {
                faults.add(format!("{at}/code"), "is not unique");
            }
            if let Some(label) = faults.check(format!("{at}/label"), check_line(&question.label, MAX_LABEL)) {
                question.label = label;
            }
            if let Some(hint) = &question.hint
                && let Some(hint) = faults.check(format!("{at}/hint"), check_line(hint, MAX_HINT))
            {
                question.hint = Some(hint);
            }
            question.check_options(&at, faults);
            if let Some(condition) = &question.only_if
                && !before.iter().any(|other| other.can_answer(condition))
            {
                faults.add(format!("{at}/onlyIf"), "must name an earlier question and one of its options");
            }
        }
    }

    /// Returns the questions that are asked of a registration with these answers.
    pub fn asked<'a>(&'a self, ticket_type: &str, answers: &Map<String, Value>) -> Vec<&'a Question> {
        let mut asked: Vec<&Question> = Vec::new();
        for question in &self.0 {
            let is_for_type =
                question.ticket_types.is_empty() || question.ticket_types.iter().any(|t| t == ticket_type);
            let is_met = question.only_if.as_ref().is_none_or(|condition| {
                let is_asked = asked.iter().any(|other| other.code == condition.question);
                is_asked && condition.is_met_by(answers.get(&condition.question))
            });
            if is_for_type && is_met {
                asked.push(question);
            }
        }
        asked
    }

    /// Checks the answers of a registration. An event without questions accepts any.
    pub(crate) fn check_answers(&self, ticket_type: &str, answers: &Map<String, Value>, faults: &mut Faults) {
        if self.0.is_empty() {
            return;
        }
        let asked = self.asked(ticket_type, answers);
        let pointer = |code: &str| format!("/answers/{}", code.replace('~', "~0").replace('/', "~1"));
        for (code, value) in answers {
            let fault = match asked.iter().find(|question| question.code == *code) {
                Some(_) => continue,
                None if value.is_null() => continue,
                None if self.0.iter().any(|question| question.code == *code) => "is not asked of this registration",
                None => "is no question of this event",
            };
            faults.add(pointer(code), fault);
        }
        for question in asked {
            let given = answers.get(&question.code).filter(|value| !is_empty(value));
            let checked = match given {
                Some(value) => question.check_answer(value),
                None if question.required => Err("is required".to_owned()),
                None => Ok(()),
            };
            faults.check(pointer(&question.code), checked);
        }
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => text.trim().is_empty(),
        Value::Array(entries) => entries.is_empty(),
        _ => false,
    }
}

/// True for 1 to 40 letters, digits, `_` and `-` whose first is accepted.
fn is_code(code: &str, first: fn(&char) -> bool) -> bool {
    let all = code.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    all && code.len() <= 40 && code.chars().next().is_some_and(|c| first(&c))
}

impl Question {
    fn check_options(&mut self, at: &str, faults: &mut Faults) {
        let has_options = matches!(self.kind, QuestionKind::Choice | QuestionKind::Several);
        match (has_options, self.options.len()) {
            (true, 0) => faults.add(format!("{at}/options"), "must have at least one entry"),
            (true, count) if MAX_OPTIONS < count => {
                faults.add(format!("{at}/options"), format!("must have at most {MAX_OPTIONS} entries"));
            }
            (false, 1..) => faults.add(format!("{at}/options"), "are for the kinds choice and several only"),
            _ => {}
        }
        for index in 0..self.options.len() {
            let (before, rest) = self.options.split_at_mut(index);
            let option = &mut rest[0];
            let at = format!("{at}/options/{index}");
            if !is_code(&option.code, char::is_ascii_alphanumeric) {
                faults.add(
                    format!("{at}/code"),
                    "must be 1 to 40 letters, digits, '_' and '-', the first a letter or digit",
                );
            }
            if before.iter().any(|other| other.code == option.code) {
                faults.add(format!("{at}/code"), "is not unique");
            }
            if let Some(label) = faults.check(format!("{at}/label"), check_line(&option.label, MAX_LABEL)) {
                option.label = label;
            }
        }
    }

    fn can_answer(&self, condition: &Condition) -> bool {
        self.code == condition.question
            && match self.kind {
                QuestionKind::Consent => condition.answer == "true",
                QuestionKind::Choice | QuestionKind::Several => self.has_option(&condition.answer),
                _ => false,
            }
    }

    fn has_option(&self, code: &str) -> bool {
        self.options.iter().any(|option| option.code == code)
    }

    /// Checks an answer that is not empty.
    fn check_answer(&self, value: &Value) -> Result<(), String> {
        let is_option = |value: &Value| value.as_str().is_some_and(|code| self.has_option(code));
        match (self.kind, value) {
            (QuestionKind::Text, Value::String(text)) => check_paragraph(text, MAX_TEXT).map(drop),
            (QuestionKind::Text, _) => Err("must be a text".into()),
            (QuestionKind::Choice, value) if is_option(value) => Ok(()),
            (QuestionKind::Choice, _) => Err("must be one of the options".into()),
            (QuestionKind::Several, Value::Array(chosen)) => {
                let is_repeated = (1..chosen.len()).any(|index| chosen[..index].contains(&chosen[index]));
                let is_known = chosen.iter().all(is_option);
                if is_known && !is_repeated { Ok(()) } else { Err("must be a list of options, each once".into()) }
            }
            (QuestionKind::Several, _) => Err("must be a list of options, each once".into()),
            // The size of numbers is checked with all answers.
            (QuestionKind::Number, Value::Number(_)) | (QuestionKind::Consent, Value::Bool(true)) => Ok(()),
            (QuestionKind::Number, _) => Err("must be a number".into()),
            (QuestionKind::Date, Value::String(day)) if day.len() == 10 && day.parse::<Date>().is_ok() => Ok(()),
            (QuestionKind::Date, _) => Err("must be a day such as 2026-12-31".into()),
            (QuestionKind::Consent, _) => Err("must be true or false".into()),
        }
    }
}

impl Condition {
    fn is_met_by(&self, answer: Option<&Value>) -> bool {
        match answer {
            Some(Value::String(code)) => *code == self.answer,
            Some(Value::Array(codes)) => codes.iter().any(|code| code.as_str() == Some(&self.answer)),
            Some(Value::Bool(given)) => *given && self.answer == "true",
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn questions() -> Questions {
        serde_json::from_value(json!([
            {"code": "meal", "label": "Supper?", "kind": "choice", "required": true,
             "options": [{"code": "vegan", "label": "Vegan"}, {"code": "other", "label": "Other"}]},
            {"code": "which", "label": "Which?", "kind": "text", "required": true,
             "onlyIf": {"question": "meal", "answer": "other"}},
            {"code": "days", "label": "Days", "kind": "several", "ticketTypes": ["crew"],
             "options": [{"code": "fri", "label": "Friday"}, {"code": "sat", "label": "Saturday"}]},
            {"code": "age", "label": "Age", "kind": "number"},
            {"code": "born", "label": "Born", "kind": "date"},
            {"code": "terms", "label": "I accept the terms", "kind": "consent", "required": true},
        ]))
        .unwrap()
    }

    fn faults(ticket_type: &str, answers: Value) -> Vec<String> {
        let Value::Object(answers) = answers else { panic!("answers are an object") };
        let mut faults = Faults::default();
        questions().check_answers(ticket_type, &answers, &mut faults);
        faults.0.into_iter().map(|fault| format!("{} {}", fault.pointer, fault.detail)).collect()
    }

    #[test]
    fn answers_that_fit_are_accepted() {
        let fine = json!({"meal": "other", "which": "Fish", "age": 36, "born": "1815-12-10", "terms": true});
        assert_eq!(faults("lawn", fine), [""; 0]);
        let crew = json!({"meal": "vegan", "days": ["fri", "sat"], "terms": true, "which": null, "born": ""});
        assert_eq!(faults("crew", crew), [""; 0]);
    }

    #[test]
    fn every_answer_that_does_not_fit_is_reported() {
        let bad = json!({"meal": "beef", "days": ["fri"], "age": "old", "born": "10.12.1815", "unknown": 1});
        assert_eq!(
            faults("lawn", bad),
            [
                "/answers/days is not asked of this registration",
                "/answers/unknown is no question of this event",
                "/answers/meal must be one of the options",
                "/answers/age must be a number",
                "/answers/born must be a day such as 2026-12-31",
                "/answers/terms is required",
            ]
        );
        let missing = json!({"meal": "other", "terms": false});
        assert_eq!(faults("lawn", missing), ["/answers/which is required", "/answers/terms is required"]);
        let not_asked = json!({"meal": "vegan", "which": "Fish", "terms": true});
        assert_eq!(faults("lawn", not_asked), ["/answers/which is not asked of this registration"]);
        let twice = json!({"meal": "vegan", "days": ["fri", "fri"], "terms": true});
        assert_eq!(faults("crew", twice), ["/answers/days must be a list of options, each once"]);
        let types = json!({"meal": "vegan", "terms": "yes", "which": 1});
        assert_eq!(
            faults("lawn", types),
            ["/answers/which is not asked of this registration", "/answers/terms must be true or false"]
        );
    }

    #[test]
    fn an_event_without_questions_accepts_any_answers() {
        let mut faults = Faults::default();
        let answers = json!({"anything": [1, 2]});
        Questions::default().check_answers("general", answers.as_object().unwrap(), &mut faults);
        assert!(faults.0.is_empty());
    }

    #[test]
    fn faulty_questions_are_reported() {
        let mut fine = questions();
        let mut faults = Faults::default();
        fine.check(&mut faults);
        assert!(faults.0.is_empty(), "{faults:?}");
        let mut bad: Questions = serde_json::from_value(json!([
            {"code": "Meal", "label": "", "kind": "choice"},
            {"code": "a", "label": "A", "kind": "text", "options": [{"code": "x", "label": "X"}]},
            {"code": "a", "label": "A", "kind": "several", "options": [{"code": "x", "label": "X"}, {"code": "x", "label": "\u{7}"}],
             "onlyIf": {"question": "later", "answer": "x"}},
            {"code": "later", "label": "L", "kind": "consent", "onlyIf": {"question": "a", "answer": "y"}},
        ]))
        .unwrap();
        bad.check(&mut faults);
        let pointers: Vec<_> = faults.0.iter().map(|fault| fault.pointer.as_str()).collect();
        assert_eq!(
            pointers,
            [
                "/questions/0/code",
                "/questions/0/label",
                "/questions/0/options",
                "/questions/1/options",
                "/questions/2/code",
                "/questions/2/options/1/code",
                "/questions/2/options/1/label",
                "/questions/2/onlyIf",
                "/questions/3/onlyIf",
            ]
        );
    }
}
