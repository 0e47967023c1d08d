//! Commands about branches: states side by side.

use super::super::super::ask::Ask;
use super::super::super::debugger::Outcome;
use super::super::arguments::{Arguments, ParseError, unquoted};
use super::super::slice::SliceSpec;
use super::super::{Command, Kind, change};
use super::{Group, Spec, key};
use crate::trace::branch::BranchChange;
use crate::trace::query::Job;

/// A command that changes the branches.
fn changes(a: &Arguments, change: BranchChange) -> Command {
    a.does(change, |_, change| {
        let change = change.clone();
        Ok(Outcome::Job(Job::Branch { change }))
    })
}

/// A branch's name and what follows it.
fn name<'a>(a: &Arguments<'a>) -> Result<(String, &'a str), ParseError> {
    let (name, rest) = a
        .rest
        .split_once(char::is_whitespace)
        .unwrap_or((a.rest, ""));
    match name {
        "" => Err(a.missing("NAME")),
        name => Ok((name.to_owned(), rest.trim())),
    }
}

/// The name, with nothing behind it.
fn only_name(a: &Arguments) -> Result<String, ParseError> {
    match name(a)? {
        (name, "") => Ok(name),
        (_, rest) => Err(a.wrong(rest)),
    }
}

/// The words that follow a keyword, and what stands before it.
pub(super) fn behind<'a>(text: &'a str, word: &str) -> (&'a str, Option<&'a str>) {
    let starts = text.strip_prefix(word);
    let starts = starts.filter(|rest| rest.is_empty() || rest.starts_with(char::is_whitespace));
    if let Some(rest) = starts {
        return ("", Some(rest.trim()));
    }
    if let Some(before) = text.strip_suffix(&format!(" {word}")) {
        return (before.trim(), Some(""));
    }
    match text.split_once(&format!(" {word} ")) {
        Some((before, rest)) => (before.trim(), Some(rest.trim())),
        None => (text, None),
    }
}

fn make(a: &Arguments) -> Result<Command, ParseError> {
    let (name, rest) = name(a)?;
    let (before, prompt) = behind(rest, "prompt");
    let (first, model) = behind(before, "model");
    if !first.is_empty() {
        return Err(a.wrong(first));
    }
    let given = |text: Option<&str>, what| match text.map(unquoted) {
        Some("") => Err(a.missing(what)),
        text => Ok(text.map(str::to_owned)),
    };
    let (prompt, model) = (given(prompt, "TEXT")?, given(model, "MODEL")?);
    let change = BranchChange::Make {
        name,
        prompt,
        model,
    };
    Ok(changes(a, change))
}

fn diff(a: &Arguments) -> Result<Command, ParseError> {
    let (other, rest) = match a.rest.split_once(char::is_whitespace) {
        _ if a.rest.starts_with('[') => (None, a.rest),
        Some((name, rest)) => (Some(name), rest.trim()),
        None => (Some(a.rest), ""),
    };
    let other = other.filter(|name| !name.is_empty()).map(str::to_owned);
    let (point, slice): (_, SliceSpec) = change::target(a, rest)?;
    let given = (other, point, slice);
    Ok(Command::new(
        Kind::Diff,
        given,
        |d, (other, point, slice)| d.diff(other.clone(), point.as_deref(), slice),
    ))
}

pub const BRANCHING: &[Spec] = &[
    Spec {
        name: "branch",
        aliases: &[],
        args: "NAME [model MODEL] [prompt TEXT]",
        help: "Go on in a new branch, which shares what is computed so far: with the same tokens, another prompt, or \
               another model or trace",
        keys: &[key("R", "branch ")],
        group: Group::WhatIf,
        example: "branch other prompt 画蛇",
        parse: make,
    },
    Spec {
        name: "branches",
        aliases: &["brs"],
        args: "",
        help: "List the branches: each with its parent, its text and its interventions",
        keys: &[],
        group: Group::WhatIf,
        example: "branches",
        parse: |a| a.none(a.does((), |_, ()| Ok(Outcome::Ask(Ask::Branches)))),
    },
    Spec {
        name: "switch",
        aliases: &[],
        args: "NAME",
        help: "Go to another branch: to the same hook point, and to the token's counterpart",
        keys: &[],
        group: Group::WhatIf,
        example: "switch main",
        parse: |a| {
            Ok(changes(
                a,
                BranchChange::Switch {
                    name: only_name(a)?,
                },
            ))
        },
    },
    Spec {
        name: "drop",
        aliases: &[],
        args: "NAME",
        help: "Drop a branch; those made of it stay",
        keys: &[],
        group: Group::WhatIf,
        example: "drop other",
        parse: |a| {
            Ok(changes(
                a,
                BranchChange::Drop {
                    name: only_name(a)?,
                },
            ))
        },
    },
    Spec {
        name: "in",
        aliases: &[],
        args: "NAME COMMAND",
        help: "Ask in another branch without going there, at the counterpart of the cursor: in main why, in main \
               attribute 17",
        keys: &[],
        group: Group::WhatIf,
        example: "in main attribute 17",
        parse: |a| {
            let (name, line) = name(a)?;
            if line.is_empty() {
                return Err(a.missing("COMMAND"));
            }
            let given = (name, line.to_owned());
            Ok(a.does(given, |d, (name, line)| d.inside(name, line)))
        },
    },
    Spec {
        name: "diff",
        aliases: &[],
        args: "[NAME] [POINT] [SLICE]",
        help: "The value at the cursor in this branch, in branch NAME (its parent without it), and their difference, \
               token beside token; on a screen the pane stays until diff is typed again",
        keys: &[key("&", "diff")],
        group: Group::WhatIf,
        example: "diff main 1.z [-1]",
        parse: diff,
    },
];
