//! Replies of commands as people read them, the same in batch mode and on the screen.

use unicode_width::UnicodeWidthStr;

use super::reply::{Reply, Seen};
use super::{details, format, interventions, reply_branches, reply_sweep, reply_views};
use crate::trace::source::PredictionTarget;
use crate::trace::tensor::Candidate;
use crate::trace::token::texts_missing;

/// Columns that a token has at most where there are several in a line.
const MOST_OF_TOKEN: usize = 14;

impl Reply {
    /// The reply as people read it: columns aligned, numbers in fixed width.
    pub fn text(&self) -> String {
        match self {
            Reply::At {
                pass,
                step,
                steps,
                name,
                axes,
                ..
            } => {
                format!("pass {pass} · step {step}/{steps} · {name} {axes}")
            }
            Reply::Values {
                name,
                of,
                asked,
                shape,
                values,
                recomputed,
            } => {
                let all = if of.len() == asked.len() && of != asked {
                    format!(" of {of:?}")
                } else {
                    String::new()
                };
                let again = recomputed.map(format::recomputed);
                let again = again.map_or(String::new(), |text| format!(" {text}"));
                let shown = shown(shape, asked);
                let counts = name.ends_with("expert_indices");
                let cells = matrices(shape, values, counts);
                format!("{name} {shown}{all}{again}{cells}")
            }
            Reply::Found {
                name,
                pass,
                index,
                value,
            } => {
                let value = format::number(*value, 0);
                format!("pass {pass} · {name}{index:?} = {value}")
            }
            Reply::Each { replies } => lists(replies).unwrap_or_else(|| {
                let texts: Vec<String> = replies.iter().map(Reply::text).collect();
                texts.join("\n")
            }),
            Reply::Next {
                name,
                read,
                target,
                distribution: d,
            } => {
                let mut text =
                    format!("{target}, seen from {read} (entropy {:.2} nats)", d.entropy);
                if name != read {
                    text += &format!(" · {name} is not in the stream by itself");
                }
                if let Some(lens) = &d.lens {
                    text += &format!(" · through the {lens}");
                }
                let gutter = d
                    .top
                    .iter()
                    .map(|c| format::token(&c.text).width())
                    .max()
                    .unwrap_or(0);
                for c in &d.top {
                    let token = format::fit(&format::token(&c.text), gutter);
                    text += &format!(
                        "\n  {token} {}  logit {:8.3}  id {}",
                        format::percent(c.prob),
                        c.logit,
                        c.id
                    );
                }
                if let Some(note) = texts_missing(d.top.iter().map(|c| (c.id, &*c.text))) {
                    text += &format!("\n  {note}");
                }
                text
            }
            Reply::Lenses { target, at, seen } => {
                let place = if *target == PredictionTarget::Next.to_string() {
                    "after"
                } else {
                    "at"
                };
                let at = format::token(at);
                let tops = seen.iter().flat_map(|s| &s.distribution.top);
                let note = texts_missing(tops.map(|c| (c.id, &*c.text)));
                let note = note.map_or(String::new(), |note| format!("\n  {note}"));
                let through = seen.iter().find_map(|s| s.distribution.lens.as_ref());
                let through = through.map_or(String::new(), |lens| format!(" through the {lens}"));
                format!(
                    "{target} {place} {at}, seen from{through}{}{note}",
                    lenses(seen)
                )
            }
            Reply::Grid {
                target,
                points,
                tokens,
                grid,
                ..
            } => reply_views::grid(target, points, tokens, grid),
            Reply::Fidelity { rows, fidelity } => reply_views::fidelity(*rows, fidelity),
            Reply::Attribution { at, attribution } => reply_views::attribution(at, attribution),
            Reply::Split { tokens, split } => reply_views::split(tokens, split),
            Reply::Inputs { at, inputs } => reply_sweep::inputs(at, inputs),
            Reply::HeadMap(map) => reply_views::head_map(map),
            Reply::Sweep(map) => reply_sweep::sweep(map),
            Reply::Rollout {
                at,
                tokens,
                rollout,
            } => reply_views::rollout(at, tokens, rollout),
            Reply::Neurons { layer, at, neurons } => reply_views::neurons(*layer, at, neurons),
            Reply::Score(score) => reply_views::score(score),
            Reply::Info {
                name,
                axes,
                formula,
                text,
                summary: s,
                masked,
                ..
            } => {
                let inf = s.inf.saturating_sub(*masked);
                let masked = match masked {
                    0 => String::new(),
                    n => format!(" masked {n}"),
                };
                let text = text.replace('\n', "\n  ");
                format!(
                    "{name} {axes}\n  {formula}\n  {text}\n  min {:.6} max {:.6} mean {:.6} std {:.6} l2 {:.6} nan {} inf {inf}{masked}",
                    s.min, s.max, s.mean, s.std, s.l2, s.nan
                )
            }
            Reply::Stages { name, stages } => format!("{name}\n  {}", stages.shown().text()),
            Reply::Why(why) => why.text(),
            Reply::There { branch, reply } => format!("{branch}: {}", reply.text()),
            Reply::Model {
                name,
                family,
                computed_in,
                layers,
                hash,
            } => format!("{name} · {family} · {layers} layers · {computed_in}\n  hash {hash}"),
            Reply::Pass {
                pass,
                token,
                id,
                prob,
                dropped,
            } => {
                let prob = prob
                    .map(|p| format!(" {}", format::percent(p).trim()))
                    .unwrap_or_default();
                let token = format::token(token);
                let dropped = match dropped {
                    0 => String::new(),
                    1 => format!(" · pass {pass} of before dropped"),
                    n => format!(" · passes {pass} to {} of before dropped", pass + n - 1),
                };
                format!("pass {pass} · token {token} (id {id}){prob}{dropped}")
            }
            Reply::Replaced { reached } => {
                let n = reached.len();
                format!("{n} hook points follow from it and are computed anew")
            }
            Reply::Interventions { list } => interventions::text(list),
            Reply::Branches { list } => reply_branches::tree(list),
            Reply::Difference {
                difference,
                largest,
            } => reply_branches::difference(difference, largest.as_ref()),
            Reply::Intervened {
                list,
                number,
                reached,
            } => {
                let followed = interventions::reached_text(reached);
                match number.and_then(|n| list.get(n - 1)) {
                    Some(one) if one.on => {
                        let one = interventions::text(std::slice::from_ref(one));
                        format!("{one} · {followed}")
                    }
                    _ => interventions::text(list),
                }
            }
            Reply::Effect { target, effect } => interventions::effect_text(effect, target),
            Reply::Tokens { tokens } => details::text(tokens).trim_end().to_owned(),
            Reply::Wrote { path, shape } => {
                let sizes: Vec<String> = shape.iter().map(usize::to_string).collect();
                let many = match shape.as_slice() {
                    [] => "1 value".into(),
                    [n] => format!("{n} values"),
                    _ => format!("{} values", sizes.join("×")),
                };
                format!("wrote {}: {many}", path.display())
            }
            Reply::Text { text } => text.clone(),
        }
    }
}

/// A line for each hook point of which no more than one axis is printed, with its name; `None` where one
/// has more.
fn lists(replies: &[Reply]) -> Option<String> {
    let parts = replies.iter().map(|reply| match reply {
        Reply::Values {
            name,
            shape,
            values,
            ..
        } if shape.len() < 2 => Some((name, values)),
        _ => None,
    });
    let parts: Vec<(&String, &Vec<f64>)> = parts.collect::<Option<_>>()?;
    let names = parts.iter().map(|(name, _)| name.width()).max()?;
    let lines = parts.iter().map(|(name, values)| {
        let cells: String = values.iter().map(|&x| format::number(x, 9)).collect();
        format!("\n  {}{cells}", format::fit(name, names))
    });
    let lines: String = lines.collect();
    Some(format!("{} hook points{lines}", parts.len()))
}

/// A line for each hook point: its name and the most probable tokens, in columns.
fn lenses(seen: &[Seen]) -> String {
    let names = seen.iter().map(|s| s.name.width()).max().unwrap_or(0);
    let tops = seen.iter().flat_map(|s| &s.distribution.top);
    let tokens = tops.map(|c| format::token(&c.text).width()).max();
    let tokens = tokens.unwrap_or(0).min(MOST_OF_TOKEN);
    let cell = |c: &Candidate| {
        let token = format::fit(&format::token(&c.text), tokens);
        format!("  {token} {}", format::percent(c.prob))
    };
    let line = |s: &Seen| {
        let cells: String = s.distribution.top.iter().map(cell).collect();
        format!("\n  {}{cells}", format::fit(&s.name, names))
    };
    seen.iter().map(line).collect()
}

/// `[4, 12 of 64]`, and how to see the rest where not all of it is here.
fn shown(shape: &[usize], asked: &[usize]) -> String {
    let lengths: Vec<String> = shape
        .iter()
        .zip(asked)
        .map(|(here, all)| {
            if here == all {
                here.to_string()
            } else {
                format!("{here} of {all}")
            }
        })
        .collect();
    let hint = if shape == asked {
        ""
    } else {
        " · a slice such as [0, :] shows a whole axis"
    };
    format!("[{}]{hint}", lengths.join(", "))
}

/// The last two axes as rows and columns, a paragraph for each index of those before; `counts` are whole
/// numbers.
fn matrices(shape: &[usize], values: &[f64], counts: bool) -> String {
    let Some(&cols) = shape.last() else {
        return values
            .iter()
            .map(|&x| format!("\n  {}", format::number(x, 9)))
            .collect();
    };
    let rows = if shape.len() > 1 {
        shape[shape.len() - 2]
    } else {
        1
    };
    let number = |x: f64| {
        if counts {
            format!("{x:>9.0}")
        } else {
            format::number(x, 9)
        }
    };
    let mut text = String::new();
    for (i, row) in values.chunks(cols.max(1)).enumerate() {
        if shape.len() > 2 && i % rows == 0 {
            text += &format!("\n  [{}]", i / rows);
        }
        let cells: Vec<String> = row.iter().map(|&x| number(x)).collect();
        text += &format!("\n  {}", cells.concat());
    }
    text
}
