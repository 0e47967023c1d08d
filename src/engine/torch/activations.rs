//! A cache of the activations of recently used layers.

use std::collections::{HashMap, VecDeque};

use super::value::Value;
use crate::graph::NodeId;

/// Activations of recently used layers, within a bound on their bytes.
pub struct Activations {
    /// The layers, the most recently used one last.
    layers: VecDeque<Kept>,
    budget: usize,
}

struct Kept {
    /// The layer's pass, and its index in the order of execution.
    place: (usize, usize),
    values: HashMap<NodeId, Value>,
    /// The bytes of all values, kept since asking libtorch for sizes takes longer than adding them.
    bytes: usize,
}

impl Activations {
    /// An empty cache of at most `budget` bytes. It always keeps the layer that was put in last.
    pub fn new(budget: usize) -> Activations {
        let layers = VecDeque::new();
        Activations { layers, budget }
    }

    /// The activations that are kept of a layer, which becomes the most recently used one.
    pub fn get(&mut self, pass: usize, layer: usize) -> Option<&HashMap<NodeId, Value>> {
        let kept = self.remove(pass, layer)?;
        self.layers.push_back(kept);
        self.layers.back().map(|kept| &kept.values)
    }

    /// Add activations of a layer.
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

    /// Drop the least recently used layers until `more` bytes fit. Call it before a layer runs, so that two
    /// large layers are never in memory together.
    pub fn make_room(&mut self, more: usize) {
        let mut all = self.bytes();
        while all + more > self.budget
            && let Some(kept) = self.layers.pop_front()
        {
            all -= kept.bytes;
        }
    }

    /// The bytes of all activations.
    pub fn bytes(&self) -> usize {
        self.layers.iter().map(|kept| kept.bytes).sum()
    }

    /// Drop all activations.
    pub fn clear(&mut self) {
        self.layers.clear();
    }

    /// Drop the activations of these nodes of a pass.
    pub fn forget(&mut self, pass: usize, nodes: &[NodeId]) {
        for kept in self.layers.iter_mut().filter(|kept| kept.place.0 == pass) {
            kept.values.retain(|id, _| nodes.binary_search(id).is_err());
            kept.bytes = bytes(&kept.values);
        }
    }

    /// Drop the activations of passes from `pass` on.
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
