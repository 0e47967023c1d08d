//! Commands that ask why a number is what it is.

use super::super::arguments::{Arguments, ParseError, unquoted};
use super::super::{Command, Kind};
use super::inspecting::values;
use super::{Group, Spec, key};
use crate::session::views::Stage;
use crate::trace::grid::Chosen;
use crate::trace::head_map::{HeadText, Statistic};
use crate::trace::query;

/// Neurons that are listed, and tokens that a repeated random text has, where nobody says otherwise.
const NEURONS: usize = 10;
const REPEATED: usize = 25;

pub const ASKING: &[Spec] = &[
    Spec {
        name: "grid",
        aliases: &[],
        args: "[pre|mid|post|PATTERN] [of TOKEN]",
        help: "The lens at every layer and token: top token, probability, entropy, and the rank of TOKEN (next: what \
               the text goes on with), read at resid_pre, mid or post",
        keys: &[key("V", "grid")],
        group: Group::Inspect,
        example: "grid mid of next",
        parse: |a| {
            let (points, of) = match a.rest.strip_prefix("of ") {
                Some(of) => ("", Some(of)),
                None => match a.rest.split_once(" of ") {
                    Some((points, of)) => (points.trim(), Some(of)),
                    None => (a.rest, None),
                },
            };
            let of = of.map(|word| token(a, word)).transpose()?;
            let stage = Stage::named(points);
            let given = (stage, of);
            Ok(Command::new(Kind::Grid, given, |d, (stage, of)| {
                d.grid(stage.as_ref(), of.clone())
            }))
        },
    },
    Spec {
        name: "lens-file",
        aliases: &[],
        args: "FILE|none",
        help: "Read the residual stream through the tuned or Jacobian lens in a safetensors file, or by the logit lens \
               again; set lens does the same",
        keys: &[],
        group: Group::Inspect,
        example: "lens-file none",
        parse: |a| match a.file()? {
            (file, "") => Ok(a.does(file, |d, file| Ok(d.lens_file(file)))),
            (_, rest) => Err(a.wrong(rest)),
        },
    },
    Spec {
        name: "fidelity",
        aliases: &[],
        args: "[pre|mid|post|PATTERN]",
        help: "How near the lens in use and the logit lens come to the answer, layer by layer: KL divergence and how \
               often the top token is the same, over the rows of the pass",
        keys: &[],
        group: Group::Inspect,
        example: "fidelity pre",
        parse: |a| Ok(a.does(Stage::named(a.rest), |d, stage| d.fidelity(stage.as_ref()))),
    },
    Spec {
        name: "attribute",
        aliases: &["dla"],
        args: "[TOKEN] [against TOKEN]",
        help: "What embedding, positions, each head, MLP, expert and bias adds to the logit of TOKEN, the most probable \
               one without it, or to its distance to that of another",
        keys: &[key("D", "attribute")],
        group: Group::Inspect,
        example: "attribute 17 against 4",
        parse: |a| {
            let given = compared(a, a.rest)?;
            Ok(Command::new(Kind::Attribute, given, |d, (of, against)| {
                Ok(d.attribute(of.clone(), against.clone()))
            }))
        },
    },
    Spec {
        name: "split",
        aliases: &[],
        args: "[/N] [NAME] [HEAD, QUERY, KEY]",
        help: "Why this attention: a score split by who wrote the query and who wrote the key, with the N largest terms",
        keys: &[key("J", "split")],
        group: Group::Inspect,
        example: "split 2.attn_scores [1, 3, 0]",
        parse: |a| {
            let (name, slice, most) = values(a)?;
            let given = (name, slice, most);
            Ok(Command::new(
                Kind::Split,
                given,
                |d, (name, slice, most)| d.split(name.as_deref(), slice, *most),
            ))
        },
    },
    Spec {
        name: "inputs",
        aliases: &["saliency"],
        args: "[TOKEN] [against TOKEN] [steps=N]",
        help: "How much of the logit of TOKEN each token of the text accounts for, by gradients at the embeddings: \
               gradient × input, and integrated gradients of N steps",
        keys: &[key("Q", "inputs")],
        group: Group::Inspect,
        example: "inputs 17 against 4 steps=16",
        parse: |a| {
            let (text, number) = match a.rest.rsplit_once("steps=") {
                Some((text, number)) => (text.trim(), Some(number)),
                None => (a.rest, None),
            };
            let wrong = |word: &str| a.outside("steps", "error-wanted-count", word);
            let steps = match number {
                None => query::steps(),
                Some(word) => word
                    .parse()
                    .ok()
                    .filter(|n| *n > 0)
                    .ok_or_else(|| wrong(word))?,
            };
            let (of, against) = compared(a, text)?;
            let given = (of, against, steps);
            Ok(Command::new(
                Kind::Inputs,
                given,
                |d, (of, against, steps)| Ok(d.inputs(of.clone(), against.clone(), *steps)),
            ))
        },
    },
    Spec {
        name: "heads",
        aliases: &[],
        args: "[previous|first|same|induction|entropy|distance] [repeated]",
        help: "Every head of every layer as a number that names what it does, on this pass, or on random tokens that \
               repeat",
        keys: &[key("A", "heads")],
        group: Group::Inspect,
        example: "heads induction repeated",
        parse: |a| {
            let mut words = a.rest.split_whitespace().peekable();
            let statistic = words.next_if(|word| *word != "repeated");
            let statistic = statistic.map(|w| Statistic::named(w).ok_or_else(|| a.wrong(w)));
            let text = match words.next() {
                None => HeadText::Prompt,
                Some("repeated") => HeadText::Repeated {
                    tokens: REPEATED,
                    seed: 0,
                },
                Some(word) => return Err(a.wrong(word)),
            };
            if let Some(word) = words.next() {
                return Err(a.wrong(word));
            }
            let given = (statistic.transpose()?, text);
            Ok(Command::new(Kind::Heads, given, |d, (statistic, text)| {
                Ok(d.head_map(*statistic, *text))
            }))
        },
    },
    Spec {
        name: "rollout",
        aliases: &[],
        args: "[LAYER]",
        help: "Attention rollout: how much of the cursor's row after block LAYER, the last without it, comes from each \
               token (Abnar & Zuidema 2020)",
        keys: &[key("r", "rollout")],
        group: Group::Inspect,
        example: "rollout 2",
        parse: |a| {
            let layer = a.optional_number("LAYER")?;
            Ok(Command::new(Kind::Rollout, layer, |d, layer| {
                Ok(d.rollout(*layer))
            }))
        },
    },
    Spec {
        name: "neurons",
        aliases: &[],
        args: "[K] [LAYER]",
        help: "The K neurons that write most at the cursor's row in the MLP of block LAYER, the cursor's without it, and \
               the tokens that their output weights favour",
        keys: &[key("f", "neurons")],
        group: Group::Inspect,
        example: "neurons 5 2",
        parse: |a| {
            let mut words = a.rest.split_whitespace();
            let mut number = || {
                let word = words.next();
                word.map(|w| w.parse::<usize>().map_err(|_| a.wrong(w)))
                    .transpose()
            };
            let (k, layer) = (number()?.unwrap_or(NEURONS), number()?);
            if k == 0 {
                return Err(a.outside("K", "error-wanted-count", "0"));
            }
            match words.next() {
                Some(word) => Err(a.wrong(word)),
                None => Ok(a.does((k, layer), |d, (k, layer)| d.neurons(*k, *layer))),
            }
        },
    },
    Spec {
        name: "score",
        aliases: &["surprisal"],
        args: "",
        help: "Surprisal and rank of every token of the text, by what was predicted before it",
        keys: &[key("u", "score")],
        group: Group::Inspect,
        example: "score",
        parse: |a| a.none(Command::new(Kind::Score, (), |d, ()| Ok(d.score()))),
    },
];

/// `[TOKEN] [against TOKEN]`
fn compared(a: &Arguments, text: &str) -> Result<(Option<Chosen>, Option<Chosen>), ParseError> {
    let (of, against) = match text.strip_prefix("against ") {
        Some(against) => ("", Some(against)),
        None => match text.split_once(" against ") {
            Some((of, against)) => (of.trim(), Some(against)),
            None => (text, None),
        },
    };
    let of = match of {
        "" => None,
        of => Some(token(a, of)?),
    };
    Ok((of, against.map(|word| token(a, word)).transpose()?))
}

/// A token as people name it: an id, a text, in quotes where it reads as another word, or `next`.
pub fn token(a: &Arguments, word: &str) -> Result<Chosen, ParseError> {
    let word = word.trim();
    let text = unquoted(word);
    if text.is_empty() {
        return Err(a.missing("TOKEN"));
    }
    Ok(match word.parse() {
        Ok(id) => Chosen::Id(id),
        Err(_) if word == "next" => Chosen::Next,
        Err(_) => Chosen::Text(text.to_owned()),
    })
}
