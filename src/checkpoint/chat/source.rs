//! Syntax of Jinja that minijinja's parser lacks, rewritten to syntax that it has.
//!
//! Jinja reads `\r\n` and `\r` as line ends. transformers adds the tag `{% generation %}` around the model's
//! own text. `%` formats a text as in Python. Line numbers do not change.

/// The filter that replaces the operator `%` after a text.
pub(super) const PERCENT: &str = "format_by_percent";

/// The template with all such syntax rewritten.
pub(super) fn rewritten(source: &str) -> String {
    let source = source.replace("\r\n", "\n").replace('\r', "\n");
    let mut out = String::with_capacity(source.len());
    let mut rest = source.as_str();
    while let Some(at) = tag(rest) {
        let (text, from) = rest.split_at(at);
        out.push_str(text);
        let length = match &from[..2] {
            "{#" => through(from, "#}"),
            "{{" => expression(from, 2, Some("}}"), &mut out),
            _ => block(from, &mut out),
        };
        if from.starts_with("{#") {
            out.push_str(&from[..length]);
        }
        rest = &from[length..];
    }
    out.push_str(rest);
    out
}

/// The offset of the first tag.
fn tag(text: &str) -> Option<usize> {
    let mut braces = text.match_indices('{').map(|(at, _)| at);
    braces.find(|at| matches!(text.as_bytes().get(at + 1), Some(b'{' | b'%' | b'#')))
}

/// The length up to and including `end`; the whole length if `end` is missing.
fn through(text: &str, end: &str) -> usize {
    text.find(end).map_or(text.len(), |at| at + end.len())
}

/// The word that a block's tag begins with, and its offset.
fn word(tag: &str) -> (usize, &str) {
    let inside = tag[2..].trim_start_matches(['-', '+']).trim_start();
    let end = inside.find(|c: char| !c.is_alphanumeric() && c != '_');
    let word = &inside[..end.unwrap_or(inside.len())];
    (tag.len() - inside.len(), word)
}

/// Write the tag of one block, with the whole content of `raw`, and return its length in the source.
fn block(text: &str, out: &mut String) -> usize {
    let (at, name) = word(text);
    let stand_in = match name {
        "generation" => "with",
        "endgeneration" => "endwith",
        "raw" => {
            let mut tags = text.match_indices("{%").map(|(at, _)| at);
            let end = tags.find(|&at| word(&text[at..]).1 == "endraw");
            let end = end.map_or(text.len(), |end| end + through(&text[end..], "%}"));
            out.push_str(&text[..end]);
            return end;
        }
        _ => return expression(text, 2, Some("%}"), out),
    };
    let after = &text[at + name.len()..];
    match after.trim_start().trim_start_matches(['-', '+']) {
        rest if rest.starts_with("%}") => {
            let length = text.len() - rest.len() + 2;
            out.push_str(&text[..at]);
            out.push_str(stand_in);
            out.push_str(&text[at + name.len()..length]);
            length
        }
        _ => expression(text, 2, Some("%}"), out),
    }
}

/// Write an expression up to and including `end`, or to the end of the text, and return its length in the
/// source. The first `from` bytes are copied.
fn expression(text: &str, from: usize, end: Option<&str>, out: &mut String) -> usize {
    let mut at = from;
    let mut depth = 0usize;
    out.push_str(&text[..from]);
    while let Some(next) = text[at..].chars().next() {
        match next {
            '\'' | '"' => {
                let length = texts(&text[at..]);
                out.push_str(&text[at..at + length]);
                at += length + percents(&text[at + length..], out);
                continue;
            }
            c if c == '(' || begins_a_name(c, &text[..at]) => {
                let length = operand(&text[at..]);
                let word = if c == '(' { 1 } else { part(&text[at..]) };
                // A keyword comes before an operand, which is read next.
                let length = if KEYWORDS.contains(&&text[at..at + word]) {
                    word
                } else {
                    length
                };
                out.push_str(&text[at..at + word]);
                expression(&text[at + word..at + length], 0, None, out);
                // A product or a negative number is a number, and `%` is minijinja's remainder.
                let numeric = text[..at].trim_end().ends_with(['*', '/', '-']);
                at += length;
                if !numeric {
                    at += percents(&text[at..], out);
                }
                continue;
            }
            '[' | '{' => depth += 1,
            _ if depth == 0 && end.is_some_and(|end| text[at..].starts_with(end)) => {
                out.push_str(&text[at..at + 2]);
                return at + 2;
            }
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        out.push(next);
        at += next.len_utf8();
    }
    at
}

/// Words that are not operands.
const KEYWORDS: &[&str] = &[
    "and",
    "elif",
    "else",
    "for",
    "if",
    "import",
    "in",
    "is",
    "not",
    "or",
    "recursive",
    "set",
];

/// Whether a name begins at `c`, after `before`.
fn begins_a_name(c: char, before: &str) -> bool {
    let inside = |c: char| c.is_alphanumeric() || c == '_' || c == '.';
    (c.is_alphabetic() || c == '_') && !before.ends_with(inside)
}

/// Write each `% operand` that `text` begins with as a filter, and return their length in the source.
fn percents(text: &str, out: &mut String) -> usize {
    let mut at = 0;
    while let Some(right) = percent(&text[at..]) {
        let length = operand(&text[at + right..]);
        out.push_str(&format!("|{PERCENT}("));
        expression(&text[at + right..at + right + length], 0, None, out);
        out.push(')');
        at += right + length;
    }
    at
}

/// The length of the text literals that `text` begins with. Jinja joins literals that follow each other.
fn texts(text: &str) -> usize {
    let mut end = 0;
    loop {
        let from = end + (text[end..].len() - text[end..].trim_start().len());
        match text[from..].chars().next() {
            Some(quote @ ('\'' | '"')) => end = from + literal(&text[from..], quote),
            _ => return end,
        }
    }
}

/// The length of one text literal.
fn literal(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == quote => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// The offset of the right operand of `%`, if `text` goes on with one.
fn percent(text: &str) -> Option<usize> {
    let after = text.trim_start().strip_prefix('%')?;
    (!after.starts_with('}')).then(|| text.len() - after.trim_start().len())
}

/// The length of the operand that `text` begins with: a sign, a name, number, text or bracket, and all
/// following attributes, indices, calls and filters.
fn operand(text: &str) -> usize {
    let mut at = usize::from(text.starts_with(['-', '+']));
    at += part(&text[at..]);
    loop {
        let rest = text[at..].trim_start();
        let next = text.len() - rest.len();
        match rest.chars().next() {
            Some('(' | '[') => at = next + part(rest),
            Some('.' | '|') => {
                let after = rest[1..].trim_start();
                at = text.len() - after.len() + part(after);
            }
            _ => return at,
        }
    }
}

/// The length of a word, a text, or a bracket with its content.
fn part(text: &str) -> usize {
    match text.chars().next() {
        Some('\'' | '"') => texts(text),
        Some('(' | '[' | '{') => {
            let mut depth = 0usize;
            let mut at = 0;
            while let Some(next) = text[at..].chars().next() {
                match next {
                    '\'' | '"' => {
                        at += literal(&text[at..], next);
                        continue;
                    }
                    '(' | '[' | '{' => depth += 1,
                    ')' | ']' | '}' => depth -= 1,
                    _ => {}
                }
                at += next.len_utf8();
                if depth == 0 {
                    break;
                }
            }
            at
        }
        _ => {
            let end = text.find(|c: char| !c.is_alphanumeric() && c != '_');
            end.unwrap_or(text.len())
        }
    }
}
