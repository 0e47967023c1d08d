//! Jinja's filters and tests that minijinja lacks or does differently.

use std::fmt::Write;

use minijinja::value::{Value, ValueKind};
use minijinja::{Error, ErrorKind, State};

use super::arguments::{Arguments, bind};
use super::methods::centred;

/// The filter `center(width=80)`.
pub(super) fn center(state: &State, value: &Value, args: Arguments) -> Result<Value, Error> {
    let [width] = bind(&args.into_values(), ["width"])?;
    let width = width.map_or(Ok(80), i64::try_from)?;
    let width = usize::try_from(width).unwrap_or(0);
    state.consume_fuel((width / 16) as u64)?;
    Ok(Value::from(centred(&value.to_string(), width, ' ')))
}

/// A text escaped for HTML, with quotes as numbers.
pub(super) fn escape(value: &Value) -> Value {
    let text = value.to_string();
    if value.is_safe() {
        return Value::from_safe_string(text);
    }
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&#34;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    Value::from_safe_string(out)
}

/// The filter `float(default=0.0)`: the number in a text.
pub(super) fn float(value: &Value, args: Arguments) -> Result<Value, Error> {
    let [default] = bind(&args.into_values(), ["default"])?;
    let number = match value.as_str() {
        Some(text) => text.trim().parse().ok(),
        None if value.kind() == ValueKind::Bool => Some(f64::from(u8::from(value.is_true()))),
        None => f64::try_from(value.clone()).ok(),
    };
    let default = default.unwrap_or(Value::from(0.0));
    Ok(number.map_or(default, Value::from))
}

/// The operator `%`. A text formats one value or a tuple of values; a number gives its remainder.
pub(super) fn percent(state: &mut State, text: Value, right: Value) -> Result<Value, Error> {
    if text.as_str().is_none() {
        let remainder = state.env().compile_expression("left % right")?;
        return remainder.eval(minijinja::context! { left => text, right => right });
    }
    let several = right.is_tuple();
    let mut args = vec![text];
    if several {
        args.extend(right.try_iter()?);
    } else {
        args.push(right);
    }
    let wanted = conversions(args[0].as_str().unwrap_or_default());
    if wanted.is_some_and(|wanted| wanted != args.len() - 1) {
        let what = "the text before `%` has another number of places than there are values";
        return Err(Error::new(ErrorKind::InvalidOperation, what));
    }
    state.apply_filter("format", &args)
}

/// The number of values that a text takes; `None` if it takes them by name or reads a width from them.
fn conversions(text: &str) -> Option<usize> {
    let mut count = 0;
    let mut rest = text;
    while let Some((_, after)) = rest.split_once('%') {
        rest = match after.as_bytes().first() {
            Some(b'%') => &after[1..],
            Some(b'(') => return None,
            _ => {
                count += 1;
                after
            }
        };
    }
    (!text.contains('*')).then_some(count)
}

/// The filter `truncate(length=255, killwords=false, end='...', leeway=5)`.
pub(super) fn truncate(value: &Value, args: Arguments) -> Result<Value, Error> {
    let [length, kill, end, leeway] = bind(
        &args.into_values(),
        ["length", "killwords", "end", "leeway"],
    )?;
    let length = length.map_or(Ok(255), usize::try_from)?;
    let end = end.map_or_else(|| "...".to_owned(), |end| end.to_string());
    let leeway = leeway.filter(|leeway| !leeway.is_none());
    let leeway = leeway.map_or(Ok(5), usize::try_from)?;
    let text = value.to_string();
    let kept = length.checked_sub(end.chars().count()).ok_or_else(|| {
        let what = format!("truncate to {length} has no room for {end:?}");
        Error::new(ErrorKind::InvalidOperation, what)
    })?;
    if text.chars().count() <= length.saturating_add(leeway) {
        return Ok(Value::from(text));
    }
    let start: String = text.chars().take(kept).collect();
    let start = match start.rsplit_once(' ') {
        Some((words, _)) if !kill.is_some_and(|kill| kill.is_true()) => words,
        _ => &start,
    };
    Ok(Value::from(format!("{start}{end}")))
}

/// A text quoted for an address; pairs become a query.
pub(super) fn urlencode(value: &Value) -> Result<String, Error> {
    let pairs: Vec<(Value, Value)> = match value.kind() {
        ValueKind::Map => {
            let pair = |key: Value| Ok((key.clone(), value.get_item(&key)?));
            value.try_iter()?.map(pair).collect::<Result<_, Error>>()?
        }
        ValueKind::Seq | ValueKind::Iterable => {
            let pair = |pair: Value| Ok((pair.get_item_by_index(0)?, pair.get_item_by_index(1)?));
            value.try_iter()?.map(pair).collect::<Result<_, Error>>()?
        }
        _ => return Ok(quoted(&value.to_string(), "/")),
    };
    let query = |text: &Value| quoted(&text.to_string(), " ").replace(' ', "+");
    let pairs = pairs.iter();
    let pairs = pairs.map(|(key, value)| format!("{}={}", query(key), query(value)));
    Ok(pairs.collect::<Vec<_>>().join("&"))
}

/// A text quoted by RFC 3986: all characters but letters, digits and a few signs become bytes.
fn quoted(text: &str, also: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        let plain = byte.is_ascii_alphanumeric() || b"_.-~".contains(&byte);
        if plain || also.as_bytes().contains(&byte) {
            out.push(byte.into());
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// The number of runs of letters, digits and underscores.
pub(super) fn wordcount(value: &Value) -> usize {
    let text = value.to_string();
    let words = text.split(|c: char| !c.is_alphanumeric() && c != '_');
    words.filter(|word| !word.is_empty()).count()
}

/// Whether a value has a length and an index: texts and objects do too.
pub(super) fn is_sequence(value: &Value) -> bool {
    match value.kind() {
        ValueKind::String | ValueKind::Seq | ValueKind::Map | ValueKind::Undefined => true,
        ValueKind::Iterable => value.len().is_some(),
        _ => false,
    }
}

pub(super) fn is_iterable(value: &Value) -> bool {
    !value.is_none() && value.try_iter().is_ok()
}

/// Whether a value is a function or macro.
pub(super) fn is_callable(value: &Value) -> bool {
    value.kind() == ValueKind::Plain
}
