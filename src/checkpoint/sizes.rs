//! The number of parameters of each layer, and their bytes on disk.

use std::collections::{BTreeMap, HashSet};

use serde::Serialize;

use super::Checkpoint;
use super::binding::Key;
use super::lookup::Bound;
use crate::graph::role::{Adapted, Param, Role};
use crate::trace::hook::Layer;

/// One layer's weights.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LayerSize {
    /// The layer: `embed`, `blocks.3`, `unembed`.
    pub layer: String,
    pub parameters: usize,
    pub bytes: usize,
    /// Parameters by part: `embedding`, `attention`, `mlp`, `experts`, `norms`, `pooling`, `unembedding`.
    pub parts: BTreeMap<&'static str, usize>,
}

/// The number of parameters and bytes stored in one form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StorageSize {
    /// The form: `bf16`, `f8_e4m3`, `mxfp4`, `q4_K`.
    pub encoding: String,
    pub parameters: usize,
    pub bytes: usize,
}

impl Checkpoint {
    /// Every layer in order. A tensor that two roles share (tied embeddings, fused projections) counts once,
    /// for the first role.
    pub fn layer_sizes(&self) -> Vec<LayerSize> {
        let layers = (0..self.arch.n_layers).map(Layer::Block);
        let mut sizes: BTreeMap<Layer, LayerSize> = [Layer::Embed, Layer::Unembed]
            .into_iter()
            .chain(layers)
            .map(|layer| (layer, LayerSize::empty(layer)))
            .collect();
        for ((layer, role, _), bound) in self.tensors() {
            if let Some(size) = sizes.get_mut(&layer) {
                size.parameters += bound.parameters();
                size.bytes += bound.bytes();
                *size.parts.entry(part_of(role)).or_default() += bound.parameters();
            }
        }
        sizes.into_values().collect()
    }

    /// The sizes of each stored form, the largest first. Scales count as bytes of their weight's form.
    pub fn storage(&self) -> Vec<StorageSize> {
        let mut sizes: BTreeMap<String, (usize, usize)> = BTreeMap::new();
        for (_, bound) in self.tensors() {
            let (parameters, bytes) = sizes.entry(bound.encoding.to_string()).or_default();
            *parameters += bound.parameters();
            *bytes += bound.bytes();
        }
        let size = |(encoding, (parameters, bytes))| StorageSize {
            encoding,
            parameters,
            bytes,
        };
        let mut sizes: Vec<StorageSize> = sizes.into_iter().map(size).collect();
        sizes.sort_by_key(|size| std::cmp::Reverse(size.bytes));
        sizes
    }

    /// Each tensor once, with the first role that uses it.
    fn tensors(&self) -> Vec<(Key, &Bound)> {
        let mut tensors: Vec<(Key, &Bound)> = self.bound.iter().map(|(k, b)| (*k, b)).collect();
        tensors.sort_by_key(|&((layer, role, param), _)| {
            (layer, role == Role::Unembed, param == Param::Bias)
        });
        let mut seen = HashSet::new();
        tensors.retain(|(_, bound)| seen.insert((&bound.name, bound.range.start)));
        tensors
    }
}

impl Bound {
    fn parameters(&self) -> usize {
        self.shape.iter().product()
    }

    /// The weight's bytes, with those of its scales.
    fn bytes(&self) -> usize {
        self.ranges().map(|(_, range)| range.len()).sum()
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

/// The part of the model that a role counts towards.
fn part_of(role: Role) -> &'static str {
    match role {
        Role::Embed
        | Role::PosEmbed
        | Role::SegmentEmbed
        | Role::EmbedOut
        | Role::LayerEmbed
        | Role::LayerContext
        | Role::LayerGate
        | Role::LayerOut
        | Role::NGramTable(_)
        | Role::NGramTableEnd
        | Role::NGramKey
        | Role::NGramValue
        | Role::NGramConvolved
        | Role::StreamIn(_) => "embedding",
        Role::Query
        | Role::Key
        | Role::Value
        | Role::AttnOut
        | Role::Sinks
        | Role::HeadRouter
        | Role::HeadIn(_)
        | Role::HeadOut(_)
        | Role::HeadsBias
        | Role::KeyGain
        | Role::KeyGainScale
        | Role::Lambda(_)
        | Role::MixGate
        | Role::QueryLatent
        | Role::KvLatent
        | Role::SharedKey
        | Role::SharedBlockOut
        | Role::AdapterLow(Adapted::Query | Adapted::Key | Adapted::Value)
        | Role::AdapterOut(Adapted::Query | Adapted::Key | Adapted::Value)
        | Role::EntryValue
        | Role::EntryGate
        | Role::EntryPlace
        | Role::GroupOut
        | Role::IndexGate
        | Role::IndexPlace
        | Role::IndexQuery
        | Role::IndexKey
        | Role::IndexWeight => "attention",
        Role::Modes
        | Role::Predict
        | Role::Correct
        | Role::LowRankIn
        | Role::LowRankOut
        | Role::StreamsReadLow(_)
        | Role::StreamsRead(_)
        | Role::StreamsReadBy(_)
        | Role::StreamsWrite(_)
        | Role::StreamsWriteBy(_)
        | Role::StreamsMix(_)
        | Role::StreamsMixBy(_)
        | Role::KeptByAttention
        | Role::KeptByMlp => "streams",
        Role::StateQuery
        | Role::StateKey
        | Role::StateValue
        | Role::ConvolvedQuery
        | Role::ConvolvedKey
        | Role::ConvolvedValue
        | Role::Step
        | Role::StepBias
        | Role::StepLow
        | Role::DecayLog
        | Role::Beta
        | Role::WriteGate
        | Role::DecayGate
        | Role::Bonus
        | Role::ShiftKey
        | Role::ShiftValue
        | Role::ShiftGate
        | Role::StateGate
        | Role::StateGateIn
        | Role::StateGateLow
        | Role::Skip
        | Role::StateOut => "mixer",
        Role::MlpIn
        | Role::MlpLinear
        | Role::MlpOut
        | Role::MlpGate
        | Role::AdapterLow(_)
        | Role::AdapterOut(_)
        | Role::ShiftMlp
        | Role::ShiftMlpGate
        | Role::ActivationAlpha(_)
        | Role::ActivationBeta
        | Role::ActivationEps
        | Role::BottleneckIn
        | Role::BottleneckOut => "mlp",
        Role::Router
        | Role::RouterChoice
        | Role::RouterTable
        | Role::ExpertScale
        | Role::ExpertsBias
        | Role::SharedIn
        | Role::SharedLinear
        | Role::SharedOut
        | Role::SharedGate
        | Role::ExpertIn(_)
        | Role::ExpertLinear(_)
        | Role::ExpertOut(_) => "experts",
        Role::EmbedNorm
        | Role::QueryNorm(_)
        | Role::KeyNorm(_)
        | Role::MixNorm
        | Role::SharedLn1
        | Role::SharedLn2
        | Role::StateNorm
        | Role::StepNorm
        | Role::StateQueryNorm
        | Role::StateKeyNorm
        | Role::NeuronNorm
        | Role::Ln1
        | Role::Ln1Post
        | Role::Ln2
        | Role::Ln2Post
        | Role::QueryLatentNorm
        | Role::KvLatentNorm
        | Role::EntryNorm
        | Role::IndexQueryNorm
        | Role::IndexKeyNorm
        | Role::NormGateLow(_)
        | Role::NormGate(_)
        | Role::StreamsNorm(_)
        | Role::NGramKeyNorm
        | Role::NGramQueryNorm
        | Role::NGramConvolvedNorm
        | Role::RouterNorm
        | Role::ExpertsNorm
        | Role::MlpPost
        | Role::ExpertsPost
        | Role::LayerContextNorm
        | Role::LayerOutNorm
        | Role::ModesNorm
        | Role::CorrectedScale
        | Role::LowRankNorm
        | Role::BottleneckNorm
        | Role::BlockScale
        | Role::HeadNorm
        | Role::LnFinal => "norms",
        Role::Pooler => "pooling",
        Role::Transform | Role::StreamOut(_) | Role::UnembedIn | Role::Unembed => "unembedding",
    }
}
