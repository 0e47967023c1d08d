//! Matrices that are no steps of a pass: the model's weights, and the keys and values that are kept for later
//! passes.

use super::ask::Ask;
use super::command::slice::SliceSpec;
use super::debugger::{Debugger, Outcome};
use super::{find, format, questions};
use crate::graph::Graph;
use crate::graph::arch::Arch;
use crate::graph::named::{self, Named};
use crate::lang::{plain, say, say_with};
use crate::trace::glob::{Pattern, is_pattern};
use crate::trace::hook::{self, Layer};
use crate::trace::kept;
use crate::trace::plan::HookPoint;
use crate::trace::query::Query;
use crate::trace::source::ModelInfo;
use crate::trace::tensor::Slice;

/// Weights named in an error.
const OFFERED: usize = 3;

/// Every weight of a model whose architecture is known.
pub fn weights(model: &ModelInfo) -> Vec<Named> {
    let arch = model.arch.clone().map(serde_json::from_value::<Arch>);
    match arch {
        Some(Ok(arch)) => Graph::new(&arch).named_weights(arch.mlp.gated),
        _ => Vec::new(),
    }
}

/// Whether a name is written as a weight's is.
fn is_like_a_weight(text: &str) -> bool {
    let leaf = hook::leaf(text);
    let begins = ["W_", "b_"].iter().any(|start| leaf.starts_with(start));
    begins || (text.contains('.') && matches!(leaf, "w" | "b" | "W"))
}

/// A matrix that is no step of a pass.
#[derive(Clone, Debug, PartialEq)]
pub enum Beside {
    Weight(HookPoint),
    /// Keys or values of all tokens up to the end of a pass.
    Kept {
        pass: usize,
        point: HookPoint,
    },
}

impl Beside {
    /// Its name, axes and shape.
    pub fn point(&self) -> &HookPoint {
        match self {
            Beside::Weight(point) | Beside::Kept { point, .. } => point,
        }
    }

    /// The question for its elements.
    pub fn ask(&self, slice: Slice) -> Query {
        let name = self.point().name.clone();
        match self {
            Beside::Weight(_) => Query::Weight { name, slice },
            Beside::Kept { pass, .. } => Query::Kept {
                pass: *pass,
                name,
                slice,
            },
        }
    }
}

/// The question of `print` for a slice of a matrix beside the pass.
pub(super) fn print(
    beside: &Beside,
    slice: &SliceSpec,
    first: Option<usize>,
) -> Result<Ask, String> {
    questions::values(beside.point(), slice, first, |slice| beside.ask(slice))
}

impl Debugger {
    /// The matrix beside the pass that is meant by this name; `None` for a hook point's name.
    ///
    /// # Errors
    /// One line with the nearest names, for a name that is written as a weight's is.
    pub fn beside(&self, text: &str) -> Result<Option<Beside>, String> {
        if self.plan().find(text).is_some() {
            return Ok(None);
        }
        if let Some(kept) = kept::name(text).and_then(|name| self.kept(&name)) {
            return Ok(Some(kept));
        }
        let all = self.weights();
        if let Some(found) = named::find(all, text) {
            return Ok(Some(Beside::Weight(found.point.clone())));
        }
        if !is_like_a_weight(text) || is_pattern(text) || all.is_empty() {
            return Ok(None);
        }
        find::check_block(self.plan(), text)?;
        let near = named::nearest(all, text).into_iter().take(OFFERED);
        let near: Vec<&str> = near.map(|named| &*named.point.name).collect();
        Err(match near[..] {
            [] => format!("there is no weight {text}: `weights` lists them"),
            _ => format!(
                "there is no weight {text}; did you mean {}?",
                near.join(" or ")
            ),
        })
    }

    /// The keys or values of this name that the cursor's pass leaves for later ones; an encoder leaves none.
    fn kept(&self, name: &str) -> Option<Beside> {
        let pass = self.at().pass;
        let point = kept::point(&self.passes()[pass], name).filter(|_| self.model().causal)?;
        Some(Beside::Kept { pass, point })
    }

    /// The keys, or the values, that are kept of the cursor's block; outside of a block, of the nearest one.
    pub(super) fn open_kept(&self, leaf: &str) -> Result<Outcome, String> {
        let block = match self.plan().points()[self.at().point].layer() {
            Layer::Block(i) => i,
            Layer::Embed => 0,
            Layer::Unembed => self.model().n_layers.saturating_sub(1),
        };
        let kept = self.kept(&format!("blocks.{block}.attn.{leaf}"));
        kept.map(Outcome::Open).ok_or_else(|| {
            if self.model().causal {
                format!("block {block} has no {leaf} in this pass")
            } else {
                "an encoder reads a text once and keeps nothing for a later pass".into()
            }
        })
    }

    /// Weights that a pattern matches in any spelling.
    fn matching_weights(&self, pattern: &str) -> Result<Vec<&HookPoint>, String> {
        let pattern = Pattern::new(pattern).map_err(|e| e.to_string())?;
        let fits = |name: &str| pattern.matches_one(&named::spellings(name));
        let points = self.weights().iter().map(|named| &named.point);
        Ok(points.filter(|point| fits(&point.name)).collect())
    }

    /// The questions for one matrix beside the pass, or for each weight that a pattern matches; `None` where the
    /// name is none of theirs.
    pub(super) fn print_beside(
        &self,
        name: &str,
        slice: &SliceSpec,
        first: Option<usize>,
    ) -> Result<Option<Ask>, String> {
        if !is_pattern(name) {
            let found = self.beside(name)?;
            return found.map(|one| print(&one, slice, first)).transpose();
        }
        let found = self.matching_weights(name)?.into_iter();
        let asks = found.map(|point| print(&Beside::Weight(point.clone()), slice, first));
        let asks = asks.collect::<Result<Vec<_>, _>>()?;
        Ok((!asks.is_empty()).then_some(Ask::Each(asks)))
    }

    /// The weights with their axes, or those that a pattern matches.
    pub(super) fn list_weights(&self, pattern: Option<&str>) -> Result<Outcome, String> {
        let all = self.weights();
        if all.is_empty() {
            return Err(say("error-weights-unknown").into());
        }
        let points = match pattern {
            Some(pattern) => self.matching_weights(pattern)?,
            None => all.iter().map(|named| &named.point).collect(),
        };
        if points.is_empty() {
            let pattern = pattern.unwrap_or_default();
            return Err(say_with(
                "error-no-weight-match",
                &[("pattern", plain(pattern))],
            ));
        }
        let width = points
            .iter()
            .map(|point| point.name.len())
            .max()
            .unwrap_or(0);
        let line = |point: &&HookPoint| {
            format!(
                "{} {}",
                format::fit(&point.name, width),
                format::shape(point)
            )
        };
        Ok(Outcome::List {
            title: "weights".into(),
            lines: points.iter().map(line).collect(),
            hint: Some(":goto NAME opens one · w opens those of the hook point at the cursor"),
        })
    }

    /// The weights that the hook point at the cursor is computed with, in the order of its formula.
    pub fn weights_here(&self) -> Vec<&HookPoint> {
        let here = &self.plan().points()[self.at().point].name;
        let all = self.weights().iter();
        let read = all.filter(|named| named.reader == *here);
        read.map(|named| &named.point).collect()
    }
}
