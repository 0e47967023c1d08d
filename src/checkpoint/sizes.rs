//! How many parameters each layer has, and how many bytes they take on disk.

use std::collections::{BTreeMap, HashSet};

use serde::Serialize;

use super::{Checkpoint, Param, Role};
use crate::trace::hook::Layer;

/// One layer's weights.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LayerSize {
    /// `embed`, `blocks.3`, `unembed`.
    pub layer: String,
    pub parameters: usize,
    pub bytes: usize,
    /// Parameters of `embedding`, `attention`, `mlp`, `experts`, `norms`, `pooling`,
    /// `unembedding`.
    pub parts: BTreeMap<&'static str, usize>,
}

impl Checkpoint {
    /// Every layer in order. A tensor that two roles share (tied embeddings, fused projections) counts
    /// once, for the first of them.
    pub fn layer_sizes(&self) -> Vec<LayerSize> {
        let mut keys: Vec<_> = self.bound.keys().copied().collect();
        keys.sort_by_key(|&(block, role, param)| {
            (
                role.layer(block),
                role == Role::Unembed,
                param == Param::Bias,
            )
        });
        let mut seen = HashSet::new();
        let layers = (0..self.arch.n_layers).map(Layer::Block);
        let mut sizes: BTreeMap<Layer, LayerSize> = [Layer::Embed, Layer::Unembed]
            .into_iter()
            .chain(layers)
            .map(|layer| (layer, LayerSize::empty(layer)))
            .collect();
        for key in keys {
            let (block, role, _) = key;
            let bound = &self.bound[&key];
            let size = sizes.get_mut(&role.layer(block));
            if let Some(size) = size.filter(|_| seen.insert((&bound.name, bound.range.start))) {
                let parameters = bound.shape.iter().product::<usize>();
                size.parameters += parameters;
                size.bytes += bound.range.len();
                *size.parts.entry(role.part()).or_default() += parameters;
            }
        }
        sizes.into_values().collect()
    }
}

impl LayerSize {
    fn empty(layer: Layer) -> LayerSize {
        LayerSize {
            layer: layer.to_string(),
            parameters: 0,
            bytes: 0,
            parts: BTreeMap::new(),
        }
    }
}

impl Role {
    fn part(self) -> &'static str {
        match self {
            Role::Embed | Role::PosEmbed | Role::SegmentEmbed | Role::EmbedOut => "embedding",
            Role::Query | Role::Key | Role::Value | Role::AttnOut | Role::Sinks => "attention",
            Role::MlpIn | Role::MlpLinear | Role::MlpOut => "mlp",
            Role::Router | Role::ExpertIn(_) | Role::ExpertLinear(_) | Role::ExpertOut(_) => {
                "experts"
            }
            Role::EmbedNorm
            | Role::QueryNorm(_)
            | Role::KeyNorm(_)
            | Role::Ln1
            | Role::Ln1Post
            | Role::Ln2
            | Role::Ln2Post
            | Role::LnFinal => "norms",
            Role::Pooler => "pooling",
            Role::Transform | Role::UnembedIn | Role::Unembed => "unembedding",
        }
    }
}
