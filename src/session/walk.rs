//! A whole pass as text, in the order it is computed: what is shown where there is no terminal.

use std::io::{self, Write};
use std::ops::Range;

use unicode_width::UnicodeWidthStr;

use super::format;
use crate::trace::hook::{self, Layer};
use crate::trace::plan::{HookPoint, Plan};
use crate::trace::source::{Control, ModelInfo, Pass, PredictionTarget, Source, SourceError};
use crate::trace::source_ext::SourceExt;
use crate::trace::tensor::{Distribution, Pick, Slice, Summary};

/// Candidates shown for the next token.
const TOP: usize = 5;
/// Rows and columns of a matrix that are shown.
const CORNER: (usize, usize) = (6, 6);
/// Elements shown of a vector.
const VECTOR: usize = 8;

#[derive(Debug, thiserror::Error)]
pub enum WalkError {
    #[error(transparent)]
    Source(#[from] SourceError),
    #[error("cannot write the walk")]
    Write(#[from] io::Error),
}

/// Which pass is walked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Walked {
    pub pass: usize,
    /// The row that lenses read; `None` for the one that is looked at before one is chosen.
    pub row: Option<usize>,
}

/// Write a pass of `source` to `out`: each hook point with its shape and summary, a corner of the matrices
/// that tell most, the next token as it looks after each layer, and at the end the distribution.
///
/// # Errors
/// Errors of the source, a wish to stop among them, and a closed `out`.
pub fn walk(
    source: &mut dyn Source,
    walked: Walked,
    control: &Control,
    out: &mut dyn Write,
) -> Result<(), WalkError> {
    let model = source.model().clone();
    let found = source.passes().get(walked.pass).cloned();
    let pass = found.ok_or_else(|| {
        let last = source.passes().len() - 1;
        SourceError::Slice(format!("there are passes 0 to {last}"))
    })?;
    let walk = Walk::new(&model, walked, pass, control);
    let Walk { pass, tokens, .. } = &walk;
    writeln!(
        out,
        "{} · {} · {} layers · {} {}",
        model.name, model.family, model.n_layers, model.dtype, model.device
    )?;
    let text = match walked.pass {
        0 => "prompt".to_owned(),
        n => format!("pass {n}"),
    };
    writeln!(
        out,
        "{text}: {} ({} tokens)",
        tokens.join("│"),
        tokens.len()
    )?;
    let (names, shapes) = walk.widths;
    writeln!(
        out,
        "\n{:names$}  {:shapes$}  {:>9} {:>9} {:>9} {:>9}",
        "hook point", "shape", "min", "max", "mean", "std"
    )?;
    let layers = layers(&pass.plan);
    let (embed, blocks) = layers.split_at(layers.len().min(1));
    walk.layers(source, embed, out)?;
    for layers in blocks.chunks(layers_at_once(&model)) {
        walk.layers(source, layers, out)?;
    }
    let end = pass.plan.len() - 1;
    if pass.plan.has_logits() {
        distribution(
            walk.target,
            &source.lens(walked.pass, end, walk.row, TOP, 1.0)?,
            out,
        )
    } else {
        walk.vector(source, end, out)
    }
}

/// The hook points of each layer.
fn layers(plan: &Plan) -> Vec<Range<usize>> {
    let mut layers: Vec<Range<usize>> = Vec::new();
    for points in plan.points().chunk_by(|a, b| a.layer() == b.layer()) {
        let start = layers.last().map_or(0, |before| before.end);
        layers.push(start..start + points.len());
    }
    layers
}

/// How many layers' texts wait for one another, so that the unembedding is read once for all their ends.
/// It has d_vocab·d_model weights and a block about 12·d_model² (Kaplan et al. 2020): as many blocks as
/// weigh twice as much take about as long as that one reading, and large ones are written one by one.
fn layers_at_once(model: &ModelInfo) -> usize {
    (model.d_vocab / 6 / model.d_model.max(1)).max(1)
}

/// The part of a walk that is the same for all its lines.
struct Walk<'a> {
    /// Its place among the source's.
    index: usize,
    pass: Pass,
    control: &'a Control,
    /// The row that lenses read, and what they say of it.
    row: usize,
    target: PredictionTarget,
    /// Tokens as they are shown.
    tokens: Vec<String>,
    /// Columns of names and of shapes.
    widths: (usize, usize),
}

impl<'a> Walk<'a> {
    fn new(model: &ModelInfo, walked: Walked, pass: Pass, control: &'a Control) -> Walk<'a> {
        let row = walked.row.unwrap_or(model.first_row(&pass));
        let widest = |of: &dyn Fn(&HookPoint) -> usize| {
            let points = pass.plan.points();
            points.iter().map(of).max().unwrap_or(0)
        };
        Walk {
            index: walked.pass,
            control,
            row,
            target: model.prediction_target(&pass, row),
            tokens: pass.tokens.iter().map(|t| format::token(&t.text)).collect(),
            widths: (
                widest(&|p| hook::short(&p.name).width()),
                widest(&|p| format::shape(p).width()),
            ),
            pass,
        }
    }

    /// The hook points of some layers, and at the end of each block what is seen from there.
    fn layers(
        &self,
        source: &mut dyn Source,
        layers: &[Range<usize>],
        out: &mut dyn Write,
    ) -> Result<(), WalkError> {
        let plan = &self.pass.plan;
        let mut text = Vec::new();
        // Where in `text` and at which hook point blocks end.
        let mut ends: Vec<(usize, usize)> = Vec::new();
        let walked = layers.iter().try_for_each(|layer| {
            self.hook_points(source, layer.clone(), &mut text)?;
            let last = layer.end - 1;
            if matches!(plan.points()[last].layer(), Layer::Block(_)) && plan.has_logits() {
                ends.push((text.len(), last));
            }
            Ok::<_, WalkError>(())
        });
        let points: Vec<usize> = ends.iter().map(|&(_, point)| point).collect();
        let lenses = source.lenses(self.index, &points, self.row, 3, 1.0, self.control);
        // Lines that are ready go out before an error.
        let mut written = 0;
        for (&(end, _), lens) in ends.iter().zip(lenses.iter().flatten()) {
            out.write_all(&text[written..end])?;
            seen_from_here(self.target, lens, out)?;
            written = end;
        }
        out.write_all(&text[written..])?;
        walked.and(lenses.map(|_| ()).map_err(WalkError::from))
    }

    /// The hook points of one layer under its name.
    fn hook_points(
        &self,
        source: &mut dyn Source,
        points: Range<usize>,
        out: &mut dyn Write,
    ) -> Result<(), WalkError> {
        let plan = &self.pass.plan;
        let (names, shapes) = self.widths;
        writeln!(out, "\n── {} ──", plan.points()[points.start].layer())?;
        for i in points {
            let point = &plan.points()[i];
            self.control.go_on()?;
            let summary = source.summary(self.index, i, self.control)?;
            writeln!(
                out,
                "{:names$}  {:shapes$}  {}",
                hook::short(&point.name),
                format::shape(point),
                numbers(&summary, &point.name)
            )?;
            if matches!(
                hook::leaf(&point.name),
                "embed" | "pos_embed" | "token_type_embed" | "pattern"
            ) {
                self.corner(source, i, out)?;
            }
        }
        Ok(())
    }

    /// The upper left of a matrix, of the first head where there are several.
    fn corner(
        &self,
        source: &mut dyn Source,
        point: usize,
        out: &mut dyn Write,
    ) -> Result<(), WalkError> {
        let hook = &self.pass.plan.points()[point];
        // Rows are those that the pass runs, columns of a pattern all tokens.
        let tokens = &self.tokens[self.pass.start..];
        let axes = hook.shape.len();
        let rows = hook.shape[axes - 2].min(CORNER.0);
        let cols = hook.shape[axes - 1].min(CORNER.1);
        let mut picks: Vec<Pick> = Vec::new();
        if hook.head_axis() == Some(0) {
            picks.push(Pick::At(0));
            writeln!(
                out,
                "  head 0: how much each token (row) attends to each (column)"
            )?;
        }
        picks.extend([Pick::Span(0..rows), Pick::Span(0..cols)]);
        let values = source.values(self.index, point, &Slice(picks))?;
        let gutter = tokens
            .iter()
            .take(rows)
            .map(|t| t.width())
            .max()
            .unwrap_or(0);
        for (row, label) in values.data.chunks_exact(cols.max(1)).zip(tokens) {
            let pad = " ".repeat(gutter - label.width());
            let cells: Vec<String> = row.iter().map(|x| format!("{x:8.3}")).collect();
            let more = if hook.shape[axes - 1] > cols {
                " …"
            } else {
                ""
            };
            writeln!(out, "  {label}{pad} {}{more}", cells.concat())?;
        }
        Ok(())
    }

    /// The end of a model that gives no logits: the first elements of its vector for the text, or of the
    /// first token's.
    fn vector(
        &self,
        source: &mut dyn Source,
        point: usize,
        out: &mut dyn Write,
    ) -> Result<(), WalkError> {
        let hook = &self.pass.plan.points()[point];
        let axes = hook.shape.len();
        let first = (0..axes).map(|axis| {
            if axis + 1 == axes {
                Pick::Span(0..hook.shape[axis].min(VECTOR))
            } else {
                Pick::At(0)
            }
        });
        let values = source.values(self.index, point, &Slice(first.collect()))?;
        let shown: Vec<String> = values.data.iter().map(|x| format!("{x:8.4}")).collect();
        writeln!(
            out,
            "\nno logits: this model ends in {} {}\n  {} …",
            hook::short(&hook.name),
            format::shape(hook),
            shown.concat()
        )?;
        Ok(())
    }
}

fn seen_from_here(
    target: PredictionTarget,
    lens: &Distribution,
    out: &mut dyn Write,
) -> io::Result<()> {
    let top: Vec<String> = lens
        .top
        .iter()
        .map(|c| format!("{} {:.1} %", format::token(&c.text), c.prob * 100.0))
        .collect();
    let words = match target {
        PredictionTarget::Next => "next",
        PredictionTarget::Masked => "the masked token",
        PredictionTarget::Own => "this token",
    };
    writeln!(out, "  seen from here, {words} is: {}", top.join(", "))
}

/// Min, max, mean, standard deviation, and how many elements are not finite.
fn numbers(s: &Summary, name: &str) -> String {
    let mut text = [s.min, s.max, s.mean, s.std]
        .map(|x| format::number(x, 9))
        .join(" ");
    if s.nan > 0 {
        text += &format!("  nan {}", s.nan);
    }
    match (s.inf, hook::leaf(name)) {
        (0, _) => {}
        (n, "attn_scores" | "index_scores") => text += &format!("  masked {n}"),
        (n, _) => text += &format!("  inf {n}"),
    }
    text
}

fn distribution(
    target: PredictionTarget,
    d: &Distribution,
    out: &mut dyn Write,
) -> Result<(), WalkError> {
    writeln!(out, "\n{target} (entropy {:.2} nats)", d.entropy)?;
    let gutter = d
        .top
        .iter()
        .map(|c| format::token(&c.text).width())
        .max()
        .unwrap_or(0);
    for c in &d.top {
        let text = format::token(&c.text);
        let pad = " ".repeat(gutter - text.width());
        let bar = "▇".repeat((c.prob * 30.0).round() as usize);
        writeln!(
            out,
            "  {text}{pad} {:5.1} %  logit {:7.2}  {bar}",
            c.prob * 100.0,
            c.logit
        )?;
    }
    Ok(())
}
