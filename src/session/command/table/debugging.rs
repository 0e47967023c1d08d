//! Commands that work everywhere: on the screen and in batch mode.

use super::super::super::ask::Ask;
use super::super::super::debugger::{At, Outcome};
use super::super::super::wanted::Wanted;
use super::super::arguments::{self, Arguments, ParseError};
use super::super::{Command, Depth, Direction, TemperatureChange, parse};
use super::{Group, Spec, key};
use crate::trace::hook;
use crate::trace::query::Query;

const fn moves(depth: Depth, direction: Direction, count: usize) -> Command {
    Command::Move {
        depth,
        direction,
        count,
    }
}

fn find(a: &Arguments, direction: Direction) -> Result<Command, ParseError> {
    let what = match a.rest {
        "" => None,
        text => Some(Wanted::parse(text).ok_or_else(|| a.wrong(text))?),
    };
    Ok(Command::Find { what, direction })
}

/// In the order of help and docs.
pub static DEBUGGING: &[Spec] = &[
    Spec {
        name: "step",
        aliases: &["s"],
        args: "[COUNT]",
        help: "Go to the next hook point",
        keys: &[key("s", "step")],
        group: Group::Step,
        example: "step 3",
        parse: |a| Ok(moves(Depth::Point, Direction::Forward, a.count()?)),
    },
    Spec {
        name: "next",
        aliases: &["n", "over"],
        args: "[COUNT]",
        help: "Step over the module: all of ln1, attn, ln2 or mlp",
        keys: &[key("n", "next")],
        group: Group::Step,
        example: "next 2",
        parse: |a| Ok(moves(Depth::Module, Direction::Forward, a.count()?)),
    },
    Spec {
        name: "out",
        aliases: &["o", "finish"],
        args: "[COUNT]",
        help: "Step out of the layer, to the first hook point of the next one",
        keys: &[key("o", "out")],
        group: Group::Step,
        example: "out 2",
        parse: |a| Ok(moves(Depth::Layer, Direction::Forward, a.count()?)),
    },
    Spec {
        name: "reverse-step",
        aliases: &["rs", "back"],
        args: "[COUNT]",
        help: "Go back to the hook point before",
        keys: &[key("S", "reverse-step")],
        group: Group::Step,
        example: "reverse-step 3",
        parse: |a| Ok(moves(Depth::Point, Direction::Back, a.count()?)),
    },
    Spec {
        name: "reverse-next",
        aliases: &["rn"],
        args: "[COUNT]",
        help: "Go back to the start of the module, or from there of the one before",
        keys: &[key("N", "reverse-next")],
        group: Group::Step,
        example: "reverse-next 2",
        parse: |a| Ok(moves(Depth::Module, Direction::Back, a.count()?)),
    },
    Spec {
        name: "reverse-out",
        aliases: &["ro"],
        args: "[COUNT]",
        help: "Go back to the start of the layer, or from there of the one before",
        keys: &[key("O", "reverse-out")],
        group: Group::Step,
        example: "reverse-out 2",
        parse: |a| Ok(moves(Depth::Layer, Direction::Back, a.count()?)),
    },
    Spec {
        name: "continue",
        aliases: &["c"],
        args: "",
        help: "Run to the next breakpoint, or to the logits",
        keys: &[key("c", "continue")],
        group: Group::Step,
        example: "continue",
        parse: |a| a.none(Command::Continue(Direction::Forward)),
    },
    Spec {
        name: "reverse-continue",
        aliases: &["rc"],
        args: "",
        help: "Run back to the breakpoint before, or to the first hook point",
        keys: &[key("C", "reverse-continue")],
        group: Group::Step,
        example: "reverse-continue",
        parse: |a| a.none(Command::Continue(Direction::Back)),
    },
    Spec {
        name: "until",
        aliases: &["u", "advance"],
        args: "[NAME|PATTERN]",
        help: "Run on to a hook point, or to a breakpoint before it; without one, step over the module",
        keys: &[],
        group: Group::Step,
        example: "until *.mlp.post",
        parse: |a| {
            Ok(match a.optional() {
                Some(name) => Command::Until(name),
                None => moves(Depth::Module, Direction::Forward, 1),
            })
        },
    },
    Spec {
        name: "goto",
        aliases: &["g", "go"],
        args: "NAME|WEIGHT",
        help: "Go to the hook point whose name is nearest: goto 3.pattern; or open a weight: goto 3.W_Q",
        keys: &[key("g", "goto ")],
        group: Group::Go,
        example: "goto blocks.0.attn.pattern",
        parse: |a| a.required("NAME|WEIGHT").map(Command::Goto),
    },
    Spec {
        name: "top",
        aliases: &["first"],
        args: "",
        help: "Go to the first hook point: the embedding",
        keys: &[key("<", "top"), key("gg", "top")],
        group: Group::Go,
        example: "top",
        parse: |a| a.none(Command::Top),
    },
    Spec {
        name: "end",
        aliases: &["last"],
        args: "",
        help: "Go to the last hook point: the logits, where there are any",
        keys: &[key(">", "end"), key("G", "end")],
        group: Group::Go,
        example: "end",
        parse: |a| a.none(Command::End),
    },
    Spec {
        name: "where",
        aliases: &["bt"],
        args: "",
        help: "Say where the cursor stands: pass, layer, module, hook point",
        keys: &[],
        group: Group::Go,
        example: "where",
        parse: |a| {
            a.none(a.does((), |d, ()| {
                let (at, plan) = (d.at(), d.plan());
                let name = hook::short(&plan.points()[at.point].name);
                let (pass, step, steps) = (at.pass, at.point + 1, plan.len());
                let words = format!("pass {pass} · {name} · step {step}/{steps}");
                Ok(Outcome::Note(words))
            }))
        },
    },
    Spec {
        name: "break",
        aliases: &["b"],
        args: "[PATTERN]",
        help: "Stop at hook points that match: break blocks.*.attn.pattern; without PATTERN, here",
        keys: &[key("B", "break ")],
        group: Group::Breakpoints,
        example: "break *.pattern",
        parse: |a| {
            Ok(a.does(a.optional(), |d, pattern| {
                d.break_at(pattern.as_deref(), false)
            }))
        },
    },
    Spec {
        name: "tbreak",
        aliases: &["tb"],
        args: "[PATTERN]",
        help: "Stop once, at the first hook point that matches; without PATTERN, here",
        keys: &[],
        group: Group::Breakpoints,
        example: "tbreak 2.pattern",
        parse: |a| {
            Ok(a.does(a.optional(), |d, pattern| {
                d.break_at(pattern.as_deref(), true)
            }))
        },
    },
    Spec {
        name: "breakpoints",
        aliases: &["bl"],
        args: "",
        help: "List breakpoints with their numbers",
        keys: &[key("ctrl-b", "breakpoints")],
        group: Group::Breakpoints,
        example: "breakpoints",
        parse: |a| a.none(a.does((), |d, ()| Ok(d.list()))),
    },
    Spec {
        name: "toggle",
        aliases: &[],
        args: "[N]",
        help: "Turn breakpoint N on or off; without N, put or remove one at the cursor",
        keys: &[key("b", "toggle")],
        group: Group::Breakpoints,
        example: "toggle 1",
        parse: |a| Ok(a.does(a.optional_number("N")?, |d, n| d.toggle(*n))),
    },
    Spec {
        name: "delete",
        aliases: &["d"],
        args: "N|all",
        help: "Delete breakpoint N, or all",
        keys: &[],
        group: Group::Breakpoints,
        example: "delete all",
        parse: |a| {
            let n = match a.rest {
                "all" => None,
                _ => Some(a.number("N|all")?),
            };
            Ok(a.does(n, |d, n| d.delete(*n)))
        },
    },
    Spec {
        name: "token",
        aliases: &["t"],
        args: "[sample [temperature=T] [top_k=K] [top_p=P] [seed=N] | ID | \"TEXT\" | #RANK]",
        help: "Choose the next token and begin its pass: the most probable one, a sampled one, \
               or the one given",
        keys: &[key("t", "token"), key("T", "token sample ")],
        group: Group::Tokens,
        example: "token sample temperature=0.8 top_k=40 top_p=0.9 seed=1",
        parse: arguments::token,
    },
    Spec {
        name: "pass",
        aliases: &[],
        args: "next|prev|N",
        help: "Look at another pass: 0 is the prompt's, each generated token has one more",
        keys: &[key(")", "pass next"), key("(", "pass prev")],
        group: Group::Tokens,
        example: "pass 0",
        parse: |a| a.which().map(Command::Pass),
    },
    Spec {
        name: "row",
        aliases: &[],
        args: "next|prev|N",
        help: "Choose the token that predictions are read at (counted from 0 in the pass)",
        keys: &[key(".", "row next"), key(",", "row prev")],
        group: Group::Tokens,
        example: "row 0",
        parse: |a| a.which().map(Command::Row),
    },
    Spec {
        name: "temperature",
        aliases: &["temp"],
        args: "up|down|T",
        help: "Set the temperature of shown probabilities and of `token sample`",
        keys: &[
            key("+", "temperature up"),
            key("=", "temperature up"),
            key("-", "temperature down"),
        ],
        group: Group::Tokens,
        example: "temperature 0.8",
        parse: |a| {
            Ok(Command::Temperature(match a.rest {
                "up" => TemperatureChange::Up,
                "down" => TemperatureChange::Down,
                _ => TemperatureChange::To(a.temperature(a.rest)?),
            }))
        },
    },
    Spec {
        name: "prompt",
        aliases: &["edit"],
        args: "TEXT",
        help: "Start again from another prompt",
        keys: &[key("e", "prompt ")],
        group: Group::Tokens,
        example: "prompt 画蛇",
        parse: |a| {
            let text = a.required("TEXT")?;
            Ok(Command::Prompt(arguments::unquoted(&text).to_owned()))
        },
    },
    Spec {
        name: "print",
        aliases: &["p", "x"],
        args: "[/N] [NAME|WEIGHT|PATTERN] [SLICE]",
        help: "Print values: print [0], print 2.pattern [0, -1], print [:, 3:5], print *.pattern [:, -1, 0]; \
               a weight by its name: print 0.W_Q [0]; x/8 prints the first 8",
        keys: &[],
        group: Group::Inspect,
        example: "print [0, -1, 2:4]",
        parse: |a| {
            let given = arguments::print(a)?;
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
            let given = arguments::topk(a)?;
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
        parse: |a| find(a, Direction::Forward),
    },
    Spec {
        name: "reverse-find",
        aliases: &["rf"],
        args: "[NAME|PATTERN|nan|inf|>X|<X|=X]",
        help: "The same backwards",
        keys: &[],
        group: Group::Inspect,
        example: "reverse-find",
        parse: |a| find(a, Direction::Back),
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
        name: "save",
        aliases: &[],
        args: "FILE [GLOB...]",
        help: "Write all passes as a trace, or only hook points that match",
        keys: &[key("ctrl-s", "save ")],
        group: Group::Inspect,
        example: "save out.safetensors *.pattern",
        parse: arguments::save,
    },
    Spec {
        name: "source",
        aliases: &[],
        args: "FILE",
        help: "Run the commands in a file, a line each; # begins a comment",
        keys: &[],
        group: Group::Program,
        example: "source steps.txt",
        parse: |a| {
            a.required("FILE")
                .map(|file| Command::Source(arguments::unquoted(&file).to_owned()))
        },
    },
    Spec {
        name: "set",
        aliases: &[],
        args: "SETTING VALUE",
        help: "Set temperature or row, as the command of that name does",
        keys: &[],
        group: Group::Program,
        example: "set temperature 0.8",
        parse: arguments::set,
    },
    Spec {
        name: "show",
        aliases: &[],
        args: "[SETTING]",
        help: "Say how things are set",
        keys: &[],
        group: Group::Program,
        example: "show temperature",
        parse: arguments::show,
    },
    Spec {
        name: "help",
        aliases: &["?"],
        args: "[COMMAND]",
        help: "Explain the commands, or one of them",
        keys: &[key("?", "help"), key("f1", "help")],
        group: Group::Program,
        example: "help step",
        parse: |a| Ok(Command::Help(a.optional())),
    },
    Spec {
        name: "quit",
        aliases: &["q", "exit"],
        args: "",
        help: "Leave",
        keys: &[key("q", "quit")],
        group: Group::Program,
        example: "quit",
        parse: |a| a.none(Command::Quit),
    },
];
