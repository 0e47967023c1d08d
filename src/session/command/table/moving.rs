//! Commands that move the cursor.

use super::super::super::debugger::Outcome;
use super::super::{Command, Depth, Direction, Kind};
use super::{Group, Spec, key};
use crate::trace::hook;

impl Command {
    /// Take steps of a depth, at least one.
    pub fn steps(depth: Depth, direction: Direction, count: usize) -> Command {
        let given = (depth, direction, count);
        Command::new(Kind::Move { depth, direction }, given, |d, given| {
            let (depth, direction, count) = *given;
            d.step(depth, direction, count);
            Ok(Outcome::Done)
        })
    }

    fn go_on(direction: Direction) -> Command {
        Command::new(Kind::Continue(direction), direction, |d, direction| {
            d.go_on(*direction);
            Ok(Outcome::Done)
        })
    }

    fn until(name: String) -> Command {
        Command::new(Kind::Until, name, |d, name| d.until(name))
    }

    /// Go to a hook point by its name.
    pub fn goto(name: String) -> Command {
        Command::new(Kind::Other("goto"), name, |d, name| d.goto(name))
    }
}

pub const MOVING: &[Spec] = &[
    Spec {
        name: "step",
        aliases: &["s"],
        args: "[COUNT]",
        help: "Go to the next hook point",
        keys: &[key("s", "step")],
        group: Group::Step,
        example: "step 3",
        parse: |a| Ok(Command::steps(Depth::Point, Direction::Forward, a.count()?)),
    },
    Spec {
        name: "next",
        aliases: &["n", "over"],
        args: "[COUNT]",
        help: "Step over the module: all of ln1, attn, ln2 or mlp",
        keys: &[key("n", "next")],
        group: Group::Step,
        example: "next 2",
        parse: |a| {
            Ok(Command::steps(
                Depth::Module,
                Direction::Forward,
                a.count()?,
            ))
        },
    },
    Spec {
        name: "out",
        aliases: &["o", "finish"],
        args: "[COUNT]",
        help: "Step out of the layer, to the first hook point of the next one",
        keys: &[key("o", "out")],
        group: Group::Step,
        example: "out 2",
        parse: |a| Ok(Command::steps(Depth::Layer, Direction::Forward, a.count()?)),
    },
    Spec {
        name: "reverse-step",
        aliases: &["rs", "back"],
        args: "[COUNT]",
        help: "Go back to the hook point before",
        keys: &[key("S", "reverse-step")],
        group: Group::Step,
        example: "reverse-step 3",
        parse: |a| Ok(Command::steps(Depth::Point, Direction::Back, a.count()?)),
    },
    Spec {
        name: "reverse-next",
        aliases: &["rn"],
        args: "[COUNT]",
        help: "Go back to the start of the module, or from there of the one before",
        keys: &[key("N", "reverse-next")],
        group: Group::Step,
        example: "reverse-next 2",
        parse: |a| Ok(Command::steps(Depth::Module, Direction::Back, a.count()?)),
    },
    Spec {
        name: "reverse-out",
        aliases: &["ro"],
        args: "[COUNT]",
        help: "Go back to the start of the layer, or from there of the one before",
        keys: &[key("O", "reverse-out")],
        group: Group::Step,
        example: "reverse-out 2",
        parse: |a| Ok(Command::steps(Depth::Layer, Direction::Back, a.count()?)),
    },
    Spec {
        name: "continue",
        aliases: &["c"],
        args: "",
        help: "Run to the next breakpoint, or to the logits",
        keys: &[key("c", "continue")],
        group: Group::Step,
        example: "continue",
        parse: |a| a.none(Command::go_on(Direction::Forward)),
    },
    Spec {
        name: "reverse-continue",
        aliases: &["rc"],
        args: "",
        help: "Run back to the breakpoint before, or to the first hook point",
        keys: &[key("C", "reverse-continue")],
        group: Group::Step,
        example: "reverse-continue",
        parse: |a| a.none(Command::go_on(Direction::Back)),
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
                Some(name) => Command::until(name),
                None => Command::steps(Depth::Module, Direction::Forward, 1),
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
        parse: |a| a.required("NAME|WEIGHT").map(Command::goto),
    },
    Spec {
        name: "top",
        aliases: &["first"],
        args: "",
        help: "Go to the first hook point: the embedding",
        keys: &[key("<", "top"), key("gg", "top")],
        group: Group::Go,
        example: "top",
        parse: |a| {
            a.none(Command::new(Kind::Top, (), |d, ()| {
                d.go_to_top();
                Ok(Outcome::Done)
            }))
        },
    },
    Spec {
        name: "end",
        aliases: &["last"],
        args: "",
        help: "Go to the last hook point: the logits, where there are any",
        keys: &[key(">", "end"), key("G", "end")],
        group: Group::Go,
        example: "end",
        parse: |a| {
            a.none(Command::new(Kind::End, (), |d, ()| {
                d.go_to_end();
                Ok(Outcome::Done)
            }))
        },
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
];
