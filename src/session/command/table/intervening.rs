//! Commands about interventions: what if a value were another.

use super::super::super::ask::Ask;
use super::super::super::debugger::Outcome;
use super::super::arguments::{Arguments, ParseError};
use super::super::change::{self, Changed, Line};
use super::super::sweep::Typed;
use super::super::{Command, Kind};
use super::asking::token;
use super::{Group, Spec, key};
use crate::trace::intervention::{Change, Revision};
use crate::trace::query::Job;

/// A command that makes an intervention: what `read` reads of its line, then the hook point and the slice.
fn makes(
    a: &Arguments,
    read: fn(&Arguments, &mut Line) -> Result<Change, ParseError>,
) -> Result<Command, ParseError> {
    let changed = Changed::read(a, read)?;
    Ok(a.does(changed, |d, changed| d.intervene(changed)))
}

/// A command that changes the list.
fn revises(a: &Arguments, revision: Revision) -> Command {
    a.does(revision, |_, revision| {
        let revision = revision.clone();
        Ok(Outcome::Job(Job::Intervene { revision }))
    })
}

pub const INTERVENING: &[Spec] = &[
    Spec {
        name: "zero",
        aliases: &["ablate"],
        args: "[NAME|PATTERN] [SLICE]",
        help: "Put 0 in the place of a value, or of a part of it: zero 5.z [:, 2] is head 2 of block 5",
        keys: &[key("Z", "zero ")],
        group: Group::WhatIf,
        example: "zero 1.z [:, 2]",
        parse: |a| makes(a, |_, _| Ok(Change::Zero)),
    },
    Spec {
        name: "mean",
        aliases: &[],
        args: "[over FILE] [NAME|PATTERN] [SLICE]",
        help: "Put the mean of all positions in each one's place, or that of the prompts in a file, a line each",
        keys: &[],
        group: Group::WhatIf,
        example: "mean 1.z [:, 2]",
        parse: |a| makes(a, change::mean),
    },
    Spec {
        name: "resample",
        aliases: &[],
        args: "[seed=N] [from \"PROMPT\"] [NAME|PATTERN] [SLICE]",
        help: "Put rows drawn at random in the place of a value's: its own in another order, or another prompt's",
        keys: &[],
        group: Group::WhatIf,
        example: "resample seed=1 from \"中国人\" 1.z [:, 2]",
        parse: |a| makes(a, change::resample),
    },
    Spec {
        name: "put",
        aliases: &[],
        args: "V [NAME|PATTERN] [SLICE]",
        help: "Put the number V in the place of a value; set V does the same",
        keys: &[],
        group: Group::WhatIf,
        example: "put 0.5 1.pattern [0, -1, 0]",
        parse: |a| makes(a, |a, line| line.number(a, "V").map(Change::Put)),
    },
    Spec {
        name: "scale",
        aliases: &[],
        args: "F [NAME|PATTERN] [SLICE]",
        help: "Multiply a value by F",
        keys: &[],
        group: Group::WhatIf,
        example: "scale 2 1.mlp_out",
        parse: |a| makes(a, |a, line| line.number(a, "F").map(Change::Scale)),
    },
    Spec {
        name: "add",
        aliases: &["steer"],
        args: "FILE[:TENSOR]|\"PROMPT\"-\"PROMPT\" [×F] [NAME|PATTERN] [SLICE]",
        help: "Add a direction to each row: a tensor of a safetensors file, or what the last row of one prompt has \
               there less that of another",
        keys: &[],
        group: Group::WhatIf,
        example: "add \"中国\"-\"人民\" ×2 1.resid_pre",
        parse: |a| makes(a, change::add),
    },
    Spec {
        name: "patch",
        aliases: &[],
        args: "TRACE|branch NAME|pass N|row N [row N] [NAME|PATTERN] [SLICE]",
        help: "Put what stands there in a trace of the same model, in another branch, in another pass or in another row",
        keys: &[],
        group: Group::WhatIf,
        example: "patch row 0 1.resid_pre [-1]",
        parse: |a| makes(a, change::patch),
    },
    Spec {
        name: "forbid",
        aliases: &[],
        args: "TOKEN",
        help: "Never choose TOKEN from this pass on: its logit becomes -inf; put V logits [-1, ID] edits a logit",
        keys: &[key("F", "forbid ")],
        group: Group::WhatIf,
        example: "forbid 17",
        parse: |a| {
            let token = token(a, a.rest)?;
            Ok(a.does(token, |d, token| d.forbid(token)))
        },
    },
    Spec {
        name: "sweep",
        aliases: &[],
        args: "[\"CLEAN\"] [\"CORRUPTED\"]|from FILE [patch|zero|mean|resample] [over resid|heads|PATTERN] \
               [by position|head|whole] [into NAME|PATTERN [SLICE],…] [measure diff [A B]|prob [A]|kl] [at ROW] [random N] \
               [seed N] [gradient] [to FILE]",
        help: "Change one part after another and measure the answer: clean values put into the run of a corrupted \
               prompt (activation patching), along paths into some receivers only, or parts ablated; with random changes of the \
               same size, and with estimates from a gradient",
        keys: &[key("P", "sweep ")],
        group: Group::WhatIf,
        example: "sweep \"人民\" over heads measure kl",
        parse: |a| {
            let typed = Typed::read(a)?;
            Ok(Command::new(Kind::Sweep, typed, |d, typed| d.sweep(typed)))
        },
    },
    Spec {
        name: "interventions",
        aliases: &["il"],
        args: "",
        help: "List interventions with their numbers",
        keys: &[key("I", "interventions")],
        group: Group::WhatIf,
        example: "interventions",
        parse: |a| a.none(a.does((), |_, ()| Ok(Outcome::Ask(Ask::Interventions)))),
    },
    Spec {
        name: "intervention",
        aliases: &[],
        args: "N",
        help: "Turn intervention N on or off",
        keys: &[],
        group: Group::WhatIf,
        example: "intervention 1",
        parse: |a| Ok(revises(a, Revision::Toggle(a.number("N")?))),
    },
    Spec {
        name: "undo",
        aliases: &[],
        args: "",
        help: "Take back the last change to the interventions",
        keys: &[key("U", "undo")],
        group: Group::WhatIf,
        example: "undo",
        parse: |a| a.none(revises(a, Revision::Undo)),
    },
    Spec {
        name: "redo",
        aliases: &[],
        args: "",
        help: "Make the change again that undo took back",
        keys: &[key("ctrl-r", "redo")],
        group: Group::WhatIf,
        example: "redo",
        parse: |a| a.none(revises(a, Revision::Redo)),
    },
    Spec {
        name: "clear",
        aliases: &[],
        args: "",
        help: "Take all interventions away; undo brings them back",
        keys: &[],
        group: Group::WhatIf,
        example: "clear",
        parse: |a| a.none(revises(a, Revision::Clear)),
    },
    Spec {
        name: "effect",
        aliases: &[],
        args: "[K]",
        help: "The answer before and after the interventions: KL divergence, and the K tokens that moved the most",
        keys: &[key("W", "effect")],
        group: Group::WhatIf,
        example: "effect 5",
        parse: |a| {
            let k = match a.optional_number("K")? {
                Some(0) => return Err(a.outside("K", "error-wanted-count", "0")),
                k => k.unwrap_or(10),
            };
            Ok(a.does(k, |d, k| Ok(d.effect(*k))))
        },
    },
];
