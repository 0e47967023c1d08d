//! Answers that are too long, cut to a number of bytes: the beginning of each list and text, and what is lost.

use std::io;

use serde::Serialize;
use serde_json::Value;

/// A list or a text of which only the beginning is left.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Cut {
    /// The fields that lead to it: `values`, `replies/0/values`.
    pub at: String,
    /// Elements or characters that are left.
    pub kept: usize,
    pub of: usize,
}

/// Shorten lists and texts until the value's JSON has at most `most` bytes, or nothing is left to shorten.
pub fn cut(value: &mut Value, most: usize) -> Vec<Cut> {
    let mut cuts = Vec::new();
    shorten(value, most, "", &mut cuts);
    cuts
}

fn shorten(value: &mut Value, most: usize, at: &str, cuts: &mut Vec<Cut>) {
    if size(value) <= most {
        return;
    }
    match value {
        Value::String(text) => {
            let of = text.chars().count();
            let mut room = most.saturating_sub(2);
            let fits = |c: &char| {
                let bytes = size(&Value::String(c.to_string())) - 2;
                let fits = bytes <= room;
                room = room.saturating_sub(bytes);
                fits
            };
            let kept: String = text.chars().take_while(fits).collect();
            cuts.push(Cut {
                at: at.to_owned(),
                kept: kept.chars().count(),
                of,
            });
            *text = kept;
        }
        Value::Array(list) => {
            let mut room = most.saturating_sub(2);
            let of = list.len();
            let fits = |element: &&Value| {
                let bytes = size(element) + 1;
                let fits = bytes <= room;
                room = room.saturating_sub(bytes);
                fits
            };
            let kept = list.iter().take_while(fits).count();
            // A list whose first element alone is too long keeps a part of it, which is still worth reading.
            let first =
                kept == 0 && matches!(list.first(), Some(Value::Array(_) | Value::Object(_)));
            let kept = kept.max(usize::from(first));
            if kept < of {
                let at = at.to_owned();
                cuts.push(Cut { at, kept, of });
            }
            list.truncate(kept);
            if first {
                shorten(&mut list[0], most.saturating_sub(2), &join(at, "0"), cuts);
            }
        }
        Value::Object(fields) => {
            let keys = fields
                .keys()
                .map(|key| size(&Value::String(key.clone())) + 2);
            let mut room = most.saturating_sub(2 + keys.sum::<usize>());
            let mut sizes: Vec<(usize, String)> = fields
                .iter()
                .map(|(key, value)| (size(value), key.clone()))
                .collect();
            sizes.sort_unstable();
            // Small ones stay as they are; large ones share what is left.
            for (i, (bytes, key)) in sizes.iter().enumerate() {
                let share = room / (sizes.len() - i);
                if let Some(value) = fields.get_mut(key).filter(|_| *bytes > share) {
                    shorten(value, share, &join(at, key), cuts);
                }
                let left = fields.get(key).map_or(0, size);
                room = room.saturating_sub(left);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn join(at: &str, key: &str) -> String {
    if at.is_empty() {
        key.to_owned()
    } else {
        format!("{at}/{key}")
    }
}

/// Bytes of a value's JSON.
fn size(value: &Value) -> usize {
    struct Count(usize);
    impl io::Write for Count {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0 += bytes.len();
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let mut count = Count(0);
    // Counting does not fail.
    let _ = serde_json::to_writer(&mut count, value);
    count.0
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn long_lists_and_texts_lose_their_ends() {
        let mut small = json!({"kind": "values", "values": [1, 2, 3]});
        assert_eq!(cut(&mut small, 100), []);
        let mut values = json!({"kind": "values", "shape": [1000], "values": vec![7; 1000]});
        let cuts = cut(&mut values, 100);
        let kept = values["values"].as_array().unwrap().len();
        let at = "values".to_owned();
        assert_eq!(cuts, [Cut { at, kept, of: 1000 }]);
        assert!(kept > 20 && size(&values) <= 100, "{values}");
        let mut text = json!({"kind": "text", "text": "中\n".repeat(100)});
        let cuts = cut(&mut text, 60);
        assert!(
            cuts[0].kept > 5 && cuts[0].of == 200 && size(&text) <= 60,
            "{text}"
        );
        let replies = vec![json!({"name": "q", "values": vec![1; 500]}); 3];
        let mut each = json!({"kind": "each", "replies": replies});
        let cuts = cut(&mut each, 200);
        let at: Vec<&str> = cuts.iter().map(|cut| cut.at.as_str()).collect();
        assert_eq!(at, ["replies", "replies/0/values"]);
        assert!(size(&each) <= 200, "{each}");
        // Nothing that can be shortened is left.
        let mut none = json!({"kind": "text", "text": "abc"});
        assert_eq!(cut(&mut none, 0)[0].kept, 0);
        let mut empty = json!({"tokens": [[]], "merges": [], "pass": 1});
        assert_eq!(cut(&mut empty, 1), []);
    }
}
