//! Completions of the word that is being typed, as a command's usage says.

use std::fs;

use super::command::{Setting, Words};
use super::debugger::Debugger;
use super::{breakpoints, find, format};
use crate::graph::named;
use crate::trace::glob::is_pattern;
use crate::trace::hook;
use crate::trace::paths;
use crate::trace::tensor::Candidate;

/// Completions that are offered, and files of a folder that are looked at.
const MOST: usize = 50;
const FILES: usize = 10_000;

/// A line with its last word completed, and something about that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completion {
    pub line: String,
    pub words: String,
}

/// The sources of completions.
pub struct Known<'a> {
    pub debugger: Option<&'a Debugger>,
    /// Tokens that are probable where the cursor stands.
    pub candidates: &'a [Candidate],
    /// Every command that can be typed.
    pub commands: &'a [Words],
    /// Words for a placeholder of usages beyond what the debugger knows: `PANE`, more of `SETTING`.
    pub more: fn(&str) -> Vec<&'static str>,
}

/// The completions of a line that has come to its arguments; `None` for one that has not.
pub fn complete(line: &str, known: &Known) -> Option<Vec<Completion>> {
    let (name, rest) = line.split_once(char::is_whitespace)?;
    // The command of `x/8` is `x`.
    let name = name.split('/').next().unwrap_or(name);
    let Some(spec) = known.commands.iter().find(|s| s.is(name)) else {
        return Some(Vec::new());
    };
    // Within brackets stand numbers.
    if rest.contains('[') {
        return Some(Vec::new());
    }
    let start = word_start(rest);
    let (before, word) = rest.split_at(start);
    let before: Vec<&str> = before.split_whitespace().collect();
    let mut found: Vec<(String, String)> = Vec::new();
    for kind in kinds(spec.args, &before) {
        for offer in known.offers(&kind, word) {
            if !found.iter().any(|(text, _)| *text == offer.0) {
                found.push(offer);
            }
        }
    }
    found.truncate(MOST);
    let head = &line[..line.len() - word.len()];
    let completions = found.into_iter().map(|(text, words)| Completion {
        line: format!("{head}{text}"),
        words,
    });
    Some(completions.collect())
}

/// Where the last word begins; a quote that is open holds spaces.
fn word_start(rest: &str) -> usize {
    let (mut start, mut quoted) = (0, false);
    for (i, c) in rest.char_indices() {
        if c == '"' {
            quoted = !quoted;
        } else if c.is_whitespace() && !quoted {
            start = i + c.len_utf8();
        }
    }
    start
}

/// The alternatives that a usage has for the word behind `before`: `[K] [NAME|PATTERN]` has K, NAME and
/// PATTERN for the first.
fn kinds(args: &str, before: &[&str]) -> Vec<String> {
    let args = args.replace(" | ", "|");
    let groups = split(&args, ' ');
    let groups: Vec<&str> = groups
        .into_iter()
        .filter(|g| !g.starts_with("[/"))
        .collect();
    // Behind a word that has options of its own come these.
    if let (Some(first), Some(group)) = (before.first(), groups.first()) {
        for alternative in split(inner(group), '|') {
            if let Some((head, options)) = alternative.split_once(' ')
                && head == *first
            {
                let options = split(options, ' ').into_iter().map(inner);
                return options.map(str::to_owned).collect();
            }
        }
    }
    let repeated = groups.last().is_some_and(|g| inner(g).ends_with("..."));
    let first = match before.len() {
        n if n < groups.len() => n,
        _ if repeated => groups.len() - 1,
        _ => return Vec::new(),
    };
    let mut kinds = Vec::new();
    for group in &groups[first..] {
        for alternative in split(inner(group), '|') {
            let word = alternative.split(' ').next().unwrap_or_default();
            kinds.push(word.trim_end_matches("...").to_owned());
        }
        if !group.starts_with('[') {
            break;
        }
    }
    kinds
}

fn inner(group: &str) -> &str {
    let inner = group.strip_prefix('[').and_then(|g| g.strip_suffix(']'));
    inner.unwrap_or(group)
}

/// Parts at a separator that does not stand in brackets.
fn split(text: &str, separator: char) -> Vec<&str> {
    let (mut parts, mut start, mut depth) = (Vec::new(), 0, 0usize);
    for (i, c) in text.char_indices() {
        match c {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            c if c == separator && depth == 0 => {
                parts.push(&text[start..i]);
                start = i + c.len_utf8();
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts.retain(|part| !part.is_empty());
    parts
}

impl Known<'_> {
    /// Completions for a word of a usage that fit what is typed, and something about each.
    fn offers(&self, kind: &str, typed: &str) -> Vec<(String, String)> {
        let words = |all: &mut dyn Iterator<Item = &'static str>| {
            let fits = all.filter(|word| word.starts_with(typed));
            fits.map(|word| (word.to_owned(), String::new())).collect()
        };
        match kind {
            "NAME" => self.names(typed),
            "WEIGHT" => self.weights(typed),
            "PATTERN" | "GLOB" => [self.patterns(typed), self.names(typed)].concat(),
            "SETTING" => {
                let own = Setting::ALL.into_iter().map(Setting::word);
                words(&mut own.chain((self.more)(kind)))
            }
            "COMMAND" => {
                let all = self.commands.iter().filter(|s| s.name.starts_with(typed));
                all.map(|s| (s.name.to_owned(), s.told().to_owned()))
                    .collect()
            }
            "FILE" | "FILE[:TENSOR]" | "TRACE" => files(typed),
            "\"TEXT\"" => self.tokens(typed),
            literal if literal.starts_with(|c: char| c.is_ascii_uppercase()) => {
                words(&mut (self.more)(literal).into_iter())
            }
            literal => {
                // `temperature=T` is typed up to what it is set to.
                let own = literal.find('=').map_or(literal, |i| &literal[..=i]);
                let plain = own.starts_with(|c: char| c.is_ascii_lowercase());
                let fits = plain && own.starts_with(typed);
                fits.then(|| (own.to_owned(), String::new()))
                    .into_iter()
                    .collect()
            }
        }
    }

    /// Hook points whose names are like what is typed.
    fn names(&self, typed: &str) -> Vec<(String, String)> {
        let Some(d) = self.debugger else {
            return Vec::new();
        };
        let plan = d.plan();
        if is_pattern(typed) {
            return Vec::new();
        }
        let found = find::nearest(plan, typed).into_iter().take(MOST);
        let offer = |i: usize| {
            let point = &plan.points()[i];
            (hook::short(&point.name), format::shape(point))
        };
        found.map(offer).collect()
    }

    /// Weights whose names, in some spelling, begin as what is typed does or have it in them.
    fn weights(&self, typed: &str) -> Vec<(String, String)> {
        let Some(d) = self.debugger.filter(|_| !is_pattern(typed)) else {
            return Vec::new();
        };
        let typed = typed.to_lowercase();
        let begins = |name: &str| {
            let forms = named::spellings(name).into_iter();
            forms
                .chain([hook::leaf(name).to_owned()])
                .any(|form| form.to_lowercase().starts_with(&typed))
        };
        let points = d.weights().iter().map(|named| &named.point);
        let fits = points.filter(|point| begins(&point.name)).take(MOST);
        fits.map(|point| (point.name.clone(), format::shape(point)))
            .collect()
    }

    /// Patterns that begin as what is typed does: each name of a block's hook points in all blocks.
    fn patterns(&self, typed: &str) -> Vec<(String, String)> {
        let Some(d) = self.debugger.filter(|_| typed.contains('*')) else {
            return Vec::new();
        };
        let plan = d.plan();
        let mut found: Vec<(String, String)> = Vec::new();
        for point in plan.points() {
            let short = hook::short(&point.name);
            let Some(inside) = short
                .strip_prefix("blocks.")
                .and_then(|n| n.split_once('.'))
            else {
                continue;
            };
            let forms = [
                format!("*.{}", hook::leaf(&point.name)),
                format!("*.{}", inside.1),
                format!("blocks.*.{}", inside.1),
            ];
            for form in forms.into_iter().filter(|form| form.starts_with(typed)) {
                if found.iter().any(|(own, _)| *own == form) {
                    continue;
                }
                let hits = breakpoints::matching(&form, plan).map_or(0, |hits| hits.len());
                found.push((form, format!("{hits} hook points")));
            }
        }
        found
    }

    /// Probable tokens, in quotes; those that quotes cannot hold by their ids.
    fn tokens(&self, typed: &str) -> Vec<(String, String)> {
        let offer = |c: &Candidate| {
            let quoted = format!("\"{}\"", c.text);
            let plain = !c.text.contains(|c: char| c == '"' || c.is_control());
            let text = if plain { quoted } else { c.id.to_string() };
            (text, format::percent(c.prob).trim().to_owned())
        };
        let all = self.candidates.iter().map(offer);
        all.filter(|(text, _)| text.starts_with(typed)).collect()
    }
}

/// Files and folders that begin as what is typed does.
fn files(typed: &str) -> Vec<(String, String)> {
    let typed = typed.trim_start_matches('"');
    let (folder, start) = match typed.rfind('/') {
        Some(i) => typed.split_at(i + 1),
        None => ("", typed),
    };
    let place = paths::expanded(if folder.is_empty() { "." } else { folder });
    let Ok(entries) = fs::read_dir(place) else {
        return Vec::new();
    };
    let mut found: Vec<(String, String)> = entries
        .take(FILES)
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let name = entry.file_name().into_string().ok()?;
            let hidden = name.starts_with('.') && !start.starts_with('.');
            if hidden || !name.starts_with(start) || name.contains(char::is_control) {
                return None;
            }
            let is_folder = entry.path().is_dir();
            let end = if is_folder { "/" } else { "" };
            let path = format!("{folder}{name}{end}");
            let path = if !path.contains(char::is_whitespace) {
                path
            } else if is_folder {
                // The quote stays open, so that a folder's files can follow.
                format!("\"{path}")
            } else {
                format!("\"{path}\"")
            };
            Some((path, String::new()))
        })
        .collect();
    found.sort();
    found
}

#[cfg(test)]
mod tests {
    use super::super::{command, fake};
    use super::*;

    fn commands() -> Vec<Words> {
        command::commands().map(command::Spec::words).collect()
    }

    fn lines(line: &str) -> Vec<String> {
        let debugger = Debugger::new(fake::model(), fake::passes());
        let candidate = |id, text: &str| Candidate {
            id,
            text: text.into(),
            logit: 1.0,
            prob: 0.5,
        };
        let known = Known {
            debugger: Some(&debugger),
            candidates: &[candidate(3, "华"), candidate(7, "\n")],
            commands: &commands(),
            more: |_| Vec::new(),
        };
        let found = complete(line, &known).unwrap();
        found.into_iter().map(|c| c.line).collect()
    }

    #[test]
    fn every_kind_of_argument_is_completed() {
        for (line, due) in [
            ("goto 1.pat", "goto blocks.1.attn.pattern"),
            ("print 1.pat", "print blocks.1.attn.pattern"),
            ("p 1.pat", "p blocks.1.attn.pattern"),
            ("x/8 1.pat", "x/8 blocks.1.attn.pattern"),
            ("topk logi", "topk logits"),
            ("topk 3 logi", "topk 3 logits"),
            ("info 0.q", "info blocks.0.attn.q"),
            ("info tok", "info tokens"),
            ("until logi", "until logits"),
            ("find logi", "find logits"),
            ("tbreak logi", "tbreak logits"),
            ("break *.pa", "break *.pattern"),
            ("break blocks.*.attn.p", "break blocks.*.attn.pattern"),
            (
                "save out.safetensors *.pa",
                "save out.safetensors *.pattern",
            ),
            ("show temp", "show temperature"),
            ("set ro", "set row"),
            ("delete a", "delete all"),
            ("help tbr", "help tbreak"),
            ("token \"", "token \"华\""),
            ("token 7", "token 7"),
            ("token sa", "token sample"),
            ("token sample top_", "token sample top_k="),
            (
                "token sample seed=1 temp",
                "token sample seed=1 temperature=",
            ),
            ("temperature u", "temperature up"),
        ] {
            assert_eq!(lines(line).first().map(String::as_str), Some(due), "{line}");
        }
        for line in [
            "print 1.pat [0",
            "step ",
            "nonsense x",
            "goto logits x",
            "print *.nope",
        ] {
            assert_eq!(lines(line), [""; 0], "{line}");
        }
        let debugger = None;
        let known = Known {
            debugger,
            candidates: &[],
            commands: &commands(),
            more: |_| Vec::new(),
        };
        assert_eq!(complete("goto", &known), None);
        assert_eq!(complete("goto x", &known), Some(Vec::new()));
    }

    #[test]
    fn files_are_completed_folder_by_folder() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("a folder")).unwrap();
        for name in ["a folder/steps.txt", "other.txt", ".hidden"] {
            fs::write(folder.path().join(name), "").unwrap();
        }
        let root = folder.path().to_str().unwrap();
        let all = lines(&format!("source {root}/"));
        assert_eq!(
            all,
            [
                format!("source \"{root}/a folder/"),
                format!("source {root}/other.txt")
            ]
        );
        let all = lines(&format!("source \"{root}/a folder/s"));
        assert_eq!(all, [format!("source \"{root}/a folder/steps.txt\"")]);
        let all = lines(&format!("save {root}/o"));
        assert_eq!(all, [format!("save {root}/other.txt")]);
        assert_eq!(lines("source /nowhere/at/all/"), [""; 0]);
    }
}
