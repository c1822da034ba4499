//! Limits of the answers to an event's questions. They are free JSON from anonymous clients, so their size is bounded in
//! every form in which they are kept or sent.

use serde_json::{Map, Number, Value};

use super::Faults;

/// Largest size of all answers of a registration as JSON text, in bytes.
pub const MAX_ANSWERS_BYTES: usize = 16 * 1024;
/// Largest number of fields in all objects together.
pub const MAX_ANSWERS_FIELDS: usize = 200;
/// Largest number of objects and lists inside each other.
pub const MAX_ANSWERS_DEPTH: usize = 8;
/// Numbers from here on are not kept exactly by every JSON parser, or take many digits when they are written out.
const TOO_LARGE: f64 = 1e15;
/// Numbers nearer to zero than this take many digits when they are written out.
const TOO_SMALL: f64 = 1e-9;
/// Largest number of significant digits that every parser keeps.
const MAX_DIGITS: usize = 15;

/// Checks the answers of a registration request. Adds one fault for each answer that is not accepted.
pub fn check_answers(faults: &mut Faults, answers: &Map<String, Value>) {
    let mut counted = 0;
    for (key, value) in answers {
        let pointer = format!("/answers/{}", key.replace('~', "~0").replace('/', "~1"));
        counted += 1;
        if let Err(fault) = check_value(value, 2, &mut counted) {
            faults.add(pointer, fault);
        }
    }
    if MAX_ANSWERS_FIELDS < counted {
        faults.add("/answers", format!("must have at most {MAX_ANSWERS_FIELDS} fields"));
    }
    let bytes = serde_json::to_vec(answers).expect("strings and JSON values serialize").len();
    if MAX_ANSWERS_BYTES < bytes {
        faults.add("/answers", format!("must have at most {MAX_ANSWERS_BYTES} bytes, has {bytes}"));
    }
}

/// Checks an answer at this depth, and adds its fields to `counted`.
fn check_value(value: &Value, depth: usize, counted: &mut usize) -> Result<(), String> {
    match value {
        Value::Null | Value::Bool(_) | Value::String(_) => Ok(()),
        Value::Number(number) if is_kept(number) => Ok(()),
        Value::Number(_) => Err(format!(
            "a number must have at most {MAX_DIGITS} digits and lie between -1e15 and 1e15; send it as text"
        )),
        Value::Array(_) | Value::Object(_) if MAX_ANSWERS_DEPTH < depth => {
            Err(format!("must have at most {MAX_ANSWERS_DEPTH} levels"))
        }
        Value::Array(entries) => entries.iter().try_for_each(|entry| check_value(entry, depth + 1, counted)),
        Value::Object(fields) => {
            *counted += fields.len();
            fields.values().try_for_each(|field| check_value(field, depth + 1, counted))
        }
    }
}

/// True if every JSON parser, and PostgreSQL, keep this number and write it with few digits.
fn is_kept(number: &Number) -> bool {
    let size = number.as_f64().unwrap_or(f64::INFINITY).abs();
    if size == 0.0 {
        return true;
    }
    let digits: String = number.to_string().chars().take_while(|c| *c != 'e').filter(char::is_ascii_digit).collect();
    (TOO_SMALL..TOO_LARGE).contains(&size) && digits.trim_matches('0').len() <= MAX_DIGITS
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn faults(answers: Value) -> Vec<String> {
        let Value::Object(answers) = answers else { panic!("answers are an object") };
        let mut faults = Faults::default();
        check_answers(&mut faults, &answers);
        faults.0.into_iter().map(|fault| fault.pointer).collect()
    }

    #[test]
    fn usual_answers_are_accepted() {
        let answers = json!({"company": "Analytical Engines", "age": 36, "height": 1.68, "guests": [{"diet": "vegan"}],
            "newsletter": true, "zero": 0.0, "small": 0.000_012_5, "large": 999_999_999_999_999_u64, "none": null});
        assert_eq!(faults(answers), [""; 0]);
    }

    #[test]
    fn numbers_that_are_not_kept_as_given_are_refused() {
        for number in
            ["9e307", "1e15", "-1e15", "1e-300", "9007199254740993", "0.1234567890123456789", "123456789.123456789"]
        {
            let answers = json!({"a/b": [serde_json::from_str::<Value>(number).unwrap()]});
            assert_eq!(faults(answers), ["/answers/a~1b"], "{number}");
        }
    }

    #[test]
    fn size_depth_and_fields_are_bounded() {
        assert_eq!(faults(json!({"text": "x".repeat(MAX_ANSWERS_BYTES - 11)})), [""; 0]);
        assert_eq!(faults(json!({"text": "x".repeat(MAX_ANSWERS_BYTES - 10)})), ["/answers"]);
        let deep = |levels| (1..levels).fold(json!(1), |inner, _| json!([inner]));
        assert_eq!(faults(json!({"deep": deep(MAX_ANSWERS_DEPTH)})), [""; 0]);
        assert_eq!(faults(json!({"deep": deep(MAX_ANSWERS_DEPTH + 1)})), ["/answers/deep"]);
        let many = |count| Value::Object((0..count).map(|n| (n.to_string(), json!(n))).collect());
        assert_eq!(faults(many(MAX_ANSWERS_FIELDS)), [""; 0]);
        assert_eq!(faults(json!({"inner": many(MAX_ANSWERS_FIELDS)})), ["/answers"]);
    }
}
