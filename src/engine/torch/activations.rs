//! Activations of the layers looked at last.

use std::collections::VecDeque;

use super::value::Value;

/// Every activation of the layers looked at last, in plan order, within a bound on their bytes.
pub struct Activations {
    layers: VecDeque<Kept>,
    budget: usize,
}

struct Kept {
    pass: usize,
    /// Index of the layer in execution order.
    layer: usize,
    values: Vec<Value>,
    bytes: usize,
}

impl Activations {
    /// Hold at most `budget` bytes, but always the layer put in last.
    pub fn new(budget: usize) -> Activations {
        Activations {
            layers: VecDeque::new(),
            budget,
        }
    }

    pub fn get(&mut self, pass: usize, layer: usize) -> Option<&[Value]> {
        let at = self
            .layers
            .iter()
            .position(|k| k.pass == pass && k.layer == layer)?;
        let kept = self.layers.remove(at)?;
        self.layers.push_back(kept);
        self.layers.back().map(|k| &k.values[..])
    }

    pub fn put(&mut self, pass: usize, layer: usize, values: Vec<Value>) {
        let bytes = values.iter().map(Value::bytes).sum();
        self.make_room(bytes);
        self.layers.push_back(Kept {
            pass,
            layer,
            values,
            bytes,
        });
    }

    /// Forget what was looked at longest ago until `bytes` more keep the bound. To be called before
    /// a layer runs: then two large ones are never in memory together.
    pub fn make_room(&mut self, bytes: usize) {
        let kept = |layers: &VecDeque<Kept>| layers.iter().map(|k| k.bytes).sum::<usize>();
        while !self.layers.is_empty() && kept(&self.layers) + bytes > self.budget {
            self.layers.pop_front();
        }
    }

    /// Forget everything.
    pub fn forget(&mut self) {
        self.layers.clear();
    }

    /// Forget passes from `pass` on.
    pub fn truncate(&mut self, pass: usize) {
        self.layers.retain(|k| k.pass < pass);
    }
}
