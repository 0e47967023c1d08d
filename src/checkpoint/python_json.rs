//! JSON as Python writes it, with names for numbers that are not finite.

use std::borrow::Cow;

use serde_json::Value;

/// Names of numbers that are not finite, and their replacements: objects, as transformers 5 writes them,
/// which no reader takes for numbers.
const NAMES: &[(&str, &str)] = &[
    ("-Infinity", r#"{"__float__":"-Infinity"}"#),
    ("Infinity", r#"{"__float__":"Infinity"}"#),
    ("NaN", r#"{"__float__":"NaN"}"#),
];

/// The value of `text`.
pub(super) fn parse(text: &str) -> serde_json::Result<Value> {
    serde_json::from_str(&named(text))
}

/// The text, with names of numbers outside of strings replaced.
fn named(text: &str) -> Cow<'_, str> {
    if !NAMES.iter().any(|(name, _)| text.contains(name)) {
        return text.into();
    }
    let (mut out, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(c) = rest.chars().next() {
        let number = NAMES.iter().find(|(name, _)| rest.starts_with(name));
        let length = match (c, number) {
            ('"', _) => {
                let length = string(rest);
                out.push_str(&rest[..length]);
                length
            }
            (_, Some((name, number))) => {
                out.push_str(number);
                name.len()
            }
            _ => {
                out.push(c);
                c.len_utf8()
            }
        };
        rest = &rest[length..];
    }
    out.into()
}

/// The length of the string that `text` begins with, quotes included.
fn string(text: &str) -> usize {
    let mut escaped = false;
    for (i, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return i + 1,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn numbers_without_an_end_are_read_and_strings_are_let_be() {
        let text = r#"{"a": Infinity, "b": [NaN, -Infinity, -1], "c \" NaN": "Infinity \\"}"#;
        let tag = |name: &str| json!({"__float__": name});
        let due = json!({"a": tag("Infinity"), "b": [tag("NaN"), tag("-Infinity"), -1], "c \" NaN": "Infinity \\"});
        assert_eq!(parse(text).unwrap(), due);
        for broken in [
            "{\"a\": Infinit}",
            "\"Infinity",
            "{\"a\": NaNa}",
            "Infinity\"",
        ] {
            assert!(parse(broken).is_err(), "{broken}");
        }
    }
}
