//! `tojson` as transformers sets it up: Python's `json.dumps`, without escapes for HTML.

use std::fmt::Write;

use minijinja::value::{Value, ValueKind};
use minijinja::{Error, ErrorKind, State};

use super::arguments::{Arguments, bind};

/// The filter `tojson(x, ensure_ascii=false, indent=none, separators=none, sort_keys=false)`.
pub(super) fn tojson(state: &State, value: &Value, args: Arguments) -> Result<Value, Error> {
    let names = ["ensure_ascii", "indent", "separators", "sort_keys"];
    let [ensure_ascii, indent, separators, sort_keys] = bind(&args.into_values(), names)?;
    let indent = match indent.filter(|indent| !indent.is_none()) {
        None => None,
        Some(indent) => Some(match indent.as_str() {
            Some(text) => text.to_owned(),
            None => " ".repeat(usize::try_from(i64::try_from(indent)?.clamp(0, 1000)).unwrap_or(0)),
        }),
    };
    let (item, key) = match separators.filter(|both| !both.is_none()) {
        Some(both) => {
            let text = |at| Ok::<_, Error>(both.get_item_by_index(at)?.to_string());
            (text(0)?, text(1)?)
        }
        None => {
            let item = if indent.is_some() { "," } else { ", " };
            (item.to_owned(), ": ".to_owned())
        }
    };
    let mut writer = Writer {
        state,
        ensure_ascii: ensure_ascii.is_some_and(|on| on.is_true()),
        sort_keys: sort_keys.is_some_and(|on| on.is_true()),
        indent,
        item,
        key,
        out: String::new(),
    };
    writer.value(value, 0)?;
    Ok(Value::from(writer.out))
}

/// A number as Python writes it: `1e+16`, `1e-05`, `1.0`.
pub(super) fn float(number: f64) -> String {
    // Rust's own form uses exponents at the same sizes, and writes `1e16`.
    let text = format!("{number:?}");
    match text.split_once('e') {
        Some((digits, exponent)) => {
            let (sign, exponent) = match exponent.strip_prefix('-') {
                Some(exponent) => ('-', exponent),
                None => ('+', exponent),
            };
            format!("{digits}e{sign}{exponent:0>2}")
        }
        None => text.replace("NaN", "nan"),
    }
}

struct Writer<'a> {
    state: &'a State<'a, 'a>,
    ensure_ascii: bool,
    sort_keys: bool,
    indent: Option<String>,
    /// The separator of two items.
    item: String,
    /// The separator of a key and its value.
    key: String,
    out: String,
}

impl Writer<'_> {
    fn value(&mut self, value: &Value, depth: usize) -> Result<(), Error> {
        self.state.consume_fuel(1)?;
        match value.kind() {
            ValueKind::String => self.text(value.as_str().unwrap_or_default()),
            ValueKind::Seq | ValueKind::Iterable => {
                let items: Vec<Value> = value.try_iter()?.collect();
                self.bracket('[', ']', depth, items, |writer, item| {
                    writer.value(&item, depth + 1)
                })
            }
            ValueKind::Map => {
                let mut keys: Vec<Value> = value.try_iter()?.collect();
                if self.sort_keys {
                    keys.sort();
                }
                self.bracket('{', '}', depth, keys, |writer, key| {
                    match key.kind() {
                        ValueKind::String => writer.text(key.as_str().unwrap_or_default())?,
                        _ => {
                            let text = scalar(&key).ok_or_else(|| {
                                refused("keys of an object must be texts, numbers or none")
                            })?;
                            writer.text(&text)?;
                        }
                    }
                    writer.out.push_str(&writer.key.clone());
                    writer.value(&value.get_item(&key)?, depth + 1)
                })
            }
            kind => {
                let text = scalar(value);
                let text = text.ok_or_else(|| refused(&format!("{kind} cannot be JSON")))?;
                self.out.push_str(&text);
                Ok(())
            }
        }
    }

    fn bracket(
        &mut self,
        open: char,
        close: char,
        depth: usize,
        items: Vec<Value>,
        mut each: impl FnMut(&mut Self, Value) -> Result<(), Error>,
    ) -> Result<(), Error> {
        self.out.push(open);
        let some = !items.is_empty();
        for (n, item) in items.into_iter().enumerate() {
            if n > 0 {
                self.out.push_str(&self.item.clone());
            }
            self.line(depth + 1)?;
            each(self, item)?;
        }
        if some {
            self.line(depth)?;
        }
        self.out.push(close);
        Ok(())
    }

    /// A new line with indentation, if there is any.
    fn line(&mut self, depth: usize) -> Result<(), Error> {
        if let Some(indent) = &self.indent {
            self.state
                .consume_fuel((indent.len() * depth / 64) as u64)?;
            self.out.push('\n');
            self.out.push_str(&indent.repeat(depth));
        }
        Ok(())
    }

    fn text(&mut self, text: &str) -> Result<(), Error> {
        self.state.consume_fuel(text.len() as u64 / 64)?;
        self.out.push('"');
        for c in text.chars() {
            match c {
                '"' => self.out.push_str("\\\""),
                '\\' => self.out.push_str("\\\\"),
                '\n' => self.out.push_str("\\n"),
                '\r' => self.out.push_str("\\r"),
                '\t' => self.out.push_str("\\t"),
                '\u{8}' => self.out.push_str("\\b"),
                '\u{c}' => self.out.push_str("\\f"),
                '\0'..='\x1f' => self.units(c),
                ' '..='~' => self.out.push(c),
                _ if self.ensure_ascii => self.units(c),
                _ => self.out.push(c),
            }
        }
        self.out.push('"');
        Ok(())
    }

    /// A character as escaped UTF-16 units.
    fn units(&mut self, c: char) {
        for unit in c.encode_utf16(&mut [0; 2]) {
            let _ = write!(self.out, "\\u{unit:04x}");
        }
    }
}

/// The JSON of a number, a truth value or none; `None` for texts and containers.
fn scalar(value: &Value) -> Option<String> {
    match value.kind() {
        ValueKind::None => Some("null".to_owned()),
        ValueKind::Bool => Some(value.is_true().to_string()),
        ValueKind::Number if value.is_integer() => Some(value.to_string()),
        ValueKind::Number => {
            let number = f64::try_from(value.clone()).ok()?;
            Some(match number {
                f64::INFINITY => "Infinity".to_owned(),
                f64::NEG_INFINITY => "-Infinity".to_owned(),
                number if number.is_nan() => "NaN".to_owned(),
                number => float(number),
            })
        }
        _ => None,
    }
}

fn refused(what: &str) -> Error {
    Error::new(ErrorKind::InvalidOperation, format!("tojson: {what}"))
}
