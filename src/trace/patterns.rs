//! Statistics of heads and attention rollout, read from the patterns of any source.

use super::head_map::{HeadMap, HeadRow, HeadText, Rollout, RolloutRow, Statistic};
use super::hook::{self, Layer};
use super::plan::HookPoint;
use super::source::{Control, Pass, Progress, Source, SourceError, Work};
use super::source_ext::SourceExt;
use super::tensor::{Pick, Slice};

/// Elements of a pattern that are read at once.
const AT_ONCE: usize = 1 << 20;

/// A statistic of each head of each block.
///
/// # Errors
/// Errors of the source, a wish to stop among them; no token of the text counts for the statistic.
pub fn head_map(
    source: &mut dyn Source,
    pass: usize,
    statistic: Statistic,
    text: HeadText,
    control: &Control,
) -> Result<HeadMap, SourceError> {
    if text != HeadText::Prompt {
        return Err(SourceError::NeedsEngine("error-engine-text"));
    }
    let found = found(source, pass)?;
    let ids: Vec<u32> = found.tokens.iter().map(|t| t.id).collect();
    let points = points(&found);
    let (mut layers, mut missing, mut queries) = (Vec::new(), None, 0);
    for (done, &(layer, point)) in points.iter().enumerate() {
        let at = Work::Layer(Layer::Block(layer));
        let total = points.len();
        control.check(Progress { at, done, total })?;
        let hook = &found.plan.points()[point];
        let mut sums = vec![0.0; hook.shape[0]];
        let mut counted = 0;
        let read = rows(source, (pass, point), control, |query, row| {
            // Entries behind keys are no tokens.
            let tokens = row.keys.min(ids.len());
            let of = |head| statistic.of_row(&ids, found.start + query, &row.head(head)[..tokens]);
            let own: Option<Vec<f64>> = (0..sums.len()).map(of).collect();
            if let Some(own) = own {
                sums.iter_mut().zip(own).for_each(|(sum, x)| *sum += x);
                counted += 1;
            }
        });
        let heads = match read {
            Ok(()) if counted == 0 => return Err(none_counts(statistic)),
            Ok(()) => sums.iter().map(|sum| sum / f64::from(counted)).collect(),
            Err(why @ SourceError::NotRecorded(_)) => {
                missing.get_or_insert(why);
                Vec::new()
            }
            Err(why) => return Err(why),
        };
        queries = queries.max(counted);
        let point = hook::short(&hook.name);
        layers.push(HeadRow {
            point,
            layer,
            heads,
        });
    }
    match missing {
        Some(why) if layers.iter().all(|row| row.heads.is_empty()) => Err(why),
        missing => Ok(HeadMap {
            statistic,
            definition: statistic.definition().into(),
            queries: queries as usize,
            layers,
            missing: missing.map(|why| why.to_string()),
        }),
    }
}

fn none_counts(statistic: Statistic) -> SourceError {
    let (word, definition) = (statistic.word(), statistic.definition());
    let way = match statistic {
        Statistic::Induction => ": `heads induction repeated` gives the model a text that repeats",
        Statistic::Same => ": a longer prompt, or one that says something twice, has some",
        _ => ": a prompt of two tokens has one",
    };
    SourceError::Slice(format!(
        "no token of this pass counts for {word} ({definition}){way}"
    ))
}

/// How much of a row, after block `layer`, comes from each token's row before each block.
///
/// # Errors
/// Errors of the source: every pattern up to the block is needed, in earlier passes too.
pub fn rollout(
    source: &mut dyn Source,
    pass: usize,
    row: usize,
    layer: Option<usize>,
    control: &Control,
) -> Result<Rollout, SourceError> {
    let last = found(source, pass)?;
    let count = last.rows();
    let token = last.start.saturating_add(row);
    if row >= count {
        return Err(SourceError::Slice(format!("row {row} of {count} tokens")));
    }
    let mut points = points(&last);
    if let Some(layer) = layer {
        if !points.iter().any(|(own, _)| *own == layer) {
            let why = format!("block {layer} has no pattern to roll out from");
            return Err(SourceError::Slice(why));
        }
        points.retain(|(own, _)| *own <= layer);
    }
    let passes: Vec<Pass> = source.passes()[..=pass].to_vec();
    let mut shares = vec![0.0; last.tokens.len()];
    shares[token] = 1.0;
    let mut layers = Vec::new();
    for (done, &(layer, point)) in points.iter().rev().enumerate() {
        let at = Work::Layer(Layer::Block(layer));
        let total = points.len();
        control.check(Progress { at, done, total })?;
        // Tokens before the first recorded pass have no rows, and keep their shares.
        let mut before = vec![0.0; shares.len()];
        before[..passes[0].start].copy_from_slice(&shares[..passes[0].start]);
        for (index, own) in passes.iter().enumerate() {
            let heads = own.plan.points()[point].shape[0];
            rows(source, (index, point), control, |query, row| {
                let at = own.start + query;
                let share = shares[at];
                if share == 0.0 {
                    return;
                }
                let mean = |key: usize| (0..heads).map(|h| row.head(h)[key]).sum::<f64>();
                let mean: Vec<f64> = (0..row.keys).map(|key| mean(key) / heads as f64).collect();
                // The pattern and the residual connection count half each, made to sum to 1.
                let all = 1.0 + mean.iter().sum::<f64>();
                for (before, p) in before.iter_mut().zip(mean) {
                    *before += share * p / all;
                }
                before[at] += share / all;
            })?;
        }
        shares = before;
        let shares = shares.clone();
        layers.push(RolloutRow { layer, shares });
    }
    layers.reverse();
    Ok(Rollout { token, layers })
}

/// Each block's pattern: its number, and its place in the plan.
fn points(pass: &Pass) -> Vec<(usize, usize)> {
    let points = pass.plan.points().iter().enumerate();
    let patterns = points.filter(|(_, hook)| hook::leaf(&hook.name) == "pattern");
    let block = |(at, hook): (usize, &HookPoint)| match hook.layer() {
        Layer::Block(layer) => Some((layer, at)),
        _ => None,
    };
    patterns.filter_map(block).collect()
}

fn found(source: &dyn Source, pass: usize) -> Result<Pass, SourceError> {
    let last = source.passes().len().saturating_sub(1);
    let none = SourceError::NoSuchPass { pass, last };
    source.passes().get(pass).cloned().ok_or(none)
}

/// One query's row of a pattern, for each head.
struct Row<'a> {
    /// `[head, query, key]`
    values: &'a [f64],
    query: usize,
    queries: usize,
    keys: usize,
}

impl Row<'_> {
    fn head(&self, head: usize) -> &[f64] {
        let at = (head * self.queries + self.query) * self.keys;
        &self.values[at..at + self.keys]
    }
}

/// Give `each` every query of a pattern `[head, query, key]`, with its row.
fn rows(
    source: &mut dyn Source,
    (pass, point): (usize, usize),
    control: &Control,
    mut each: impl FnMut(usize, &Row),
) -> Result<(), SourceError> {
    let shape = source.passes()[pass].plan.points()[point].shape.clone();
    let &[heads, all, keys] = &shape[..] else {
        return Err(SourceError::Slice(format!("a pattern of shape {shape:?}")));
    };
    let step = (AT_ONCE / (heads * keys).max(1)).max(1);
    for first in (0..all).step_by(step) {
        control.go_on()?;
        let queries = step.min(all - first);
        let span = Pick::Span(first..first + queries);
        let slice = Slice(vec![Pick::Span(0..heads), span]);
        let values = source.values(pass, point, &slice)?.data;
        for query in 0..queries {
            let row = Row {
                values: &values,
                query,
                queries,
                keys,
            };
            each(first + query, &row);
        }
    }
    Ok(())
}
