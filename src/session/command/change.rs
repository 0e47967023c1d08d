//! The lines of commands that make an intervention: what changes, then where.

use super::arguments::{Arguments, ParseError};
use super::slice::SliceSpec;
use crate::lang::say;
use crate::trace::glob;
use crate::trace::intervention::{Change, Direction, Origin};
use crate::trace::paths;

/// An intervention as typed.
#[derive(Clone, Debug)]
pub struct Changed {
    pub change: Change,
    /// The hook point; the cursor's for none.
    pub name: Option<String>,
    pub slice: SliceSpec,
}

impl Changed {
    /// The part of a line that `read` reads, then the hook point and the slice.
    pub fn read(
        a: &Arguments,
        read: fn(&Arguments, &mut Line) -> Result<Change, ParseError>,
    ) -> Result<Changed, ParseError> {
        let mut line = Line(a.rest);
        let change = read(a, &mut line)?;
        let (name, slice) = target(a, line.0)?;
        Ok(Changed {
            change,
            name,
            slice,
        })
    }
}

/// The hook point and the slice of `NAME [SLICE]`.
pub fn target(a: &Arguments, text: &str) -> Result<(Option<String>, SliceSpec), ParseError> {
    let (name, slice) = text.split_at(text.find('[').unwrap_or(text.len()));
    let slice = SliceSpec::parse(slice).map_err(|error| ParseError::Slice {
        command: a.name,
        error,
    })?;
    Ok((
        Some(name.trim().to_owned()).filter(|n| !n.is_empty()),
        slice,
    ))
}

/// The rest of a line, read word by word.
pub struct Line<'a>(&'a str);

impl<'a> Line<'a> {
    pub fn of(text: &'a str) -> Line<'a> {
        Line(text)
    }

    /// The next word, without taking it.
    pub fn peek(&self) -> &'a str {
        let text = self.0.trim_start();
        text.split_whitespace().next().unwrap_or("")
    }

    pub fn take(&mut self) -> &'a str {
        let word = self.peek();
        self.0 = self.0.trim_start()[word.len()..].trim_start();
        word
    }

    /// Take the next word if it is this one.
    fn takes(&mut self, word: &str) -> bool {
        let is = self.peek() == word;
        if is {
            self.take();
        }
        is
    }

    /// A text in double quotes, where \" stands for one and \\ for a backslash; `None` where none begins.
    pub fn quoted(&mut self, a: &Arguments) -> Result<Option<String>, ParseError> {
        let start = self.0.trim_start();
        let Some(inner) = start.strip_prefix('"') else {
            return Ok(None);
        };
        let mut text = String::new();
        let mut chars = inner.char_indices();
        while let Some((i, c)) = chars.next() {
            match c {
                '"' => {
                    self.0 = &inner[i + 1..];
                    return Ok(Some(text));
                }
                '\\' => match chars.next() {
                    Some((_, 'n')) => text.push('\n'),
                    Some((_, 't')) => text.push('\t'),
                    Some((_, c @ ('"' | '\\'))) => text.push(c),
                    Some((_, c)) => text.extend(['\\', c]),
                    None => {}
                },
                c => text.push(c),
            }
        }
        // The closing quote is missing.
        Err(a.wrong(start))
    }

    /// A file's path, in quotes or without.
    pub fn file(&mut self, a: &Arguments) -> Result<String, ParseError> {
        match self.quoted(a)? {
            Some(path) => Ok(path),
            None if self.peek().is_empty() => Err(a.missing("FILE")),
            None => Ok(self.take().to_owned()),
        }
    }

    /// A word that stands next.
    pub fn word(&mut self, a: &Arguments, what: &'static str) -> Result<&'a str, ParseError> {
        match self.take() {
            "" => Err(a.missing(what)),
            word => Ok(word),
        }
    }

    /// A name or a pattern that stands next: it ends at a space, a bracket or a comma of no list.
    pub fn name(&mut self) -> &'a str {
        let word = self.peek();
        let word = &word[..word.find('[').unwrap_or(word.len())];
        let name = glob::list(word).first().copied().unwrap_or_default();
        self.0 = self.0.trim_start()[name.len()..].trim_start();
        name
    }

    /// Take a comma if one stands next.
    pub fn comma(&mut self) -> bool {
        let rest = self.0.trim_start().strip_prefix(',');
        self.0 = rest.map_or(self.0, str::trim_start);
        rest.is_some()
    }

    /// A slice in brackets that stands next; empty where there is none.
    pub fn brackets(&mut self) -> &'a str {
        let start = self.0.trim_start();
        let end = match start.find(']') {
            _ if !start.starts_with('[') => 0,
            Some(end) => end + 1,
            None => start.len(),
        };
        let (slice, rest) = start.split_at(end);
        self.0 = rest.trim_start();
        slice
    }

    /// A number that stands next.
    pub fn number(&mut self, a: &Arguments, what: &'static str) -> Result<f64, ParseError> {
        match self.take() {
            "" => Err(a.missing(what)),
            word => {
                let number = word.parse().ok().filter(|x: &f64| !x.is_nan());
                number.ok_or_else(|| a.outside(what, "error-wanted-number", word))
            }
        }
    }

    pub fn whole(&mut self, a: &Arguments, what: &'static str) -> Result<usize, ParseError> {
        let word = self.take();
        let wrong = || a.outside(what, "error-wanted-whole", word);
        word.parse().map_err(|_| wrong())
    }
}

pub fn mean(a: &Arguments, line: &mut Line) -> Result<Change, ParseError> {
    let over = if line.takes("over") {
        Some(paths::expanded(&line.file(a)?))
    } else {
        None
    };
    Ok(Change::Mean { over })
}

pub fn resample(a: &Arguments, line: &mut Line) -> Result<Change, ParseError> {
    let (mut seed, mut from) = (0, None);
    loop {
        if let Some(number) = line.peek().strip_prefix("seed=") {
            let wrong = |_| a.outside("seed", "error-wanted-whole", number);
            seed = number.parse().map_err(wrong)?;
            line.take();
        } else if line.takes("from") {
            let prompt = line.quoted(a)?;
            from = Some(prompt.ok_or_else(|| a.missing("\"PROMPT\""))?);
        } else {
            return Ok(Change::Resample { seed, from });
        }
    }
}

pub fn add(a: &Arguments, line: &mut Line) -> Result<Change, ParseError> {
    let direction = match line.quoted(a)? {
        Some(plus) if line.0.starts_with('-') => {
            line.0 = &line.0[1..];
            let minus = line.quoted(a)?;
            Direction::Prompts(
                plus,
                minus.ok_or_else(|| a.missing(say("error-second-prompt")))?,
            )
        }
        Some(path) => {
            let tensor = match line.0.strip_prefix(':') {
                Some(rest) => {
                    line.0 = rest;
                    Some(line.take().to_owned())
                }
                None => None,
            };
            let path = paths::expanded(&path);
            Direction::File { path, tensor }
        }
        None if line.peek().is_empty() => {
            return Err(a.missing(say("error-file-or-prompts")));
        }
        None => file_and_tensor(line.take()),
    };
    let word = line.peek();
    let factor = word.strip_prefix(['×', '*', 'x']);
    let factor = factor.and_then(|number| Some((number, number.parse().ok()?)));
    let factor = match factor {
        None => 1.0,
        Some((_, factor)) if f64::is_finite(factor) => {
            line.take();
            factor
        }
        Some((number, _)) => return Err(a.outside("×F", "error-wanted-number", number)),
    };
    Ok(Change::Add { direction, factor })
}

/// `FILE:TENSOR`, in which the file's name ends in `.safetensors`.
fn file_and_tensor(word: &str) -> Direction {
    let end = ".safetensors:";
    let parts = word.find(end).map(|i| word.split_at(i + end.len() - 1));
    let (path, tensor) = match parts {
        Some((path, tensor)) => (path, Some(tensor[1..].to_owned())),
        None => (word, None),
    };
    let path = paths::expanded(path);
    Direction::File { path, tensor }
}

pub fn patch(a: &Arguments, line: &mut Line) -> Result<Change, ParseError> {
    let from = if line.takes("pass") {
        Origin::Pass(line.whole(a, "pass")?)
    } else if line.takes("branch") {
        match line.take() {
            "" => return Err(a.missing("a branch's NAME")),
            name => Origin::Branch(name.to_owned()),
        }
    } else if line.peek() == "row" {
        Origin::Here
    } else if line.peek().is_empty() {
        return Err(a.missing(say("error-patch-from")));
    } else {
        Origin::Trace(paths::expanded(&line.file(a)?))
    };
    let row = if line.takes("row") {
        Some(line.whole(a, "row")?)
    } else {
        None
    };
    Ok(Change::Patch { from, row })
}

#[cfg(test)]
mod tests {
    use super::super::{ParseError, parse};

    fn read(line: &str) -> String {
        match parse(line) {
            Ok(command) => format!("{command:?}"),
            Err(why) => why.to_string(),
        }
    }

    #[test]
    fn a_line_says_what_changes_and_where() {
        for (line, parts) in [
            (
                "zero 5.z [:, 2]",
                &["Zero", "Some(\"5.z\")", "[Span(None, None), At(2)]"][..],
            ),
            ("zero", &["Zero", "name: None"]),
            ("set 3 5.z", &["Put(3.0)", "5.z"]),
            ("put -inf 5.attn_scores [0]", &["Put(-inf)"]),
            ("mean over \"a b.txt\" 5.z", &["a b.txt", "5.z"]),
            (
                "resample seed=7 from \"[a] \\\"b\\\"\" 5.z [0]",
                &["seed: 7", "[a] \\\"b\\\"", "At(0)"],
            ),
            (
                "add \"I love\"-\"I hate\" ×2.5 6.resid_pre",
                &[
                    "Prompts(\"I love\", \"I hate\")",
                    "factor: 2.5",
                    "6.resid_pre",
                ],
            ),
            (
                "add a.safetensors:happy x-1 6.resid_pre",
                &["a.safetensors", "Some(\"happy\")", "factor: -1.0"],
            ),
            (
                "add a.safetensors",
                &["tensor: None", "factor: 1.0", "name: None"],
            ),
            (
                "patch a.safetensors row 3 5.z",
                &["Trace(\"a.safetensors\")", "row: Some(3)"],
            ),
            ("patch pass 0 5.z", &["Pass(0)", "row: None"]),
            (
                "patch branch clean 5.z [2]",
                &["Branch(\"clean\")", "Some(\"5.z\")", "At(2)"],
            ),
            ("patch row 3 5.z [1]", &["Here", "row: Some(3)", "At(1)"]),
        ] {
            let read = read(line);
            for part in parts {
                assert!(read.contains(part), "{line}: {read}");
            }
        }
    }

    #[test]
    fn a_line_that_is_none_says_why() {
        for (line, why) in [
            ("put nan 5.z", "put: V is a number; this is `nan`"),
            ("put", "put needs V"),
            ("scale x 5.z", "scale: F is a number; this is `x`"),
            ("add", "add needs FILE or \"PROMPT\"-\"PROMPT\""),
            ("add \"a\"-b 5.z", "add needs a second \"PROMPT\""),
            ("add \"a", "add does not understand `\"a`"),
            ("add \"a\"-\"b\" ×inf", "×F is a number"),
            ("patch", "patch needs TRACE, branch NAME, pass N or row N"),
            (
                "patch row x 5.z",
                "patch: row is a whole number; this is `x`",
            ),
            ("resample seed=-1", "seed is a whole number"),
            ("resample from 中国", "resample needs \"PROMPT\""),
            ("zero 5.z [:, x]", "`x` in a slice"),
            ("undo 1", "undo takes no argument"),
            ("effect 0", "K is a whole number from 1"),
        ] {
            let read = parse(line)
                .map(|_| ())
                .map_err(|e: ParseError| e.to_string());
            assert!(
                read.as_ref().is_err_and(|e| e.contains(why)),
                "{line}: {read:?}"
            );
        }
    }
}
