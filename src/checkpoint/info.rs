//! What a screen, a trace and explanations need to know of a model.

use super::arch::{Activation, Arch, NormKind, Positions};
use super::{Checkpoint, CheckpointError, Param, Role};
use crate::trace::facts::{Biased, Facts};
use crate::trace::source::ModelInfo;
use crate::trace::tensor::Dtype;

/// Which weights say whether there is a bias.
const BIASED: &[(Biased, Option<usize>, Role)] = &[
    (Biased::Norm, Some(0), Role::Ln1),
    (Biased::Norm, None, Role::LnFinal),
    (Biased::Q, Some(0), Role::Query),
    (Biased::K, Some(0), Role::Key),
    (Biased::V, Some(0), Role::Value),
    (Biased::AttnOut, Some(0), Role::AttnOut),
    (Biased::MlpIn, Some(0), Role::MlpIn),
    (Biased::MlpLinear, Some(0), Role::MlpLinear),
    (Biased::MlpOut, Some(0), Role::MlpOut),
    (Biased::Router, Some(0), Role::Router),
    (Biased::Logits, None, Role::Unembed),
];

impl Checkpoint {
    /// What is known of the model, run in `dtype` on `device`.
    ///
    /// # Errors
    /// An encoder's tokenizer, which says what its mask is, cannot be read.
    pub fn info(&self, dtype: Dtype, device: String) -> Result<ModelInfo, CheckpointError> {
        let arch = &self.arch;
        let mask_token = match arch.attention.causal {
            true => None,
            false => self.tokenizer()?.mask(),
        };
        Ok(ModelInfo {
            name: self.name().to_owned(),
            family: arch.family.clone(),
            hash: self.hash(),
            n_layers: arch.n_layers,
            n_heads: arch.attention.n_heads,
            n_kv_heads: arch.attention.n_kv_heads,
            d_model: arch.d_model,
            d_head: arch.attention.d_head,
            d_mlp: arch.mlp.d_mlp,
            d_vocab: arch.d_vocab,
            n_ctx: arch.n_ctx,
            causal: arch.attention.causal,
            mask_token,
            facts: Some(self.facts()),
            dtype,
            device,
        })
    }

    fn facts(&self) -> Facts {
        let arch = &self.arch;
        let bias = |&(what, block, role): &(Biased, Option<usize>, Role)| {
            let found = self.weight(block, role, Param::Bias).ok().flatten();
            found.map(|_| what)
        };
        let mut biases: Vec<Biased> = BIASED.iter().filter_map(bias).collect();
        biases.dedup();
        let norm = |block, role| self.weight(block, role, Param::Weight).ok().flatten();
        Facts {
            embed_scale: arch.embedding.scale,
            alibi: arch.positions == Positions::Alibi,
            centred: arch.norm.kind == NormKind::Layer,
            norm_weight: norm(Some(0), Role::Ln1)
                .or(norm(Some(0), Role::Ln1Post))
                .is_some(),
            norm_offset: arch.norm.weight_offset,
            biases,
            d_rotary: d_rotary(arch),
            score_scales: arch.attention.scales.clone(),
            windows: arch.attention.windows.clone(),
            score_cap: arch.attention.score_cap,
            sinks: arch.attention.sinks,
            residual_scale: arch.block.residual_scale,
            activation: activation(arch.mlp.activation),
            gate_clamp: arch.mlp.clamp,
            linear_offset: arch.mlp.linear_offset,
            renormalised: arch.experts.as_ref().is_some_and(|e| e.renormalise),
            logit_scale: arch.unembedding.scale,
            logit_cap: arch.unembedding.cap,
        }
    }
}

fn d_rotary(arch: &Arch) -> Vec<usize> {
    match &arch.positions {
        Positions::Rotary(rotary) => {
            let turning = |&rope: &usize| rotary.ropes[rope].d_rotary;
            rotary.by_layer.iter().map(turning).collect()
        }
        _ => Vec::new(),
    }
}

fn activation(activation: Activation) -> String {
    match activation {
        Activation::Gelu => "gelu".into(),
        Activation::GeluTanh => "gelu_tanh".into(),
        Activation::Relu => "relu".into(),
        Activation::Relu2 => "relu²".into(),
        Activation::Silu => "silu".into(),
        Activation::Swish(beta) => format!("swish_{beta}"),
        Activation::Tanh => "tanh".into(),
    }
}
