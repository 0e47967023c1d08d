//! The lens grid of a trace: recorded logits, and the recorded lens where it covers a cell.

use super::Replay;
use crate::trace::grid::{Chosen, LensCell, LensGrid, Ranked, due, ranked};
use crate::trace::meta::LENS_TOP;
use crate::trace::source::{Control, Source, SourceError, locate};
use crate::trace::tensor::{Candidate, Pick, Slice};

/// The cells that are asked for.
pub(super) struct Asked<'a> {
    pub pass: usize,
    pub points: &'a [String],
    pub rows: Option<std::ops::Range<usize>>,
    pub of: Option<&'a Chosen>,
    pub temperature: f64,
}

impl Replay {
    /// The cells that follow from what is recorded.
    ///
    /// # Errors
    /// The trace has none of them, or there is no such hook point, row or token.
    pub(super) fn grid(&self, asked: &Asked, control: &Control) -> Result<LensGrid, SourceError> {
        let found = self.passes().get(asked.pass);
        let all = found.map_or(0, |pass| pass.rows());
        let rows = asked.rows.clone().unwrap_or(0..all);
        if rows.start > rows.end || rows.end > all {
            let why = format!("rows {} to {} of {all} tokens", rows.start, rows.end);
            return Err(SourceError::Slice(why));
        }
        let chosen = match asked.of {
            Some(Chosen::Text(text)) => Some(self.id_of(text)?),
            Some(Chosen::Id(id)) => Some(*id),
            _ => None,
        };
        let (mut cells, mut missing, mut any) = (Vec::new(), None, false);
        for point in asked.points {
            let point = locate(self.passes(), asked.pass, point)?;
            let mut line = Vec::new();
            for row in rows.clone() {
                control.go_on()?;
                let next = || due(self.passes(), asked.pass, row, self.model().causal);
                let of = match asked.of {
                    Some(Chosen::Next) => next().map(|token| token.id),
                    _ => chosen,
                };
                match self.cell((asked.pass, point), row, of, asked.temperature) {
                    Ok(cell) => line.push(Some(cell)),
                    Err(why @ SourceError::NotRecorded(_)) => {
                        missing.get_or_insert(why);
                        line.push(None);
                    }
                    Err(why) => return Err(why),
                }
            }
            any |= line.iter().any(Option::is_some);
            cells.push(line);
        }
        match missing {
            Some(why) if !any => Err(why),
            missing => Ok(LensGrid {
                cells,
                missing: missing.map(|why| why.to_string()),
                lens: None,
                unmapped: Vec::new(),
            }),
        }
    }

    fn cell(
        &self,
        (pass, point): (usize, usize),
        row: usize,
        of: Option<u32>,
        temperature: f64,
    ) -> Result<LensCell, SourceError> {
        let lens = self.lens(pass, point, row, LENS_TOP, temperature)?;
        let top = lens.top.first();
        let none = || SourceError::NotRecorded("the lens here".into());
        let Candidate { id, text, prob, .. } = top.ok_or_else(none)?.clone();
        // A recorded lens has the most probable tokens alone: one that is not among them has no rank.
        let listed = |of: u32| {
            let rank = lens.top.iter().position(|c| c.id == of)?;
            let Candidate { id, text, prob, .. } = lens.top[rank].clone();
            Some(Ranked {
                id,
                text,
                prob,
                log_prob: prob.ln(),
                rank: rank + 1,
            })
        };
        let of = of.and_then(|of| match self.logits_row(pass, point, row) {
            Some(logits) => ranked(&logits, of, self.meta().text(of), temperature),
            None => listed(of),
        });
        Ok(LensCell {
            id,
            text,
            prob,
            entropy: lens.entropy,
            of,
        })
    }

    /// The recorded logits of a row, where a lens at `point` is read from them.
    fn logits_row(&self, pass: usize, point: usize, row: usize) -> Option<Vec<f64>> {
        let plan = &self.passes()[pass].plan;
        let logits = plan.position("logits").filter(|at| self.has(pass, *at))?;
        let last = plan.residual_at(plan.len() - 1);
        if point != logits && plan.residual_at(point) != last {
            return None;
        }
        let axes = &plan.points()[logits].axes;
        let values = self.host(pass, logits).ok()?;
        let row = values.values(axes, &Slice(vec![Pick::At(row)])).ok()?;
        Some(row.data)
    }

    /// The token with this text, or with a space before it, among those whose texts are recorded.
    fn id_of(&self, text: &str) -> Result<u32, SourceError> {
        let texts = &self.meta().texts;
        let spaced = format!(" {text}");
        let exact = |wanted: &str| texts.iter().find(|(_, own)| *own == wanted);
        let found = exact(text).or_else(|| exact(&spaced)).map(|(id, _)| *id);
        found.ok_or_else(|| SourceError::NotRecorded(format!("the token {text:?}")))
    }
}
