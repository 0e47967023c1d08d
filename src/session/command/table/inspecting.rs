//! Commands that show values, look for them and write them.

use super::super::super::ask::Ask;
use super::super::super::debugger::{At, Outcome};
use super::super::super::questions::Staged;
use super::super::super::wanted::Wanted;
use super::super::super::why::asked::Asked;
use super::super::arguments::{self, Arguments, ParseError};
use super::super::change::target;
use super::super::{Command, Direction, Kind, SliceSpec, parse};
use super::branching::behind;
use super::{Group, Spec, key};
use crate::trace::query::Query;

impl Command {
    /// Go to the next name or value that fits, on from the cursor; `None` looks for the same again.
    pub fn find(what: Option<Wanted>, direction: Direction) -> Command {
        let given = (what.clone(), direction);
        Command::new(Kind::Find(what), given, |d, (what, direction)| {
            d.find(what.clone(), *direction)
        })
    }

    /// Write hook points that match, or all, as a trace.
    pub fn save(path: String, hooks: Vec<String>) -> Command {
        Command::new(Kind::Write("save"), (path, hooks), |d, (path, hooks)| {
            d.save(path, hooks)
        })
    }
}

fn wanted(a: &Arguments) -> Result<Option<Wanted>, ParseError> {
    match a.rest {
        "" => Ok(None),
        text => Wanted::parse(text).map(Some).ok_or_else(|| a.wrong(text)),
    }
}

/// The hook point, head, row and dimension of a calculation.
fn staged(a: &Arguments) -> Result<Staged, ParseError> {
    let mut given = Staged::default();
    for word in a.rest.split_whitespace() {
        let number = |value: &str| value.parse().map_err(|_| a.wrong(word));
        match word.split_once('=') {
            Some(("head", value)) => given.head = number(value)?,
            Some(("row", value)) => given.row = Some(number(value)?),
            Some(("dim", value)) => {
                let dims = value.split(',').map(&number);
                given.dims = dims.collect::<Result<_, _>>()?;
            }
            None if given.name.is_none() => given.name = Some(word.to_owned()),
            _ => return Err(a.wrong(word)),
        }
    }
    Ok(given)
}

pub const INSPECTING: &[Spec] = &[
    Spec {
        name: "print",
        aliases: &["p", "x"],
        args: "[/N] [NAME|WEIGHT|PATTERN|BRANCH:NAME] [SLICE]",
        help: "Print values: print [0], print 2.pattern [0, -1], print [:, 3:5], print *.pattern [:, -1, 0]; \
               a weight by its name: print 0.W_Q [0]; x/8 prints the first 8",
        keys: &[],
        group: Group::Inspect,
        example: "print [0, -1, 2:4]",
        parse: |a| {
            let given = values(a)?;
            Ok(a.does(given, |d, (name, slice, first)| {
                d.print(name.as_deref(), slice, *first)
            }))
        },
    },
    Spec {
        name: "topk",
        aliases: &["lens"],
        args: "[K] [NAME|PATTERN]",
        help: "The K most probable next tokens as read from there (the logit lens), or from each match: topk 3 *.resid_post",
        keys: &[],
        group: Group::Inspect,
        example: "topk 5 1.resid_post",
        parse: |a| {
            let given = candidates(a)?;
            Ok(a.does(given, |d, (k, name)| d.topk(*k, name.as_deref())))
        },
    },
    Spec {
        name: "info",
        aliases: &["i"],
        args: "[NAME|WEIGHT|breakpoints|tokens|warnings|model]",
        help: "Shape, axes and summary, with an explanation; or the breakpoints, tokens, warnings, or model and hash",
        keys: &[key("i", "info")],
        group: Group::Inspect,
        example: "info logits",
        parse: |a| match a.rest {
            "breakpoints" | "break" | "b" => parse("breakpoints"),
            "tokens" => parse("tokens"),
            "warnings" => parse("warnings"),
            "model" => Ok(a.does((), |_, ()| Ok(Outcome::Ask(Ask::One(Query::Model))))),
            _ => Ok(a.does(a.optional(), |d, name| d.info(name.as_deref()))),
        },
    },
    Spec {
        name: "find",
        aliases: &["search"],
        args: "[NAME|PATTERN|nan|inf|>X|<X|=X]",
        help: "Go to the next hook point of such a name, or to the next value that is NaN, infinite, above or below X, or X; without an argument, look for the same again",
        keys: &[key("/", "find ")],
        group: Group::Inspect,
        example: "find >10",
        parse: |a| wanted(a).map(|what| Command::find(what, Direction::Forward)),
    },
    Spec {
        name: "reverse-find",
        aliases: &["rf"],
        args: "[NAME|PATTERN|nan|inf|>X|<X|=X]",
        help: "The same backwards",
        keys: &[],
        group: Group::Inspect,
        example: "reverse-find",
        parse: |a| wanted(a).map(|what| Command::find(what, Direction::Back)),
    },
    Spec {
        name: "tokens",
        aliases: &[],
        args: "",
        help: "What each token is made of: id, bytes, piece, and the merges that made it",
        keys: &[key("#", "tokens")],
        group: Group::Inspect,
        example: "tokens",
        parse: |a| {
            a.none(a.does((), |d, ()| {
                let pass = d.at().pass;
                Ok(Outcome::Ask(Ask::One(Query::Tokens { pass })))
            }))
        },
    },
    Spec {
        name: "stages",
        aliases: &[],
        args: "[NAME] [head=H] [row=R] [dim=D,…]",
        help: "How a value comes from those before it, stage by stage: at pos_embed, rot_q, rot_k, pattern, z, mlp.post and logits; at pos_embed dim=0,8,40 has the curves of these dimensions",
        keys: &[],
        group: Group::Inspect,
        example: "stages 0.pattern head=2 row=3",
        parse: |a| Ok(a.does(staged(a)?, |d, given| d.stages(given))),
    },
    Spec {
        name: "why",
        aliases: &[],
        args: "[/N] [NAME|BRANCH:NAME] [CELL] [against BRANCH]",
        help: "Why a value is what it is: the operation with its numbers, and the N operands that contribute most; 0.result [token, head, dimension] is what a head adds; against a branch, why it is another there",
        keys: &[],
        group: Group::Inspect,
        example: "why 0.z [3, 1, 5]",
        parse: |a| {
            let (rest, against) = behind(a.rest, "against");
            let against = against.map(str::to_owned);
            if against.as_deref() == Some("") {
                return Err(a.missing("BRANCH"));
            }
            let (name, slice, count) = values(&Arguments { rest, ..*a })?;
            let asked = Asked {
                name,
                slice,
                count,
                against,
            };
            let kind = Kind::Why(asked.name.clone());
            Ok(Command::reading_the_lens(kind, asked, |d, asked, lens| {
                d.why(asked, lens)
            }))
        },
    },
    Spec {
        name: "weights",
        aliases: &[],
        args: "[WEIGHT]",
        help: "List the model's weights with their axes, or those that a pattern matches: weights *.W_Q",
        keys: &[],
        group: Group::Inspect,
        example: "weights *.attn.W_*",
        parse: |a| {
            Ok(a.does(a.optional(), |d, pattern| {
                d.list_weights(pattern.as_deref())
            }))
        },
    },
    Spec {
        name: "kept",
        aliases: &["cache"],
        args: "[keys|values]",
        help: "Open the keys, or the values, of all tokens so far that this block keeps for later passes",
        keys: &[key("K", "kept")],
        group: Group::Inspect,
        example: "kept values",
        parse: |a| {
            let leaf = match a.rest {
                "" | "keys" => "keys",
                "values" => "values",
                word => return Err(a.wrong(word)),
            };
            Ok(a.does(leaf, |d, leaf| d.open_kept(leaf)))
        },
    },
    Spec {
        name: "warnings",
        aliases: &[],
        args: "",
        help: "What to know of the model before trusting its numbers",
        keys: &[],
        group: Group::Inspect,
        example: "warnings",
        parse: |a| a.none(a.does((), |d, ()| Ok(d.warnings()))),
    },
    Spec {
        name: "walk",
        aliases: &[],
        args: "",
        help: "Print the whole pass of the cursor: every module, a corner of its values, what the model would say",
        keys: &[],
        group: Group::Inspect,
        example: "walk",
        parse: |a| {
            a.none(a.does((), |d, ()| {
                let At { pass, row, .. } = d.at();
                Ok(Outcome::Ask(Ask::Walk { pass, row }))
            }))
        },
    },
    Spec {
        name: "export",
        aliases: &[],
        args: "FILE [NAME] [SLICE]",
        help: "Write values for other programs: FILE.csv, .json, .npy, or a heat map, .png or .svg",
        keys: &[],
        group: Group::Inspect,
        example: "export pattern.svg 2.pattern [0]",
        parse: |a| {
            let (file, rest) = a.file()?;
            let (name, slice, _) = values(&Arguments { rest, ..*a })?;
            let given = (file, name, slice);
            Ok(Command::new(
                Kind::Write("export"),
                given,
                |d, (file, name, slice)| d.export(file, name.as_deref(), slice),
            ))
        },
    },
    Spec {
        name: "save",
        aliases: &[],
        args: "FILE [GLOB...]",
        help: "Write all passes as a trace, or only hook points that match",
        keys: &[key("ctrl-s", "save ")],
        group: Group::Inspect,
        example: "save out.safetensors *.pattern",
        parse: |a| path_and_hooks(a).map(|(path, hooks)| Command::save(path, hooks)),
    },
];

/// The hook point or pattern, the slice, and how many values in their order rather than a matrix.
pub(super) fn values(
    a: &Arguments,
) -> Result<(Option<String>, SliceSpec, Option<usize>), ParseError> {
    let (name, slice) = target(a, a.rest)?;
    let first = match a.count {
        None => None,
        Some(text) => {
            // A number is what values are: gdb's letter for that changes nothing.
            let count = text.strip_suffix('f').unwrap_or(text).parse();
            let count = count.ok().filter(|&n: &usize| n > 0);
            Some(count.ok_or_else(|| a.outside("/N", "error-wanted-count", text))?)
        }
    };
    Ok((name, slice, first))
}

/// How many candidates, and the hook point or pattern.
fn candidates(a: &Arguments) -> Result<(Option<usize>, Option<String>), ParseError> {
    let (first, rest) = a
        .rest
        .split_once(char::is_whitespace)
        .unwrap_or((a.rest, ""));
    let (k, name) = match first.parse() {
        Ok(0) => return Err(a.outside("K", "error-wanted-count", first)),
        Ok(k) => (Some(k), rest.trim()),
        Err(_) if first.parse::<f64>().is_ok() => {
            return Err(a.outside("K", "error-wanted-count", first));
        }
        Err(_) => (None, a.rest),
    };
    let name = Some(name.to_owned()).filter(|name| !name.is_empty());
    Ok((k, name))
}

/// The file and the patterns.
fn path_and_hooks(a: &Arguments) -> Result<(String, Vec<String>), ParseError> {
    let mut words = arguments::words(a.rest)
        .ok_or_else(|| a.wrong(a.rest))?
        .into_iter();
    let path = words.next().ok_or_else(|| a.missing("FILE"))?;
    Ok((path, words.collect()))
}
