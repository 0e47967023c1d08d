//! The lens grid: many rows at many hook points, read in one product with the unembedding.

use std::ops::Range;

use tch::{Kind, Tensor};

use super::super::{Result, view};
use super::Live;
use crate::trace::grid::{Chosen, LensCell, LensGrid, Ranked, due};
use crate::trace::source::{Control, Progress, SourceError, Work};

/// Logits that are in memory at once; rows of one product follow from it.
const LOGITS_AT_ONCE: usize = 1 << 23;
/// Rows of one product at least: a product of fewer takes as long as reading the unembedding.
const LEAST_ROWS: usize = 32;

/// Rows of one product with the unembedding.
pub(super) fn rows_at_once(d_vocab: usize) -> usize {
    (LOGITS_AT_ONCE / d_vocab.max(1)).max(LEAST_ROWS)
}

/// The cells that are asked for.
pub(super) struct Asked<'a> {
    pub pass: usize,
    pub points: &'a [usize],
    pub rows: Option<Range<usize>>,
    pub of: Option<&'a Chosen>,
    pub temperature: f64,
}

/// The numbers of rows of logits, one of each a row.
struct Told {
    top: Vec<f64>,
    prob: Vec<f64>,
    entropy: Vec<f64>,
    /// Probability, its logarithm and rank of the chosen tokens.
    of: Option<[Vec<f64>; 3]>,
}

impl Live {
    /// Neighbouring hook points with the same value share their cells: a block's output is the next one's input.
    pub(super) fn grid(&mut self, asked: &Asked, control: &Control) -> Result<LensGrid> {
        let tokens = self
            .plan(asked.pass)
            .map(|_| self.runs[asked.pass].context.tokens)? as usize;
        let rows = asked.rows.clone().unwrap_or(0..tokens);
        if rows.start > rows.end || rows.end > tokens {
            let why = format!("rows {} to {} of {tokens} tokens", rows.start, rows.end);
            return Err(SourceError::Slice(why).into());
        }
        let of = self.chosen_ids(asked, &rows)?;
        // Cancelled as `control` is; progress here is points, not layers.
        let running = Control {
            progress: None,
            ..control.clone()
        };
        let mut values: Vec<(Tensor, usize)> = Vec::new(); // [row, d_model], and its number of points
        for (done, &point) in asked.points.iter().enumerate() {
            control.check(Progress {
                at: Work::Layer(self.graph.node(self.node(point)?).layer),
                done,
                total: asked.points.len(),
            })?;
            let read = self.resid((asked.pass, point), rows.clone(), &running)?; // [row, d_model]
            let read = self.through(asked.pass, point, read)?;
            match values.last_mut() {
                Some((last, count)) if last.f_equal(&read)? => *count += 1,
                _ => values.push((read, 1)),
            }
        }
        let mut cells = Vec::new();
        if !values.is_empty() && !rows.is_empty() {
            let all: Vec<&Tensor> = values.iter().map(|(rows, _)| rows).collect();
            let all = Tensor::f_cat(&all, 0)?; // [point · row, d_model]
            let mut told = Vec::new();
            let at_once = rows_at_once(self.info.d_vocab);
            for (i, part) in all.f_split(at_once as i64, 0)?.iter().enumerate() {
                control.go_on()?;
                let count = part.size()[0] as usize;
                let own = (i * at_once..i * at_once + count).map(|row| of[row % rows.len()]);
                let own: Vec<Option<u32>> = own.collect();
                let logits = self.unembed(part)?; // [row, vocab]
                let numbers = numbers(&logits, &own, asked.temperature)?;
                told.extend(self.cells(&numbers, &own)?);
            }
            for (line, &(_, count)) in told.chunks(rows.len()).zip(&values) {
                let line: Vec<Option<LensCell>> = line.iter().cloned().map(Some).collect();
                cells.extend(std::iter::repeat_n(line, count));
            }
        } else {
            cells.extend(asked.points.iter().map(|_| Vec::new()));
        }
        if self.changes_unembedding(asked.pass) {
            for (line, &point) in cells.iter_mut().zip(asked.points) {
                control.go_on()?;
                *line = self.changed_cells(asked, point, &rows, &of, &running)?;
            }
        }
        let (mut lens, mut unmapped) = (None, Vec::new());
        if self.through.is_some() {
            let plan = self.plan(asked.pass)?;
            for &point in asked.points {
                match self.lens_name(asked.pass, point)? {
                    Some(name) => lens = Some(name),
                    None if self.is_answer(asked.pass, point)? => {}
                    None => unmapped.push(plan.points()[point].name.clone()),
                }
            }
        }
        Ok(LensGrid {
            cells,
            missing: None,
            lens,
            unmapped,
        })
    }

    /// The cells of a point through the unembedding as interventions change it.
    fn changed_cells(
        &mut self,
        asked: &Asked,
        point: usize,
        rows: &Range<usize>,
        of: &[Option<u32>],
        control: &Control,
    ) -> Result<Vec<Option<LensCell>>> {
        let logits = self.changed_logits((asked.pass, point), rows.clone(), true, control)?;
        let numbers = numbers(&logits, of, asked.temperature)?;
        let cells = self.cells(&numbers, of)?;
        Ok(cells.into_iter().map(Some).collect())
    }

    /// The id of the chosen token in each row.
    fn chosen_ids(&self, asked: &Asked, rows: &Range<usize>) -> Result<Vec<Option<u32>>> {
        let one = match asked.of {
            Some(Chosen::Next) => {
                let causal = self.info.causal;
                let next = |row| due(&self.passes, asked.pass, row, causal).map(|token| token.id);
                return Ok(rows.clone().map(next).collect());
            }
            Some(chosen) => Some(self.id_of(chosen)?),
            None => None,
        };
        Ok(vec![one; rows.len()])
    }

    /// The id of a token that is named by itself.
    pub(super) fn id_of(&self, chosen: &Chosen) -> Result<u32> {
        let id = match chosen {
            Chosen::Id(id) => *id,
            Chosen::Text(text) => self.token_of(text)?,
            Chosen::Next => {
                let why = "the next token is another one in each row: name one";
                return Err(SourceError::Slice(why.into()).into());
            }
        };
        self.check_token(id)?;
        Ok(id)
    }

    fn cells(&self, told: &Told, of: &[Option<u32>]) -> Result<Vec<LensCell>> {
        let tokenizer = self.checkpoint.tokenizer()?;
        let cell = |i: usize| {
            let top = tokenizer.token(told.top[i] as u32);
            let ranked = |(id, [prob, log_prob, rank]): (u32, &[Vec<f64>; 3])| Ranked {
                id,
                text: tokenizer.token(id).text,
                prob: prob[i],
                log_prob: log_prob[i],
                rank: rank[i] as usize,
            };
            LensCell {
                id: top.id,
                text: top.text,
                prob: told.prob[i],
                entropy: told.entropy[i],
                of: of[i].zip(told.of.as_ref()).map(ranked),
            }
        };
        Ok((0..told.top.len()).map(cell).collect())
    }
}

/// The predictions of rows of logits `[row, vocab]` at a temperature.
fn numbers(logits: &Tensor, of: &[Option<u32>], temperature: f64) -> Result<Told> {
    let kind = match logits.kind() {
        Kind::Double => Kind::Double,
        _ => Kind::Float,
    };
    let logits = logits.f_to_kind(kind)?;
    let (most, top) = logits.f_max_dim(-1, true)?; // [row, 1]
    let ids: Option<Vec<i64>> = (of.iter().any(Option::is_some))
        .then(|| of.iter().map(|id| id.map_or(0, i64::from)).collect());
    let chosen = match ids {
        None => None,
        Some(ids) => {
            let ids = Tensor::f_from_slice(&ids)?.f_to_device(logits.device())?;
            let own = logits.f_gather(-1, &ids.f_unsqueeze(-1)?, false)?; // [row, 1]
            let above = logits
                .f_gt_tensor(&own)?
                .f_sum_dim_intlist(-1, false, Kind::Int64)?; // [row]
            Some((own, above.f_add_scalar(1)?))
        }
    };
    // The largest is subtracted first, as in `distribution`. A logit of −∞ becomes one whose weight is 0 too.
    let scaled = |x: &Tensor| -> Result<Tensor> {
        let mut below = x.f_sub(&most)?;
        if temperature != 1.0 {
            below = below.f_div_scalar_(temperature.max(f64::MIN_POSITIVE))?;
        }
        Ok(below.f_clamp_min_(f64::from(f32::MIN / 2.0))?)
    };
    let below = scaled(&logits)?; // [row, vocab]
    let mut weights = below.f_exp()?; // [row, vocab]
    let all = weights.f_sum_dim_intlist(-1, false, kind)?; // [row]
    let log_all = all.f_to_kind(Kind::Double)?.f_log()?; // [row]
    let products = weights.f_mul_(&below)?.f_sum_dim_intlist(-1, false, kind)?; // [row]
    let mean = products.f_div(&all)?.f_to_kind(Kind::Double)?; // [row]
    let entropy = log_all.f_sub(&mean)?.f_clamp_min(0.0)?; // [row]
    let of = match chosen {
        None => None,
        Some((own, rank)) => {
            let own = scaled(&own)?.f_squeeze_dim(-1)?.f_to_kind(Kind::Double)?; // [row]
            let log_prob = own.f_sub(&log_all)?;
            let parts = [log_prob.f_exp()?, log_prob, rank];
            let [prob, log_prob, rank] = &parts;
            Some([
                view::to_f64(prob)?,
                view::to_f64(log_prob)?,
                view::to_f64(rank)?,
            ])
        }
    };
    Ok(Told {
        top: view::to_f64(&top)?,
        prob: view::to_f64(&log_all.f_neg()?.f_exp()?)?,
        entropy: view::to_f64(&entropy)?,
        of,
    })
}
