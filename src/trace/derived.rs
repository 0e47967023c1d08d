//! Questions whose answers follow from answers to others, and so are the same for every source.

use super::grid::Chosen;
use super::kept;
use super::patterns;
use super::query::{Answer, Query, Sampling, Temperature};
use super::sampling::{self, SamplingStages};
use super::score::{Score, Scored};
use super::search;
use super::source::{Control, Source, SourceError};
use super::tensor::{Distribution, Pick, Slice, Values};
use super::token::Token;

/// The answer to a question that a source leaves to what it has answered already.
///
/// # Errors
/// Errors of the source, a wish to stop among them; [`SourceError::NeedsEngine`] for a question that does not
/// follow from others.
pub fn answer(
    source: &mut dyn Source,
    query: &Query,
    control: &Control,
) -> Result<Answer, SourceError> {
    Ok(match query {
        Query::Find {
            pass,
            point,
            behind,
            test,
            direction,
        } => {
            let from = (*pass, point.as_str(), behind.as_deref());
            let found = search::next_value(source, from, *test, *direction, control)?;
            Answer::Find { found }
        }
        Query::HeadMap {
            pass,
            statistic,
            text,
        } => {
            let (statistic, text) = (*statistic, *text);
            Answer::HeadMap(patterns::head_map(source, *pass, statistic, text, control)?)
        }
        Query::Rollout { pass, row, layer } => {
            Answer::Rollout(patterns::rollout(source, *pass, *row, *layer, control)?)
        }
        Query::Score { pass } => Answer::Score(score(source, *pass, control)?),
        Query::Attribute { .. } => {
            return Err(SourceError::NeedsEngine("error-engine-attribution"));
        }
        Query::Fidelity { .. } => return Err(SourceError::NeedsEngine("error-engine-fidelity")),
        Query::Split { .. } => return Err(SourceError::NeedsEngine("error-engine-split")),
        Query::Inputs { .. } => return Err(SourceError::NeedsEngine("error-engine-gradient")),
        Query::Sweep(_) => return Err(SourceError::NeedsEngine("error-engine-sweep")),
        Query::Neurons { .. } => return Err(SourceError::NeedsEngine("error-engine-neurons")),
        Query::Kept { pass, name, slice } => {
            Answer::Kept(kept(source, *pass, name, slice, control)?)
        }
        Query::Sampling {
            pass,
            row,
            k,
            sampling,
        } => {
            let temperature = Temperature::new(sampling.temperature).unwrap_or_default();
            let lens = Query::Lens {
                pass: *pass,
                point: "logits".into(),
                row: *row,
                k: *k,
                temperature,
            };
            let values = Query::Values {
                pass: *pass,
                point: "logits".into(),
                slice: Slice(vec![Pick::At(*row)]),
            };
            let answers = (
                source.answer(&lens, control)?,
                source.answer(&values, control)?,
            );
            let (Answer::Lens(top), Answer::Values(logits)) = answers else {
                return Err(SourceError::NeedsEngine("error-engine-answer"));
            };
            Answer::Sampling(staged(&logits.data, sampling, &top)?)
        }
        Query::Weight { .. } | Query::WeightSummary { .. } => {
            return Err(SourceError::NeedsEngine("error-engine-weight"));
        }
        Query::Operands { .. } => return Err(SourceError::PutTogether("operands")),
        Query::Why { .. } => return Err(SourceError::PutTogether("why")),
        _ => return Err(SourceError::NeedsEngine("error-engine-answer")),
    })
}

/// Surprisal and rank of each token up to the last of a pass, read from the logits of the row before it.
fn score(source: &mut dyn Source, last: usize, control: &Control) -> Result<Score, SourceError> {
    if !source.model().causal {
        return Err(SourceError::Slice(
            "an encoder sees each token that it would be asked for: only a decoder's text is scored".into(),
        ));
    }
    let passes = source.passes().to_vec();
    let no_pass = SourceError::NoSuchPass {
        pass: last,
        last: passes.len().saturating_sub(1),
    };
    let text = passes.get(last).map(|pass| &pass.tokens).ok_or(no_pass)?;
    if text.len() < 2 {
        let why = "the first token has nothing before it: a prompt of two tokens has a score";
        return Err(SourceError::Slice(why.into()));
    }
    let unscored = |token: &Token| Scored {
        id: token.id,
        text: token.text.clone(),
        surprisal: None,
        rank: None,
        entropy: None,
    };
    let mut tokens: Vec<Scored> = text.iter().map(unscored).collect();
    let mut missing = None;
    for (pass, own) in passes.iter().enumerate().take(last + 1) {
        if let Some(end) = own.plan.output_without_logits() {
            return Err(SourceError::NoLogits { end });
        }
        // The row before the last token is the last that is read.
        let end = own.tokens.len().min(text.len() - 1);
        let query = Query::Grid {
            pass,
            points: vec!["logits".into()],
            rows: Some(0..end.saturating_sub(own.start)),
            of: Some(Chosen::Next),
            temperature: Temperature::default(),
        };
        let grid = match source.answer(&query, control) {
            Ok(Answer::Grid(grid)) => grid,
            Ok(_) => continue,
            Err(why @ SourceError::NotRecorded(_)) => {
                missing.get_or_insert(why.to_string());
                continue;
            }
            Err(why) => return Err(why),
        };
        missing = missing.or(grid.missing);
        let cells = grid.cells.into_iter().flatten();
        for (token, cell) in tokens.iter_mut().skip(own.start + 1).zip(cells) {
            let Some(cell) = cell else { continue };
            token.entropy = Some(cell.entropy);
            if let Some(of) = cell.of {
                token.surprisal = Some(0.0 - of.log_prob);
                token.rank = Some(of.rank);
            }
        }
    }
    match missing {
        Some(why) if tokens.iter().all(|token| token.rank.is_none()) => {
            Err(SourceError::Other(why))
        }
        missing => Ok(Score::new(tokens, missing)),
    }
}

/// The stages of sampling from these logits.
///
/// # Errors
/// No logit is a number.
pub fn staged(
    logits: &[f64],
    sampling: &Sampling,
    top: &Distribution,
) -> Result<SamplingStages, SourceError> {
    let none = || SourceError::Other("every logit is NaN: no token can be chosen".into());
    sampling::stages(logits, sampling, top).ok_or_else(none)
}

/// A slice of the keys or values that are kept after a pass, from the hook points of the passes up to it.
fn kept(
    source: &mut dyn Source,
    pass: usize,
    name: &str,
    slice: &Slice,
    control: &Control,
) -> Result<Values, SourceError> {
    let passes = source.passes().to_vec();
    let none = || SourceError::NotKept(name.to_owned());
    let full = kept::name(name).filter(|_| source.model().causal);
    let full = full.ok_or_else(none)?;
    let last = passes.len().saturating_sub(1);
    let at = passes
        .get(pass)
        .ok_or(SourceError::NoSuchPass { pass, last })?;
    let point = kept::point(at, &full).ok_or_else(none)?;
    let ranges = slice.ranges(&point.axes, &point.shape)?;
    let (mut data, rows) = (Vec::new(), &ranges[0]);
    for (i, before) in passes[..=pass].iter().enumerate() {
        let (start, end) = (
            rows.start.max(before.start),
            rows.end.min(before.tokens.len()),
        );
        if start >= end {
            continue;
        }
        let from = kept::source(&before.plan, &full).ok_or_else(none)?;
        let mut part = slice.clone();
        let own = Pick::Span(start - before.start..end - before.start);
        match part.0.first_mut() {
            Some(first) => *first = own,
            None => part.0.push(own),
        }
        let query = Query::Values {
            pass: i,
            point: before.plan.points()[from].name.clone(),
            slice: part,
        };
        if let Answer::Values(values) = source.answer(&query, control)? {
            data.extend(values.data);
        }
    }
    let spans = ranges.iter().enumerate();
    let spans = spans.filter(|(i, _)| !matches!(slice.0.get(*i), Some(Pick::At(_))));
    let shape = spans.map(|(_, range)| range.len()).collect();
    Ok(Values::new(shape, data))
}
