//! Which layers' weights are in memory. On the CPU they are the checkpoint's own mapping, and leaving
//! means that the system may have the pages back; on a GPU they are copies.

use std::collections::VecDeque;

use tch::Device;

use super::decoder::{BlockWeights, EmbedWeights, UnembedWeights};
use super::weights::Loader;
use super::{EngineError, Result};
use crate::trace::hook::Layer;

/// The weights at hand.
pub struct Resident {
    embed: Option<EmbedWeights>,
    /// `None` for those that are not here.
    blocks: Vec<Option<BlockWeights>>,
    unembed: Option<UnembedWeights>,
    /// Blocks that are in memory, the longest unused first.
    used: VecDeque<usize>,
    /// Blocks that may be in memory at once; all that fit where `None`.
    limit: Option<usize>,
}

impl Resident {
    pub fn new(n_layers: usize, limit: Option<usize>) -> Resident {
        Resident {
            embed: None,
            blocks: (0..n_layers).map(|_| None).collect(),
            unembed: None,
            used: VecDeque::new(),
            // The block at work is always there.
            limit: limit.map(|n| n.max(1)),
        }
    }

    pub fn embed(&mut self, loader: &Loader) -> Result<&EmbedWeights> {
        lazily(&mut self.embed, || loader.embed())
    }

    pub fn unembed(&mut self, loader: &Loader) -> Result<&UnembedWeights> {
        lazily(&mut self.unembed, || loader.unembed())
    }

    /// The weights of block `i`, which makes room for itself if need be.
    pub fn block(&mut self, loader: &Loader, i: usize) -> Result<&BlockWeights> {
        self.used.retain(|&j| j != i);
        while self.limit.is_some_and(|n| self.used.len() >= n) {
            self.leave(loader);
        }
        if loader.device == Device::Cpu {
            // Borrowing anew costs nothing, and what was converted must not pile up.
            self.blocks.iter_mut().for_each(|w| *w = None);
        }
        while self.blocks[i].is_none() {
            match loader.block(i) {
                Ok(weights) => self.blocks[i] = Some(weights),
                Err(e) if e.is_out_of_memory() && self.leave(loader) => {}
                Err(e) => return Err(e),
            }
        }
        self.used.push_back(i);
        lazily(&mut self.blocks[i], || loader.block(i))
    }

    /// Bring block `i` to a GPU while it is busy with the one before, where there is room for both.
    pub fn prefetch(&mut self, loader: &Loader, i: usize) {
        let room = self.limit.is_none_or(|n| n > 1);
        if loader.device != Device::Cpu && room && i < self.blocks.len() {
            // Only a head start: where it fails, `block` tries again and says why.
            let _ = self.block(loader, i);
        }
    }

    /// Let the longest unused block go; false if none is left.
    pub fn leave(&mut self, loader: &Loader) -> bool {
        let Some(i) = self.used.pop_front() else {
            return false;
        };
        self.blocks[i] = None;
        if loader.device == Device::Cpu {
            loader.checkpoint.release(Layer::Block(i));
        }
        true
    }
}

/// What `slot` holds, made first if need be.
fn lazily<T>(slot: &mut Option<T>, make: impl FnOnce() -> Result<T>) -> Result<&T> {
    match slot {
        Some(value) => Ok(value),
        None => Ok(slot.insert(make()?)),
    }
}

impl EngineError {
    /// Whether a GPU has no memory left.
    fn is_out_of_memory(&self) -> bool {
        matches!(self, EngineError::Torch(text) if text.contains("out of memory"))
    }
}
