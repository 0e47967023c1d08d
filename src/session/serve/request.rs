//! A line of a served session as a request, or why it is none.

use serde_json::{Map, Value};

use crate::trace::query::{Job, Query};

/// A request, and the id that its answers carry: a number or a text.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    pub id: Value,
    pub what: What,
    /// Bytes of its answer, in place of the session's own limit.
    pub limit: Option<usize>,
}

/// The content of a request.
#[derive(Clone, Debug, PartialEq)]
pub enum What {
    /// A line of the debugger's.
    Command(String),
    Query(Query),
    Job(Job),
    /// Stop the request of this id.
    Cancel(Value),
}

/// The fault of a line, and its id where it has one.
#[derive(Clone, Debug, PartialEq)]
pub struct Refused {
    pub id: Value,
    pub why: String,
}

const FORMS: &str = "a request is {\"id\": 1, \"command\": \"LINE\"}, or has \"query\", \"job\" or \"cancel\" in the place of \"command\"";

/// Read one line.
///
/// # Errors
/// It is not JSON, or no request.
pub fn read(line: &[u8]) -> Result<Request, Refused> {
    let none = |why: String| Refused {
        id: Value::Null,
        why,
    };
    let text = std::str::from_utf8(line).map_err(|e| {
        let at = e.valid_up_to();
        none(format!("the line is not UTF-8 from byte {at} on; {FORMS}"))
    })?;
    let value: Value = serde_json::from_str(text)
        .map_err(|e| none(format!("the line is not JSON ({e}); {FORMS}")))?;
    let Value::Object(fields) = value else {
        return Err(none(format!("the line is not an object; {FORMS}")));
    };
    let id = match fields.get("id") {
        Some(id @ (Value::Number(_) | Value::String(_))) => id.clone(),
        _ => {
            let why = format!("`id` is missing, or no number and no text; {FORMS}");
            return Err(none(why));
        }
    };
    match what(fields) {
        Ok((what, limit)) => Ok(Request { id, what, limit }),
        Err(why) => Err(Refused { id, why }),
    }
}

fn what(mut fields: Map<String, Value>) -> Result<(What, Option<usize>), String> {
    fields.remove("id");
    let limit = match fields.remove("limit") {
        None => None,
        Some(limit) => Some(
            (limit.as_u64().and_then(|n| usize::try_from(n).ok()))
                .ok_or_else(|| format!("`limit` is a number of bytes, not {limit}"))?,
        ),
    };
    let mut fields = fields.into_iter();
    let (Some((name, value)), None) = (fields.next(), fields.next()) else {
        return Err(format!(
            "the line asks for nothing, or has too many fields; {FORMS}"
        ));
    };
    let what = match (name.as_str(), value) {
        ("command", Value::String(line)) => What::Command(line),
        ("command", other) => return Err(format!("`command` is a text, not {other:.40}")),
        ("query", value) => {
            What::Query(serde_json::from_value(value).map_err(|e| format!("`query`: {e}"))?)
        }
        ("job", value) => {
            What::Job(serde_json::from_value(value).map_err(|e| format!("`job`: {e}"))?)
        }
        ("cancel", id) => What::Cancel(id),
        (name, _) => return Err(format!("there is no field {name:.40?}; {FORMS}")),
    };
    Ok((what, limit))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::trace::query::{Choice, Temperature};
    use crate::trace::tensor::{Pick, Slice};

    fn asked(line: &str) -> What {
        read(line.as_bytes()).unwrap().what
    }

    #[test]
    fn requests_are_read() {
        let line = r#"{"id": "a", "command": "goto 0.pattern", "limit": 99}"#;
        let due = Request {
            id: json!("a"),
            what: What::Command("goto 0.pattern".into()),
            limit: Some(99),
        };
        assert_eq!(read(line.as_bytes()), Ok(due));
        let values =
            r#"{"id":1,"query":{"kind":"values","pass":0,"point":"logits","slice":[3,[0,5]]}}"#;
        let due = Query::Values {
            pass: 0,
            point: "logits".into(),
            slice: Slice(vec![Pick::At(3), Pick::Span(0..5)]),
        };
        assert_eq!(asked(values), What::Query(due));
        let lens = r#"{"id":1,"query":{"kind":"lens","pass":0,"point":"logits","row":3,"k":5}}"#;
        let due = Query::Lens {
            pass: 0,
            point: "logits".into(),
            row: 3,
            k: 5,
            temperature: Temperature::default(),
        };
        assert_eq!(asked(lens), What::Query(due));
        let next = r#"{"id":1,"job":{"kind":"next","pass":0,"choice":{"token":7}}}"#;
        let choice = Choice::Token(7);
        assert_eq!(asked(next), What::Job(Job::Next { pass: 0, choice }));
        assert_eq!(asked(r#"{"id":3,"cancel":2}"#), What::Cancel(json!(2)));
    }

    #[test]
    fn a_line_that_is_no_request_is_told_why() {
        let deep = format!("{}1{}", "[".repeat(5000), "]".repeat(5000));
        for (line, id, words) in [
            (&b"\xff"[..], Value::Null, "not UTF-8 from byte 0"),
            (b"", Value::Null, "not JSON"),
            (b"step", Value::Null, "not JSON"),
            (deep.as_bytes(), Value::Null, "recursion limit"),
            (b"[1]", Value::Null, "not an object"),
            (b"{\"command\":\"step\"}", Value::Null, "`id` is missing"),
            (b"{\"id\":[],\"command\":\"step\"}", Value::Null, "`id` is missing"),
            (b"{\"id\":4}", json!(4), "asks for nothing"),
            (b"{\"id\":4,\"command\":1}", json!(4), "`command` is a text"),
            (b"{\"id\":4,\"frobnicate\":1}", json!(4), "no field \"frobnicate\""),
            (b"{\"id\":4,\"command\":\"a\",\"cancel\":1}", json!(4), "too many fields"),
            (b"{\"id\":4,\"command\":\"a\",\"limit\":-1}", json!(4), "`limit` is a number"),
            (b"{\"id\":4,\"query\":{\"kind\":\"x\"}}", json!(4), "expected one of `values`"),
            (b"{\"id\":4,\"query\":{\"kind\":\"summary\",\"pass\":0,\"pont\":\"q\"}}", json!(4), "unknown field `pont`"),
            (b"{\"id\":4,\"query\":{\"kind\":\"lens\",\"pass\":0,\"point\":\"q\",\"row\":0,\"k\":1,\"temperature\":0}}", json!(4), "a number above 0"),
            (b"{\"id\":4,\"job\":{\"kind\":\"replace\",\"pass\":0,\"point\":\"q\",\"value\":{\"shape\":[3],\"values\":[1]}}}", json!(4), "another number of values than 1"),
        ] {
            let refused = read(line).unwrap_err();
            assert_eq!(refused.id, id, "{words}");
            assert!(refused.why.contains(words), "{words}: {}", refused.why);
        }
    }
}
