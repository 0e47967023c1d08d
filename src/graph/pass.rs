//! The plan of a pass: a view of the graph with the lengths of one pass.

use super::Graph;
use crate::trace::plan::{HookPoint, Plan};

impl Graph {
    /// The hook points of a pass over `tokens` new tokens, with `past` tokens before them.
    pub fn plan(&self, tokens: usize, past: usize) -> Plan {
        let hooks = self.nodes.iter().filter(|node| node.hook);
        let points = hooks.clone().map(|node| HookPoint {
            name: node.name.clone(),
            axes: node.shape.iter().map(|dim| dim.axis).collect(),
            shape: (node.shape.iter())
                .map(|dim| dim.length(tokens, past))
                .collect(),
        });
        Plan::with_residual(points.collect(), hooks.map(|node| node.residual).collect())
    }
}
