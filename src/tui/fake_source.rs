//! The state of `fake` as a source, to drive the whole screen in tests.

use std::sync::Arc;

use super::fake::{bare, effect_of, lens_of, value, weight};
use super::view;
use crate::trace::attribution::{Attribution, Part, PartKind};
use crate::trace::derived;
use crate::trace::detail::Detail;
use crate::trace::fidelity::{Agreement, Fidelity, PointFidelity};
use crate::trace::grid::{Chosen, LensCell, LensGrid, Ranked, due};
use crate::trace::inputs::{InputAttribution, InputShare};
use crate::trace::intervention::{Change, Intervention, Interventions, Revision};
use crate::trace::lens_file::{LensInfo, LensKind};
use crate::trace::plan::{Axis, HookPoint, Plan};
use crate::trace::query::{Answer, Choice, Job, Place, Query};
use crate::trace::source::{Control, ModelInfo, Pass, Source, SourceError, locate};
use crate::trace::split::{Pair as ScorePair, Split};
use crate::trace::sweep::{Columns, Pair, Prompts, RandomChange, Swap, Sweep, SweepCell, SweepMap};
use crate::trace::tensor::{Distribution, HostTensor, Pick, Slice, Summary, Values};
use crate::trace::token::Token;

#[derive(Clone)]
pub struct Fake {
    /// A number that is added to all values but patterns.
    shift: f64,
    model: ModelInfo,
    passes: Vec<Pass>,
    interventions: Interventions,
}

impl Fake {
    pub fn new() -> Fake {
        let app = bare("hook_embed", 1, 1);
        Fake {
            shift: 0.0,
            model: app.model.unwrap(),
            passes: app.passes,
            interventions: Interventions::default(),
        }
    }

    fn point(&self, pass: usize, point: usize) -> &HookPoint {
        &self.passes[pass].plan.points()[point]
    }

    fn values(&self, pass: usize, point: usize, slice: &Slice) -> Values {
        let hook = self.point(pass, point);
        let range = |i: usize| match slice.0.get(i) {
            Some(Pick::At(n)) => *n..*n + 1,
            Some(Pick::Span(range)) => range.clone(),
            None => 0..hook.shape[i],
        };
        let (row, col) = view::matrix_axes(hook);
        let mut data = Vec::new();
        // Several heads at once are asked of patterns alone, in which they come first.
        for head in hook.head_axis().map_or(0..1, range) {
            for r in row.map_or(0..1, range) {
                for c in col.map_or(0..1, range) {
                    assert!(col.is_none_or(|i| c < hook.shape[i]), "beyond the end");
                    data.push(if hook.name.ends_with("pattern") {
                        weight(head, r, c)
                    } else {
                        value(point, head, r, c) + self.shift
                    });
                }
            }
        }
        let shape = (0..hook.shape.len()).map(|i| range(i).len()).collect();
        Values::new(shape, data)
    }

    /// An intervention reaches all that comes behind it; scaling by 1 changes nothing.
    fn intervene(&mut self, revision: &Revision) -> Result<Vec<Place>, SourceError> {
        let mut revision = revision.clone();
        if let Revision::PutEach(each) = &mut revision {
            for one in each {
                let at = locate(&self.passes, one.pass, &one.point)?;
                one.shape.clone_from(&self.point(one.pass, at).shape);
            }
        }
        if let Revision::Put(one) = &mut revision {
            let at = locate(&self.passes, one.pass, &one.point)?;
            one.shape.clone_from(&self.point(one.pass, at).shape);
        }
        self.interventions = self.interventions.revised(&revision)?;
        let (Revision::Put(_) | Revision::PutEach(_), Some(one)) =
            (revision, self.interventions.all().last())
        else {
            return Ok(Vec::new());
        };
        if one.change == Change::Scale(1.0) {
            return Ok(Vec::new());
        }
        let points = self.passes[one.pass].plan.points().iter();
        let behind = points.skip_while(|point| point.name != one.point);
        let place = |point: &HookPoint| Place {
            pass: one.pass,
            point: point.name.clone(),
        };
        Ok(behind.map(place).collect())
    }

    /// Candidates of the lens in turn, surer from layer to layer.
    fn cell(&self, pass: usize, point: usize, row: usize, of: Option<&Chosen>) -> LensCell {
        let lens = lens_of(usize::MAX).top;
        let top = &lens[(point * 7 + row * 3) % lens.len()];
        let depth = point as f64 / self.passes[pass].plan.len() as f64;
        let next = due(&self.passes, pass, row, true).cloned();
        let of = match of {
            Some(Chosen::Next) => next,
            Some(Chosen::Id(id)) => Some(Token {
                id: *id,
                text: lens[*id as usize % lens.len()].text.clone(),
            }),
            _ => None,
        };
        LensCell {
            id: top.id,
            text: top.text.clone(),
            prob: 0.03 + 0.9 * depth,
            entropy: 5.0 * (1.0 - depth),
            of: of.map(|Token { id, text }| Ranked {
                id,
                text,
                prob: 0.1,
                log_prob: 0.1f64.ln(),
                rank: 2 + row + point % 5,
            }),
        }
    }

    /// Parts of each kind, for each block and head.
    fn attribution(&self) -> Attribution {
        let part = |kind, point: &str, layer, index: Option<usize>| Part {
            kind,
            point: point.into(),
            layer,
            index,
            value: value(layer.unwrap_or(9), index.unwrap_or(7), 1, 2),
        };
        let mut parts = vec![
            part(PartKind::Embedding, "embed", None, None),
            part(PartKind::Positions, "pos_embed", None, None),
        ];
        for layer in 0..4 {
            let out = format!("blocks.{layer}.attn_out");
            for head in 0..4 {
                parts.push(part(PartKind::Head, &out, Some(layer), Some(head)));
            }
            parts.push(part(PartKind::Bias, &out, Some(layer), None));
            let out = format!("blocks.{layer}.mlp_out");
            parts.push(part(PartKind::Mlp, &out, Some(layer), Some(9)));
        }
        let sum = parts.iter().map(|part| part.value).sum();
        let token = |id: usize| Token {
            id: id as u32,
            text: lens_of(usize::MAX).top[id].text.clone(),
        };
        Attribution {
            token: token(0),
            against: Some(token(3)),
            logit: sum,
            sum,
            cap: Some(30.0),
            parts,
        }
    }

    /// Tokens that take away and add in turn; the integrated gradients miss a tenth.
    fn inputs(&self, pass: usize, steps: usize) -> InputAttribution {
        let tokens = self.passes[pass].tokens.iter().enumerate();
        let share = |(at, token): (usize, &Token)| InputShare {
            id: token.id,
            text: token.text.clone(),
            gradient: 0.5 + at as f64,
            product: value(1, 0, at, 1),
            integrated: value(2, 0, at, 1),
        };
        let tokens: Vec<InputShare> = tokens.map(share).collect();
        let sum = tokens.iter().map(|one| one.integrated).sum();
        InputAttribution {
            token: Token {
                id: 0,
                text: lens_of(1).top[0].text.clone(),
            },
            against: None,
            value: 2.0 * sum,
            baseline: 0.5 * sum,
            sum,
            steps,
            tokens,
        }
    }

    /// Nearer to the answer from layer to layer, and the lens in use half as far as the logit lens.
    fn fidelity(&self, point: &str) -> PointFidelity {
        let depth = self.passes[0].plan.position(point).unwrap_or(0) as f64;
        let of = |far: f64| Agreement {
            kl: far / (1.0 + depth),
            same_top: depth / (depth + far),
        };
        PointFidelity {
            point: point.to_owned(),
            lens: self.model.lens.as_ref().map(|_| of(6.0)),
            logit_lens: of(12.0),
        }
    }

    /// The parts up to block 1 as writers of the query, and up to block 0 as writers of the key.
    fn split(&self, head: usize, query: usize, key: usize) -> Split {
        let up_to = |layer: usize| {
            let parts = self.attribution().parts.into_iter();
            let parts = parts.filter(|part| part.layer.is_none_or(|own| own < layer));
            parts.collect::<Vec<_>>()
        };
        let (mut queries, mut keys) = (up_to(2), up_to(1));
        let mut terms: Vec<ScorePair> = Vec::new();
        for (i, q) in queries.iter().enumerate() {
            let pairs = keys.iter().enumerate();
            terms.extend(pairs.map(|(j, k)| ScorePair {
                query: i,
                key: j,
                value: q.value * k.value + head as f64 / 100.0,
            }));
        }
        let sum_of = |fits: &dyn Fn(&ScorePair) -> bool| -> f64 {
            let fitting = terms.iter().filter(|pair| fits(pair));
            fitting.map(|pair| pair.value).sum()
        };
        let sum = sum_of(&|_| true);
        for (i, part) in queries.iter_mut().enumerate() {
            part.value = sum_of(&|pair| pair.query == i);
        }
        for (i, part) in keys.iter_mut().enumerate() {
            part.value = sum_of(&|pair| pair.key == i);
        }
        terms.sort_by(|a, b| b.value.abs().total_cmp(&a.value.abs()));
        let others = terms.split_off(20);
        Split {
            point: "blocks.2.attn.attn_scores".into(),
            head,
            query,
            key,
            score: sum,
            sum,
            distance: None,
            cap: None,
            queries,
            keys,
            others: others.len(),
            rest: others.iter().map(|pair| pair.value).sum(),
            terms,
        }
    }

    /// A sweep with an effect that grows with layer and part.
    fn sweep(&self, asked: &Sweep) -> Result<SweepMap, SourceError> {
        if asked.prompts == Prompts::default() && asked.swap == Swap::Patch {
            return Err(SourceError::Slice("a patch needs two prompts".into()));
        }
        let columns: Vec<String> = match asked.columns {
            Columns::Head => (0..4).map(|head| head.to_string()).collect(),
            Columns::Position => ["中", "华", "人", "民"].map(str::to_owned).to_vec(),
            Columns::Whole => vec!["all".into()],
        };
        let cell = |row: usize, col: usize| {
            let effect = (row as f64 + 1.0) * (col as f64 - 1.0) / 10.0;
            Some(SweepCell {
                value: 3.0 * effect - 1.0,
                effect,
                low: effect,
                high: effect,
                estimate: None,
            })
        };
        let line = |row| (0..columns.len()).map(|col| cell(row, col)).collect();
        Ok(SweepMap {
            points: asked.points.clone(),
            cells: (0..asked.points.len()).map(line).collect(),
            columns,
            definition: "share of the way that this part goes".into(),
            pairs: vec![Pair {
                clean: 2.0,
                corrupted: Some(-1.0),
                answer: Some("共".into()),
                wrong: Some("民".into()),
            }],
            refused: Vec::new(),
            controls: vec![RandomChange {
                row: 0,
                column: 1,
                effect: 0.15,
            }],
            floor: Some(0.15),
        })
    }

    fn next(&mut self, pass: usize, choice: &Choice) {
        self.passes.truncate(pass + 1);
        let id = match choice {
            Choice::Token(id) => *id,
            _ => 0,
        };
        let mut next = self.passes[pass].clone();
        let text = lens_of(usize::MAX).top[id as usize].text.clone();
        next.tokens.push(Token { id, text });
        next.start = next.tokens.len() - 1;
        let mut points = next.plan.points().to_vec();
        for point in &mut points {
            for (axis, n) in point.axes.iter().zip(&mut point.shape) {
                match axis {
                    Axis::Token | Axis::Query => *n = 1,
                    Axis::Key => *n = next.tokens.len(),
                    _ => {}
                }
            }
        }
        next.plan = Arc::new(Plan::new(points));
        self.passes.push(next);
    }
}

/// Elements of a matrix that is no step: `[row, column]` of one head, as the screen asks for them.
fn beside(slice: &Slice) -> Values {
    let range = |pick: &Pick| match pick {
        Pick::At(n) => *n..*n + 1,
        Pick::Span(range) => range.clone(),
    };
    let spans: Vec<_> = slice.0.iter().map(range).collect();
    let cells = spans
        .iter()
        .fold(vec![Vec::new()], |all: Vec<Vec<usize>>, span| {
            let longer = all
                .iter()
                .flat_map(|i| span.clone().map(move |j| [&i[..], &[j]].concat()));
            longer.collect()
        });
    let data = cells.iter().map(|i| match i[..] {
        [head, row, col] => value(1, head, row, col),
        [row, col] => value(1, 0, row, col),
        _ => value(1, 0, 0, i[0]),
    });
    Values::new(
        spans.iter().map(ExactSizeIterator::len).collect(),
        data.collect(),
    )
}

impl Source for Fake {
    fn model(&self) -> &ModelInfo {
        &self.model
    }

    fn passes(&self) -> &[Pass] {
        &self.passes
    }

    fn prompt(&self) -> &str {
        "中华人民"
    }

    fn interventions(&self) -> &[Intervention] {
        self.interventions.all()
    }

    fn answer(&mut self, query: &Query, control: &Control) -> Result<Answer, SourceError> {
        let pass = query.pass();
        let at = |point: &str| locate(&self.passes, pass, point);
        Ok(match query {
            Query::Values { point, slice, .. } => {
                Answer::Values(self.values(pass, at(point)?, slice))
            }
            Query::Summary { point, .. } => Answer::Summary(Summary {
                count: self.point(pass, at(point)?).numel(),
                min: -1.6871,
                max: 1.6904,
                mean: 0.0123,
                std: 0.973,
                l2: 15.57,
                nan: 0,
                inf: 0,
            }),
            Query::Heads {
                point, rows, cols, ..
            } => {
                let (point, rows, cols) = (at(point)?, *rows, *cols);
                let pattern = self.point(pass, point).name.ends_with("pattern");
                let of = |head, row, col| {
                    if pattern {
                        weight(head, row, col)
                    } else {
                        value(point, head, row, col)
                    }
                };
                let cell = |i: usize| of(i / (rows * cols), i / cols % rows, i % cols);
                let data = (0..4 * rows * cols).map(cell).collect();
                Answer::Heads(Values::new(vec![4, rows, cols], data))
            }
            Query::Sampling { sampling, k, .. } => {
                let top = lens_of(*k);
                let logits: Vec<f64> = top.top.iter().map(|candidate| candidate.logit).collect();
                Answer::Sampling(derived::staged(&logits, sampling, &top)?)
            }
            Query::Weight { slice, .. } | Query::Kept { slice, .. } => {
                Answer::Weight(beside(slice))
            }
            Query::Lens { k, .. } => Answer::Lens(Distribution {
                lens: self.model.lens.as_ref().map(ToString::to_string),
                ..lens_of(*k)
            }),
            Query::Fidelity { points, .. } => Answer::Fidelity(Fidelity {
                lens: self.model.lens.as_ref().map(ToString::to_string),
                points: points.iter().map(|point| self.fidelity(point)).collect(),
            }),
            Query::Effect { k, .. } => Answer::Effect(effect_of(*k)),
            Query::Tokens { .. } => Answer::Tokens {
                tokens: self.passes[pass]
                    .tokens
                    .iter()
                    .map(Detail::unknown)
                    .collect(),
            },
            Query::Lenses { points, k, .. } => {
                let lenses = vec![lens_of(*k); points.len()];
                Answer::Lenses { lenses }
            }
            Query::Grid {
                points, rows, of, ..
            } => {
                let all = 0..self.passes[pass].rows();
                let rows = rows.clone().unwrap_or(all);
                let line = |point: &String| {
                    let point = at(point)?;
                    let cell = |row| Some(self.cell(pass, point, row, of.as_ref()));
                    Ok::<_, SourceError>(rows.clone().map(cell).collect())
                };
                Answer::Grid(LensGrid {
                    cells: points.iter().map(line).collect::<Result<_, _>>()?,
                    missing: None,
                    lens: self.model.lens.as_ref().map(ToString::to_string),
                    unmapped: Vec::new(),
                })
            }
            Query::Attribute { .. } => Answer::Attribute(self.attribution()),
            Query::Inputs { pass, steps, .. } => Answer::Inputs(self.inputs(*pass, *steps)),
            Query::Sweep(sweep) => Answer::Sweep(self.sweep(sweep)?),
            Query::Split { head, row, key, .. } => Answer::Split(self.split(*head, *row, *key)),
            Query::Texts { first, count } => {
                let texts = ["中", "华", "人", "民", " the", "a longer text than fits"];
                let text = |id: usize| texts[id % texts.len()].to_owned();
                Answer::Texts {
                    texts: (*first..first + count).map(text).collect(),
                }
            }
            _ => return derived::answer(self, query, control),
        })
    }

    fn run(&mut self, job: &Job, _: &Control) -> Result<Vec<Place>, SourceError> {
        match job {
            Job::Next { pass, choice } => self.next(*pass, choice),
            Job::Lens { path } => {
                self.model.lens = path.as_ref().map(|path| LensInfo {
                    kind: LensKind::Tuned,
                    path: path.clone(),
                    model: "another".into(),
                    warning: Some(format!("{} was fitted on another model", path.display())),
                });
            }
            Job::Restart { .. } => self.passes.truncate(1),
            Job::Save { path, .. } => {
                return Err(SourceError::Write {
                    path: path.clone(),
                    error: std::io::Error::other("disk full"),
                });
            }
            Job::Intervene { revision } => return self.intervene(revision),
            _ => {}
        }
        Ok(Vec::new())
    }

    fn tensor(&mut self, _: usize, _: usize) -> Result<HostTensor<'_>, SourceError> {
        Err(SourceError::Cancelled)
    }

    /// A branch whose values are larger by a half.
    fn fork(&self) -> Result<Box<dyn Source>, SourceError> {
        Ok(Box::new(Fake {
            shift: self.shift + 0.5,
            ..self.clone()
        }))
    }
}
