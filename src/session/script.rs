//! Command lines that wait to be run: those of `-x`, and those of the files that `source` reads.

use std::collections::VecDeque;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use super::command::{self, Kind};
use crate::lang::{plain, say, say_with};
use crate::trace::paths;

/// Bytes of a file, and files that read one another.
const MOST: u64 = 1 << 20;
const DEEPEST: usize = 16;

/// One line, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub text: String,
    /// `file:3`; `None` for a line that was given by itself.
    pub place: Option<String>,
    depth: usize,
}

impl Line {
    /// A complaint about the line, with the place where it stands.
    pub fn complaint(&self, why: &str) -> String {
        match &self.place {
            Some(place) => format!("{place}: {}: {why}", self.text),
            None => format!("{}: {why}", self.text),
        }
    }
}

/// Lines in their order.
#[derive(Clone, Debug, Default)]
pub struct Script {
    waiting: VecDeque<Line>,
}

impl Script {
    /// The lines of `-x`: commands, or files of commands where a word is no command that is `known`.
    pub fn given(lines: &[String], known: fn(&str) -> bool) -> Script {
        let lines = lines.iter().map(|text| {
            let word = text.split_whitespace().next().unwrap_or_default();
            let word = word.split('/').next().unwrap_or_default();
            let file = !known(word) && paths::expanded(text).is_file();
            let text = if file {
                format!("source {text}")
            } else {
                text.clone()
            };
            Line {
                text,
                place: None,
                depth: 0,
            }
        });
        Script {
            waiting: lines.collect(),
        }
    }

    /// The next line that is not `source` itself.
    ///
    /// # Errors
    /// The line whose file cannot be read, and why.
    pub fn next_line(&mut self) -> Result<Option<Line>, (Line, String)> {
        while let Some(line) = self.waiting.pop_front() {
            match command::parse(&line.text).map(|command| command.kind) {
                Ok(Kind::Source(file)) => match self.read(&file, line.depth + 1) {
                    Ok(()) => {}
                    Err(why) => return Err((line, why)),
                },
                _ => return Ok(Some(line)),
            }
        }
        Ok(None)
    }

    /// Put the lines of a file before all others.
    ///
    /// # Errors
    /// One line that says why not.
    pub fn source(&mut self, file: &str) -> Result<(), String> {
        self.read(file, 1)
    }

    fn read(&mut self, file: &str, depth: usize) -> Result<(), String> {
        if depth > DEEPEST {
            return Err(say_with("error-deep-script", &[("most", plain(DEEPEST))]));
        }
        let text = text_of(&paths::expanded(file)).map_err(|why| format!("{file}: {why}"))?;
        let lines = text.lines().enumerate().map(|(i, text)| Line {
            text: text.trim().to_owned(),
            place: Some(format!("{file}:{}", i + 1)),
            depth,
        });
        let lines = lines.filter(|line| !line.text.is_empty() && !line.text.starts_with('#'));
        for line in lines.collect::<Vec<_>>().into_iter().rev() {
            self.waiting.push_front(line);
        }
        Ok(())
    }
}

fn text_of(path: &Path) -> Result<String, String> {
    let meta = std::fs::metadata(path).map_err(|e| e.to_string())?;
    if !meta.is_file() {
        return Err(say("error-not-ordinary").into());
    }
    let mut text = String::new();
    let file = File::open(path).map_err(|e| e.to_string())?;
    let read = file.take(MOST + 1).read_to_string(&mut text);
    match read.map_err(|e| e.to_string())? as u64 {
        0..=MOST => Ok(text),
        _ => Err(say_with("error-long-script", &[("most", plain(MOST))])),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(word: &str) -> bool {
        command::find(word).is_some()
    }

    fn all(script: &mut Script) -> Result<Vec<String>, String> {
        let mut out = Vec::new();
        loop {
            match script.next_line() {
                Ok(Some(line)) => out.push(line.text),
                Ok(None) => return Ok(out),
                Err((line, why)) => return Err(line.complaint(&why)),
            }
        }
    }

    #[test]
    fn files_stand_where_they_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        let (inner, outer) = (path("inner"), path("outer"));
        std::fs::write(&inner, "# a comment\n\n  next 2\r\n").unwrap();
        std::fs::write(&outer, format!("step\nsource {inner}\nout\n")).unwrap();
        let mut script = Script::given(&["top".into(), outer.clone(), "end".into()], known);
        let lines = all(&mut script).unwrap();
        assert_eq!(lines, ["top", "step", "next 2", "out", "end"]);
        std::fs::write(&inner, format!("source {outer}\n")).unwrap();
        let why = all(&mut Script::given(&[outer], known)).unwrap_err();
        assert!(why.contains("does one read itself"), "{why}");
        let why = all(&mut Script::given(
            &["source /nowhere/at/all".into()],
            known,
        ))
        .unwrap_err();
        assert!(why.starts_with("source /nowhere/at/all: /nowhere"), "{why}");
        let folder = folder.path().to_str().unwrap();
        let why = all(&mut Script::given(&[format!("source {folder}")], known)).unwrap_err();
        assert!(why.ends_with("not an ordinary file"), "{why}");
    }
}
