//! The tensors that all layers of one pass share: angles, masks, penalties of distance.

use std::collections::HashMap;

use tch::{Device, Kind, Tensor};

use super::positions::{Angles, alibi, angles, of_entries};
use super::scoring::mask;
use super::{EngineError, Result, lazy_rows, wider};
use crate::graph::arch::{Alibi, Arch, Positions};
use crate::graph::operation::{Operation, Scores};
use crate::graph::single::Behind;
use crate::graph::{Dim, Graph, Node};
use crate::trace::plan::Axis;

/// All that a mask depends on: whether it is causal, its window, the length of its runs, and the entries behind keys.
type Seen = (bool, Option<usize>, Option<usize>, Option<Behind>);

fn seen(scores: &Scores) -> Seen {
    (scores.causal, scores.window, scores.chunk, scores.behind)
}

/// One pass of `tokens` new tokens after `past` others.
pub struct PassContext {
    pub tokens: i64,
    pub past: i64,
    pub kind: Kind,
    pub device: Device,
    /// The largest number of scores that a layer holds whole.
    whole_scores: usize,
    /// The angles of each of the model's rotary embeddings.
    angles: Vec<Angles>,
    /// The penalties of distance, `[head, 1, key]`, with ALiBi.
    bias: Option<Tensor>,
    /// Masks `[query, key]`, true where a query may not look, for each kind of attention whose scores are
    /// held.
    masks: HashMap<Seen, Tensor>,
    /// The angles of entries, by the rotary embedding and the length of their runs.
    of_entries: HashMap<(usize, usize), Angles>,
}

impl PassContext {
    pub fn new(
        arch: &Arch,
        graph: &Graph,
        [tokens, past]: [i64; 2],
        whole_scores: usize,
        (kind, device): (Kind, Device),
    ) -> Result<PassContext> {
        let mut context = PassContext {
            tokens,
            past,
            kind,
            device,
            whole_scores,
            angles: Vec::new(),
            bias: None,
            masks: HashMap::new(),
            of_entries: HashMap::new(),
        };
        match &arch.positions {
            Positions::Rotary(rotary) => {
                let ropes = rotary.ropes.iter();
                let angles = ropes.map(|rope| angles(rope, past..past + tokens, kind, device));
                context.angles = angles.collect::<Result<_>>()?;
            }
            Positions::Alibi | Positions::AlibiRounded => {
                let how = match arch.positions {
                    Positions::AlibiRounded => Alibi::Rounded,
                    _ => Alibi::Exact,
                };
                let scale = arch.attention.scales.first().copied().unwrap_or(1.0);
                let own = (arch.attention.n_heads, how, scale);
                context.bias = Some(alibi(own, past + tokens, kind, device)?);
            }
            Positions::Learned { .. }
            | Positions::Sinusoidal
            | Positions::SinusoidalHalves { .. }
            | Positions::None => {}
        }
        for (_, node) in graph.nodes() {
            if let (&Operation::RotateEntries { rope, every }, Positions::Rotary(rotary)) =
                (&node.operation, &arch.positions)
                && let Some(own) = rotary.ropes.get(rope)
            {
                let angles = of_entries(own, every as i64, past + tokens, kind, device)?;
                context.of_entries.insert((rope, every), angles);
            }
            let Operation::Scores(scores) = &node.operation else {
                continue;
            };
            if !context.is_long(node) {
                let mask = context.mask(scores)?;
                context.masks.insert(seen(scores), mask);
            }
        }
        Ok(context)
    }

    /// Whether there are too many scores or states to hold, so that rows are computed when they are looked at.
    pub fn is_long(&self, scores: &Node) -> bool {
        let most = match scores.operation {
            // A state of one number takes no more than what is written to it.
            Operation::Recur if scores.shape[2..].iter().all(|dim| dim.length(0, 0) == 1) => {
                return false;
            }
            // One token after the other takes longer than a chunk of them.
            Operation::Recur => self.whole_scores / 16,
            _ => self.whole_scores,
        };
        self.numel(scores) > most
    }

    /// The angles of rotary embedding number `rope`.
    pub fn angles(&self, rope: usize) -> Result<&Angles> {
        let missing = || EngineError::Torch(format!("there is no rotary embedding {rope}"));
        self.angles.get(rope).ok_or_else(missing)
    }

    /// The angles of entries of so many tokens.
    pub fn angles_of_entries(&self, rope: usize, every: usize) -> Result<&Angles> {
        let missing = || EngineError::Torch(format!("there are no entries of {every} tokens"));
        self.of_entries.get(&(rope, every)).ok_or_else(missing)
    }

    /// The mask of this pass, true where a query may not look. `[query, key]`
    pub fn mask(&self, spec: &Scores) -> Result<Tensor> {
        match self.masks.get(&seen(spec)) {
            Some(mask) => Ok(mask.shallow_clone()),
            None => mask(
                spec,
                self.past,
                0..self.tokens,
                self.past + self.tokens,
                self.device,
            ),
        }
    }

    /// The kind of a node's value.
    pub fn kind_of(&self, node: &Node) -> Kind {
        if node.operation.is_wide() {
            wider(self.kind)
        } else {
            self.kind
        }
    }

    /// Whether there are too many logits to hold, so that rows are computed when they are looked at.
    pub fn is_by_rows(&self, node: &Node) -> bool {
        let logits = matches!(node.operation, Operation::Linear { .. })
            && (node.shape.last()).is_some_and(|dim| dim.axis == Axis::Vocab);
        logits && self.numel(node) > self.whole_scores / 2
    }

    /// The bytes that a node's value takes. Lazy scores take none: they are recomputed from other values.
    pub fn bytes(&self, node: &Node) -> usize {
        // Scores and patterns of heads, and states.
        let square = node.shape.len() == 3 && node.shape[1].axis == Axis::Query;
        if (square || node.operation == Operation::Recur) && self.is_long(node) {
            return 0;
        }
        let held = if self.is_by_rows(node) {
            lazy_rows::held(self.tokens as usize) * node.width()
        } else {
            self.numel(node)
        };
        held * self.kind_of(node).elt_size_in_bytes()
    }

    fn numel(&self, node: &Node) -> usize {
        let length = |dim: &Dim| dim.length(self.tokens as usize, self.past as usize);
        node.shape.iter().map(length).product()
    }

    /// The penalties of distance, `[head, 1, key]`; `None` if these scores have none.
    pub fn bias(&self, scores: &Scores) -> Option<&Tensor> {
        self.bias.as_ref().filter(|_| scores.alibi.is_some())
    }
}
