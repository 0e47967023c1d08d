//! The weights in memory. On the CPU they borrow the checkpoint's mapping, and dropping them lets the system
//! take the pages back. On a GPU they are copies, and the next block is copied while the current one runs.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use tch::{Device, Kind};

use super::weights::{Loader, Weights};
use super::{EngineError, Result};
use crate::checkpoint::Checkpoint;
use crate::graph::{Graph, NodeId};
use crate::panics;
use crate::trace::hook::Layer;

/// The weights in memory.
pub struct Resident {
    graph: Arc<Graph>,
    /// The weights of the embedding and the unembedding.
    ends: HashMap<Layer, Weights>,
    /// The weights of each block; `None` if they are not in memory.
    blocks: Vec<Option<Weights>>,
    /// The blocks in memory, the least recently used first.
    used: VecDeque<usize>,
    /// A block that is being copied to a GPU. Its thread returns `None` if the copy failed.
    coming: Option<(usize, JoinHandle<Option<Weights>>)>,
    /// The number of blocks that may be in memory at once; `None` for all that fit.
    limit: Option<usize>,
    kind: Kind,
    device: Device,
    /// The checkpoint stands last: the weights above borrow its mapping, and fields are dropped in order.
    checkpoint: Arc<Checkpoint>,
}

impl Resident {
    pub fn new(
        checkpoint: Arc<Checkpoint>,
        graph: Arc<Graph>,
        (kind, device): (Kind, Device),
        limit: Option<usize>,
    ) -> Resident {
        Resident {
            graph,
            ends: HashMap::new(),
            blocks: (0..checkpoint.arch.n_layers).map(|_| None).collect(),
            used: VecDeque::new(),
            coming: None,
            // The running block is always in memory.
            limit: limit.map(|n| n.max(1)),
            kind,
            device,
            checkpoint,
        }
    }

    /// The weights that some nodes of a layer read. The result may hold more of the layer.
    pub fn weights(&mut self, layer: Layer, nodes: &[NodeId]) -> Result<&Weights> {
        if let Layer::Block(i) = layer {
            return self.block(i, nodes);
        }
        let end = self.ends.entry(layer).or_default();
        let loader = loader(&self.checkpoint, self.kind, self.device);
        loader.load(&self.graph, nodes, end)?;
        Ok(end)
    }

    /// The weights of block `i`. Other blocks make room if need be.
    fn block(&mut self, i: usize, nodes: &[NodeId]) -> Result<&Weights> {
        self.arrive();
        self.used.retain(|&j| j != i);
        while self.limit.is_some_and(|n| self.used.len() >= n) {
            self.leave();
        }
        let mut weights = self.blocks[i].take().unwrap_or_default();
        if self.device == Device::Cpu {
            // Borrowing again costs nothing, and converted weights must not pile up.
            self.blocks.fill_with(|| None);
        }
        loop {
            let loader = loader(&self.checkpoint, self.kind, self.device);
            match loader.load(&self.graph, nodes, &mut weights) {
                // A GPU without room for all blocks drops another one.
                Err(EngineError::OutOfMemory(_)) if self.make_room(0) => {}
                done => break done?,
            }
        }
        self.used.push_back(i);
        Ok(self.blocks[i].insert(weights))
    }

    /// Start copying block `i` to a GPU, if there is room for it beside the running block.
    pub fn prefetch(&mut self, i: usize) {
        let room = self.limit.is_none_or(|n| n > 1);
        if self.device == Device::Cpu || !room {
            return;
        }
        self.arrive();
        if self.blocks[i].is_some() {
            return;
        }
        while self.limit.is_some_and(|n| self.used.len() + 1 > n) {
            self.leave();
        }
        let (checkpoint, kind, device) = (self.checkpoint.clone(), self.kind, self.device);
        let graph = self.graph.clone();
        let all = move || {
            let position = graph.position(Layer::Block(i)).unwrap_or_default();
            let nodes: Vec<NodeId> = graph.layer_nodes(position).map(|(id, _)| id).collect();
            let mut weights = Weights::default();
            let loader = loader(&checkpoint, kind, device);
            loader.load(&graph, &nodes, &mut weights).map(|()| weights)
        };
        let load = move || panics::catch(all).ok()?.ok();
        // Prefetching is only a head start: if it fails, `block` tries again and reports the error.
        let thread = thread::Builder::new().name("prefetch".into()).spawn(load);
        self.coming = thread.ok().map(|weights| (i, weights));
    }

    /// Drop the least recently used block if more than `keep` are in memory. Then no other block is copied
    /// ahead into its place. False if nothing was dropped.
    pub fn make_room(&mut self, keep: usize) -> bool {
        self.arrive();
        if self.used.len() <= keep || self.device == Device::Cpu {
            return false;
        }
        self.leave();
        self.limit = Some(self.used.len().max(1));
        true
    }

    /// Wait for the block that is being copied.
    fn arrive(&mut self) {
        if let Some((block, weights)) = self.coming.take()
            && let Ok(Some(weights)) = weights.join()
        {
            self.blocks[block] = Some(weights);
            // An unused block is the first to go.
            self.used.push_front(block);
        }
    }

    /// Drop the least recently used block.
    fn leave(&mut self) {
        if let Some(i) = self.used.pop_front() {
            self.blocks[i] = None;
            if self.device == Device::Cpu {
                self.checkpoint.release(Layer::Block(i));
            }
        }
    }
}

impl Drop for Resident {
    /// The copy must end before the process does.
    fn drop(&mut self) {
        self.arrive();
    }
}

fn loader(checkpoint: &Checkpoint, kind: Kind, device: Device) -> Loader<'_> {
    Loader {
        checkpoint,
        kind,
        device,
        instead: None,
    }
}

#[cfg(test)]
#[test]
fn a_node_alone_loads_its_own_weights() {
    use crate::graph::role::{Param, Role};
    let checkpoint = Arc::new(Checkpoint::embedded().unwrap());
    let graph = Arc::new(checkpoint.graph());
    let queries = graph.find("blocks.1.attn.hook_q").unwrap();
    let mut resident = Resident::new(checkpoint, graph, (Kind::Half, Device::Cpu), None);
    let weights = resident.weights(Layer::Block(1), &[queries]).unwrap();
    let has = |role| weights.optional(role, Param::Weight).is_some();
    assert!(has(Role::Query) && !has(Role::MlpIn));
}
