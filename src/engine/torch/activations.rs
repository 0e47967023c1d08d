//! Activations of the layers looked at last.

use std::collections::{HashMap, VecDeque};

use super::value::Value;
use crate::graph::NodeId;

/// Activations of the layers looked at last, within a bound on their bytes.
pub struct Activations {
    /// The one looked at last at the end.
    layers: VecDeque<Kept>,
    budget: usize,
}

struct Kept {
    /// Its pass and its place in the order of execution.
    place: (usize, usize),
    values: HashMap<NodeId, Value>,
    /// Of all values: asking libtorch for sizes takes longer than the sum.
    bytes: usize,
}

impl Activations {
    /// Hold at most `budget` bytes, but always the layer put in last.
    pub fn new(budget: usize) -> Activations {
        let layers = VecDeque::new();
        Activations { layers, budget }
    }

    /// What is kept of a layer, which is now the one looked at last.
    pub fn get(&mut self, pass: usize, layer: usize) -> Option<&HashMap<NodeId, Value>> {
        let kept = self.remove(pass, layer)?;
        self.layers.push_back(kept);
        self.layers.back().map(|kept| &kept.values)
    }

    /// Keep more of a layer.
    pub fn put(&mut self, pass: usize, layer: usize, more: HashMap<NodeId, Value>) {
        let place = (pass, layer);
        let mut values = self
            .remove(pass, layer)
            .map_or_else(HashMap::new, |k| k.values);
        values.extend(more);
        let bytes = bytes(&values);
        self.make_room(bytes);
        self.layers.push_back(Kept {
            place,
            values,
            bytes,
        });
    }

    /// Forget what was looked at longest ago until `more` bytes keep the bound. To be called before a layer
    /// runs: then two large ones are never in memory together.
    pub fn make_room(&mut self, more: usize) {
        let mut all: usize = self.layers.iter().map(|kept| kept.bytes).sum();
        while all + more > self.budget
            && let Some(kept) = self.layers.pop_front()
        {
            all -= kept.bytes;
        }
    }

    /// Forget everything.
    pub fn clear(&mut self) {
        self.layers.clear();
    }

    /// Forget these values of a pass.
    pub fn forget(&mut self, pass: usize, nodes: &[NodeId]) {
        for kept in self.layers.iter_mut().filter(|kept| kept.place.0 == pass) {
            kept.values.retain(|id, _| nodes.binary_search(id).is_err());
            kept.bytes = bytes(&kept.values);
        }
    }

    /// Forget passes from `pass` on.
    pub fn truncate(&mut self, pass: usize) {
        self.layers.retain(|kept| kept.place.0 < pass);
    }

    fn remove(&mut self, pass: usize, layer: usize) -> Option<Kept> {
        let at = (self.layers.iter()).position(|kept| kept.place == (pass, layer))?;
        self.layers.remove(at)
    }
}

fn bytes(values: &HashMap<NodeId, Value>) -> usize {
    values.values().map(Value::bytes).sum()
}
