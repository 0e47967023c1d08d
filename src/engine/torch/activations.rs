//! Activations of the layers looked at last.

use std::collections::{HashMap, VecDeque};

use super::value::Value;
use crate::graph::NodeId;

/// Activations of the layers looked at last, within a bound on their bytes.
pub struct Activations {
    layers: VecDeque<Kept>,
    budget: usize,
}

struct Kept {
    pass: usize,
    /// Place of the layer in the order of execution.
    layer: usize,
    values: HashMap<NodeId, Value>,
}

impl Kept {
    fn bytes(&self) -> usize {
        self.values.values().map(Value::bytes).sum()
    }
}

impl Activations {
    /// Hold at most `budget` bytes, but always the layer put in last.
    pub fn new(budget: usize) -> Activations {
        Activations {
            layers: VecDeque::new(),
            budget,
        }
    }

    /// What is kept of a layer, which is now the one looked at last.
    pub fn get(&mut self, pass: usize, layer: usize) -> Option<&HashMap<NodeId, Value>> {
        let kept = self.remove(pass, layer)?;
        self.layers.push_back(kept);
        self.layers.back().map(|k| &k.values)
    }

    /// Keep more of a layer.
    pub fn put(&mut self, pass: usize, layer: usize, values: HashMap<NodeId, Value>) {
        let mut kept = self.remove(pass, layer).unwrap_or(Kept {
            pass,
            layer,
            values: HashMap::new(),
        });
        kept.values.extend(values);
        self.make_room(kept.bytes());
        self.layers.push_back(kept);
    }

    /// Forget what was looked at longest ago until `bytes` more keep the bound. To be called before
    /// a layer runs: then two large ones are never in memory together.
    pub fn make_room(&mut self, bytes: usize) {
        while !self.layers.is_empty()
            && self.layers.iter().map(Kept::bytes).sum::<usize>() + bytes > self.budget
        {
            self.layers.pop_front();
        }
    }

    /// Forget everything.
    pub fn clear(&mut self) {
        self.layers.clear();
    }

    /// Forget these values of a pass.
    pub fn forget(&mut self, pass: usize, nodes: &[NodeId]) {
        for kept in self.layers.iter_mut().filter(|kept| kept.pass == pass) {
            kept.values.retain(|id, _| nodes.binary_search(id).is_err());
        }
    }

    /// Forget passes from `pass` on.
    pub fn truncate(&mut self, pass: usize) {
        self.layers.retain(|k| k.pass < pass);
    }

    fn remove(&mut self, pass: usize, layer: usize) -> Option<Kept> {
        let is = |kept: &Kept| kept.pass == pass && kept.layer == layer;
        let at = self.layers.iter().position(is)?;
        self.layers.remove(at)
    }
}
