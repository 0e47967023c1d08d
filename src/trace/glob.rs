//! Patterns of names, the one place that reads them: `*`, `?`, `[ab]`, lists `{1,4}` and ranges `{3..5}`.

use std::fmt;

use globset::{Glob, GlobMatcher};

use super::hook;
use crate::lang::{plain, say_with};

/// The numbers that a range has at most.
const MOST: usize = 1000;

/// A pattern of names.
#[derive(Clone, Debug)]
pub struct Pattern(GlobMatcher);

/// The place and the reason why a text is no pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PatternError {
    pub pattern: String,
    /// The character that is wrong, counted from 1; `None` where it is the whole text.
    pub at: Option<usize>,
    pub why: Wrong,
}

/// A fault in a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// A bracket that nothing closes.
    Unclosed(char),
    /// A `}` without `{`.
    Unopened,
    /// This is no range of numbers.
    Range(String),
    /// A `\` with nothing behind it.
    Escape,
    Other(String),
}

impl Pattern {
    /// # Errors
    /// The text is no pattern.
    pub fn new(text: &str) -> Result<Pattern, PatternError> {
        let glob = Glob::new(&expanded(text)?).map_err(|error| PatternError {
            pattern: text.to_owned(),
            at: None,
            why: Wrong::Other(error.kind().to_string()),
        })?;
        Ok(Pattern(glob.compile_matcher()))
    }

    /// Whether any spelling of a hook point's name matches.
    pub fn matches(&self, name: &str) -> bool {
        self.matches_one(&hook::spellings(name))
    }

    /// Whether one of these forms of a name matches.
    pub fn matches_one(&self, forms: &[String]) -> bool {
        forms.iter().any(|form| self.0.is_match(form))
    }

    /// Patterns that stand together; without any, one that matches all names.
    ///
    /// # Errors
    /// A text that is no pattern.
    pub fn all(texts: &[String]) -> Result<Vec<Pattern>, PatternError> {
        match texts {
            [] => Ok(vec![Pattern::new("*")?]),
            texts => texts.iter().map(|text| Pattern::new(text)).collect(),
        }
    }
}

/// Whether a text is meant as a pattern, not as one name.
pub fn is_pattern(text: &str) -> bool {
    text.contains(['*', '?', '{'])
}

/// The parts of a list with commas between them; a comma in brackets belongs to its part.
pub fn list(text: &str) -> Vec<&str> {
    let mut depth = 0_usize;
    let parts = text.split(|c| {
        match c {
            '{' | '[' => depth += 1,
            '}' | ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        c == ',' && depth == 0
    });
    let parts = parts.map(str::trim).filter(|part| !part.is_empty());
    parts.collect()
}

/// A pattern whose ranges are lists.
fn expanded(text: &str) -> Result<String, PatternError> {
    let chars: Vec<char> = text.chars().collect();
    let wrong = |at: usize, why: Wrong| PatternError {
        pattern: text.to_owned(),
        at: Some(at + 1),
        why,
    };
    let mut out = String::new();
    let mut open: Vec<usize> = Vec::new();
    // Where an entry of a list begins, in the pattern and in what is written.
    let (mut entry, mut start) = (0, 0);
    let mut i = 0;
    while let Some(&c) = chars.get(i) {
        match c {
            '\\' => {
                let next = chars.get(i + 1).ok_or_else(|| wrong(i, Wrong::Escape))?;
                out.extend([c, *next]);
                i += 2;
                continue;
            }
            '[' => {
                let class = &chars[i + 1..];
                let first = 1 + usize::from(matches!(class.first(), Some('!' | '^')));
                let end = class.iter().skip(first).position(|c| *c == ']');
                let end = end.ok_or_else(|| wrong(i, Wrong::Unclosed('[')))?;
                let end = i + 1 + first + end;
                out.extend(&chars[i..=end]);
                i = end + 1;
                continue;
            }
            '{' => open.push(i),
            ',' | '}' if !open.is_empty() => {
                if out[start..].contains("..") {
                    let own = out.split_off(start);
                    let numbers = range(&own);
                    out += &numbers.ok_or_else(|| wrong(entry, Wrong::Range(own)))?;
                }
                if c == '}' {
                    open.pop();
                }
            }
            '}' => return Err(wrong(i, Wrong::Unopened)),
            _ => {
                out.push(c);
                i += 1;
                continue;
            }
        }
        out.push(c);
        i += 1;
        (entry, start) = (i, out.len());
    }
    match open.last() {
        Some(at) => Err(wrong(*at, Wrong::Unclosed('{'))),
        None => Ok(out),
    }
}

/// `3,4,5` for `3..5`.
fn range(text: &str) -> Option<String> {
    let (first, last) = text.split_once("..")?;
    let [first, last]: [usize; 2] = [first.trim().parse().ok()?, last.trim().parse().ok()?];
    if first > last || last - first >= MOST {
        return None;
    }
    let numbers: Vec<String> = (first..=last).map(|n| n.to_string()).collect();
    Some(numbers.join(","))
}

impl fmt::Display for PatternError {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let why = match &self.why {
            Wrong::Unclosed(bracket) => {
                say_with("error-glob-unclosed", &[("bracket", plain(bracket))])
            }
            Wrong::Unopened => say_with("error-glob-unopened", &[]),
            Wrong::Range(text) => say_with("error-glob-range", &[("text", plain(text))]),
            Wrong::Escape => say_with("error-glob-escape", &[]),
            Wrong::Other(why) => why.clone(),
        };
        let pattern = ("pattern", plain(&self.pattern));
        f.write_str(&match self.at {
            Some(at) => say_with(
                "error-glob-at",
                &[pattern, ("at", plain(at)), ("why", why.into())],
            ),
            None => say_with("error-glob", &[pattern, ("why", why.into())]),
        })
    }
}

impl std::error::Error for PatternError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_and_lists_name_blocks() {
        let blocks = |pattern: &str| -> Vec<usize> {
            let pattern = Pattern::new(pattern).unwrap();
            let name = |i: &usize| format!("blocks.{i}.attn.hook_z");
            (0..12).filter(|i| pattern.matches(&name(i))).collect()
        };
        assert_eq!(blocks("blocks.{3..5}.attn.hook_z"), [3, 4, 5]);
        assert_eq!(blocks("{1,4}.z"), [1, 4]);
        assert_eq!(blocks("{1,3..5,10}.attn.z"), [1, 3, 4, 5, 10]);
        assert_eq!(blocks("{7..7}.z"), [7]);
        assert_eq!(blocks("{8 .. 20}.z"), [8, 9, 10, 11]);
        assert_eq!(blocks("blocks.[12].attn.{z,q}"), [1, 2]);
        assert_eq!(blocks("*.{{z,y},q}"), (0..12).collect::<Vec<_>>());
    }

    #[test]
    fn what_is_no_pattern_names_the_place() {
        for (pattern, at, why) in [
            ("blocks.{5..3}.z", Some(9), Wrong::Range("5..3".into())),
            ("{1,2..}.z", Some(4), Wrong::Range("2..".into())),
            ("{0..999999}.z", Some(2), Wrong::Range("0..999999".into())),
            ("1.{q,k", Some(3), Wrong::Unclosed('{')),
            ("1.[qk", Some(3), Wrong::Unclosed('[')),
            ("中}.z", Some(2), Wrong::Unopened),
            ("1.z\\", Some(4), Wrong::Escape),
        ] {
            let error = Pattern::new(pattern).unwrap_err();
            assert_eq!((error.at, &error.why), (at, &why), "{error}");
            assert!(error.to_string().contains(pattern), "{error}");
        }
        let error = Pattern::new("blocks.{5..3}.z").unwrap_err().to_string();
        assert_eq!(
            error,
            "blocks.{5..3}.z, character 9: 5..3 is no range: two numbers, the smaller one first, as in {3..5}"
        );
        assert!(Pattern::new("1.[z-a]").is_err());
    }

    #[test]
    fn commas_in_brackets_part_nothing() {
        assert_eq!(list("{1,4}.z, *.mlp_out"), ["{1,4}.z", "*.mlp_out"]);
        assert_eq!(list("[ab].z,,q"), ["[ab].z", "q"]);
    }
}
