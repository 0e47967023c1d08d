//! Questions about the whole model at once: the lens grid, attribution, heads, the text's score.

use super::ask::Ask;
use super::breakpoints;
use super::command::slice::SliceSpec;
use super::debugger::{At, Debugger, Outcome};
use super::find::unmatched;
use crate::lang::{plain, say_with};
use crate::trace::grid::Chosen;
use crate::trace::head_map::{HeadText, Statistic};
use crate::trace::hook::{self, Layer};
use crate::trace::plan::Axis;
use crate::trace::plan::Plan;
use crate::trace::query::Query;
use crate::trace::source::SourceError;
use crate::trace::tensor::Pick;

/// Tokens listed for each neuron.
const MOVED: usize = 5;

/// Terms of a score that are listed, where no number is given.
const TERMS: usize = 20;

/// The place in each block where the lens is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stage {
    Pre,
    Mid,
    Post,
    /// Hook points that match, whichever stage.
    Pattern(String),
}

impl Stage {
    /// The stage of this word, or a pattern; `None` for no word.
    pub fn named(word: &str) -> Option<Stage> {
        match word {
            "" => None,
            "pre" => Some(Stage::Pre),
            "mid" => Some(Stage::Mid),
            "post" => Some(Stage::Post),
            pattern => Some(Stage::Pattern(pattern.to_owned())),
        }
    }

    /// The hook point of each block.
    fn leaf(&self) -> Option<&'static str> {
        match self {
            Stage::Pre => Some("resid_pre"),
            Stage::Mid => Some("resid_mid"),
            Stage::Post => Some("resid_post"),
            Stage::Pattern(_) => None,
        }
    }

    /// The stage that follows, round and round.
    pub fn next(points: &[String]) -> Stage {
        match points.last().map(|name| hook::leaf(name)) {
            Some("resid_post") => Stage::Pre,
            Some("resid_pre") => Stage::Mid,
            _ => Stage::Post,
        }
    }
}

/// The hook points of a stage of every block: in front of those behind a block stands what enters the first one.
pub fn points_of(plan: &Plan, stage: &Stage) -> Vec<String> {
    let points = plan.points();
    let fits = |at: &usize| {
        let name = &points[*at].name;
        let first = *stage == Stage::Post && name == "blocks.0.hook_resid_pre";
        plan.is_residual(*at) && (first || Some(hook::leaf(name)) == stage.leaf())
    };
    let read = (0..points.len()).filter(fits);
    read.map(|at| points[at].name.clone()).collect()
}

impl Debugger {
    /// The lens grid at a stage of every block; after all blocks, where none is given.
    pub(super) fn grid(
        &self,
        stage: Option<&Stage>,
        of: Option<Chosen>,
    ) -> Result<Outcome, String> {
        Ok(Outcome::Ask(Ask::One(Query::Grid {
            pass: self.at().pass,
            points: self.points_of(stage.unwrap_or(&Stage::Post))?,
            rows: None,
            of,
            temperature: self.temperature(),
        })))
    }

    /// The fidelity of the lens at a stage of every block; after all blocks, where none is given.
    pub(super) fn fidelity(&self, stage: Option<&Stage>) -> Result<Outcome, String> {
        Ok(Outcome::Ask(Ask::One(Query::Fidelity {
            pass: self.at().pass,
            points: self.points_of(stage.unwrap_or(&Stage::Post))?,
            rows: None,
        })))
    }

    /// The hook points of a stage: in front of those behind a block stands what enters the first one.
    pub(crate) fn points_of(&self, stage: &Stage) -> Result<Vec<String>, String> {
        let plan = self.plan();
        let points = plan.points();
        if let Stage::Pattern(pattern) = stage {
            let matching = breakpoints::matching(pattern, plan)?;
            if matching.is_empty() {
                return Err(unmatched(plan, pattern));
            }
            let stream = |&at: &usize| plan.is_residual(at) || points[at].name == "logits";
            let read = matching.into_iter().filter(stream);
            let read: Vec<String> = read.map(|at| points[at].name.clone()).collect();
            if read.is_empty() {
                return Err(say_with("error-no-stream", &[("pattern", plain(pattern))]));
            }
            return Ok(read);
        }
        let read = points_of(plan, stage);
        if read.is_empty() {
            let leaf = stage.leaf().unwrap_or_default();
            return Err(say_with("error-no-leaf", &[("leaf", plain(leaf))]));
        }
        Ok(read)
    }

    /// The parts of a logit at the cursor's row.
    pub(super) fn attribute(&self, token: Option<Chosen>, against: Option<Chosen>) -> Outcome {
        let At { pass, row, .. } = self.at();
        Outcome::Ask(Ask::One(Query::Attribute {
            pass,
            row,
            token,
            against,
        }))
    }

    /// A hook point in this branch and in another.
    pub(super) fn diff(
        &self,
        branch: Option<String>,
        name: Option<&str>,
        slice: &SliceSpec,
    ) -> Result<Outcome, String> {
        let point = self.meant(name)?;
        let at = self.plan().position(&point).unwrap_or_default();
        let slice = slice.resolve(&self.plan().points()[at]);
        Ok(Outcome::Ask(Ask::One(Query::Difference {
            branch,
            pass: self.at().pass,
            point,
            slice: slice.map_err(|why| why.to_string())?,
        })))
    }

    /// The terms of an attention score: that of the cursor's row in head 0 to its own token, where no other is given.
    pub(super) fn split(
        &self,
        name: Option<&str>,
        slice: &SliceSpec,
        most: Option<usize>,
    ) -> Result<Outcome, String> {
        let At { pass, row, point } = self.at();
        let start = self.passes()[pass].start;
        let points = self.plan().points();
        let point = &points[name.map_or(Ok(point), |name| self.fuzzy(name))?];
        if !point.axes.contains(&Axis::Key) {
            return Err(SourceError::NoScores(hook::short(&point.name)).to_string());
        }
        let given = slice.resolve(point).map_err(|e| e.to_string())?;
        let mut cell = [0, row, start + row];
        for (own, pick) in cell.iter_mut().zip(&given.0) {
            match pick {
                Pick::At(index) => *own = *index,
                Pick::Span(_) => {
                    return Err("split asks about one score: [HEAD, QUERY, KEY]".into());
                }
            }
        }
        let [head, row, key] = cell;
        Ok(Outcome::Ask(Ask::One(Query::Split {
            pass,
            point: point.name.clone(),
            head,
            row,
            key,
            most: most.unwrap_or(TERMS),
        })))
    }

    /// The shares of the text's tokens in a logit at the cursor's row.
    pub(super) fn inputs(
        &self,
        token: Option<Chosen>,
        against: Option<Chosen>,
        steps: usize,
    ) -> Outcome {
        let At { pass, row, .. } = self.at();
        Outcome::Ask(Ask::One(Query::Inputs {
            pass,
            row,
            token,
            against,
            steps,
        }))
    }

    /// The statistic of each head.
    pub(super) fn head_map(&self, statistic: Option<Statistic>, text: HeadText) -> Outcome {
        Outcome::Ask(Ask::One(Query::HeadMap {
            pass: self.at().pass,
            statistic: statistic.unwrap_or(Statistic::Previous),
            text,
        }))
    }

    /// Where the cursor's row comes from.
    pub(super) fn rollout(&self, layer: Option<usize>) -> Outcome {
        let At { pass, row, .. } = self.at();
        Outcome::Ask(Ask::One(Query::Rollout { pass, row, layer }))
    }

    /// The neurons that write most at the cursor's row.
    pub(super) fn neurons(&self, k: usize, layer: Option<usize>) -> Result<Outcome, String> {
        let At { pass, row, point } = self.at();
        let here = match self.plan().points()[point].layer() {
            Layer::Block(layer) => Some(layer),
            Layer::Embed | Layer::Unembed => None,
        };
        let none = "the cursor stands in no block: neurons K LAYER names one";
        let layer = layer.or(here).ok_or(none)?;
        Ok(Outcome::Ask(Ask::One(Query::Neurons {
            pass,
            row,
            layer,
            k,
            tokens: MOVED,
        })))
    }

    /// How well the text up to the cursor's pass is predicted.
    pub(super) fn score(&self) -> Outcome {
        let pass = self.at().pass;
        Outcome::Ask(Ask::One(Query::Score { pass }))
    }
}
