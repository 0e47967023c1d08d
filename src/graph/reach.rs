//! The nodes of a layer that follow from changed ones, all of them or along a direct path only.
//!
//! The residual stream, the stem, is the way on which one part of a model reaches another. On a direct path a change
//! flows along the stem and into the receivers' own parts; every other part keeps what it wrote.

use super::operation::Operation;
use super::{Graph, NodeId};

/// The edges that a change goes along.
pub enum Follow {
    All,
    /// Out of the changed part and along the stem, into no other part: whether each node is of the stem.
    Stem(Vec<bool>),
    /// Into parts of the model: whether each node is of one.
    Into(Vec<bool>),
}

impl Follow {
    pub fn stem(graph: &Graph) -> Follow {
        Follow::Stem(stem(graph))
    }

    /// Into the receivers' own parts: the nodes between the stem and a receiver.
    pub fn into(graph: &Graph, receivers: &[NodeId]) -> Follow {
        let stem = stem(graph);
        let mut part = vec![false; stem.len()];
        receivers.iter().for_each(|id| part[id.0] = true);
        for i in (0..part.len()).rev() {
            part[i] &= !stem[i];
            if part[i] {
                let inputs = graph.node(NodeId(i)).inputs.iter();
                inputs.for_each(|input| part[input.0] = true);
            }
        }
        Follow::Into(part)
    }

    /// Whether a node is of the stem or of a part that this follows.
    pub fn holds(&self, id: NodeId) -> bool {
        match self {
            Follow::All => true,
            Follow::Stem(nodes) | Follow::Into(nodes) => nodes[id.0],
        }
    }

    fn goes(&self, from: NodeId, to: NodeId) -> bool {
        match self {
            Follow::All => true,
            Follow::Stem(stem) => !stem[from.0] || stem[to.0],
            Follow::Into(part) => part[to.0],
        }
    }
}

/// Whether each node is of the residual stream, with the norms that a stream of normed sums passes.
fn stem(graph: &Graph) -> Vec<bool> {
    let mut stem: Vec<bool> = graph.nodes().map(|(_, node)| node.residual).collect();
    for i in (0..stem.len()).rev() {
        let node = graph.node(NodeId(i));
        let norm = matches!(
            node.operation,
            Operation::Affine { .. }
                | Operation::Divide
                | Operation::Centre
                | Operation::RootMeanSquare { .. }
        );
        if stem[i] && norm {
            node.inputs.iter().for_each(|input| stem[input.0] = true);
        }
    }
    stem
}

impl Graph {
    /// The nodes of the layer at index `position` that follow from `roots`, without these, in order.
    pub fn following(&self, position: usize, roots: &[NodeId], follow: &Follow) -> Vec<NodeId> {
        let mut found: Vec<NodeId> = Vec::new();
        for (id, node) in self.layer_nodes(position) {
            let changed = |from: &NodeId| roots.contains(from) || found.binary_search(from).is_ok();
            let mut inputs = node.inputs.iter();
            if !roots.contains(&id) && inputs.any(|from| changed(from) && follow.goes(*from, id)) {
                found.push(id);
            }
        }
        found
    }

    /// The values that `nodes` read beside their own and `roots`: those that a change leaves as they are.
    pub fn beside(&self, nodes: &[NodeId], roots: &[NodeId]) -> Vec<NodeId> {
        let inputs = nodes.iter().flat_map(|id| &self.node(*id).inputs);
        let other = |id: &&NodeId| {
            let own = nodes.binary_search(id).is_ok() || roots.contains(id);
            !own && self.node(**id).operation != Operation::Past
        };
        let mut found: Vec<NodeId> = inputs.filter(other).copied().collect();
        found.sort_unstable();
        found.dedup();
        found
    }
}
