//! Methods of Python's texts, lists and dictionaries that minijinja-contrib lacks, or supports with fewer
//! arguments.

use minijinja::value::{Tuple, Value, ValueKind};
use minijinja::{Error, ErrorKind, State};
use minijinja_contrib::pycompat::unknown_method_callback as contributed;

use super::arguments::{bind, needed};

/// The method `name` of a value; minijinja calls this for methods that it does not know.
pub(super) fn method(
    state: &mut State,
    value: &Value,
    name: &str,
    args: &[Value],
) -> Result<Value, Error> {
    match value.kind() {
        ValueKind::String => of_text(state, value, name, args),
        ValueKind::Map if name == "copy" => bind(args, []).map(|[]| value.clone()),
        ValueKind::Seq | ValueKind::Iterable => of_list(state, value, name, args),
        _ => contributed(state, value, name, args),
    }
}

fn of_list(state: &mut State, value: &Value, name: &str, args: &[Value]) -> Result<Value, Error> {
    let what = || {
        let [what] = bind(args, ["value"])?;
        needed(what, "value")
    };
    match name {
        "copy" => bind(args, []).map(|[]| value.clone()),
        "count" => {
            let what = what()?;
            let same = value.try_iter()?.filter(|item| *item == what);
            Ok(Value::from(same.count()))
        }
        "index" => {
            let what = what()?;
            let at = value.try_iter()?.position(|item| item == what);
            at.map(Value::from)
                .ok_or_else(|| refused(format!("{what} is not in the list")))
        }
        _ => contributed(state, value, name, args),
    }
}

fn of_text(state: &mut State, value: &Value, name: &str, args: &[Value]) -> Result<Value, Error> {
    let text = value.as_str().unwrap_or_default();
    match name {
        "split" | "rsplit" => {
            let [separator, most] = bind(args, ["sep", "maxsplit"])?;
            let separator = separator.unwrap_or_default();
            let most = most.unwrap_or(Value::from(-1));
            if separator.as_str() == Some("") {
                return Err(refused("the separator is empty"));
            }
            match name {
                "split" if i64::try_from(most.clone())? < 0 => {
                    contributed(state, value, name, &[separator])
                }
                "split" => contributed(state, value, name, &[separator, most]),
                _ => rsplit(text, separator.as_str(), i64::try_from(most)?),
            }
        }
        "splitlines" => {
            let [keep] = bind(args, ["keepends"])?;
            Ok(lines(text, keep.is_some_and(|keep| keep.is_true())))
        }
        "removeprefix" => {
            let [prefix] = texts(args, ["prefix"])?;
            Ok(Value::from(text.strip_prefix(&*prefix).unwrap_or(text)))
        }
        "removesuffix" => {
            let [suffix] = texts(args, ["suffix"])?;
            Ok(Value::from(text.strip_suffix(&*suffix).unwrap_or(text)))
        }
        "partition" => {
            let [separator] = texts(args, ["sep"])?;
            let (before, after) = text.split_once(&*separator).unwrap_or((text, ""));
            let between = if before.len() == text.len() {
                ""
            } else {
                &*separator
            };
            Ok(three(before, between, after))
        }
        "rpartition" => {
            let [separator] = texts(args, ["sep"])?;
            Ok(match text.rsplit_once(&*separator) {
                Some((before, after)) => three(before, &separator, after),
                None => three("", "", text),
            })
        }
        "find" | "rfind" | "index" | "rindex" => {
            let (what, start, part) = within(text, args)?;
            let find = name.replace("index", "find");
            let at = i64::try_from(contributed(state, &part, &find, &[what])?)?;
            if at >= 0 {
                Ok(Value::from(at + start as i64))
            } else if name.ends_with("index") {
                Err(refused("the text is not found"))
            } else {
                Ok(Value::from(-1))
            }
        }
        "count" | "startswith" | "endswith" => {
            let (what, _, part) = within(text, args)?;
            contributed(state, &part, name, &[what])
        }
        "zfill" | "ljust" | "rjust" | "center" => {
            let [width, fill] = bind(args, ["width", "fillchar"])?;
            let width = i64::try_from(needed(width, "width")?)?;
            let fill = fill.map_or(Ok(' '), |fill| one(&fill))?;
            padded(state, text, name, width, fill)
        }
        "expandtabs" => {
            let [size] = bind(args, ["tabsize"])?;
            let size = size.map_or(Ok(8), i64::try_from)?.max(0) as usize;
            state.consume_fuel((text.matches('\t').count() * (size / 64)) as u64)?;
            Ok(Value::from(expanded(text, size)))
        }
        "swapcase" => {
            let [] = bind(args, [])?;
            let swap = |c: char| {
                if c.is_uppercase() {
                    c.to_lowercase().collect::<String>()
                } else {
                    c.to_uppercase().collect()
                }
            };
            Ok(Value::from(text.chars().map(swap).collect::<String>()))
        }
        "title" => {
            let [] = bind(args, [])?;
            Ok(Value::from(title(text)))
        }
        _ => contributed(state, value, name, args),
    }
}

/// The pieces of a text, split from the right; without a separator, split at white space.
fn rsplit(text: &str, separator: Option<&str>, most: i64) -> Result<Value, Error> {
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    let mut pieces: Vec<&str> = Vec::new();
    match separator {
        Some(separator) => pieces.extend(text.rsplitn(most.saturating_add(1), separator)),
        None => {
            let mut rest = text.trim_end();
            while !rest.is_empty() {
                let space = rest.char_indices().rfind(|(_, c)| c.is_whitespace());
                let (before, piece) = match space.filter(|_| pieces.len() < most) {
                    Some((at, space)) => (&rest[..at], &rest[at + space.len_utf8()..]),
                    None => ("", rest),
                };
                pieces.push(piece);
                rest = before.trim_end();
            }
        }
    }
    pieces.reverse();
    Ok(pieces.into_iter().map(Value::from).collect())
}

/// The lines of a text, by every line end that Python knows.
fn lines(text: &str, keep: bool) -> Value {
    let mut lines = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let end = |c: char| {
            let more = ['\u{85}', '\u{2028}', '\u{2029}'];
            matches!(c, '\n' | '\r' | '\x0b' | '\x0c' | '\x1c'..='\x1e') || more.contains(&c)
        };
        let at = rest.find(end).unwrap_or(rest.len());
        let mut after = rest[at..].chars();
        let next = after.next();
        let after = match after.as_str().strip_prefix('\n') {
            Some(after) if next == Some('\r') => after,
            _ => after.as_str(),
        };
        let with_end = &rest[..rest.len() - after.len()];
        lines.push(Value::from(if keep { with_end } else { &rest[..at] }));
        rest = after;
    }
    Value::from(lines)
}

/// The arguments of a search: the text to find, the first character to search from, and the text from there
/// on.
fn within(text: &str, args: &[Value]) -> Result<(Value, usize, Value), Error> {
    let [what, start, end] = bind(args, ["sub", "start", "end"])?;
    let what = needed(what, "sub")?;
    if start.is_none() && end.is_none() {
        return Ok((what, 0, Value::from(text)));
    }
    let count = text.chars().count();
    let place = |at: Option<Value>, otherwise: usize| match at.filter(|at| !at.is_none()) {
        None => Ok(otherwise),
        Some(at) => i64::try_from(at).map(|at| match usize::try_from(at) {
            Ok(at) => at.min(count),
            Err(_) => count.saturating_sub(at.unsigned_abs() as usize),
        }),
    };
    let (start, end) = (place(start, 0)?, place(end, count)?);
    let part: String = text.chars().take(end).skip(start.min(end)).collect();
    Ok((what, start, Value::from(part)))
}

fn padded(state: &State, text: &str, method: &str, width: i64, fill: char) -> Result<Value, Error> {
    let width = usize::try_from(width).unwrap_or(0);
    let pad = width.saturating_sub(text.chars().count());
    state.consume_fuel((pad / 16) as u64)?;
    Ok(Value::from(match method {
        "ljust" => padding(text, 0, pad, fill),
        "rjust" => padding(text, pad, 0, fill),
        "center" => centred(text, width, fill),
        _ => match text.strip_prefix(['-', '+']) {
            Some(digits) => format!("{}{}", &text[..1], padding(digits, pad, 0, '0')),
            None => padding(text, pad, 0, '0'),
        },
    }))
}

/// A text in the middle of `width` characters, rounded as Python does.
pub(super) fn centred(text: &str, width: usize, fill: char) -> String {
    let pad = width.saturating_sub(text.chars().count());
    let left = pad / 2 + (pad & width & 1);
    padding(text, left, pad - left, fill)
}

fn padding(text: &str, left: usize, right: usize, fill: char) -> String {
    let fill = |n| std::iter::repeat_n(fill, n);
    fill(left).chain(text.chars()).chain(fill(right)).collect()
}

fn expanded(text: &str, size: usize) -> String {
    let mut out = String::new();
    let mut column = 0;
    for c in text.chars() {
        match c {
            '\t' => {
                let spaces = size.saturating_sub(column % size.max(1));
                out.extend(std::iter::repeat_n(' ', spaces));
                column += spaces;
            }
            _ => {
                out.push(c);
                column = if matches!(c, '\n' | '\r') {
                    0
                } else {
                    column + 1
                };
            }
        }
    }
    out
}

/// A text with each first letter of a word in upper case and the others in lower case.
fn title(text: &str) -> String {
    let mut out = String::new();
    let mut inside = false;
    for c in text.chars() {
        if inside {
            out.extend(c.to_lowercase());
        } else {
            out.extend(c.to_uppercase());
        }
        inside = c.is_lowercase() || c.is_uppercase();
    }
    out
}

fn texts<const N: usize>(args: &[Value], names: [&str; N]) -> Result<[String; N], Error> {
    let mut texts = [const { String::new() }; N];
    for ((text, value), name) in texts.iter_mut().zip(bind(args, names)?).zip(names) {
        let value = needed(value, name)?;
        let given = value.as_str();
        *text = given
            .ok_or_else(|| refused(format!("the argument `{name}` is no text")))?
            .to_owned();
    }
    Ok(texts)
}

/// The only character of a text.
fn one(value: &Value) -> Result<char, Error> {
    let mut chars = value.as_str().unwrap_or_default().chars();
    match (chars.next(), chars.next()) {
        (Some(c), None) => Ok(c),
        _ => Err(refused("what fills must be one character")),
    }
}

fn three(a: &str, b: &str, c: &str) -> Value {
    Value::from(Tuple::from([a, b, c].map(Value::from)))
}

fn refused(what: impl Into<String>) -> Error {
    Error::new(ErrorKind::InvalidOperation, what.into())
}
