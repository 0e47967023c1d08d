//! Activations of the layers looked at last.

use std::collections::{HashMap, VecDeque};

use super::value::Value;
use crate::graph::NodeId;

/// Activations of the layers looked at last, within a bound on their bytes.
pub struct Activations {
    /// Each with its pass and the layer's place in the order of execution, the one looked at last at the end.
    layers: VecDeque<((usize, usize), HashMap<NodeId, Value>)>,
    budget: usize,
}

impl Activations {
    /// Hold at most `budget` bytes, but always the layer put in last.
    pub fn new(budget: usize) -> Activations {
        let layers = VecDeque::new();
        Activations { layers, budget }
    }

    /// What is kept of a layer, which is now the one looked at last.
    pub fn get(&mut self, pass: usize, layer: usize) -> Option<&HashMap<NodeId, Value>> {
        let values = self.remove(pass, layer)?;
        self.layers.push_back(((pass, layer), values));
        self.layers.back().map(|(_, values)| values)
    }

    /// Keep more of a layer.
    pub fn put(&mut self, pass: usize, layer: usize, values: HashMap<NodeId, Value>) {
        let mut kept = self.remove(pass, layer).unwrap_or_default();
        kept.extend(values);
        self.make_room(bytes(&kept));
        self.layers.push_back(((pass, layer), kept));
    }

    /// Forget what was looked at longest ago until `more` bytes keep the bound. To be called before a layer
    /// runs: then two large ones are never in memory together.
    pub fn make_room(&mut self, more: usize) {
        let mut all: usize = self.layers.iter().map(|(_, values)| bytes(values)).sum();
        while all + more > self.budget
            && let Some((_, values)) = self.layers.pop_front()
        {
            all -= bytes(&values);
        }
    }

    /// Forget everything.
    pub fn clear(&mut self) {
        self.layers.clear();
    }

    /// Forget these values of a pass.
    pub fn forget(&mut self, pass: usize, nodes: &[NodeId]) {
        for (_, values) in self.layers.iter_mut().filter(|((of, _), _)| *of == pass) {
            values.retain(|id, _| nodes.binary_search(id).is_err());
        }
    }

    /// Forget passes from `pass` on.
    pub fn truncate(&mut self, pass: usize) {
        self.layers.retain(|((of, _), _)| *of < pass);
    }

    fn remove(&mut self, pass: usize, layer: usize) -> Option<HashMap<NodeId, Value>> {
        let at = (self.layers.iter()).position(|(place, _)| *place == (pass, layer))?;
        self.layers.remove(at).map(|(_, values)| values)
    }
}

fn bytes(values: &HashMap<NodeId, Value>) -> usize {
    values.values().map(Value::bytes).sum()
}
